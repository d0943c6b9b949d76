"""Scores: the numbers of the reference measure, what each measure takes for right, gains and losses between runs."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import itudocs
from itudocs.errors import ItuDocsError
from itudocs.evaluate import Evaluation, Score, compare, evaluate, read_records
from itudocs.evaluate.measures import CORE, MEASURES
from itudocs.model import Circular, Failure

ROOT = Path(__file__).parents[1]
SHARED = ROOT / ".." / "shared"
REFERENCE = SHARED / "score.py"
FOLDERS = {
    "open": ROOT / "corpus" / "open",
    "heldout": ROOT / "corpus" / "heldout",
    "dev": SHARED / "letters" / "dev",
    "originals": SHARED / "letters" / "originals",
}
with_reference = pytest.mark.skipif(not REFERENCE.exists(), reason="../shared, with the reference measure, is not here")


def plain(name: str = "a.txt", **values: Any) -> dict[str, Any]:
    """A record as plain values."""
    return {"source": {"name": name}, "ids": [], "refs": [], **values}


@pytest.fixture
def measured(tmp_path: Path) -> Callable[..., Evaluation]:
    """Scores of one letter: its gold, and what was found."""

    def measure(gold: dict[str, Any], found: dict[str, Any] | None, **top: Any) -> Evaluation:
        text = json.dumps({"lang": "en", "gold": {"ids": [], "refs": []} | gold} | top)
        (tmp_path / "a.gold.json").write_text(text, encoding="utf-8")
        return evaluate(tmp_path, [] if found is None else [plain(**found)])

    return measure


# -- the reference measure ---------------------------------------------------------------------------------------------


def noisy(value: Any, chance: random.Random) -> Any:
    """A value as a parser might have got it: right, damaged, doubled or missing."""
    if isinstance(value, dict):
        return {key: noisy(inner, chance) for key, inner in value.items()}
    if isinstance(value, list):
        kept = [got for inner in value if chance.random() < 0.85 and (got := noisy(inner, chance)) is not None]
        return kept + kept[:1] if chance.random() < 0.1 else kept
    if not isinstance(value, str) or chance.random() < 0.6:
        return value
    words = value.split()
    at = chance.randrange(len(words)) if words else 0
    return chance.choice((
        value.upper(), f" {value};", " ".join(words[:at] + words[at + 1 :]), " ".join(words + words[:1]),
        value.replace("-", "").replace(" ", ""), value.replace("1", "7"), f"to {value}", value[:-2], None,
    ))  # fmt: skip


def noisy_records(folder: Path, seed: int) -> list[dict[str, Any]]:
    """A record a gold file, in the form of today or in the older one the gold has, some of them lost."""
    chance = random.Random(seed)
    records = []
    for path in sorted(folder.glob("*.json")):
        record = noisy(json.loads(path.read_text(encoding="utf-8"))["gold"], chance)
        name = path.name.removesuffix(".json").removesuffix(".gold") + ".txt"
        if chance.random() < 0.95:
            records.append(record | {"source": {"name": name}})
    return records


def reference(folder: Path, records: list[dict[str, Any]], place: Path) -> str:
    """What the reference measure prints."""
    file = place / "records.jsonl"
    file.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, str(REFERENCE), str(folder), str(file)], capture_output=True, text=True, check=True, timeout=60
    )
    return done.stdout


def in_its_words(found: Evaluation) -> str:
    """Our scores in the reference measure's layout."""
    lines = [f"{'field':12} {'strictF1':>8} {'P':>6} {'R':>6} {'softF1':>7} {'gold':>5}"]
    for measure in CORE:
        score = found.field(measure.name)
        soft = score.soft
        lines.append(
            f"{measure.name:12} {score.strict.f1:8.3f} {soft.precision:6.3f} {soft.recall:6.3f} {soft.f1:7.3f} "
            f"{soft.right + soft.missed:5}"
        )
    lines.append("soft by language: " + ", ".join(f"{name} {score.f1:.3f}" for name, score in found.languages.items()))
    lines.append(
        f"letters {len(found.letters)}, unparsed {len(found.unparsed)}, whole letters right (soft) {found.whole:.3f}"
    )
    micro = found.micro
    lines.append(f"micro F1 strict {micro.strict.f1:.4f} soft {micro.soft.f1:.4f} macro soft {found.macro:.4f}")
    return "\n".join(lines) + "\n"


@with_reference
@pytest.mark.parametrize("folder", FOLDERS)
@pytest.mark.parametrize("seed", range(3))
def test_scores_of_damaged_gold_are_those_of_the_reference_measure(folder: str, seed: int, tmp_path: Path) -> None:
    records = noisy_records(FOLDERS[folder], seed)
    assert in_its_words(evaluate(FOLDERS[folder], records)) == reference(FOLDERS[folder], records, tmp_path)


@with_reference
@pytest.mark.parametrize("folder", ["dev", "originals"])
def test_scores_of_real_records_are_those_of_the_reference_measure(folder: str, tmp_path: Path) -> None:
    made = list(itudocs.parse_many(sorted(FOLDERS[folder].glob("*.txt"))))
    records = [record for record in made if isinstance(record, Circular)]
    assert records
    found = evaluate(FOLDERS[folder], records)
    assert in_its_words(found) == reference(FOLDERS[folder], [r.to_dict() for r in records], tmp_path)
    assert evaluate(FOLDERS[folder]) == found  # and it parses them itself


@pytest.mark.parametrize("folder", ["open", "heldout"])
def test_gold_measured_against_itself_is_right_in_every_measure(folder: str) -> None:
    records = []
    for path in FOLDERS[folder].glob("*.gold.json"):
        gold = json.loads(path.read_text(encoding="utf-8"))["gold"]
        records.append(gold | {"source": {"name": path.name.replace(".gold.json", ".txt")}})
    found = evaluate(FOLDERS[folder], records)
    assert found.unparsed == ()
    assert found.whole == 1.0
    assert {m.name: found.field(m.name).errors for m in MEASURES} == {m.name: (0, 0) for m in MEASURES}


# -- single measures ---------------------------------------------------------------------------------------------------

EVENT = {
    "name": "Meeting of Study Group 3",
    "start": "2004-07-12",
    "end": "2004-07-16",
    "place": "Geneva",
    "time": None,
}


@pytest.mark.parametrize(
    ("field", "gold", "found", "strict", "soft"),
    [
        ("ref", {"refs": ["TSB Circular 148"]}, {"refs": ["tsb circular-148"]}, True, True),
        ("ref", {"refs": ["TSB Circular 148"]}, {"refs": ["Circular 148"]}, False, True),
        ("ref", {"refs": ["TSB Circular 148"]}, {"refs": ["TSB Circular 149"]}, False, False),
        ("ref", {"refs": ["1-2"]}, {"refs": ["12"]}, False, False),
        ("bureau", {"bureau": "TSB"}, {"bureau": "BR"}, False, False),
        ("date", {"date": "2004-02-25"}, {"date": "2004-02-25"}, True, True),
        ("subject", {"subject": "a b c d e f g h i j"}, {"subject": "a b c d e f g h i"}, False, True),
        ("subject", {"subject": "研究组会议日期更改通知"}, {"subject": "研究组会议日期更改"}, False, True),
        ("addressees", {"addressees": ["To the A", "B"]}, {"addressees": ["A B"]}, True, True),
        ("tel", {"contact": {"tel": ["+41 22 730 5989"]}}, {"contact": {"tel": ["+41227305989"]}}, True, True),
        ("signatory", {"signatory": {"name": "H. Zhao"}}, {"signatory": {"name": "H.Zhao"}}, True, True),
        ("events", {"events": [EVENT]}, {"events": [EVENT | {"name": "Study Group 3 meeting"}]}, True, True),
        ("events", {"events": [EVENT]}, {"events": [EVENT | {"name": "Meeting"}]}, False, False),
        ("events", {"events": [EVENT]}, {"events": [EVENT | {"end": "2004-07-17"}]}, False, False),
        ("urls", {"urls": ["http://www.itu.int/a/"]}, {"urls": ["https://www.itu.int/a"]}, True, True),
        ("emails", {"emails": ["TSBmail@itu.int"]}, {"emails": ["tsbmail@itu.int"]}, True, True),
        ("places", {"events": [EVENT]}, {"events": [EVENT | {"place": "GENEVA"}]}, True, True),
        ("places", {"events": [EVENT]}, {"events": [EVENT | {"place": "CICG, Geneva"}]}, False, True),
        ("places", {"events": [EVENT]}, {"events": [EVENT | {"place": "Paris"}]}, False, False),
        ("times", {"events": [EVENT | {"time": "0930 hours"}]}, {"events": [EVENT | {"time": "9.30"}]}, False, True),
        ("times", {"events": [EVENT | {"time": "0930 hours"}]}, {"events": [EVENT | {"time": "1930"}]}, False, False),
        ("id", {"ids": ["cr/387"]}, {"ids": ["cr/387"]}, True, True),
        ("groups", {"addressee_groups": ["member-states"]}, {"addressee_groups": ["academia"]}, False, False),
        ("titles", {"signatory": {"name": "A", "titles": ["Director, TSB"]}},
         {"signatory": {"name": "A", "titles": ["Director TSB"]}}, True, True),
        ("event_status", {"events": [EVENT | {"status": "past"}]}, {"events": [EVENT]}, False, False),
        ("citation_ids", {"citations": [{"text": "CR/1", "id": "cr/1"}]}, {"citations": [{"text": "CR/1"}]}, False, False),
        ("computed_deadlines", {"deadlines": [{"date": "2004-01-01", "computed": True}]},
         {"deadlines": [{"date": "2004-01-01", "computed": False}]}, False, False),
    ],
)  # fmt: skip
def test_a_measure_takes_the_like_for_right(
    field: str,
    gold: dict[str, Any],
    found: dict[str, Any],
    strict: bool,
    soft: bool,
    measured: Callable[..., Evaluation],
) -> None:
    score = measured(gold, found).field(field)
    assert (score.strict.right == 1, score.soft.right == 1) == (strict, soft)
    assert score.soft.right + score.soft.missed == 1


def test_cancelled_events_and_computed_deadlines_are_not_core(measured: Callable[..., Evaluation]) -> None:
    gold = {
        "events": [EVENT | {"status": "cancelled"}],
        "deadlines": [{"date": "2004-05-12", "computed": True}],
    }
    found = measured(gold, {})
    assert found.field("events").errors == found.field("deadlines").errors == (0, 0)
    assert found.field("event_status").soft.missed == found.field("computed_deadlines").soft.missed == 1


def test_a_gold_value_is_paired_with_one_found_value_at_most(measured: Callable[..., Evaluation]) -> None:
    score = measured({"urls": ["www.itu.int"]}, {"urls": ["www.itu.int", "http://www.itu.int"]}).field("urls")
    assert score.soft == Score(right=1, false=1)


def test_the_closest_of_several_events_on_the_same_days_is_taken(measured: Callable[..., Evaluation]) -> None:
    two = [EVENT | {"name": "Meeting of Working Party 1"}, EVENT | {"name": "Meeting of Working Party 2"}]
    assert measured({"events": two}, {"events": two[::-1]}).field("events").errors == (0, 0)


@pytest.mark.parametrize(
    ("cut", "fields"),
    [
        (["contact"], {"tel", "fax", "names", "contact_emails"}), (["signatory"], {"signatory", "titles"}),
        (["cited"], {"citations", "citation_ids", "citation_kinds"}), (["closing"], set()), (["annexes"], {"annexes"}),
    ],
)  # fmt: skip
def test_what_is_cut_is_not_scored(cut: list[str], fields: set[str], measured: Callable[..., Evaluation]) -> None:
    gold = {"annexes": [], "contact": {"names": []}}
    whole, rest = measured(gold, {}), measured(gold, {}, cut=cut)
    assert whole.letters[0].fields.keys() - rest.letters[0].fields.keys() == fields


def test_older_gold_is_not_asked_for_what_it_cannot_say(tmp_path: Path) -> None:
    old = {
        "ref": ["CACE/856"],
        "series": ["CACE"],
        "cited": ["Circular 1"],
        "contact": {"tel": [], "email": ["a@itu.int"]},
    }
    (tmp_path / "a.json").write_text(json.dumps({"lang": "en", "gold": old}), encoding="utf-8")
    record = plain(
        refs=["CACE/856"], series="cace", ids=["cace/856"], citations=[{"text": "Circular 1", "kind": "circular"}]
    )
    found = evaluate(tmp_path, [record | {"contact": {"emails": ["a@itu.int"]}}])
    assert found.field("ref").soft.right == found.field("citations").soft.right == 1
    assert found.field("contact_emails").soft.right == 1
    assert not any(found.speaks(name) for name in ("id", "series", "language", "groups", "citation_kinds", "annexes"))
    assert "groups" not in found.table()


def test_a_letter_without_a_record_counts_as_missed(measured: Callable[..., Evaluation]) -> None:
    found = measured({"refs": ["CR/1"]}, None)
    assert found.unparsed == ("a.txt",)
    assert found.field("ref").soft == Score(missed=1)
    assert "unparsed 1" in found.table()


def test_a_failure_among_the_records_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "a.gold.json").write_text('{"lang": "en", "gold": {}}', encoding="utf-8")
    failure = Failure(name="a.txt", reason="binary", message="no text")
    assert evaluate(tmp_path, [{"name": failure.name, "reason": failure.reason}]).unparsed == ("a.txt",)


def test_there_are_rates_where_there_is_nothing() -> None:
    assert (Score().precision, Score().recall, Score().f1) == (1.0, 1.0, 1.0)
    assert Score(false=1).f1 == Score(missed=1).f1 == 0.0
    assert Score(right=1, false=1, missed=1).f1 == 0.5


@given(st.dictionaries(st.sampled_from(["ref", "subject", "date", "urls", "citations", "events", "contact", "signatory"]),
                       st.none() | st.text(max_size=8) | st.lists(st.text(max_size=8), max_size=3), max_size=8))  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_values_of_any_shape_are_measured(values: dict[str, Any]) -> None:
    for measure in MEASURES:
        got = measure.values(values)
        assert all(measure.soft(value, value) <= 2 for value in got or ())


# -- reading, errors, output -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["lines", "array", "one"])
def test_records_are_read_as_lines_as_an_array_or_alone(form: str, tmp_path: Path) -> None:
    records = [plain("a.txt"), plain("b.txt")][: 1 if form == "one" else 2]
    file = tmp_path / "records"
    text = {
        "lines": "\n\n".join(map(json.dumps, records)),
        "array": json.dumps(records),
        "one": json.dumps(records[0], indent=1),
    }
    file.write_text(text[form], encoding="utf-8")
    assert read_records(file) == records


def test_faults_of_files_are_named_with_the_next_step(tmp_path: Path) -> None:
    with pytest.raises(ItuDocsError, match=r"holds no gold files\. Name a folder of"):
        evaluate(tmp_path, [])
    (tmp_path / "open").mkdir()
    (tmp_path / "open" / "a.gold.json").write_text("{}", encoding="utf-8")
    with pytest.raises(ItuDocsError, match=r"Name one of its folders, as .*open"):
        evaluate(tmp_path, [])
    with pytest.raises(ItuDocsError, match=r"a\.gold\.json: is no gold file"):
        evaluate(tmp_path / "open", [])
    (tmp_path / "open" / "a.gold.json").write_text("{", encoding="utf-8")
    with pytest.raises(ItuDocsError, match="cannot be read as gold"):
        evaluate(tmp_path / "open", [])
    with pytest.raises(ItuDocsError, match=r"cannot be read \(No such file"):
        read_records(tmp_path / "none")
    (tmp_path / "bad").write_text('{"source": {}}\n[\n', encoding="utf-8")
    with pytest.raises(ItuDocsError, match="bad, line 2: is no record"):
        read_records(tmp_path / "bad")


def test_the_json_holds_every_score_and_letter() -> None:
    found = evaluate(FOLDERS["open"], noisy_records(FOLDERS["open"], 1))
    said = json.loads(found.to_json())
    assert set(said["fields"]) == {m.name for m in CORE}
    assert said["micro"]["soft"]["f1"] == found.micro.soft.f1
    assert len(said["by_letter"]) == said["letters"] == len(found.letters)


def test_differences_show_gold_and_found_values(measured: Callable[..., Evaluation]) -> None:
    told = measured({"refs": ["CR/1"], "events": [EVENT]}, {"refs": ["CR/2"]}).table(differences=True)
    assert "a.txt ref\n  gold   CR/1\n  found  CR/2" in told
    assert "  gold   2004-07-12..2004-07-16 Meeting of Study Group 3\n  found  -" in told


# -- two runs ----------------------------------------------------------------------------------------------------------


def test_gains_and_losses_are_told_by_field_and_letter(measured: Callable[..., Evaluation]) -> None:
    gold = {"refs": ["CR/1"], "subject": "Minutes", "date": "2004-01-01"}
    before = measured(gold, {"refs": ["CR/1"], "subject": "Agenda", "date": "2004-01-01"})
    after = measured(gold, {"refs": ["CR/7"], "subject": "Minutes", "date": "2004-01-01"})
    found = compare(before, after)
    assert [(c.letter, c.field) for c in found.gains] == [("a.txt", "subject")]
    assert [(c.letter, c.field) for c in found.losses] == [("a.txt", "ref")]
    assert found.changes[0].field == "ref"  # losses first
    told = found.table()
    assert "gains 1, losses 1" in told
    assert "LOSS a.txt ref\n  gold   CR/1\n  before CR/1\n  after  CR/7" in told
    assert json.loads(found.to_json())["gains"][0]["field"] == "subject"


def test_a_strict_gain_counts_where_the_soft_score_is_the_same(measured: Callable[..., Evaluation]) -> None:
    gold = {"refs": ["TSB Circular 148"]}
    found = compare(measured(gold, {"refs": ["Circular 148"]}), measured(gold, {"refs": ["TSB Circular 148"]}))
    assert [c.field for c in found.gains] == ["ref"]
    assert found.losses == ()


def test_two_equal_runs_have_no_changes() -> None:
    found = evaluate(FOLDERS["open"], noisy_records(FOLDERS["open"], 2))
    assert compare(found, found).changes == ()
