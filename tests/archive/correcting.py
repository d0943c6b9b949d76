"""A process that corrects and withdraws, saying what was stored, to be killed at any moment.

    correcting.py ARCHIVE SEED

Prints `ready`, then a line for each correction once the call has returned: its number, the letter's key, `path=value` or
`path` alone for one withdrawn. Goes on until it is killed.
"""

from __future__ import annotations

import random
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from itudocs.archive import archive as archive_module
from tests.archive.archive_fakes import FakeEngine, fake_parse


def main(folder: str, seed: str) -> None:
    archive_module._parse = fake_parse
    chance = random.Random(seed)
    with archive_module.open_archive(folder, engine=FakeEngine()) as archive:
        keys = [record.key for record in archive]
        print("ready", flush=True)
        standing: set[tuple[str, str]] = set()
        while True:
            key, path = chance.choice(keys), chance.choice(("subject", "salutation"))
            if (key, path) in standing and chance.random() < 0.4:
                (one,) = archive.withdraw(key, path, by="B", why="again")
                standing.discard((key, path))
                print(one.number, key, path, flush=True)
            else:
                value = f"Said{chance.randrange(10**9)}"
                one = archive.correct(key, path, value, by="A", why="it is so")
                standing.add((key, path))
                print(one.number, key, f"{path}={value}", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
