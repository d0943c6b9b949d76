"""The two originals parse to their gold in every field, and the development letters score as promised."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from itudocs.assemble import circular
from itudocs.evidence import complaints
from itudocs.reading import read

NAMES = ["000_40bc5035dc9a747a", "003_c7cea4c02d3f6d67"]


@pytest.mark.parametrize("name", NAMES)
def test_an_original_parses_to_its_gold_in_every_field(shared: Path, name: str) -> None:
    source = read(shared / "letters" / "originals" / f"{name}.txt")
    gold: dict[str, Any] = json.loads((shared / "letters" / "originals" / f"{name}.json").read_text("utf-8"))["gold"]
    record = circular(source)
    plain = record.to_dict()
    assert list(complaints(record, source.text)) == []
    assert list(record.refs) == gold["ref"]
    assert plain["date"] == gold["date"]
    for key in ("bureau", "subject", "salutation"):
        assert _plain(plain[key]) == gold[key], key
    assert _plain({key: plain["signatory"][key] for key in ("name", "titles")}) == gold["signatory"]
    for key in ("addressees", "copies", "markings", "urls", "emails"):
        assert list(plain[key]) == gold[key], key
    assert [list(plain["contact"][k]) for k in ("tel", "fax", "emails")] == [
        gold["contact"][k] for k in ("tel", "fax", "email")
    ]
    assert [c["text"] for c in plain["citations"]] == gold["cited"]
    assert plain["deadlines"] == gold["deadlines"] or list(plain["deadlines"]) == gold["deadlines"]
    found = {(e["start"], e["end"]): e for e in plain["events"]}
    assert set(found) == {(e["start"], e["end"]) for e in gold["events"]}
    for event in gold["events"]:
        mine = found[event["start"], event["end"]]
        assert (mine["name"], mine["place"], mine["time"]) == (event["name"], event["place"], event.get("time"))


def _plain(value: Any) -> Any:
    return json.loads(json.dumps(value))


def test_the_first_original_reports_what_it_lacks(shared: Path) -> None:
    record = circular(read(shared / "letters" / "originals" / f"{NAMES[0]}.txt"))
    codes = {i.code: i.message for i in record.issues}
    assert "2004-05-12" in codes["no-date"]
    assert "copies-or-addressees" in codes


def test_the_development_letters_score_as_promised(shared: Path, tmp_path: Path) -> None:
    folder = shared / "letters" / "dev"
    records = tmp_path / "dev.jsonl"
    records.write_text("".join(circular(read(p)).to_json() + "\n" for p in sorted(folder.glob("*.txt"))), "utf-8")
    out = subprocess.run(
        [sys.executable, str(shared / "score.py"), str(folder), str(records)],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    languages = dict(part.split() for part in out.split("soft by language: ")[1].split("\n")[0].split(", "))
    assert float(languages["en"]) >= 0.85, out
