"""The verbs of corrections and differences: say what is right, take it back, list what was said; compare archives.

`app` gives them their names.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from itudocs.cli.frame import NOTHING, leave
from itudocs.cli.options import IN, Archive, Json, Workers
from itudocs.cli.terminal import line, out, out_json, out_pretty, out_table, say

if TYPE_CHECKING:
    from itudocs.archive.diff import LetterDiff, Side, Summary
    from itudocs.corrections import Correction

Letter = Annotated[str, typer.Argument(metavar="KEY|ID", help="A letter of the archive.")]
Place = Annotated[
    str, typer.Argument(metavar="PATH", help="A field (date), an item (addressees/0) or a part (events/1/start).")
]
By = Annotated[str, typer.Option(metavar="NAME", envvar="ITUDOCS_BY", help="Who says so.")]
Why = Annotated[str, typer.Option(metavar="TEXT", help="On what grounds.")]


def correct(
    letter: Letter,
    path: Place,
    value: Annotated[
        str,
        typer.Argument(
            metavar="VALUE", help="The right value: words as they are, or JSON for lists, objects, null and numbers."
        ),
    ],
    by: By,
    why: Why,
    at: Annotated[
        str | None, typer.Option(metavar="START:END", help="The words it rests on, by characters of the text.")
    ] = None,
    words: Annotated[
        str | None, typer.Option(metavar="TEXT", help="The words it rests on, if they stand there once.")
    ] = None,
    archive: Archive = IN,
    as_json: Json = False,
) -> None:
    """Correct, or confirm, a value of a letter; it wins over the parser's for good."""
    from itudocs.archive.archive import open_archive

    start, end = _span(at)
    with open_archive(archive) as opened:
        before = opened.get(letter).id
        made = opened.correct(letter, path, _value(path, value), by=by, why=why, start=start, end=end, quote=words)
        after = opened.get(made.key).id
    if as_json:
        out_pretty(made)
    else:
        out(line(_told(made)))
    if before != after:
        say(line(f"The letter is now {after or 'without an identity'}; it was {before or 'without one'}."))


def _span(at: str | None) -> tuple[int, int] | tuple[None, None]:
    if at is None:
        return None, None
    match = re.fullmatch(r"(\d{1,12}):(\d{1,12})", at)
    if match is None:
        raise typer.BadParameter(f"{line(at)!r}: write two numbers, as 124:140", param_hint="--at")
    return int(match[1]), int(match[2])


def _value(path: str, text: str) -> Any:
    """JSON where it looks like it: a subject such as `[Draft] report` is taken as it is."""
    number = path.endswith("/number") and text.isdecimal()
    if number or text[:1] in ("[", "{", '"') or text in ("null", "true", "false"):
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            return text
    return text


def _shown(value: Any) -> str:
    if value is None:
        return "nothing"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _told(one: Correction) -> str:
    if one.confirms:
        return f"{one.number}. {one.path}: {_shown(one.value)} confirmed"
    return f"{one.number}. {one.path}: {_shown(one.before)} -> {_shown(one.value)}"


def withdraw(letter: Letter, path: Place, by: By, why: Why, archive: Archive = IN, as_json: Json = False) -> None:
    """Take corrections back: the parser's value stands again at the path and below it."""
    from itudocs.archive.archive import open_archive

    with open_archive(archive) as opened:
        gone = opened.withdraw(letter, path, by=by, why=why)
    if as_json:
        out_pretty(gone)
    else:
        for one in gone:
            out(line(f"{_told(one)} withdrawn"))


def corrections(
    letter: Annotated[
        str | None, typer.Argument(metavar="[KEY|ID]", help="A letter; without one, all that have corrections.")
    ] = None,
    archive: Archive = IN,
    as_json: Json = False,
) -> None:
    """List what was corrected, by whom and why, and what became of it."""
    from itudocs.archive.archive import open_archive

    with open_archive(archive) as opened:
        found = opened.corrections(letter)
        names = {key: (opened.get(key).id or key[:12]) if key in opened else key[:12] for key in {c.key for c in found}}
    if as_json:
        out_pretty(found)
    elif found:
        heads = ("No", "Letter", "Path", "Was", "Value", "By", "When", "State", "Why")
        out_table(heads, (_row(one, names[one.key]) for one in found))
    if not found:
        leave("No corrections.", NOTHING)


def _row(one: Correction, name: str) -> list[str]:
    state: str = one.state
    if one.superseded_by is not None and one.state == "superseded":
        state = f"superseded by {one.superseded_by}"
    elif one.state == "withdrawn":
        state = f"withdrawn {one.withdrawn_at} by {one.withdrawn_by}: {one.withdrawn_why}"
    elif one.remark:
        state = f"{state}: {one.remark}"
    was, value = (line(_shown(v), longest=60) for v in (one.before, one.value))
    return [str(one.number), name, one.path, was, value, one.by, one.at, state, one.why]


def diff(
    before: Annotated[Path, typer.Argument(metavar="BEFORE", help="An archive or a backup of one.")],
    after: Annotated[
        Path | None, typer.Argument(metavar="[AFTER]", help="Another state of it; or give --parser.")
    ] = None,
    parser: Annotated[
        bool, typer.Option("--parser", help="Compare with what the present parser would make of the letters.")
    ] = False,
    workers: Workers = 1,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON object a letter, and one of the sums.")] = False,
) -> None:
    """Show which values of which letters differ between two archives, or from the present parser's. Writes nothing."""
    from itudocs.archive.archive import open_archive
    from itudocs.archive.diff import compare_archives, compare_parser

    if (after is None) != parser:
        raise typer.BadParameter("name a second archive, or give --parser", param_hint="AFTER")
    if after is not None:
        found = compare_archives(before, after)
        for letter in found:
            _print_letter(letter, as_json)
    else:
        with open_archive(before) as opened:
            found = compare_parser(opened, workers=workers)
            for letter in found:
                _print_letter(letter, as_json)
    _print_sums(found.summary, as_json)


def _print_letter(letter: LetterDiff, as_json: bool) -> None:
    if as_json:
        import msgspec

        out_json(msgspec.json.encode(letter).decode())
        return
    names = (letter.id, letter.key[:12], letter.name)
    head = " · ".join(line(name) for name in names if name)
    out(head if letter.state == "changed" else f"{head}: {letter.state} {line(letter.message)}".rstrip())
    for change in letter.changes:
        sides = (_side(change.before), _side(change.after))
        paths = dict.fromkeys(side.path for side in (change.before, change.after) if side)
        out(f"  {' -> '.join(paths)}: {' -> '.join(sides)}")


def _side(side: Side | None) -> str:
    """A value with the words it came from, where these say more than the value."""
    if side is None:
        return "nothing"
    value = side.value
    if isinstance(value, dict):
        value = {name: inner for name, inner in value.items() if inner not in (None, [])}
    shown, quotes = line(_shown(value)), dict.fromkeys(line(piece.quote) for piece in side.evidence if piece.quote)
    grounds = " ... ".join(f'"{line(quote, longest=80)}"' for quote in quotes)
    if list(quotes) == [shown]:
        grounds = ""
    elif not quotes:
        grounds = ", ".join(dict.fromkeys(piece.rule for piece in side.evidence))
    shown = line(shown, longest=200)
    return f"{shown} ({grounds})" if grounds else shown


def _print_sums(sums: Summary, as_json: bool) -> None:
    if as_json:
        import msgspec

        out_json(msgspec.json.encode({"summary": sums}).decode())
    elif sums.fields:
        out("")
        out_table(("Field", "Letters"), ((name, f"{count:,}") for name, count in sums.fields.items()))
    told = {
        "changed": sums.changed,
        "only before": sums.only_before,
        "only after": sums.only_after,
        "unparsed": sums.unparsed,
    }
    parts = ", ".join(f"{name} {count:,}" for name, count in told.items() if count)
    if not sums.different:
        leave(f"No differences in {sums.letters:,} letters.", NOTHING)
    say(f"{sums.letters:,} letters: {parts}, same {sums.same:,}.")
