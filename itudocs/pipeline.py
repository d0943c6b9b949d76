"""Letters in spaCy: blank pipelines with a component that reads circulars.

The only module that imports spaCy; searching and plain parsing do without it. Parsing itself is `itudocs.parse`'s: the
component puts a record beside the tokens. Nothing is downloaded. Beside the way of the data, for analysts.

    doc = itudocs.nlp("en")(text)
    doc._.circular.ref
    spacy.displacy.render(doc, style="span", options={"spans_key": "fields"})

    nlp = spacy.load("en_core_web_sm")
    nlp.add_pipe("itudocs_circular", first=True)
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Iterable
from typing import get_args

import spacy
from spacy.language import Language
from spacy.tokens import Doc, Span

from itudocs import model
from itudocs.errors import ItuDocsError
from itudocs.model import Circular, Provenance
from itudocs.parse import parse_source
from itudocs.reading.cleaning import clean
from itudocs.reading.source import Source

NAME = "itudocs_circular"
_STORED = "itudocs_circular"  # where a record's JSON is kept in `Doc.user_data`


@functools.cache
def nlp(lang: str) -> Language:
    """A blank spaCy pipeline for letters in one of the Union's languages, with the component `itudocs_circular`.

    The same object for every call; for a pipeline to change, take `spacy.blank(lang)` and
    `add_pipe("itudocs_circular")`. Tokenising costs about 2 µs a character; the first call for a language up to 5 s.

    Args:
        lang: `en`, `fr`, `es`, `ru`, `ar` or `zh` (Chinese in characters: no segmenter is needed).

    Raises:
        ItuDocsError: another language.
    """
    languages = get_args(model.Language)
    if lang not in languages:
        raise ItuDocsError(
            f"there is no pipeline for {lang!r}: choose one of {', '.join(languages)}, "
            f"or add {NAME!r} to spacy.blank({lang!r})."
        )
    pipeline = spacy.blank(lang)
    # spaCy's limit of a million characters guards parsers and taggers, of which there are none here.
    pipeline.max_length = 1 << 31
    pipeline.add_pipe(NAME)
    return pipeline


class CircularComponent:
    """Parses each text and puts the record beside its tokens.

    Sets `doc._.circular`, the record; `doc.spans["zones"]`, labelled with the zone's kind; `doc.spans["fields"]`, one
    span for each piece of evidence in the text, labelled with the path of the value in the record (`events/0/start`),
    its id the rule that found it. The record's offsets count characters of `doc.text`. Spans cover whole tokens, so
    they may reach further than the evidence (`doc.text[e.start:e.end]` is exact). CR LF counts as a space and newline,
    other control characters as `itudocs.read` treats them.
    """

    def __call__(self, doc: Doc) -> Doc:
        """Annotate one document; never raises, whatever the text."""
        record = parse_source(_source(doc.text))
        doc.user_data[_STORED] = record.to_json()
        doc.spans["zones"] = _spans(doc, ((z.start, z.end, z.kind, "") for z in record.zones))
        doc.spans["fields"] = _spans(
            doc,
            (
                (e.start, e.end, path, e.rule)
                for path, pieces in record.evidence.items()
                for e in pieces
                if e.origin != "name"  # those offsets count in the name of the source
            ),
        )
        return doc


@Language.factory(NAME, assigns=["doc._.circular", "doc.spans"])
def make_circular(nlp: Language, name: str) -> CircularComponent:
    """The component, for spaCy's registry (entry point group `spacy_factories`)."""
    if not Doc.has_extension("circular"):
        # Kept as JSON and read on demand: so it survives Doc.to_bytes, DocBin and nlp.pipe(n_process=2).
        Doc.set_extension("circular", getter=_stored)
    return CircularComponent()


def _stored(doc: Doc) -> Circular | None:
    data = doc.user_data.get(_STORED)
    return None if data is None else Circular.from_json(data)


def _source(text: str) -> Source:
    cleaned, issues = clean(text, keep_length=True)
    sha256 = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    return Source(text=cleaned, provenance=Provenance(name="<text>", sha256=sha256), issues=issues)


def _spans(doc: Doc, marked: Iterable[tuple[int, int, str, str]]) -> list[Span]:
    """Spans over the tokens that each stretch touches; none for a stretch without characters."""
    spans = (
        doc.char_span(start, end, label=label, span_id=rule, alignment_mode="expand")
        for start, end, label, rule in marked
        if start < end
    )
    return [span for span in spans if span is not None]
