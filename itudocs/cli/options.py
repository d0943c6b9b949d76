"""Options that several verbs have, and what is read from them. Every module of verbs takes them from here."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from itudocs.cli.terminal import line

if TYPE_CHECKING:
    from itudocs.reading import Limits

Archive = Annotated[
    Path,
    typer.Option(
        "--archive",
        "-a",
        envvar="ITUDOCS_ARCHIVE",
        metavar="DIR",
        help="The archive's folder, or opensearch://HOST:9200/INDEX.",
    ),
]
Paths = Annotated[
    list[Path],
    typer.Argument(
        metavar="PATH...", help="Files and folders, of folders the whole tree; of containers what is in them."
    ),
]
Workers = Annotated[int, typer.Option(min=0, metavar="N", help="Processes that parse; 0 is one a processor.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Query = Annotated[
    list[str] | None,
    typer.Argument(metavar="QUERY", help='Words, "phrases", field:value ...; without one, everything.'),
]
Facets = Annotated[
    list[str] | None,
    typer.Option(metavar="FIELD=VALUE", help="Only letters with this value; may be given again.", show_default=False),
]
LimitValues = Annotated[
    list[str] | None,
    typer.Option(
        "--limit",
        metavar="NAME=VALUE",
        help="Against hostile files, as max_bytes=256m or max_depth=2; may be given again; all in docs/intake.md.",
        show_default=False,
    ),
]
IN = Path("archive")


def names_file(letter: str) -> bool:
    """Whether an argument means a letter's file, and not a letter of the archive."""
    return os.path.isfile(letter) or letter.endswith((".txt", ".text"))


def query_text(words: Sequence[str] | None) -> str:
    """The query that was typed, one word or many."""
    return " ".join(word.strip() for word in words or ())


def filters(chosen: Sequence[str] | None) -> dict[str, list[str]]:
    """The values chosen of each facet.

    Raises:
        typer.BadParameter: no facet, or no value.
    """
    from itudocs import fields

    found: dict[str, list[str]] = {}
    for choice in chosen or ():
        name, sign, value = choice.partition("=")
        row = fields.BY_PREFIX.get(name)
        if not sign or not value or row is None or not row.facet:
            names = ", ".join(f.name for f in fields.FACETS)
            raise typer.BadParameter(
                f"{line(choice)!r}: write FIELD=VALUE, with FIELD one of {names}", param_hint="--facet"
            )
        found.setdefault(row.name, []).append(value)
    return found


_UNITS = {"k": 1 << 10, "m": 1 << 20, "g": 1 << 30}


def limits(chosen: Sequence[str] | None) -> Limits:
    """The limits of reading, with those chosen in the place of the usual ones. Numbers may end in k, m or g (1024 and so on).

    Raises:
        typer.BadParameter: no limit, or no number.
    """
    import msgspec

    from itudocs.reading import Limits

    usual = Limits()
    found: dict[str, float | str] = {}
    for choice in chosen or ():
        name, _, value = choice.partition("=")
        unit = _UNITS.get(value[-1:].lower(), 1)
        try:
            before = getattr(usual, name if name in Limits.__struct_fields__ else "")
            if isinstance(before, str):
                found[name] = value
                continue
            number = type(before)(value[:-1] if unit > 1 else value) * unit
            if not number > 0:
                raise ValueError
        except (AttributeError, ValueError):
            names = ", ".join(Limits.__struct_fields__)
            raise typer.BadParameter(
                f"{line(choice)!r}: write NAME=VALUE, a number above 0 (64m is 64 MiB; of ocr, languages), with NAME one of {names}",
                param_hint="--limit",
            ) from None
        found[name] = number
    return msgspec.structs.replace(usual, **found)
