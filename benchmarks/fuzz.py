"""A fuzz run: letters of the corpus are mutated by seed, parsed, and their records held to their promises.

    python -m benchmarks.fuzz --minutes 15 --keep findings/

Promises: parsing never raises; `itudocs.evidence.complaints` has nothing to say; the time a letter takes is bounded by its
length. What breaks one is printed with its seed, reduced to a small text, and written to the folder `--keep`. The same
seed gives the same text from the same corpus. Reduced findings live on in `tests/test_fuzz_findings.py`.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from random import Random
from typing import NamedTuple

from itudocs.assemble import circular
from itudocs.evidence import complaints
from itudocs.reading import read

CORPUS = Path(__file__).parent.parent / "corpus" / "open"

LONGEST = 60_000
"""No mutated text is longer, in characters: a run is to see many texts."""

PER_CHARACTER = 40e-6
"""Seconds of processor time that a character may take, ten times what an ordinary one does (2026-11)."""

AT_LEAST = 0.15
"""Seconds of processor time that are never too many: first use compiles patterns."""

CONTROLS = (
    "\x00\x01\x07\x08\x0b\x0c\x0e\x1b\x1e\x1f\x7f\x85\xa0\xad\u2028\u2029\ufeff\ufffd\ud800\udfff\U000e0041\u0300"
)
BIDI = "\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u061c"
SCRIPTS = (
    "ITU meeting of the Study Group 12 October 2004 ", "Réunion du 3 au 7 mars 2003 à Genève ", "Исследовательская комиссия 5 мая 2010 года ",
    "للاتحاد الدولي للاتصالات ١٢ أبريل ٢٠٠٩ ", "国际电信联盟2009年3月4日至6日会议", "日本語テキスト", "ελληνικά κείμενο ", "हिन्दी पाठ ", "ไทย",
    "𝔘𝔫𝔦𝔠𝔬𝔡𝔢 ", "e\u0301\u0323 ", "ﬁﬂ ", "İıſ ", "ǅ ", "Ⅻ ", "٣٢١ ", "²³½ ", "１２３ ",
)  # fmt: skip
RUNS = (
    " ", "\n", "\t", "-", ".", "_", "=", "(", ")", "[", "]", "{", "|", "/", "\\", "\"", "'", ",", ":", ";", "0", "1", "12 ", "1/", "A", "a", "Á", "A ", "a ",
    "Mr ", "of the ", "and ", "( ", "()", "\n\n", "\n- ", "\n1. ", "+41 ", "@", "a@", "a.", "www.", "http://", "May ", "1 May ", "12-", "2004 ",
    "Annex ", "Tel: ", "To: ", "Subject: ", "Dear ", "Ref: ", "Page 1: ", "CR/", "TSB Circular ", "Resolution ", "Rec. ", "meeting ", "月", "日", "第", "会议", "ال",
)  # fmt: skip


# --- mutations: a text and chance in, a text out --------------------------------------------------------------------


def _span(text: str, chance: Random, longest: int = 600) -> tuple[int, int]:
    """A random stretch."""
    start = chance.randrange(len(text) + 1)
    return start, min(len(text), start + 1 + int(longest * chance.random() ** 3))


def splice(text: str, other: str, chance: Random) -> str:
    """A stretch of another letter is put in."""
    at = chance.randrange(len(text) + 1)
    a, b = _span(other, chance)
    return text[:at] + other[a:b] + text[at:]


def duplicate(text: str, other: str, chance: Random) -> str:
    """A stretch comes several times."""
    a, b = _span(text, chance)
    return text[:b] + text[a:b] * chance.choice((1, 1, 2, 5, 30)) + text[b:]


def twice(text: str, other: str, chance: Random) -> str:
    """The same page twice, or a second letter behind the first."""
    return (
        text
        + chance.choice(("\n", "\n\n", " ", "Page 1: ", "\nShare & Embed\nEmbed Size (px)\n"))
        + chance.choice((text, other))
    )


def delete(text: str, other: str, chance: Random) -> str:
    """A stretch is lost."""
    a, b = _span(text, chance)
    return text[:a] + text[b:]


def truncate(text: str, other: str, chance: Random) -> str:
    """The beginning or the end is lost."""
    at = chance.randrange(len(text) + 1)
    return text[:at] if chance.random() < 0.5 else text[at:]


def shuffle(text: str, other: str, chance: Random) -> str:
    """Lines, or words where there are no lines, in another order."""
    by = "\n" if text.count("\n") > 4 and chance.random() < 0.8 else " "
    parts = text.split(by)
    a = chance.randrange(len(parts))
    b = min(len(parts), a + chance.randrange(2, 12))
    some = parts[a:b]
    chance.shuffle(some)
    return by.join([*parts[:a], *some, *parts[b:]])


def glue(text: str, other: str, chance: Random) -> str:
    """White space is lost, here or everywhere."""
    if chance.random() < 0.2:
        return text.replace(chance.choice((" ", "\n")), chance.choice(("", " ", "\n", "\n\n", "\u00a0", " | ")))
    a, b = _span(text, chance, 200)
    return text[:a] + "".join(text[a:b].split()) + text[b:]


def drop_kind(text: str, other: str, chance: Random) -> str:
    """One character is lost everywhere: hyphens, colons, points, a digit."""
    return text.replace(chance.choice("-:./,()0129\n"), chance.choice(("", " ")))


def sprinkle(text: str, other: str, chance: Random) -> str:
    """Control and direction characters fall into it."""
    kind = chance.choice((CONTROLS, BIDI))
    out = list(text)
    for _ in range(chance.randrange(1, 20)):
        out.insert(chance.randrange(len(out) + 1), chance.choice(kind))
    return "".join(out)


def long_run(text: str, other: str, chance: Random) -> str:
    """A long run of one thing."""
    at = chance.randrange(len(text) + 1)
    return text[:at] + chance.choice(RUNS) * chance.choice((10, 100, 1000, 4000)) + text[at:]


def mix_scripts(text: str, other: str, chance: Random) -> str:
    """Words of another script stand in the middle."""
    for _ in range(chance.randrange(1, 6)):
        at = chance.randrange(len(text) + 1)
        text = text[:at] + chance.choice(SCRIPTS) * chance.choice((1, 1, 3)) + text[at:]
    return text


def change_case(text: str, other: str, chance: Random) -> str:
    """A stretch in capitals or small letters."""
    a, b = _span(text, chance, 2000)
    return text[:a] + chance.choice((str.upper, str.lower, str.title, str.swapcase))(text[a:b]) + text[b:]


def change_digits(text: str, other: str, chance: Random) -> str:
    """Digits become others."""
    out = list(text)
    for k in [k for k, c in enumerate(text) if c.isdigit() and chance.random() < 0.1]:
        out[k] = chance.choice("0123456789٣３²")
    return "".join(out)


def change_characters(text: str, other: str, chance: Random) -> str:
    """Single characters are replaced, by those of the letter, by others of Unicode, or swapped."""
    out = list(text)
    for _ in range(chance.randrange(1, 30) if out else 0):
        k = chance.randrange(len(out))
        what = chance.random()
        if what < 0.4:
            out[k] = chance.choice(out)
        elif what < 0.7:
            out[k] = chr(chance.choice((chance.randrange(0x250), chance.randrange(0x3000), chance.randrange(0x20000))))
        else:
            out[k], out[k - 1] = out[k - 1], out[k]
    return "".join(out)


MUTATIONS: tuple[Callable[[str, str, Random], str], ...] = (
    splice, splice, duplicate, twice, delete, delete, truncate, shuffle, shuffle, glue, drop_kind, sprinkle, long_run, mix_scripts,
    change_case, change_digits, change_characters,
)  # fmt: skip


def mutated(seed: int, texts: Sequence[str]) -> str:
    """The text of a seed."""
    chance = Random(seed)  # not for secrets
    text = chance.choice(texts)
    for _ in range(1 + int(6 * chance.random() ** 2)):
        text = chance.choice(MUTATIONS)(text, chance.choice(texts), chance)[:LONGEST]
    return text


# --- promises -------------------------------------------------------------------------------------------------------


class Finding(NamedTuple):
    """A promise that was broken: `kind` is `raises`, `evidence` or `slow`."""

    kind: str
    what: str


def check(text: str, *, timed: bool = True) -> Finding | None:
    """What is wrong with the record of a text; None if nothing is."""
    began = time.process_time()
    try:
        source = read(text)
        record = circular(source)
    except Exception as error:  # the very thing that is looked for
        frame = error.__traceback__
        while frame and frame.tb_next:
            frame = frame.tb_next
        at = f"{Path(frame.tb_frame.f_code.co_filename).name}:{frame.tb_lineno}" if frame else ""
        return Finding("raises", f"{type(error).__name__} at {at}: {error}")
    spent = time.process_time() - began
    wrong = next(complaints(record, source.text), None)
    if wrong:
        return Finding("evidence", wrong)
    if timed and spent > AT_LEAST + PER_CHARACTER * len(text):
        again = time.process_time()
        circular(source)
        spent = min(spent, time.process_time() - again)
        if spent > AT_LEAST + PER_CHARACTER * len(text):
            return Finding("slow", f"{spent * 1000:.0f} ms for {len(text)} characters")
    return None


def same(one: Finding, other: Finding | None) -> bool:
    """Whether two findings are of one kind: the same place that raised, the same field that complains."""
    return other is not None and one.kind == other.kind and _head(one) == _head(other)


def _head(one: Finding) -> str:
    return (
        one.what.split(":")[0].rstrip("0123456789")
        if one.kind == "evidence"
        else one.what[:30]
        if one.kind == "raises"
        else ""
    )


def reduced(text: str, finding: Finding, *, seconds: float = 60.0) -> str:
    """The text with everything cut that the finding does not need, as far as the time allows."""
    end = time.monotonic() + seconds
    timed = finding.kind == "slow"
    size = len(text) // 2
    while size >= 1:
        at = 0
        while at < len(text):
            shorter = text[:at] + text[at + size :]
            if time.monotonic() > end:
                return text
            if same(finding, check(shorter, timed=timed)):
                text = shorter
            else:
                at += size
        size //= 2
    return text


def run(texts: Sequence[str], *, first: int, minutes: float) -> Iterator[tuple[int, str, Finding | None]]:
    """Seeds from `first` on, their texts and what was found, until the time is over."""
    end = time.monotonic() + 60 * minutes
    seed = first
    while time.monotonic() < end:
        text = mutated(seed, texts)
        yield seed, text, check(text)
        seed += 1


def main(arguments: Sequence[str] | None = None) -> int:
    """The command."""
    options = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    options.add_argument("--minutes", type=float, default=15.0)
    options.add_argument("--seed", type=int, default=0, help="the first seed")
    options.add_argument("--keep", type=Path, help="folder for what was found")
    options.add_argument("--most", type=int, default=3, help="how many findings of one sort are reduced and kept")
    given = options.parse_args(arguments)
    texts = [p.read_text(encoding="utf-8") for p in sorted(CORPUS.glob("*.txt"))]
    counts: Counter[str] = Counter()
    seen: Counter[tuple[str, str]] = Counter()
    done = 0
    began = time.monotonic()
    told = began
    for seed, text, finding in run(texts, first=given.seed, minutes=given.minutes):
        done += 1
        if time.monotonic() - told > 60:
            told = time.monotonic()
            print(f"{(told - began) / 60:.1f} min: {done} texts, {dict(counts)}", file=sys.stderr, flush=True)
        if finding is None:
            continue
        counts[finding.kind] += 1
        sort = (finding.kind, _head(finding))
        seen[sort] += 1
        if seen[sort] > given.most:
            continue
        small = reduced(text, finding)
        last = check(small) or finding
        print(
            f"seed {seed}: {last.kind}: {last.what}\n    {small[:300]!r}{'...' if len(small) > 300 else ''}", flush=True
        )
        if given.keep:
            given.keep.mkdir(parents=True, exist_ok=True)
            (given.keep / f"{seed}.{finding.kind}.txt").write_text(small, encoding="utf-8", errors="surrogatepass")
    print(f"{done} texts, {sum(counts.values())} findings: {dict(counts)}")
    for (kind, head), n in seen.most_common():
        print(f"{n:6} {kind} {head}")
    return 1 if counts else 0


if __name__ == "__main__":
    raise SystemExit(main())
