"""The corpus keeps its own conventions: complete gold, quotes that stand in the letter, ids of the right form."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

CORPUS = Path(__file__).parent.parent / "corpus"
GOLD = sorted(CORPUS.glob("*/*.gold.json"))
KEYS = {
    "id", "ids", "language", "bureau", "series", "ref", "refs", "date", "addressees", "copies", "addressee_groups",
    "contact", "subject", "markings", "salutation", "signatory", "events", "deadlines", "citations", "urls", "emails",
    "annexes",
}  # fmt: skip
SERIES = {
    "tsb-circular",
    "tsb-collective",
    "ca",
    "cace",
    "car",
    "cr",
    "ccrr",
    "lcce",
    "bdt",
    "dm",
    "cl",
    "office-code",
    "br-correspondence",
    "vacancy",
}
GROUPS = {
    "member-states",
    "sector-members",
    "itu-t-sector-members",
    "itu-r-sector-members",
    "itu-d-sector-members",
    "associates",
    "academia",
    "observers",
    "resolution-99",
    "chairmen",
    "secretary-general",
    "directors",
    "rrb-members",
    "council-members",
    "regional-international-organizations",
    "united-nations",
    "satellite-operators",
    "foreign-ministers",
    "permanent-missions",
    "regional-group-members",
    "meeting-participants",
    "other",
}
KINDS = {
    "circular",
    "letter",
    "resolution",
    "decision",
    "opinion",
    "recommendation",
    "document",
    "question",
    "agenda-item",
    "treaty",
    "rules",
    "other",
}
ISO = re.compile(r"\d{4}-\d\d-\d\d")
SUFFIX = r"(/(add|cor|rev)\d+)*"
ID = re.compile(
    r"(tsb-circular/\d{4}-\d{4}/\d+|tsb-collective/\d{4}-\d{4}/\d+/[\w-]+|(ca|cace|car|cr|ccrr)/\d+|lcce/\d+/\d+|(dm|cl)/\d{4}/\d+"
    r"|bdt/\d{4}/[\w/-]+|office-code/\d{4}-\d\d-\d\d/[\w-]+|br-correspondence/\d{4}/\d+|vacancy/\d+)" + SUFFIX
)


def squash(value: str) -> str:
    """Letters and digits alone: conversions move spaces, slashes and bars."""
    return re.sub(r"[\W_]+", "", value).casefold()


def complaints(path: Path) -> list[str]:
    """Everything in one gold file that the conventions forbid."""
    out: list[str] = []
    raw = json.loads(path.read_text(encoding="utf-8"))
    text_file = path.with_name(path.name.replace(".gold.json", ".txt"))
    if not text_file.exists():
        return ["no text beside it"]
    text = squash(text_file.read_text(encoding="utf-8"))
    gold: dict[str, Any] = raw["gold"]
    out += [f"key {k}" for k in KEYS ^ set(gold)]
    if out:
        return out
    out += [f"top level lacks {k}" for k in ("lang", "family", "layout", "era", "cut", "notes") if k not in raw]
    if gold["series"] not in SERIES | {None}:
        out.append(f"series {gold['series']}")
    if gold["bureau"] not in {"TSB", "BR", "BDT", "SG", None}:
        out.append(f"bureau {gold['bureau']}")
    if gold["ids"][:1] != ([gold["id"]] if gold["id"] else []):
        out.append("id is not the first of ids")
    if gold["refs"][:1] != ([gold["ref"]] if gold["ref"] else []):
        out.append("ref is not the first of refs")
    for i in [*gold["ids"], *(c["id"] for c in gold["citations"] if c["id"])]:
        if not ID.fullmatch(i):
            out.append(f"id {i}")
    out += [f"group {g}" for g in gold["addressee_groups"] if g not in GROUPS]
    if gold["addressee_groups"] != sorted(set(gold["addressee_groups"])):
        out.append("addressee_groups not sorted")
    dates = [gold["date"]] + [d["date"] for d in gold["deadlines"]] + [c["date"] for c in gold["citations"]]
    for event in gold["events"]:
        if set(event) != {"name", "place", "start", "end", "time", "status"}:
            out.append(f"event keys {sorted(event)}")
            continue
        dates += [event["start"], event["end"]]
        if event["status"] not in {"announced", "mentioned", "past", "cancelled"}:
            out.append(f"status {event['status']}")
        if event["start"] > event["end"]:
            out.append(f"event ends before it starts: {event['name']}")
    out += [f"date {d}" for d in dates if d is not None and not ISO.fullmatch(d)]
    for deadline in gold["deadlines"]:
        if set(deadline) != {"date", "time", "what", "computed"}:
            out.append(f"deadline keys {sorted(deadline)}")
    for citation in gold["citations"]:
        if set(citation) != {"text", "kind", "id", "date"} or citation["kind"] not in KINDS:
            out.append(f"citation {citation}")
    printed = [*gold["refs"], gold["subject"], gold["salutation"], *gold["addressees"], *gold["copies"], *gold["urls"]]
    printed += [*gold["emails"], *gold["contact"]["tel"], *gold["contact"]["fax"], *gold["contact"]["emails"]]
    printed += [c["text"] for c in gold["citations"]] + [t for t in [(gold["signatory"] or {}).get("name")] if t]
    out += [
        f"not in the text: {v!r}"
        for v in printed
        if v and squash(v) not in text and "addressees" not in raw.get("torn", [])
    ]
    return out


@pytest.mark.parametrize("path", GOLD, ids=lambda p: p.name.removesuffix(".gold.json"))
def test_every_gold_record_keeps_the_conventions(path: Path) -> None:
    assert complaints(path) == []


def test_the_corpus_is_as_large_as_it_says() -> None:
    names = [p.name for p in GOLD]
    assert len(names) >= 30
    for lang in ("fr", "es", "ru", "ar", "zh"):
        assert sum(n.startswith(f"{lang}-") for n in names) >= 2, lang


if __name__ == "__main__":
    for gold_path in GOLD:
        for line in complaints(gold_path):
            print(gold_path.name, line)
