"""The ranking is at least as good as Tantivy's on judged questions. Needs the collection and Tantivy; else it is skipped."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from benchmarks import relevance

_BESIDE = Path(__file__).parents[3] / "shared" / "collections" / "cranfield"
FOLDER = Path(os.environ.get("ITUDOCS_CRANFIELD", _BESIDE))


@pytest.mark.skipif(not (FOLDER / "cranqrel").is_file(), reason="the Cranfield collection is not there")
def test_judged_questions_are_answered_as_well_as_by_tantivy(tmp_path: Path) -> None:
    pytest.importorskip("tantivy")
    collection = relevance.read(FOLDER)
    scores = {}
    for i, (name, make) in enumerate(relevance.CONTENDERS.items()):
        (tmp_path / str(i)).mkdir()
        scores[name] = relevance.judge(collection, make(collection, tmp_path / str(i)))
    ours = scores.pop("itudocs")
    assert len(collection.questions) == 225
    for name, theirs in scores.items():
        assert ours.ndcg10 >= theirs.ndcg10, name
        assert ours.average_precision >= theirs.average_precision, name
        assert ours.recall100 >= theirs.recall100, name
