"""An index to which letters are added one by one stays small: what is replaced goes, small segments are merged.

Five hundred updates, or ten thousand where `ITUDOCS_TORTURE` is set (three minutes): the size promised is that of the
ten thousand. A segment has some kilobytes of its own, which weigh more in a small index.
"""

from __future__ import annotations

import os
import random
from pathlib import Path

from itudocs.search.embedded import WhooshEngine
from itudocs.search.engine import Entry, Request
from tests.search.search_letters import entry

UPDATES = 10_000 if os.environ.get("ITUDOCS_TORTURE") else 500
MOST = 1.5 if UPDATES >= 10_000 else 1.75
SYLLABLES = [f"{a}{b}" for a in "bcdfgklmnprst" for b in ("a", "e", "i", "o", "ul", "an", "er", "in")]


def letter(number: int, version: int) -> Entry:
    """Some 250 words by Zipf's law, others in each version."""
    chance = random.Random(number * 10_007 + version)
    words = [VOCABULARY[min(int(chance.paretovariate(0.6)) - 1, len(VOCABULARY) - 1)] for _ in range(250)]
    return entry(
        f"{number:064x}", " ".join(words), language="en", bureau="TSB", ref=f"CR/{number}", refs=(f"CR/{number}",),
        ids=(f"cr/{number}",), subject=" ".join(words[:6]),
    )  # fmt: skip


_CHANCE = random.Random(11)
VOCABULARY = ["".join(_CHANCE.choices(SYLLABLES, k=_CHANCE.randint(1, 4))) for _ in range(20_000)]


def size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.iterdir())


def test_single_updates_leave_an_index_about_as_small_as_a_fresh_one(tmp_path: Path) -> None:
    engine, chance = WhooshEngine(), random.Random(3)
    worn, fresh = tmp_path / "worn", tmp_path / "fresh"
    worn.mkdir()
    fresh.mkdir()
    letters: dict[int, Entry] = {}
    for update in range(UPDATES):  # every other one replaces a letter
        number = update // 2 if update % 2 == 0 else chance.randrange(update // 2 + 1)
        letters[number] = letter(number, update)
        engine.update(worn, add=[letters[number]], remove=())
    engine.update(fresh, add=letters.values(), remove=())
    assert size(worn) <= MOST * size(fresh)
    one, other = engine.open(worn), engine.open(fresh)
    assert one.search(Request(limit=10_000, snippets=0)) is not None
    assert one.count() == other.count() == UPDATES // 2
    assert one.matching(Request()) == other.matching(Request())
    one.close()
    other.close()
