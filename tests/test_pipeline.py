"""Letters in spaCy: the record beside the tokens, in pipelines of ours and of others."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
import spacy
from hypothesis import given, settings
from hypothesis import strategies as st
from spacy import displacy
from spacy.pipeline import EntityRuler
from spacy.tokens import Doc, DocBin

import itudocs
from itudocs import assemble
from itudocs.errors import ItuDocsError
from itudocs.model import Circular, Evidence, Zone
from itudocs.pipeline import NAME, nlp
from itudocs.reading import Source

LETTERS = {
    "en": "Geneva, 17 December 2015\nCircular Letter CR/387\nTo Administrations\n",
    "fr": "Genève, le 17 décembre 2015\nLettre circulaire CR/387\nAux administrations\n",
    "es": "Ginebra, 17 de diciembre de 2015\nCarta circular CR/387\nA las administraciones\n",
    "ru": "Женева, 17 декабря 2015 года\nЦиркулярное письмо CR/387\nАдминистрациям\n",
    "ar": "جنيف، 17 ديسمبر 2015\nالرسالة المعممة CR/387\nإلى إدارات\n",
    "zh": "2015年12月17日,日内瓦\n通函CR/387\n致各主管部门\n",
}


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> None:
    """A parser that finds CR/387 and two zones, whatever the real one does."""

    def circular(source: Source) -> Circular:
        text, evidence = source.text, {}
        start = text.find("CR/387")
        if start >= 0:
            piece = Evidence(start=start, end=start + 6, quote="CR/387", rule="cr-number")
            named = Evidence(start=0, end=2, quote="CR", rule="file-name", origin="name")
            evidence = {"ref": (piece, named), "refs/0": (piece,)}
        zones = [
            Zone(kind="letterhead", start=0, end=max(start, 0)),
            Zone(kind="body", start=max(start, 0), end=len(text)),
        ]
        return Circular(
            key=source.provenance.sha256, source=source.provenance, ref="CR/387" if start >= 0 else None,
            zones=tuple(z for z in zones if z.end > z.start), evidence=evidence, issues=source.issues,
        )  # fmt: skip

    monkeypatch.setattr(assemble, "circular", circular)


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize("lang", LETTERS)
def test_record_zones_and_fields_stand_beside_the_tokens(lang: str) -> None:
    text = LETTERS[lang]
    doc = nlp(lang)(text)
    assert doc.text == text
    assert doc._.circular.ref == "CR/387"
    assert [s.label_ for s in doc.spans["zones"]] == ["letterhead", "body"]
    assert [(s.label_, s.id_) for s in doc.spans["fields"]] == [("ref", "cr-number"), ("refs/0", "cr-number")]
    for span in doc.spans["fields"]:
        assert "CR/387" in span.text
    (piece, _) = doc._.circular.evidence["ref"]
    assert doc.text[piece.start : piece.end] == piece.quote


@pytest.mark.usefixtures("known")
def test_offsets_hold_where_newlines_and_controls_are_not_ours() -> None:
    text = "\ufeffGeneva\r\n\r\nCircular\0 Letter\x07\rCR/387\u2028To"
    doc = nlp("en")(text)
    assert doc.text == text
    (piece, _) = doc._.circular.evidence["ref"]
    assert text[piece.start : piece.end] == "CR/387"
    assert {i.code for i in doc._.circular.issues} == {"nul-characters", "control-characters"}


@given(st.text(max_size=200))
@settings(deadline=None, max_examples=50)
def test_no_text_raises_or_is_changed(text: str) -> None:
    doc = nlp("en")(text)
    assert doc.text == text
    assert isinstance(doc._.circular, Circular)


def test_the_pipeline_is_made_once_a_language_and_has_our_component() -> None:
    assert nlp("fr") is nlp("fr")
    assert nlp("fr").lang == "fr"
    assert nlp("fr").pipe_names == [NAME]
    assert itudocs.nlp is nlp


@pytest.mark.parametrize("lang", ["de", "", "xx"])
def test_another_language_is_refused_with_the_way_out(lang: str) -> None:
    with pytest.raises(ItuDocsError, match="choose one of en, fr, es, ru, ar, zh"):
        nlp(lang)


@pytest.mark.usefixtures("known")
def test_the_component_works_in_a_pipeline_of_the_analysts_own() -> None:
    pipeline = spacy.blank("de")
    pipeline.add_pipe("sentencizer")
    pipeline.add_pipe("itudocs_circular", first=True)
    ruler = pipeline.add_pipe("entity_ruler")
    assert isinstance(ruler, EntityRuler)
    ruler.add_patterns([{"label": "PLACE", "pattern": "Geneva"}])
    doc = pipeline(LETTERS["en"])
    assert [e.label_ for e in doc.ents] == ["PLACE"]
    assert len(list(doc.sents)) >= 1
    assert doc._.circular.ref == "CR/387"


@pytest.mark.usefixtures("known")
def test_piped_texts_keep_their_order_and_context() -> None:
    texts = [(LETTERS["en"], 1), ("no reference", 2), ("", 3)]
    docs = list(nlp("en").pipe(texts, as_tuples=True))
    assert [(d._.circular.ref, n) for d, n in docs] == [("CR/387", 1), (None, 2), (None, 3)]


def test_piped_over_processes_the_records_come_back() -> None:
    docs = list(nlp("en").pipe(["CR/1", "CR/2", "CR/3"], n_process=2))
    assert [d._.circular.key for d in docs] == [itudocs.parse(t).key for t in ("CR/1", "CR/2", "CR/3")]


@pytest.mark.usefixtures("known")
def test_records_and_spans_survive_storing() -> None:
    doc = nlp("en")(LETTERS["en"])
    for copy in (
        Doc(nlp("en").vocab).from_bytes(doc.to_bytes()),
        next(iter(DocBin(docs=[doc], store_user_data=True).get_docs(nlp("en").vocab))),
    ):
        assert copy._.circular == doc._.circular
        assert [s.label_ for s in copy.spans["fields"]] == ["ref", "refs/0"]


def test_a_document_that_was_not_parsed_has_no_record() -> None:
    nlp("en")
    assert spacy.blank("en")("CR/387")._.circular is None


@pytest.mark.usefixtures("known")
def test_displacy_shows_the_fields() -> None:
    html = displacy.render(nlp("en")(LETTERS["en"]), style="span", options={"spans_key": "fields"}, jupyter=False)
    assert "refs/0" in html


def test_a_pipeline_with_the_component_can_be_saved_and_loaded(tmp_path: Path) -> None:
    nlp("en").to_disk(tmp_path / "pipeline")
    loaded = spacy.load(tmp_path / "pipeline")
    assert isinstance(loaded("CR/387")._.circular, Circular)


def test_a_text_longer_than_spacys_default_is_parsed() -> None:
    text = "word " * 200_001
    assert len(nlp("en").make_doc(text)) == 200_001


def test_spacy_finds_the_factory_by_its_entry_point_alone(tmp_path: Path) -> None:
    info = tmp_path / "itudocs_entry-0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: itudocs-entry\nVersion: 0\n")
    (info / "entry_points.txt").write_text("[spacy_factories]\nitudocs_circular = itudocs.pipeline:make_circular\n")
    program = textwrap.dedent("""
        import sys, spacy
        assert not any(m.startswith("itudocs") for m in sys.modules)
        pipeline = spacy.blank("en")
        pipeline.add_pipe("itudocs_circular")
        print(type(pipeline("CR/387")._.circular).__name__)
    """)
    root = Path(itudocs.__file__).parents[1]
    run = subprocess.run(
        [sys.executable, "-c", program],
        env={"PYTHONPATH": f"{tmp_path}:{root}"}, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (run.stdout, run.returncode) == ("Circular\n", 0), run.stderr
