"""A process that adds letters and says which are stored, to be killed at any moment.

    torture.py ARCHIVE LETTERS fake|whoosh

Prints `ready`, then the name of each source once it is reported as stored, then `done`. Batches and index generations
are small and segments are merged by threes, so that a kill falls on every part of the work; the parser is cheap, and one
of the engines is, so that many kills do.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from itudocs.archive import archive as archive_module
from itudocs.archive import ingest
from itudocs.archive.ingest import Progress
from itudocs.search.engine import Engine
from tests.archive.archive_fakes import FakeEngine, fake_parse


def engine_called(name: str) -> Engine:
    if name == "fake":
        return FakeEngine()
    from itudocs.search.embedded import WhooshEngine, writer

    writer.FANOUT = 3
    return WhooshEngine()


def main(folder: str, letters: str, name: str) -> None:
    engine = engine_called(name)
    archive_module._parse = fake_parse
    archive_module._parser_version = lambda: "fake-1"
    ingest.BATCH = 8
    ingest.INDEX_EVERY = 24

    def say(step: Progress) -> None:
        sys.stdout.write("".join(f"{name}\n" for name in step.names))
        sys.stdout.flush()

    print("ready", flush=True)
    with archive_module.open_archive(folder, create=True, engine=engine) as archive:
        archive.add(letters, progress=say)
    print("done", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
