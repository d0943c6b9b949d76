"""Finds dates and date ranges in folded text, in six languages, and repairs what conversions did to them.

Works on strings alone; which date is the letter's own, an event or a deadline is decided in `itudocs.extract`. Years that
are not printed are left open here and resolved by `with_years`, which needs the letter's date. Sources: guide sections
5, 10.1 and 17.4.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from functools import cache

from itudocs.lexicon import expand, language
from itudocs.lexicon.scanning import Scanner
from itudocs.model import Language, Record


class DateMention(Record, frozen=True, kw_only=True):
    """A date or a range of days, with its place in the text.

    `first` and `last` are equal for one day; `(year, month, day)` with 0 where the text gives none: a month alone has
    day 0, a date without a year has year 0. `repair` says in words what was mended, with the words as printed. `printed` is
    the whole span where several days share one month ("13 and 15 April 2010").
    """

    start: int
    end: int
    first: tuple[int, int, int]
    last: tuple[int, int, int]
    repair: str = ""
    weekday: int | None = None
    relative: str = ""
    glued: bool = False
    printed: tuple[int, int] | None = None

    @property
    def span(self) -> tuple[int, int]:
        """The characters that say it: of several days that share a month, all of them."""
        return self.printed or (self.start, self.end)

    @property
    def whole(self) -> bool:
        """Whether both days are fully known."""
        return all(self.first) and all(self.last)

    def dates(self) -> tuple[dt.date, dt.date] | None:
        """First and last day; None unless both are known and exist."""
        if not self.whole:
            return None
        try:
            return dt.date(*self.first), dt.date(*self.last)
        except ValueError:
            return None


class _Grammar:
    """The compiled patterns of one language and English, which every letter may contain."""

    def __init__(self, code: Language) -> None:
        codes: list[Language] = [code] if code == "en" else [code, "en"]
        data = [language(c) for c in codes]
        self.months = {name: n for d in reversed(data) for name, n in d.months.items()}
        self.weekdays = {name: n for d in reversed(data) for name, n in d.weekdays.items()}
        names = sorted({n for d in data for group in d.raw["dates"]["months"] for n in group}, key=len, reverse=True)
        names = [n for n in names if not n[0].isdigit()]
        capitals = [n.upper() for n in names if n.isascii() and len(n) > 3]
        lowers = [n.lower() for n in names if len(n) > 3]
        alternatives = "|".join(re.escape(n) for n in dict.fromkeys([*names, *capitals, *lowers]))
        self.month = Scanner(rf"(?<![^\W\d_])(?:{alternatives})(?:\.(?=\s?\d))?(?![a-zà-ÿа-яء-ي])")

        def union(key: str) -> str:
            return "|".join(expand(t) for d in data if (t := d.text("dates", key)))

        weekdays = "|".join(
            sorted((re.escape(w) for d in data for g in d.raw["dates"]["weekdays"] for w in g), key=len, reverse=True)
        )
        weekday = rf"(?:(?i:{weekdays})\.?\s{{0,2}}+,?\s{{0,3}}+(?:(?:the|le|el|den)\s)?)?"
        part = union("day_part")
        part = rf"(?:\s{{0,3}}\(?(?:{part})\)?)?" if part else ""
        ordinal = union("ordinal")
        day = rf"{weekday}\d{{1,4}}(?:\s?(?:{ordinal})(?![a-zà-ÿ]))?{part}"
        # possessive: a run of spaces is taken one way only, or five days could be tried in thousands of ways
        join = rf"\s{{0,3}}+(?:-|,|&|(?:{union('to')}|{union('and')})(?=[\s\d]))\s{{0,3}}+(?:(?:the|le|el|los|les)\s{{1,2}}+)?"
        bridge = union("day_month")
        bridge = rf"(?:\s{{0,3}}(?:{bridge})(?=\s))?" if bridge else ""
        self.days = Scanner(
            rf"(?<![\d.])(?<!\d:)(?<![A-Za-z]-)({day}(?:{join}{day}){{0,4}}){bridge}\s{{0,3}}$", often=1.0
        )
        self.run = re.compile(rf"(\d{{5,7}}){bridge}\s{{0,2}}$")
        self.item = re.compile(rf"({weekday})(\d{{1,4}})")
        self.range_word = re.compile(rf"-|(?:{union('to')})(?=[\s\d])")
        self.list_word = re.compile(rf",|&|(?:{union('and')})")
        bridge = union("month_year")
        bridge = rf"(?:\s{{0,3}}(?:{bridge})(?=\s))?" if bridge else ""
        after = union("year_after")
        after = rf"(?:\s{{0,3}}(?:{after}))?" if after else ""
        self.year = re.compile(rf"{part}\s{{0,3}},?{bridge}\s{{0,3}}((?:19|20)\d\d){after}")
        self.between = re.compile(
            rf"\s{{0,3}}{part}\s{{0,3}}(?:-|(?:{union('to')})(?=[\s\d]))\s{{0,3}}(?:(?:the|le|el)\s)?", re.IGNORECASE
        )
        self.chain = re.compile(
            rf"(?:\s|,|;|&|-|\(|\)|(?<![^\W\d_])(?:{union('and')}|{union('from')}|{union('to')}|planned|on|del?|los|les|d[ií]as)(?![^\W\d_])){{0,6}}"
        )
        self.after = re.compile(rf"\s{{0,3}}({union('last') or 'last'}|{union('next') or 'next'})(?![^\W\d_])")
        self.last_word = re.compile(union("last") or "last")
        number = rf"(\d{{1,2}})(?:{ordinal})?"
        tail = r"(?:\s?,\s{0,2}|\s)((?:19|20)\d\d)(?!\d)"
        joined = rf"\s?(?:-|{union('to')}|{union('and')})\s?"
        self.month_first = re.compile(rf"\s{number}(?:{joined}(?:({alternatives})\s)?{number})?{tail}")
        self.sorts_days = code == "ar"


@cache
def _grammar(code: Language) -> _Grammar:
    return _Grammar(code)


_CHINESE = Scanner(
    r"(?:((?:19|20)\d\d)\s{0,3}年\s{0,3})?(?<!\d)(\d{1,2})\s{0,3}月\s{0,3}(\d{1,2})\s{0,3}[日号]?"
    r"(?:\s{0,3}\((?:星期|周)[一二三四五六日天]\))?"
    r"(?:\s{0,3}(?:-|至|到|~|和|及)\s{0,3}(?:(?:((?:19|20)\d\d)\s{0,3}年\s{0,3})?(\d{1,2})\s{0,3}月\s{0,3})?(\d{1,2})\s{0,3}[日号]?(?!\s?[:\d点时]))?"
)
_CHINESE_LOST = re.compile(r"(?<!\d)((?:19|20)\d\d)(\d{2,4})(?:日|(?=\s*[,\n]))")
_CHINESE_MONTH = re.compile(r"((?:19|20)\d\d)\s{0,3}年\s{0,3}(\d{1,2})\s{0,3}月(?!\s{0,3}\d)")


def find_dates(view: str, code: Language) -> list[DateMention]:
    """All date mentions in folded text, in order, without overlaps. Cost is linear in the text's length."""
    out = _chinese(view) if "月" in view or "日" in view else []
    out.extend(_alphabetic(view, code))
    out.sort(key=lambda m: (m.start, -m.end))
    kept: list[DateMention] = []
    for mention in out:
        if not kept or mention.start >= kept[-1].end:
            kept.append(mention)
    return kept


def _chinese(view: str) -> list[DateMention]:
    out = []
    for m in _CHINESE.finditer(view):
        year, month, day = int(m[1] or 0), int(m[2]), int(m[3])
        last_year, last_month, last_day = int(m[4] or 0) or year, int(m[5] or 0) or month, int(m[6] or 0) or day
        if not (1 <= month <= 12 and 1 <= day <= 31 and 1 <= last_month <= 12 and 1 <= last_day <= 31):
            continue
        if (last_year, last_month, last_day) < (year, month, day):
            last_year, last_month, last_day = year, month, day
        glued = bool(year) and view[max(0, m.start() - 1) : m.start()].isdigit()
        out.append(
            DateMention(
                start=m.start(),
                end=m.end(),
                first=(year, month, day),
                last=(last_year, last_month, last_day),
                glued=glued,
            )
        )
    for m in _CHINESE_LOST.finditer(view):
        split = _month_and_day(m[2])
        if split:
            found = (int(m[1]), *split)
            out.append(
                DateMention(start=m.start(), end=m.end(), first=found, last=found, repair=f"lost characters in {m[0]}")
            )
    for m in _CHINESE_MONTH.finditer(view):
        found = (int(m[1]), int(m[2]), 0)
        out.append(DateMention(start=m.start(), end=m.end(), first=found, last=found))
    return out


def _month_and_day(digits: str) -> tuple[int, int] | None:
    """Month and day run together, as in 108 or 0711; the longer month wins where both readings are possible."""
    for cut in (2, 1):
        month, day = digits[:cut], digits[cut:]
        if day and not day.startswith("0") and len(day) <= 2 and 1 <= int(month) <= 12 and 1 <= int(day) <= 31:
            return int(month), int(day)
        if len(digits) == 4 and cut == 2 and 1 <= int(month) <= 12 and 1 <= int(day or 0) <= 31:
            return int(month), int(day)
    return None


class _Days(Record, frozen=True, kw_only=True):
    start: int
    groups: tuple[tuple[int, int], ...]  # day pairs, in order; more than one for a list of separate days
    repair: str = ""
    weekday: int | None = None
    glued: bool = False


def _alphabetic(view: str, code: Language) -> list[DateMention]:
    grammar = _grammar(code)
    out: list[DateMention] = []
    floor = 0
    for m in grammar.month.finditer(view):
        month = grammar.months.get(m[0].rstrip(".").casefold())
        if month is None or m.start() < floor:
            continue
        year_match = grammar.year.match(view, m.end(), m.end() + 48)
        days = _days_before(grammar, view, max(floor, m.start() - 72), m.start())
        if days is None and not year_match:
            first = grammar.month_first.match(view, m.end(), m.end() + 40)
            if first and code == "en" and int(first[1]) <= 31:
                year = int(first[4])
                last_day = int(first[3] or first[1])
                last_month = grammar.months[first[2].casefold()] if first[2] else month
                out.append(
                    DateMention(
                        start=m.start(),
                        end=first.end(),
                        first=(year, month, int(first[1])),
                        last=(year, last_month, last_day),
                    )
                )
                floor = first.end()
            continue
        year = int(year_match[1]) if year_match else 0
        end = year_match.end() if year_match else m.end()
        if m[0] == "May" and not year and (days is None or re.match(r"\s[a-z]", view[m.end() : m.end() + 2])):
            tail = re.match(
                r"\s(?:and|to|at|in|for|or|from|until|last|next|with|as|is|was|will)\b", view[m.end() : m.end() + 8]
            )
            if days is None or not tail:
                continue
        if days is None:
            found = (year, month, 0)
            out.append(DateMention(start=m.start(), end=end, first=found, last=found))
            continue
        relative = ""
        if not year:
            after = grammar.after.match(view, m.end(), m.end() + 16)
            if after:
                relative = "last" if grammar.last_word.fullmatch(after[1]) else "next"
        groups = days.groups
        if grammar.sorts_days:
            groups = tuple((min(g), max(g)) for g in groups)
        for k, (a, b) in enumerate(groups):
            final = k == len(groups) - 1
            out.append(
                DateMention(
                    start=days.start if k == 0 else m.start(), end=end if final else m.start(), first=(year, month, a),
                    last=(year, month, b), repair=days.repair, weekday=days.weekday, relative=relative, glued=days.glued,
                )
            )  # fmt: skip
        if len(groups) > 1:  # several days before one month: the last carries the printed month, all share the span
            out[-len(groups) :] = [
                DateMention(
                    start=days.start + k, end=end if k == len(groups) - 1 else days.start + k + 1,
                    first=(year, month, a), last=(year, month, b), printed=(days.start, end),
                )
                for k, (a, b) in enumerate(groups)
            ]  # fmt: skip
        floor = end
    return _linked(grammar, view, out)


def _days_before(grammar: _Grammar, view: str, low: int, month_at: int) -> _Days | None:
    """The days printed before a month name."""
    left = view[low:month_at]
    match = grammar.days.search(left)
    if not match:
        run = grammar.run.search(left)
        if run:  # a number glued to the day: CA/24624 April
            return _glued(run[1], low + run.start(1), view)
        return None
    items = list(grammar.item.finditer(match[1]))
    repair = ""
    pairs: list[tuple[int, int]] = []
    weekday = grammar.weekdays.get(items[0][1].strip(" ,.").casefold()) if items else None
    start = low + match.start(1)
    for k, item in enumerate(items):
        digits = item[2]
        at = low + match.start(1) + item.start(2)
        if len(digits) > 2 or int(digits) > 31 or int(digits) == 0:
            before = view[at - 1] if at else " "
            if before in "/-" and len(digits) > 2 and len(items) == 1:
                return _glued(digits, at, view)
            if k == 0 and len(items) > 1 and len(digits) > 2:  # a number glued to the first of several days
                day = int(digits[-2:]) if 10 <= int(digits[-2:]) <= 31 else int(digits[-1])
                if day:
                    pairs.append((day, day))
                    start = at + len(digits) - len(str(day))
                    continue
            split = _lost_dash(digits, turned=grammar.sorts_days)
            if split is None:
                if k == len(items) - 1:
                    return _glued(digits, at, view)
                pairs = []  # "2003, 5 and 6 May": not a day
                start = low + match.start(1) + items[k + 1].start()
                continue
            repair = f"lost dash in {digits}"
            pairs.append(split)
            continue
        day = int(digits)
        joiner = match[1][items[k - 1].end() : item.start()] if k else ""
        if pairs and grammar.range_word.search(joiner) and pairs[-1][0] == pairs[-1][1]:
            low_day = pairs[-1][0]
            pairs[-1] = (low_day, day)
        elif pairs and day == pairs[-1][1] + 1 and grammar.list_word.search(joiner):
            pairs[-1] = (pairs[-1][0], day)
        else:
            pairs.append((day, day))
    if not pairs:
        return None
    if any(a > b for a, b in pairs) and not grammar.sorts_days:
        b = pairs[-1][1]
        pairs = [(b, b)]  # 28-3 March: the first day belongs to something else
        last = items[-1]
        start = low + match.start(1) + last.start()
    return _Days(start=start, groups=tuple(pairs), repair=repair, weekday=weekday)


def _lost_dash(digits: str, *, turned: bool = False) -> tuple[int, int] | None:
    """Two rising days run together: 67, 915, 2123; in right-to-left text they may have changed sides."""
    cuts = {2: (1,), 3: (1, 2), 4: (2,)}.get(len(digits), ())
    for cut in cuts:
        a, b = digits[:cut], digits[cut:]
        if not a.startswith("0") and not b.startswith("0") and 1 <= int(a) < int(b) <= 31:
            return int(a), int(b)
        if turned and 1 <= int(b) < int(a) <= 31 and not b.startswith("0"):
            return int(b), int(a)
    return None


def _glued(digits: str, at: int, view: str) -> _Days | None:
    """A day glued to the number before it; two digits win where they make a day."""
    for size in (2, 1):
        day = digits[-size:]
        if len(digits) > size and not day.startswith("0") and 1 <= int(day) <= 31:
            return _Days(start=at + len(digits) - size, groups=((int(day), int(day)),), glued=True)
    return None


def _linked(grammar: _Grammar, view: str, found: list[DateMention]) -> list[DateMention]:
    """Joins `28 February to 10 March 2000` and lends years along lists (`3-4 April and 17-18 July 1997`)."""
    out: list[DateMention] = []
    for mention in found:
        if out:
            before = out[-1]
            gap = view[before.end : mention.start]
            if _next_day(before, mention) and grammar.list_word.fullmatch(gap.strip()):
                out[-1] = DateMention(
                    start=before.start,
                    end=mention.end,
                    first=(mention.first[0], *before.first[1:]),
                    last=mention.last,
                    weekday=before.weekday,
                )
                continue
            if (
                len(gap) < 24 and before.first[2] and mention.first[2] and before.first == before.last
                and mention.first == mention.last and grammar.between.fullmatch(gap)
                and (before.first[0] == 0 or mention.first[0] == 0 or before.first < mention.first)
            ):  # fmt: skip
                year = mention.first[0]
                first_year = before.first[0] or (year - 1 if year and before.first[1] > mention.first[1] else year)
                out[-1] = DateMention(
                    start=before.start, end=mention.end, first=(first_year, *before.first[1:]), last=mention.last,
                    repair=before.repair or mention.repair, weekday=before.weekday, relative=mention.relative,
                )  # fmt: skip
                continue
        out.append(mention)
    for k in range(len(out) - 2, -1, -1):
        mention, after = out[k], out[k + 1]
        if mention.first[0] == 0 and not mention.relative and after.first[0] and after.start - mention.end < 40:
            gap = view[mention.end : after.start]
            if grammar.chain.fullmatch(gap):
                year = after.first[0]
                year = year - 1 if mention.first[1] > after.first[1] else year
                out[k] = _of_year(mention, year)
    return out


def _next_day(before: DateMention, after: DateMention) -> bool:
    """Whether the second day follows the first over the end of a month: `31 March and 1 April 2008`."""
    if not (before.first == before.last and after.first == after.last and before.first[2] and after.first[0]):
        return False
    try:
        first = dt.date(before.first[0] or after.first[0], *before.first[1:])
        return first + dt.timedelta(days=1) == dt.date(*after.first)
    except ValueError:
        return False


def _of_year(mention: DateMention, year: int, repair: str = "") -> DateMention:
    """The mention in that year; a range that crosses New Year ends in the next."""
    last_year = year + (mention.last[1] < mention.first[1])
    return DateMention(
        start=mention.start, end=mention.end, first=(year, *mention.first[1:]), last=(last_year, *mention.last[1:]),
        repair="; ".join(filter(None, (mention.repair, repair))), weekday=mention.weekday, relative=mention.relative, glued=mention.glued,
        printed=mention.printed,
    )  # fmt: skip


_YEAR = re.compile(r"(?<![\d/.-])((?:19|20)\d\d)(?![\d/])")


def with_years(view: str, mentions: Sequence[DateMention], letter_date: dt.date | None) -> list[DateMention]:
    """Lends years to mentions without one: from a year just before ("its 1997 session (18-27 June)"), from the sentence,
    or from the letter's date; each with a note of where it came from. Those that nothing decides stay open.
    """
    out: list[DateMention] = []
    for mention in mentions:
        if mention.first[0] or not mention.first[2]:
            out.append(mention)
            continue
        if mention.relative and letter_date:
            year = letter_date.year
            target = mention.first[1:]
            here = (letter_date.month, letter_date.day)
            if mention.relative == "last" and target > here:
                year -= 1
            if mention.relative == "next" and target < here:
                year += 1
            out.append(
                _of_year(mention, year, f"relative year: {view[mention.start : mention.end]} {mention.relative}")
            )
            continue
        near = _YEAR.findall(view, max(0, mention.start - 48), mention.start)
        sentence = view.rfind(". ", out[-3:][0].start if out else mention.start, mention.start)
        printed = [m for m in out[-3:] if m.first[0] and m.start > sentence and m.first[2]]
        if near and (not printed or view.rfind(near[-1], 0, mention.start) > printed[-1].end):
            out.append(_of_year(mention, int(near[-1]), "year borrowed from the words before"))
        elif printed:
            year = printed[-1].last[0]
            out.append(_of_year(mention, year, "year borrowed from the date before"))
        elif letter_date:
            year = letter_date.year
            try:
                day = dt.date(year, mention.first[1], min(mention.first[2], 28))
            except ValueError:
                out.append(mention)
                continue
            if (letter_date - day).days > 45:
                year += 1
            out.append(_of_year(mention, year, "year borrowed from the letter's date"))
        else:
            out.append(mention)
    return out
