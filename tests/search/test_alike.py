"""More like this: rare words and values make the likeness, the reasons are true and add up to the score."""

from __future__ import annotations

import datetime as dt
import math
import random
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from itudocs.fields import BY_NAME
from itudocs.model import Circular, Citation, Contact, Event
from itudocs.search.embedded import WhooshEngine
from itudocs.search.embedded.alike import MAX_TERMS
from itudocs.search.engine import Alike, Entry, Searcher
from tests.search.search_letters import LETTERS, entry, many

BY_KEY = {e.record.key: e for e in LETTERS}


def like(searcher: Searcher, letter: Entry, *, limit: int = 10, reasons: int = 1000) -> dict[str, Alike]:
    return {found.hit.key: found for found in searcher.like(letter, limit=limit, reasons=reasons)}


def said(found: Alike) -> dict[tuple[str, str, str], float]:
    return {(r.kind, r.field, r.value): r.weight for r in found.reasons}


def test_a_letter_is_not_like_itself_and_its_citing_and_cited_letters_are(sample: Searcher) -> None:
    numbering, wsis = like(sample, BY_KEY["a"]), like(sample, BY_KEY["b"])
    assert "a" not in numbering
    assert ("cites", "cites", "tsb-circular/2001-2004/221") in said(numbering["b"])
    assert ("cited", "cites", "tsb-circular/2001-2004/221") in said(wsis["a"])
    assert ("cited", "cites", "cr/387") in said(wsis["c"])
    assert ("value", "place", "Geneva") in said(wsis["a"])
    assert ("term", "text", "informal") in said(wsis["a"])


@pytest.mark.parametrize("key", sorted(BY_KEY))
def test_reasons_are_true_sorted_and_add_up_to_the_score(sample: Searcher, key: str) -> None:
    letter = BY_KEY[key]
    found = sample.like(letter, limit=10, reasons=1000)
    assert [f.hit.score for f in found] == sorted((f.hit.score for f in found), reverse=True)
    for other in found:
        assert math.isclose(sum(r.weight for r in other.reasons), other.hit.score, abs_tol=1e-4)
        assert [r.weight for r in other.reasons] == sorted((r.weight for r in other.reasons), reverse=True)
        for reason in other.reasons:
            assert holds(reason.kind, reason.field, reason.value, letter.record, BY_KEY[other.hit.key].record), reason
            if reason.kind == "term":
                assert reason.value in letter.text
                stem = reason.value.lower()[:5]
                assert stem in (BY_KEY[other.hit.key].text + str(other.hit.subject)).lower()


def holds(kind: str, field: str, value: str, one: Circular, other: Circular) -> bool:
    if kind == "cites":
        return value in one.ids and value in {c.id for c in other.citations}
    if kind == "cited":
        return value in other.ids and value in {c.id for c in one.citations}
    if kind == "value" and field == "event":
        return all(value in {f"{e.start}..{e.end}" for e in r.events} for r in (one, other))
    return kind == "term" or all(value in {str(v) for v in BY_NAME[field].of(r)} for r in (one, other))


def test_fewer_reasons_are_the_weightiest(sample: Searcher) -> None:
    whole, cut = like(sample, BY_KEY["a"]), like(sample, BY_KEY["a"], reasons=2)
    assert cut["b"].reasons == whole["b"].reasons[:2]
    assert list(like(sample, BY_KEY["a"], limit=1)) == list(whole)[:1]
    assert like(sample, BY_KEY["a"], limit=0) == {}


def test_a_letter_from_elsewhere_may_be_asked_for(sample: Searcher) -> None:
    stranger = entry("new", "Spectrum, accounting rates, and again spectrum; M.1036-5.", language="en")
    found = sample.like(stranger, limit=10, reasons=9)
    assert [f.hit.key for f in found][:1] == ["c"]
    assert {r.value.lower() for r in found[0].reasons} >= {"spectrum", "accounting", "rates"}
    assert ("term", "text", "M.1036-5") in said(like(sample, stranger)["a"])


def test_nothing_is_like_an_empty_letter(sample: Searcher) -> None:
    assert sample.like(entry("new", ""), limit=10, reasons=9) == ()


def test_a_letter_in_another_language_is_found_by_what_it_has(tmp_path: Path) -> None:
    event = Event(start=dt.date(2004, 7, 12), end=dt.date(2004, 7, 15))
    contact = Contact(emails=("tsbsg2@itu.int",))
    cited = (Citation(text="CR/387", kind="circular", id="cr/387"),)
    english = entry("en", "Numbering", language="en", ids=("cr/1",), events=(event,), contact=contact, citations=cited)
    russian = entry("ru", "Нумерация", language="ru", ids=("cr/1",), events=(event,), contact=contact, citations=cited)
    others = [entry(f"{n}", "Numbering of other things", language="en") for n in range(20)]
    WhooshEngine().update(tmp_path, add=[english, russian, *others], remove=())
    searcher = WhooshEngine().open(tmp_path)
    first = next(iter(searcher.like(english, limit=3, reasons=9)))
    searcher.close()
    assert first.hit.key == "ru"
    assert set(said(first)) == {
        ("value", "id", "cr/1"), ("value", "cites", "cr/387"), ("value", "event", "2004-07-12..2004-07-15"),
        ("value", "contact", "tsbsg2@itu.int"),
    }  # fmt: skip


def test_chinese_letters_are_alike_by_their_characters(tmp_path: Path) -> None:
    letters = [
        entry("1", "关于频谱管理的通函", language="zh"),
        entry("2", "频谱会议", language="zh"),
        entry("3", "别的事情", language="zh"),
    ]
    WhooshEngine().update(tmp_path, add=letters, remove=())
    searcher = WhooshEngine().open(tmp_path)
    found = like(searcher, letters[0])
    searcher.close()
    assert list(found) == ["2"]
    assert set(said(found["2"])) == {("term", "text", "频谱")}


# --- against brute force ---

MANY = many(160, seed=9)


@pytest.fixture(scope="module")
def searcher(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Searcher]:
    """In several segments, with letters replaced among them."""
    folder = tmp_path_factory.mktemp("alike")
    stale = [Entry(record=e.record, text="kelp lichen") for e in MANY[:20]]
    for letters in (stale, MANY[:70], MANY[70:], MANY[5:9]):
        WhooshEngine().update(folder, add=letters, remove=())
    opened = WhooshEngine().open(folder)
    yield opened
    opened.close()


def rarity(having: int) -> float:
    return math.log(1 + (len(MANY) - having + 0.5) / (having + 0.5))


def bm25f(letter: Entry, word: str) -> float:
    total = 0.0
    for weight, texts, own in (
        (1.0, [e.text for e in MANY], letter.text),
        (4.0, [e.record.subject or "" for e in MANY], letter.record.subject or ""),
    ):
        lengths = [len(t.split()) for t in texts if t]
        norm = 1 - 0.75 + 0.75 * len(own.split()) / (sum(lengths) / len(lengths))
        total += weight * own.split().count(word) / norm
    return 2.2 * total / (1.2 + total)


def expected(letter: Entry) -> dict[str, float]:
    """Scores by the formula in the module's words, straight from the records."""
    scores: defaultdict[str, float] = defaultdict(float)
    counts = Counter(letter.text.split())
    subject = Counter((letter.record.subject or "").split())
    weighed = {}
    for word, count in counts.items():
        having = sum(word in e.text.split() for e in MANY)
        often = count + 4 * subject[word]
        weighed[word] = often / (often + 1.2) * rarity(having) if having > 1 else 0
    assert len(weighed) <= MAX_TERMS
    for other in MANY:
        if other is letter:
            continue
        for word, weight in weighed.items():
            scores[other.record.key] += weight * bm25f(other, word)
        for field in ("series", "bureau", "group", "place"):
            values = [{str(v) for v in BY_NAME[field].of(e.record)} for e in (letter, other)]
            for value in values[0] & values[1]:
                scores[other.record.key] += rarity(sum(value in map(str, BY_NAME[field].of(e.record)) for e in MANY))
        for days in {(e.start, e.end) for e in letter.record.events} & {(e.start, e.end) for e in other.record.events}:
            scores[other.record.key] += rarity(sum(days in {(v.start, v.end) for v in e.record.events} for e in MANY))
    return {key: score for key, score in scores.items() if score > 0}


@pytest.mark.parametrize("number", random.Random(3).sample(range(160), 8))
def test_scores_are_those_of_brute_force(searcher: Searcher, number: int) -> None:
    found = searcher.like(MANY[number], limit=1000, reasons=0)
    wanted = expected(MANY[number])
    assert {f.hit.key for f in found} == wanted.keys()
    for f in found:
        assert math.isclose(f.hit.score, wanted[f.hit.key], rel_tol=1e-5, abs_tol=1e-5)
    assert [f.hit.key for f in searcher.like(MANY[number], limit=15, reasons=0)] == [f.hit.key for f in found[:15]]
