"""Citations: every pattern is held to its examples; letters in six languages; evidence; what is not cited."""

from __future__ import annotations

import datetime as dt
import time
import typing

import pytest

from itudocs.assemble import letters
from itudocs.dategrammar import DateMention, find_dates
from itudocs.extract.citations import CitationPattern, citation_patterns, citation_spans, citations, cited_in
from itudocs.extract.letter import Finding, Letter
from itudocs.lexicon import compiled, fold
from itudocs.model import CitationKind, Language
from itudocs.reading import read

PATTERNS = {pattern.id: pattern for pattern in citation_patterns()}


def _language(text: str) -> Language:
    if any("\u0600" <= c <= "\u06ff" for c in text):
        return "ar"
    if any("\u4e00" <= c <= "\u9fff" for c in text):
        return "zh"
    if any("\u0400" <= c <= "\u04ff" for c in text):
        return "ru"
    if any(word in text for word in (" du ", " de la ", "Résolution", " mai ", "Recommandation")):
        return "fr"
    return "es" if any(word in text for word in ("Resolución", "Recomendación", " mayo ", " del ")) else "en"


def _marked(example: str) -> tuple[str, str]:
    """The example without its marks, and the marked words; brackets of the value itself may follow the marks."""
    start = example.index("[[")
    end = example.rindex("]]")
    return example[:start] + example[start + 2 : end] + example[end + 2 :], example[start + 2 : end]


def _cited(text: str) -> list[tuple[str, str]]:
    view = fold(text)
    dates: list[DateMention] = find_dates(view, _language(text))
    return [(view[r.start : r.end], r.rule) for r in cited_in(view, dates, [(0, len(view))])]


def _letter(body: str, head: str = "TSB Circular 71\nGeneva, 24 January 2014\n\nDear Sir/Madam,\n\n") -> Letter:
    return letters(read(f"{head}{body}\n\nYours faithfully,\n\nMalcolm Johnson\n", name="letter.txt"))[0]


def _texts(finding: Finding) -> list[str]:
    return [c.text for c in finding.value]


def test_pattern_ids_are_unique_and_kinds_are_the_models() -> None:
    assert len(PATTERNS) == len(citation_patterns())
    assert {p.kind for p in citation_patterns()} <= {*typing.get_args(CitationKind), "none"}
    assert all(p.examples and p.never and p.keys for p in citation_patterns())


@pytest.mark.parametrize("pattern", citation_patterns(), ids=lambda p: p.id)
def test_a_pattern_finds_the_marked_words_of_its_examples(pattern: CitationPattern) -> None:
    for example in pattern.examples:
        text, value = _marked(example)
        found = [(fold(v), rule) for v, rule in _cited(text)]
        if pattern.kind == "none":
            match = compiled(pattern.source).search(fold(text))
            assert match is not None, text
            assert match[0].strip() == fold(value), text
            assert not [v for v, _ in found if v in fold(value)], text
        elif pattern.each:
            assert [rule for _, rule in found] == [pattern.id] * (value.count(",") + 1), text
        else:
            assert (fold(value), pattern.id) in found, (text, found)


@pytest.mark.parametrize("pattern", citation_patterns(), ids=lambda p: p.id)
def test_a_pattern_leaves_its_never_examples_alone(pattern: CitationPattern) -> None:
    for example in pattern.never:
        if pattern.kind == "none":
            assert compiled(pattern.source).search(fold(example)) is None, example
        else:
            assert pattern.id not in [rule for _, rule in _cited(example)], example


@pytest.mark.parametrize("pattern", citation_patterns(), ids=lambda p: p.id)
def test_a_pattern_is_tried_wherever_it_can_match(pattern: CitationPattern) -> None:
    for example in pattern.examples:
        text, _ = _marked(example)
        assert any(key in fold(text) for key in pattern.keys), (pattern.id, text)


@pytest.mark.parametrize(
    ("printed", "text", "identity", "day"),
    [
        ("By TSB Circular 221 of 25 February 2004, I", "TSB Circular 221 of 25 February 2004", "tsb-circular/2001-2004/221", dt.date(2004, 2, 25)),
        ("see TSB Circular 203 (3 August 1999).", "TSB Circular 203 (3 August 1999)", "tsb-circular/1997-2000/203", dt.date(1999, 8, 3)),
        ("(see TSB Circular 13)", "TSB Circular 13", None, None),
        ("TSB Collective-letter 6/TSAG of 12 May 2004.", "TSB Collective-letter 6/TSAG of 12 May 2004", "tsb-collective/2001-2004/6/tsag", dt.date(2004, 5, 12)),
        ("(see Circular Letter 1/LCCE/102).", "Circular Letter 1/LCCE/102", "lcce/1/102", None),
        ("in Administrative Circular CA/70 of 18 October 1999", "Administrative Circular CA/70 of 18 October 1999", "ca/70", dt.date(1999, 10, 18)),
        ("Revision 2 to Administrative Circular CA/17 of 16 April 1999", "Revision 2 to Administrative Circular CA/17 of 16 April 1999", "ca/17/rev2", dt.date(1999, 4, 16)),
        ("Addendum 1 to Administrative Circular CACE/231 of 16 October 2001", "Addendum 1 to Administrative Circular CACE/231 of 16 October 2001", "cace/231/add1", dt.date(2001, 10, 16)),
        ("My letter DM-20/1011 gave", "DM-20/1011", "dm/2020/1011", None),
        ("as in DM-1034 of 30 January 1996,", "DM-1034 of 30 January 1996", "dm/1996/1034", dt.date(1996, 1, 30)),
        ("in DM-1034,", "DM-1034", None, None),
        ("my letter CL-138 of 4 March 2013", "CL-138 of 4 March 2013", "cl/2013/138", dt.date(2013, 3, 4)),
        ("explained in CL-20/31.", "CL-20/31", "cl/2020/31", None),
        ("given in Circular BDT/008.", "Circular BDT/008", None, None),
        ("IFRB Circular-Letter No. 914 dated 5 October 1992", "IFRB Circular-Letter No. 914 dated 5 October 1992", None, dt.date(1992, 10, 5)),
    ],
)  # fmt: skip
def test_a_circular_is_cited_with_its_date_and_its_identity_where_that_is_certain(
    printed: str, text: str, identity: str | None, day: dt.date | None
) -> None:
    (one,) = citations(_letter(f"1 We write about this. {printed} more follows.")).value
    assert (one.text, one.kind, one.id, one.date) == (text, "circular", identity, day)


def test_a_supplement_named_alone_belongs_to_the_circular_before_it() -> None:
    found = citations(
        _letter("This supersedes TSB Circular 60 of 3 December 2013 and its Corrigendum 1 of 14 January 2014.")
    )
    assert [(c.text, c.id) for c in found.value] == [
        ("TSB Circular 60 of 3 December 2013", "tsb-circular/2013-2016/60"),
        ("Corrigendum 1 of 14 January 2014", "tsb-circular/2013-2016/60/cor1"),
    ]


def test_a_circular_and_its_addenda_with_a_list_of_dates_are_one_citation() -> None:
    printed = "Circular Letter CR/246 and its Addenda 1 and 2 of 20 October 2005, 24 November 2005 and 31 March 2006"
    (one,) = citations(_letter(f"Further to {printed}, respectively, we write.")).value
    assert (one.text, one.id, one.date) == (printed, "cr/246", dt.date(2005, 10, 20))


def test_the_letters_own_number_is_no_citation_but_an_older_letter_of_that_number_is() -> None:
    letter = _letter("TSB Circular 71 replaces TSB Circular 71 of 5 November 2001.")
    found = citations(letter)
    assert [(c.text, c.id) for c in found.value] == [
        ("TSB Circular 71 of 5 November 2001", "tsb-circular/2001-2004/71")
    ]
    assert [tried.why for tried in letter.tried["citation"]] == ["the letter's own reference"]


def test_each_printed_form_is_cited_once_but_every_place_is_a_span() -> None:
    letter = _letter("Resolution ITU-R 1-7 applies. ResolutionITU-R1-7 is annexed. See also Resolution 1-7.")
    assert _texts(citations(letter)) == ["Resolution ITU-R 1-7", "Resolution 1-7"]
    assert [letter.text[a:b] for a, b in citation_spans(letter)] == [
        "Resolution ITU-R 1-7",
        "ResolutionITU-R1-7",
        "Resolution 1-7",
    ]


@pytest.mark.parametrize(
    ("printed", "expected"),
    [
        ("under § 10.2.2 of Resolution ITU-R 1-6 and § 10.3 of Resolution ITU-R 1-6", ["Resolution ITU-R 1-6"]),
        ("in section 9 of Resolution 1 (Rev. Dubai, 2012)", ["Resolution 1 (Rev. Dubai, 2012)"]),
        ("under No. 9.3 of Resolution 49 (Rev.WRC-15)", ["Resolution 49 (Rev.WRC-15)"]),
        ("§ 3 of Decision 482 (Council 2001, last amended 2019)", ["Decision 482 (Council 2001, last amended 2019)"]),
        ("see Appendix III to WTSA Resolution 1", ["Appendix III to WTSA Resolution 1"]),
        ("of Resolution 1, Section 9, of the WTSA (Montreal, 2000)", ["Resolution 1, Section 9, of the WTSA (Montreal, 2000)"]),
        ("§ 2 of Annex 1 to Resolution ITU-R 1-7", ["Annex 1 to Resolution ITU-R 1-7"]),
        ("Appendix IV of Recommendation K.43", ["Appendix IV of Recommendation K.43"]),
        ("§ 4.1.3 of Appendices 30 and 30A", ["§ 4.1.3 of Appendices 30 and 30A"]),
        ("§1.10 of Part C of the Rules of Procedure", ["§1.10 of Part C of the Rules of Procedure"]),
    ],
)  # fmt: skip
def test_a_point_of_a_resolution_is_not_part_of_the_citation_but_one_of_a_treaty_is(
    printed: str, expected: list[str]
) -> None:
    assert _texts(citations(_letter(f"1 We write {printed}, as you know."))) == expected


@pytest.mark.parametrize(
    ("printed", "expected"),
    [
        ("Documents: 6/131(Rev.1), 6/138 and 6/144(Rev.1)", ["6/131(Rev.1), 6/138 and 6/144(Rev.1)"]),
        ("Documents: 6/131(Rev.1), 6/138, 6/144(Rev.1)", ["6/131(Rev.1)", "6/138", "6/144(Rev.1)"]),
    ],
)
def test_bare_documents_behind_a_colon_are_one_citation_where_a_conjunction_joins_them(
    printed: str, expected: list[str]
) -> None:
    assert [value for value, _ in _cited(f"The texts are attached. {printed}")] == expected


def test_a_date_between_two_chinese_circulars_belongs_to_the_second() -> None:
    first, second = "2005年5月3日第CR/120号通函", "2006年6月4日的CACE/231号行政通函"
    assert [value for value, _ in _cited(f"见{first},{second}")] == [first, second]


def test_spans_of_citations_hold_their_dates() -> None:
    letter = _letter("By TSB Circular 60 of 3 December 2013 we announced the meeting of 5 May 2014.")
    ((a, b),) = citation_spans(letter)
    assert letter.text[a:b] == "TSB Circular 60 of 3 December 2013"


def test_documents_listed_under_an_announcement_are_cited_by_title_and_date() -> None:
    body = "Please consult the following documents that I have prepared:\n\n-\nITU-T and ICANN Reform, 17 April 2002\n\n-\nAddress on Internet Governance, Telecom Africa-2004, 5 May 2004.\n\nThey are on the web."
    found = citations(_letter(body))
    assert [(c.text, c.kind, c.date) for c in found.value] == [
        ("ITU-T and ICANN Reform, 17 April 2002", "document", dt.date(2002, 4, 17)),
        ("Address on Internet Governance, Telecom Africa-2004, 5 May 2004", "document", dt.date(2004, 5, 5)),
    ]


def test_addressees_cite_nothing_and_annexes_do() -> None:
    text = (
        "TSB Circular 71\nGeneva, 24 January 2014\n\n- To Administrations of Member States of the Union;\n- Resolution 99 (Rev. Busan, 2014)\n\n"
        "Subject: Workshop\n\nDear Sir/Madam,\n\nUnder Resolution 44 (Rev. Dubai, 2012) help is given.\n\nYours faithfully,\n\nMalcolm Johnson\n"
        "Director of the Telecommunication Standardization Bureau\n\nAnnex: Document 5/60(Rev.1)\n\nANNEX 1\n(to TSB Circular 71)\n\n"
        "Document 5/60(Rev.1)\n\nDocument 5/61-E\n3 May 2014\n\nSee Recommendation G.703.\n"
    )
    assert _texts(citations(letters(read(text, name="x.txt"))[0])) == [
        "Resolution 44 (Rev. Dubai, 2012)",
        "Document 5/60(Rev.1)",
        "Recommendation G.703",
    ]


def test_a_footnote_below_the_signature_cites() -> None:
    text = (
        "DM-1119\n30 January 2004\n\nSubject: Workshop\n\nDear Sir/Madam,\n\nA group will meet1.\n\nYours faithfully,\n\nYoshio UTSUMI\n"
        "Secretary-General\n\n1 See paragraph 50 of the Declaration of Principles, WSIS-03/GENEVA/DOC/4.\n"
    )
    (letter,) = letters(read(text, name="x.txt"))
    assert _texts(citations(letter)) == ["paragraph 50 of the Declaration of Principles, WSIS-03/GENEVA/DOC/4"]


@pytest.mark.parametrize(
    ("body", "cited", "identity"),
    [
        ("as the Administrative Circular 24 June 2013 CA/211 says.", "Administrative Circular 24 June 2013 CA/211", "ca/211"),
        ("见电信标准化局2007年5月28日第148号通函。", "电信标准化局2007年5月28日第148号通函", "tsb-circular/2005-2008/148"),
        ("见CR/339号通函补遗2。", "CR/339号通函补遗2", "cr/339/add2"),
        ("согласно Исправлению 1 к Циркуляру 148 БСЭ от 28 мая 2007 года.", "Исправлению 1 к Циркуляру 148 БСЭ от 28 мая 2007 года", "tsb-circular/2005-2008/148/cor1"),
        ("انظر التصويب 1 للرسالة المعممة CR/502.", "التصويب 1 للرسالة المعممة CR/502", "cr/502/cor1"),
        ("see CR/246 Corr.1 on this.", "CR/246 Corr.1", "cr/246/cor1"),
    ],
)  # fmt: skip
def test_dates_and_supplements_around_a_circular_belong_to_it(body: str, cited: str, identity: str) -> None:
    (found,) = citations(_letter(body)).value
    assert (found.text, found.id) == (cited, identity)


def test_telephones_frequencies_working_parties_and_addresses_are_no_citations() -> None:
    body = (
        "Working Parties 1, 2 and 3/13 meet on IMT-2020 in Room 13.18. Call +41 22 730 5853 or write to x.25@itu.int. The band 174-230 MHz "
        "is open, see http://www.itu.int/md/R15-RAG-C/en. Annex 1 to this letter tells more, and so does Annex A."
    )
    assert _texts(citations(_letter(body))) == []


def test_a_date_glued_to_a_cited_number_is_cut_off() -> None:
    (one,) = citations(_letter("It follows CA/24624 April 2019 in every point.")).value
    assert (one.id, one.date) == ("ca/246", dt.date(2019, 4, 24))


LETTERS: dict[str, tuple[str, list[tuple[str, str, str | None]]]] = {
    "en": (
        "Radiocommunication Bureau (BR)\nCircular Letter\nCR/433\n12 June 2018\nTo Administrations of Member States of the ITU\nSubject: Minutes of the meeting\n"
        "Under No. 13.18 of the Radio Regulations and § 1.10 of Part C of the Rules of Procedure, and Circular Letter CR/398 of 15 April 2016, the minutes are attached (Document RRB18-1/14).\nFrançois Rancy\nDirector\n",
        [
            ("No. 13.18 of the Radio Regulations", "treaty", None),
            ("§ 1.10 of Part C of the Rules of Procedure", "rules", None),
            ("Circular Letter CR/398 of 15 April 2016", "circular", "cr/398"),
            ("Document RRB18-1/14", "document", None),
        ],
    ),
    "fr": (
        "Genève, le 27 juin 2002\nRéf: Circulaire TSB 109\nObjet: Réunion de la Commission d'études 3\nMadame, Monsieur,\n1 Conformément à la section 9 de la Résolution 1 de l'AMNT (Montréal, 2000) et à la Circulaire TSB 80 du 14 décembre 2001, "
        "la Commission d'études examinera la Recommandation UIT-T D.156 et la Question 20/13, au titre du numéro 13.18 du Règlement des radiocommunications.\nVeuillez agréer, Madame, Monsieur, l'assurance de ma haute considération.\n",
        [
            ("Résolution 1 de l'AMNT (Montréal, 2000)", "resolution", None),
            ("Circulaire TSB 80 du 14 décembre 2001", "circular", "tsb-circular/2001-2004/80"),
            ("Recommandation UIT-T D.156", "recommendation", None),
            ("Question 20/13", "question", None),
            ("numéro 13.18 du Règlement des radiocommunications", "treaty", None),
        ],
    ),
    "es": (
        "Ginebra, 12 de julio de 2002\nRef: Circular TSB 110\nAsunto: Seminario\nMuy señora mía/Muy señor mío,\n1 De conformidad con la Resolución 17 (Ginebra, 1996) y con la Circular Administrativa CACE/231 del 16 de octubre de 2001, "
        "se estudiarán las Cuestiones 1/3 y 3/3 y la Recomendación G.872 que figuran en el Documento COM 3-R 14, según el Artículo 25 del Convenio de la UIT.\nAtentamente,\n",
        [
            ("Resolución 17 (Ginebra, 1996)", "resolution", None),
            ("Circular Administrativa CACE/231 del 16 de octubre de 2001", "circular", "cace/231"),
            ("Cuestiones 1/3 y 3/3", "question", None),
            ("Recomendación G.872", "recommendation", None),
            ("Documento COM 3-R 14", "document", None),
            ("Artículo 25 del Convenio de la UIT", "treaty", None),
        ],
    ),
    "ru": (
        "Женева, 6 декабря 2010 года\nОсн.: Коллективное письмо 5/15 БСЭ\nПредмет: Собрание комиссии\nУважаемая госпожа, уважаемый господин,\n1 В соответствии с разделом 9 Резолюции 1 (Йоханнесбург, 2008 г.) ВАСЭ и согласно Циркуляру 80 БСЭ от 14 декабря 2009 г. "
        "комиссия рассмотрит Рекомендацию МСЭ-Т A.2, Вопрос 21/1 и п. 13.18 Регламента радиосвязи, см. Циркулярное письмо CR/300 от 1 мая 2009 года.\nС уважением,\n",
        [
            ("Резолюции 1 (Йоханнесбург, 2008 г.) ВАСЭ", "resolution", None),
            ("Циркуляру 80 БСЭ от 14 декабря 2009 г.", "circular", "tsb-circular/2009-2012/80"),
            ("Рекомендацию МСЭ-Т A.2", "recommendation", None),
            ("Вопрос 21/1", "question", None),
            ("п. 13.18 Регламента радиосвязи", "treaty", None),
            ("Циркулярное письмо CR/300 от 1 мая 2009 года", "circular", "cr/300"),
        ],
    ),
    "ar": (
        "مكتب الاتصالات الراديوية (BR)\nالرسالة المعممة\nCR/433\n12 يونيو 2018\nإلى إدارات الدول الأعضاء في الاتحاد\nالموضوع: محضر الاجتماع\nتطبيقاً لأحكام الرقم 13.18 من لوائح الراديو والفقرة 10.1 من الجزء C من القواعد الإجرائية "
        "والقرار 1 (المراجَع في دبي، 2012) والتوصية ITU-T A.2 أرفق المحضر في الوثيقة RRB15-3/8 وفقاً للرسالة المعممة CR/398 المؤرخة 15 أبريل 2016.\nوتفضلوا بقبول فائق التقدير والاحترام\n",
        [
            ("الرقم 13.18 من لوائح الراديو", "treaty", None),
            ("الفقرة 10.1 من الجزء C من القواعد الإجرائية", "rules", None),
            ("القرار 1 (المراجَع في دبي، 2012)", "resolution", None),
            ("التوصية ITU-T A.2", "recommendation", None),
            ("الوثيقة RRB15-3/8", "document", None),
            ("للرسالة المعممة CR/398 المؤرخة 15 أبريل 2016", "circular", "cr/398"),
        ],
    ),
    "zh": (
        "国际电信联盟\n电信标准化局\n2017年9月4日,日内瓦\n文号: 电信标准化局第39号通函\n致国际电联各成员国主管部门\n事由: 讲习班\n尊敬的先生/女士:\n1 按照《无线电规则》第13.18款和《程序规则》C部分第1.10段以及第44号决议（2016年，哈马马特，修订版），会议将讨论ITU-T Y.3170系列建议书和第20/13号课题"
        "（见2017年7月21日电信标准化局第3/13号集体函）。\n顺致敬意!\n",
        [
            ("《无线电规则》第13.18款", "treaty", None),
            ("《程序规则》C部分第1.10段", "rules", None),
            ("第44号决议（2016年，哈马马特，修订版）", "resolution", None),
            ("ITU-T Y.3170系列建议书", "recommendation", None),
            ("第20/13号课题", "question", None),
            ("2017年7月21日电信标准化局第3/13号集体函", "circular", "tsb-collective/2017-2021/3/13"),
        ],
    ),
}


@pytest.mark.parametrize("code", LETTERS)
def test_a_letter_of_each_language_gives_its_citations_in_order(code: str) -> None:
    text, expected = LETTERS[code]
    letter = letters(read(text, name=f"{code}.txt"))[0]
    assert letter.language == code
    found = citations(letter)
    assert [(c.text, c.kind, c.id) for c in found.value] == expected


@pytest.mark.parametrize("code", LETTERS)
def test_the_same_letter_on_one_line_gives_the_same_citations(code: str) -> None:
    text, expected = LETTERS[code]
    letter = letters(read(text.replace("\n", " "), name=f"{code}.txt"))[0]
    assert [c.text for c in citations(letter).value] == [e[0] for e in expected]


@pytest.mark.parametrize("code", LETTERS)
def test_evidence_quotes_the_text_and_bears_the_value_out(code: str) -> None:
    text, _ = LETTERS[code]
    letter = letters(read(text, name=f"{code}.txt"))[0]
    found = citations(letter)
    for k, one in enumerate(found.value):
        pieces = found.evidence[f"citations/{k}/text"]
        assert all(letter.source.text[e.start : e.end] == e.quote for e in pieces)
        assert " ".join(" ".join(e.quote for e in pieces).split()) == one.text
        assert (f"citations/{k}/date" in found.evidence) == (one.date is not None)
        assert (f"citations/{k}/id" in found.evidence) == (one.id is not None)
    for path, pieces in found.evidence.items():
        assert all(letter.source.text[e.start : e.end] == e.quote for e in pieces), path


@pytest.mark.parametrize(
    "unit",
    ["Resolution 1, ", "§ 1.1 of Part C of ", "Nos. 13.18 and ", "A", "1.", "Q1/1 and ", "Document A/1", "(Rev. ", "A.b-", "SG/", "第1号", "القرار 1 و", "п. 1 и ", "CR/1 ", " ", "- a, 3 May 2005 documents: ", "ITU-T ", "Annex 1 to ", "Documents: 1/1, ", "COM 1-R 1 and ", "п. 9.1A и ", "RR Article 9, ", "第9.1款和", "1.1 (issue 1.1.1), "],
)  # fmt: skip
def test_the_time_grows_no_faster_than_the_text_on_what_each_pattern_likes_least(unit: str) -> None:
    def cost(size: int) -> float:
        view = fold((unit * (size // len(unit) + 1))[:size])
        dates = find_dates(view, "en")
        begin = time.perf_counter()
        cited_in(view, dates, [(0, len(view))])
        return time.perf_counter() - begin

    cost(2000)
    small, large = min(cost(4000) for _ in range(3)), min(cost(16000) for _ in range(2))
    assert large < 0.3 or large < small * 10
