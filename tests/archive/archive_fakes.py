"""Stand-ins for the archive's tests: an engine of JSON files and a parser of `name: value` lines.

The engine keeps the promises of `itudocs.search.engine` with real files, in segments like a real one, and cheaply: the
crash tests start an interpreter for every kill.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import secrets
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from itudocs.errors import ArchiveDamaged
from itudocs.fields import BY_NAME
from itudocs.model import Circular, Citation, Deadline, Event, Failure, Provenance, Signatory
from itudocs.parse import Parsed
from itudocs.reading.source import Document
from itudocs.search.engine import Alike, Completion, Entry, Facet, FacetValue, Hit, Reason, Request, Results

MERGE_AT = 5


class FakeEngine:
    """Segments of letters and a table of contents; merges them when there are many."""

    def __init__(self, *, name: str = "fake", version: str = "1") -> None:
        self.name = name
        self.version = version
        self.updates: list[tuple[str, int, tuple[str, ...]]] = []  # folder's content before, letters added, removed
        self.opened = 0
        self.before_write: Callable[[Path], None] | None = None
        self.lose = 0  # letters to lose silently
        self.retained: list[str] = []
        self.distrust: Callable[[Path], bool] = lambda folder: False  # searches in such a folder find damage

    def update(self, folder: Path, *, add: Iterable[Entry], remove: Iterable[str], workers: int = 1) -> None:
        toc = _read(folder / "toc.json")["segments"] if (folder / "toc.json").exists() else []
        before = "update" if toc else "new"
        letters = {key: value for name in toc for key, value in _read(folder / name).items()}
        gone = tuple(remove)
        fresh: dict[str, dict[str, str]] = {}
        for entry in add:
            assert entry.record.key not in fresh, "the same key twice"
            fresh[entry.record.key] = {"record": entry.record.to_json(), "text": entry.text}
        for key in list(fresh)[: self.lose]:
            del fresh[key]
        self.updates.append((before, len(fresh), gone))
        if self.before_write:
            self.before_write(folder)
        if len(toc) >= MERGE_AT or gone or letters.keys() & fresh:
            letters = {key: value for key, value in letters.items() if key not in gone} | fresh
            name = _write(folder, letters)
            for old in toc:
                (folder / old).unlink()
            segments = [name]
        else:
            segments = [*toc, _write(folder, fresh)]
        new = folder / "toc.new"
        new.write_text(json.dumps({"segments": segments}))
        os.replace(new, folder / "toc.json")

    def open(self, folder: Path) -> FakeSearcher:
        self.opened += 1
        return FakeSearcher(folder, self)

    def retain(self, folders: Iterable[Path]) -> None:
        self.retained = sorted(folder.name for folder in folders)


def _write(folder: Path, letters: dict[str, dict[str, str]]) -> str:
    name = f"letters-{secrets.token_hex(4)}.json"
    with open(folder / name, "x", encoding="utf-8") as file:
        json.dump(letters, file)
    return name


def _read(path: Path) -> dict[str, dict[str, str]]:
    try:
        value: dict[str, dict[str, str]] = json.loads(path.read_bytes())
    except ValueError as fault:
        raise ArchiveDamaged(f"{path}: {fault}") from fault
    return value


class FakeSearcher:
    """All letters in memory."""

    def __init__(self, folder: Path, engine: FakeEngine) -> None:
        self._folder = folder
        self._engine = engine
        self.closed = False
        self._letters = [
            (Circular.from_json(value["record"]), value["text"])
            for name in _read(folder / "toc.json")["segments"]
            for value in _read(folder / name).values()
        ]

    def count(self) -> int:
        return len(self._letters)

    def close(self) -> None:
        self.closed = True

    def _found(self, request: Request) -> list[Circular]:
        assert not self.closed
        if self._engine.distrust(self._folder):
            raise ArchiveDamaged(f"{self._folder}: a block's checksum differs")
        words = list(_words(request.query))
        found = [r for r, text in self._letters if all(w in text.lower() for w in words) and _chosen(r, request)]
        return sorted(found, key=lambda r: r.key)

    def matching(self, request: Request) -> tuple[str, ...]:
        return tuple(r.key for r in self._found(request))

    def like(self, letter: Entry, *, limit: int, reasons: int, seconds: float | None = None) -> tuple[Alike, ...]:
        """Letters of the same series."""
        alike = [r for r, _ in self._letters if r.series == letter.record.series and r.key != letter.record.key]
        why = Reason(kind="value", field="series", value=letter.record.series or "", weight=1.0)
        hits = [Hit(key=r.key, score=1.0, id=r.id) for r in alike[:limit]]
        return tuple(Alike(hit=hit, reasons=(why,)[:reasons]) for hit in hits)

    def complete(self, text: str, *, limit: int, seconds: float | None = None) -> tuple[Completion, ...]:
        """Names of fields."""
        names = [name for name in BY_NAME if name.startswith(text)]
        return tuple(Completion(kind="field", value=n, query=f"{n}:") for n in names[:limit])

    def search(self, request: Request) -> Results:
        found = self._found(request)
        page = found[request.offset : request.offset + request.limit]
        hits = tuple(Hit(key=r.key, score=1.0, id=r.id, ref=r.ref, subject=r.subject) for r in page)
        facets = []
        for name in request.facets:
            counts = Counter(str(v) for r in found for v in BY_NAME[name].of(r))
            values = tuple(FacetValue(value=v, count=n) for v, n in counts.most_common(request.facet_size))
            facets.append(Facet(field=name, values=values, distinct=len(counts)))
        return Results(total=len(found), hits=hits, facets=tuple(facets))


def _words(node: object) -> Iterator[str]:
    """The words anywhere in a query: enough to see that it arrives."""
    if isinstance(text := getattr(node, "text", None), str):
        yield text.lower()
    for name in getattr(node, "__struct_fields__", ()):
        value = getattr(node, name)
        for child in value if isinstance(value, (tuple, list)) else (value,):
            if not isinstance(child, (str, int)) and child is not None:
                yield from _words(child)


def _chosen(record: Circular, request: Request) -> bool:
    return all(set(BY_NAME[f].of(record)) & set(values) for f, values in request.filters.items())


def fake_parse(documents: Iterable[Document], workers: int = 1, limits: object = None) -> Iterator[Parsed | Failure]:
    """`name: value` lines into records. A text that begins with `unreadable` fails."""
    for document in documents:
        text = document.data.decode("utf-8", "replace")
        if text.startswith("unreadable"):
            yield Failure(name=document.name, reason="binary", message=f"{document.name} is no letter")
        else:
            yield Parsed(record=record_of(document), text=text)


def record_of(document: Document) -> Circular:
    lines = [line.split(": ", 1) for line in document.data.decode("utf-8", "replace").splitlines() if ": " in line]
    value = dict(lines)
    key = hashlib.sha256(document.data).hexdigest()
    identity = value.get("id")
    day = value.get("date")
    event = value.get("event")
    return Circular(
        key=key,
        source=Provenance(name=document.name, sha256=key),
        id=identity,
        ids=(identity,) if identity else (),
        language=value.get("language"),  # type: ignore[arg-type]  # not checked here
        series=value.get("series"),
        bureau=value.get("bureau"),  # type: ignore[arg-type]  # not checked here
        ref=value.get("ref"),
        refs=(value["ref"],) if "ref" in value else (),
        date=dt.date.fromisoformat(day) if day else None,
        subject=value.get("subject"),
        signatory=Signatory(name=value["signed"]) if "signed" in value else None,
        events=(Event(start=dt.date.fromisoformat(event), end=dt.date.fromisoformat(event), place="Geneva"),)
        if event
        else (),
        deadlines=(Deadline(date=dt.date.fromisoformat(value["due"]), what="reply", computed=True),)
        if "due" in value
        else (),
        citations=(Citation(text=value["cites"], kind="circular", id=value["cites"].lower()),)
        if "cites" in value
        else (),
    )


def letter(n: int, **more: str) -> bytes:
    """A letter of a few hundred bytes, different for every number."""
    head = {"id": f"cr/{n}", "ref": f"CR/{n}", "series": "cr", "bureau": "BR", "subject": f"Subject {n}", **more}
    return ("".join(f"{k}: {v}\n" for k, v in head.items()) + f"\nBody of letter number{n}.\n" * 5).encode()


def documents(numbers: Iterable[int], **more: str) -> list[Document]:
    return [Document(name=f"{n}.txt", data=letter(n, **more)) for n in numbers]


def write_letters(folder: Path, numbers: Iterable[int], **more: str) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for n in numbers:
        path = folder / f"{n:06d}.txt"
        path.write_bytes(letter(n, **more))
        paths.append(path)
    return paths
