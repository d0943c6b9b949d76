"""The verbs of corrections: say what is right, take it back, list what was said. `app` gives them their names."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Annotated, Any

import typer

from itudocs.cli.frame import NOTHING, leave
from itudocs.cli.options import IN, Archive, Json
from itudocs.cli.terminal import line, out, out_pretty, out_table, say

if TYPE_CHECKING:
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
