r"""Letters for reference managers: BibTeX, RIS and CSL-JSON, written by hand, so that nothing a letter says is obeyed.

| | BibTeX | RIS | CSL-JSON |
|---|---|---|---|
| type | `@techreport` | `RPRT` | `report` |
| issuer | `institution`, `author` | `PB`, `AU` | `publisher`, `author` |
| reference | `number` | `SN`, of a report its number | `number` |
| subject | `title` | `TI` | `title` |
| date | `year`, `month`, `day` | `DA`, `PY` | `issued` |
| language | `language` | `LA` | `language` |
| SHA-256 of the file | in `note` | `AN` | `archive_location` |
| citation string | `note` | `N1` | `note` |

In BibTeX the ten characters that TeX obeys become commands; braces too, since an unbalanced one, even with a backslash,
would end the field. All values are on one line, so that no line of a letter begins a tag of RIS.
"""

from __future__ import annotations

import json
import re
from typing import Any

from itudocs.export.citing import bureau_name, cite, issuer, name
from itudocs.export.harmless import line
from itudocs.lexicon import language
from itudocs.model import Circular

_TEX = {
    "\\": r"\textbackslash{}", "{": r"\lbrace{}", "}": r"\rbrace{}", "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}", "$": r"\$", "&": r"\&", "#": r"\#", "_": r"\_", "%": r"\%",
}  # fmt: skip
_TEX_SPECIAL = re.compile(r"[\\{}~^$&#_%]")
_UNFIT = re.compile(r"[^a-z0-9]+")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_KIND = "Circular letter"
_PLACE = "Geneva"


def union() -> str:
    """The organisation's English name."""
    return str(language("en").raw["issuers"]["union"][0])


def entry_key(record: Circular) -> str:
    """The name a bibliography knows a letter by: `itu-tsb-circular-2009-2012-12-en-3fae8652`; ASCII, unique, stable."""
    words = _UNFIT.sub("-", (record.id or "letter").lower()).strip("-")[:60]
    return "-".join(filter(None, ("itu", words, record.language, record.key[:8])))


def _author(record: Circular) -> str:
    office = bureau_name(record.bureau)
    return f"{union()}, {office}" if office else union()


def _title(record: Circular) -> str:
    return line(record.subject or "") or name(record) or line(record.source.name) or record.key


def tex(text: str) -> str:
    """Text on one line that TeX and BibTeX set as it is."""
    return _TEX_SPECIAL.sub(lambda found: _TEX[found.group()], line(text))


def bibtex(record: Circular) -> str:
    """One BibTeX entry, with a newline at its end."""
    fields = {
        "author": f"{{{tex(_author(record))}}}",
        "title": f"{{{tex(_title(record))}}}",
        "institution": tex(issuer(record)),
        "address": _PLACE,
        "type": _KIND,
        "number": tex(name(record) or ""),
        "year": f"{record.date.year:04d}" if record.date else "",
        "day": str(record.date.day) if record.date else "",
        "language": record.language or "",
        "keywords": ", ".join(tex(group) for group in record.addressee_groups),
        "note": tex(cite(record, digits=len(record.key))),
    }
    lines = [f"  {field} = {{{value}}},\n" for field, value in fields.items() if value]
    if record.date:
        lines.append(f"  month = {_MONTHS[record.date.month - 1]},\n")
    return f"@techreport{{{entry_key(record)},\n{''.join(lines)}}}\n"


def ris(record: Circular) -> str:
    """One RIS reference; lines end in CR LF, as the format has them."""
    values: list[tuple[str, str | None]] = [
        ("TY", "RPRT"),
        ("ID", entry_key(record)),
        ("AU", _author(record)),
        ("TI", _title(record)),
        ("PY", f"{record.date.year:04d}" if record.date else None),
        ("DA", f"{record.date.isoformat().replace('-', '/')}/" if record.date else None),
        ("SN", name(record)),
        ("M3", _KIND),
        ("PB", issuer(record)),
        ("CY", _PLACE),
        ("LA", record.language),
        *(("KW", line(group)) for group in record.addressee_groups),
        ("N1", cite(record)),
        ("AN", record.key),
    ]
    return "".join(f"{tag}  - {value}\r\n" for tag, value in values if value) + "ER  - \r\n"


def csl_item(record: Circular) -> dict[str, Any]:
    """One item of CSL-JSON, as plain values."""
    item: dict[str, Any] = {
        "id": entry_key(record),
        "type": "report",
        "genre": _KIND,
        "title": _title(record),
        "author": [{"literal": _author(record)}],
        "publisher": issuer(record),
        "publisher-place": _PLACE,
        "archive_location": f"sha256:{record.key}",
        "note": cite(record),
    }
    if record.date:
        item["issued"] = {"date-parts": [[record.date.year, record.date.month, record.date.day]]}
    if number := name(record):
        item["number"] = number
    if record.language:
        item["language"] = record.language
    if record.addressee_groups:
        item["keyword"] = ", ".join(map(line, record.addressee_groups))
    return item


def csl(record: Circular) -> str:
    """One item of CSL-JSON, as text on one line; a list of them is a bibliography."""
    return json.dumps(csl_item(record), ensure_ascii=False)
