"""Bodies, conferences and officials have one normal name in every language version."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itudocs.assemble import circular
from itudocs.evidence import complaints
from itudocs.fields import BY_NAME
from itudocs.lexicon import LANGUAGES, officials, table
from itudocs.lexicon.names import Body, named_bodies, normal_body, normal_person, whole_body, wider
from itudocs.lexicon.ordinals import ordinals
from itudocs.lexicon.plain import plain
from itudocs.model import Circular, Citation, Event, Language, Provenance, Signatory
from itudocs.reading import read

OPEN = Path(__file__).parents[1] / "corpus" / "open"
BODIES: list[dict[str, Any]] = table("bodies.toml")["body"]


ONE_LETTER = (
    "en-030-cr-433-clean",
    "fr-001-cr-clean",
    "es-001-cr-clean",
    "ru-001-cr-lines",
    "ar-001-cr-lines",
    "zh-001-cr-flat",
)


@pytest.mark.parametrize("name", ONE_LETTER)
def test_one_letter_in_six_languages_has_one_meeting_and_one_signatory(name: str) -> None:
    source = read(OPEN / f"{name}.txt")
    record = circular(source)
    assert (record.id, record.language) == ("cr/433", name[:2])
    assert [(e.body, e.number) for e in record.events] == [("RRB", 77)]
    assert record.signatory is not None
    assert record.signatory.person == "François Rancy"
    for path, named in (
        ("events/0/body", "events/0/name"),
        ("events/0/number", "events/0/name"),
        ("signatory/person", "signatory/name"),
    ):
        assert [e.quote for e in record.evidence[path]] == [e.quote for e in record.evidence[named]]
    assert list(complaints(record, source.text)) == []


MEETINGS: list[tuple[str, Language, str | None, str, int | None]] = [
    ("69th meeting of the Radio Regulations Board", "en", None, "RRB", 69),
    ("62ª reunión de la Junta del Reglamento de Radiocomunicaciones", "es", None, "RRB", 62),
    ("65-е собрание Радиорегламентарного комитета", "ru", None, "RRB", 65),
    ("无线电规则委员会第71次会议", "zh", None, "RRB", 71),
    ("无线电规则委员会第七十一次会议", "zh", None, "RRB", 71),
    ("الاجتماع السابع والسبعون للجنة لوائح الراديو", "ar", None, "RRB", 77),
    ("الاجتماع السبعين للجنة لوائح الراديو", "ar", None, "RRB", 70),
    ("79th meeting of the Board", "en", "BR", "RRB", 79),
    ("81-е собрание Комитета", "ru", "BR", "RRB", 81),
    ("2014 World Telecommunication Development Conference (WTDC-14)", "en", None, "WTDC-14", None),
    ("2014 World Telecommunication Development Conference", "en", None, "WTDC-14", None),
    ("Conférence mondiale des radiocommunications de 2012", "fr", None, "WRC-12", None),
    ("Всемирной конференции радиосвязи 2012 года", "ru", None, "WRC-12", None),
    ("2012年世界无线电通信大会", "zh", None, "WRC-12", None),
    ("المؤتمر العالمي للاتصالات الراديوية لعام 2012", "ar", None, "WRC-12", None),
    ("WRC12", "en", None, "WRC-12", None),
    ("World Radiocommunication Conference (WRC-2000)", "en", None, "WRC-00", None),
    ("Asamblea de Radiocomunicaciones (AR-12)", "es", None, "RA-12", None),
    ("second World Telecommunication Policy Forum", "en", None, "WTPF-98", 2),
    ("المنتدى العالمي السادس لسياسات الاتصالات/تكنولوجيا المعلومات والاتصالات (WTPF-21)", "ar", None, "WTPF-21", 6),
    ("Second session of the Conference Preparatory Meeting for WRC19 (CPM192)", "en", None, "CPM-19", 2),
    ("Conference Preparatory Meeting for WRC-19", "en", None, "CPM-19", None),
    ("first phase of the World Summit on the Information Society", "en", None, "WSIS", 1),
    ("1997 session of the ITU Council", "en", None, "Council", None),
    ("reunión de 2018 del Consejo de la UIT", "es", None, "Council", None),
    ("Decimoctava reunión del Grupo Asesor de Radiocomunicaciones", "es", None, "RAG", 18),
    ("двадцать пятое собрание Консультативной группы по радиосвязи (КГР)", "ru", None, "RAG", 25),
    ("vingt-deuxième réunion du Groupe consultatif des radiocommunications", "fr", None, "RAG", 22),
    ("second virtual consultation of councillors (VCC-2)", "en", None, "VCC", 2),
    ("third meeting of the Council Working Group on the International Telecommunication Regulations", "en", None, "CWG-ITR", 3),
    ("Meeting of Study Group 13", "en", "TSB", "ITU-T SG13", None),
    ("Meeting of Study Group 13", "en", None, "SG13", None),
    ("Réunion de la Commission d'études 13", "fr", "TSB", "ITU-T SG13", None),
    ("reunión de la Comisión de Estudio 13", "es", "TSB", "ITU-T SG13", None),
    ("Собрание 13й Исследовательской комиссии", "ru", "TSB", "ITU-T SG13", None),
    ("第 13研究组会议", "zh", "TSB", "ITU-T SG13", None),
    ("اجتماع لجنة الدراسات 13", "ar", "TSB", "ITU-T SG13", None),
    ("réunion de la Commission d'études 3 de l'UIT-T", "fr", "BDT", "ITU-T SG3", None),
    ("Joint Meeting of Working Parties 4A and 6S", "en", "BR", "ITU-R WP4A + ITU-R WP6S", None),
    ("Meetings of the Working Parties 1, 2 and 3/13", "en", "TSB", "ITU-T WP1/13 + ITU-T WP2/13 + ITU-T WP3/13", None),
    ("Рабочая группа 5А", "ru", "BR", "ITU-R WP5A", None),
    ("5A工作组", "zh", "BR", "ITU-R WP5A", None),
    ("Regional Group of Study Group 12 for Africa", "en", "TSB", "ITU-T SG12RG-AFR", None),
    ("Regional Group of Study Group 11 for Africa (SG11RGAFR)", "en", "TSB", "ITU-T SG11RG-AFR", None),
    ("Q1/1 and Q2/1", "en", "BDT", "ITU-D Q1/1 + ITU-D Q2/1", None),
    ("first meeting of the Focus Group on Smart Sustainable Cities (FG-SSC)", "en", "TSB", "ITU-T FG-SSC", 1),
]  # fmt: skip


@pytest.mark.parametrize(("name", "language", "bureau", "body", "number"), MEETINGS)
def test_who_meets_has_one_name(
    name: str, language: Language, bureau: str | None, body: str, number: int | None
) -> None:
    assert normal_body(name, language, bureau=bureau) == Body(body, number)


@pytest.mark.parametrize("name", [
    "workshop", "meeting", "second meeting", "Workshop on WRC-12", "next meeting of the Study Group",
    "Second meeting of the informal Group of Experts for the fourth World Telecommunication Policy Forum",
    "information session for newcomers to the World Radiocommunication Conference", "semaine de la PP", "42nd meeting",
])  # fmt: skip
def test_no_body_is_made_of_what_only_mentions_one(name: str) -> None:
    assert normal_body(name, "en") is None


def test_a_conference_takes_its_year_from_its_date_if_it_met_then() -> None:
    name = "World Telecommunication Standardization Assembly"
    assert normal_body(name, "en", date=dt.date(2016, 10, 25)) == Body("WTSA-16")
    assert normal_body(name, "en", date=dt.date(2022, 3, 1)) == Body("WTSA-20")
    assert normal_body(name, "en", date=dt.date(2011, 3, 1)) == Body("WTSA")


FORMS = [
    (row["id"], code, form) for row in BODIES for part in ("names", "also") for code, forms in row.get(part, {}).items() for form in forms
]  # fmt: skip


@pytest.mark.parametrize(("body", "code", "form"), FORMS)
def test_every_form_of_a_name_is_known_in_its_language(body: str, code: Language, form: str) -> None:
    dated = len(form) == 2
    found = normal_body(f"{form}-14" if dated else form, code)
    assert found is not None
    assert found.id == (f"{body}-14" if dated else body)


def test_no_form_stands_for_two_bodies() -> None:
    seen: dict[str, str] = {}
    for body, _, form in FORMS:
        assert seen.setdefault(plain(form).casefold(), body) == body


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_body_that_adopts_resolutions_is_known_in_every_language(code: str) -> None:
    for row in BODIES:
        if "kind" not in row:
            assert row["names"].get(code) or row.get("also", {}).get(code), (row["id"], code)


ORDINALS: dict[Language, dict[int, str]] = {
    "en": {1: "first", 12: "twelfth", 20: "Twentieth", 21: "twenty-first", 30: "thirtieth", 77: "77th", 103: "103rd"},
    "fr": {1: "première", 2: "Deuxième", 17: "dix-septième", 21: "vingt et unième", 22: "vingt-deuxième", 30: "trentième",
           77: "77e", 10: "dixième", 71: "soixante-onzième"},
    "es": {1: "primera", 3: "tercer", 7: "séptima", 10: "décima", 13: "decimotercera", 18: "decimoctava", 20: "vigésima",
           25: "vigésimo quinta", 30: "trigésima", 62: "62ª", 71: "71.ª"},
    "ru": {1: "первое", 3: "третьего", 7: "седьмое", 12: "двенадцатая", 20: "двадцатое", 25: "двадцать пятое", 30: "тридцатого",
           65: "65-го", 77: "77-е", 15: "15й"},
    "zh": {1: "第一次", 10: "第十次", 20: "第二十届", 30: "第三十次", 71: "第71次", 25: "第 25 次"},
    "ar": {1: "الأول", 2: "الثانية", 10: "العاشر", 11: "الحادي عشر", 12: "الثاني عشر", 20: "العشرون", 25: "الخامس والعشرين",
           30: "الثلاثين", 70: "السبعين", 77: "السابع والسبعون"},
}  # fmt: skip


@pytest.mark.parametrize(("code", "value", "word"), [(c, v, w) for c, ws in ORDINALS.items() for v, w in ws.items()])
def test_ordinals_are_read_in_words_and_digits(code: Language, value: int, word: str) -> None:
    assert [n for *_, n in ordinals(plain(word), code)] == [value]


@pytest.mark.parametrize("word", ["10 meetings", "вторник", "первичный", "1997 session", "7 a 10", "الثلاثاء"])
def test_other_words_are_no_ordinals(word: str) -> None:
    assert [n for *_, n in ordinals(plain(word), None)] == []


PEOPLE = {
    "François Rancy": (
        "François Rancy",
        "Francois RANCY",
        "Франсуа Ранси",
        "弗朗索瓦•朗西",
        "弗朗索瓦朗西",
        "فرانسوا رانسي",
    ),
    "Mario Maniewicz": ("Maniewicz", "Марио Маневич", "ماريو مانيفيتش"),
    "Houlin Zhao": ("H. Zhao", "Houlin Zhao", "Хоулинь Чжао", "赵厚麟", "هولين جاو"),
    "Malcolm Johnson": ("Малкольм Джонсон", "Малколм Джонсон", "مالكولم جونسون"),
    "Chaesub Lee": ("Chaesub Lee", "Чхе Суб Ли", "李在摄"),
    "Theodor Irmer": ("Th. Irmer",),
    "Richard C. Kirby": ("R.C. Kirby",),
    "Robert W. Jones": ("R.W. Jones", "Robert W. Jones"),
    "Hamadoun I. Touré": ("Dr Hamadoun I. Touré", "Hamadoun TOURE", "Хамадун Туре"),
    "Pekka Tarjanne": ("PEKKA TARJANNE",),
    "Doreen Bogdan-Martin": ("Doreen Bogdan-Martin", "Дорин Богдан-Мартин", "多琳·伯格丹-马丁"),
}


@pytest.mark.parametrize(("person", "printed"), [(p, n) for p, ns in PEOPLE.items() for n in ns])
def test_an_official_has_one_name(person: str, printed: str) -> None:
    assert normal_person(printed) == person


@pytest.mark.parametrize(
    "printed", ["Aminata Touré", "Don MacLean", "Anna Johnson", "Ли Вэй", "李雷", "Nikolai Vassiliev", "", "—"]
)
def test_a_family_name_alone_makes_nobody_an_official(printed: str) -> None:
    assert normal_person(printed) is None


def test_every_official_is_a_person_known_in_six_languages() -> None:
    persons = {row["name"]: row for row in table("bodies.toml")["person"]}
    assert {o.name for o in officials()} == set(persons)
    for name, row in persons.items():
        assert normal_person(name) == name
        scripts = {"ascii": 0, "cyrillic": 0, "han": 0, "arabic": 0}
        for form in row["family"]:
            scripts["cyrillic"] += any("а" <= c.lower() <= "я" for c in form)
            scripts["han"] += any("一" <= c <= "鿿" for c in form)
            scripts["arabic"] += any("ء" <= c <= "ي" for c in form)
            scripts["ascii"] += plain(form).isascii()
        assert all(scripts.values()), name


@pytest.mark.parametrize(("text", "body"), [
    ("WRC", "WRC"), ("cmr-12", "WRC-12"), ("ВКР", "WRC"), ("Radio Regulations Board", "RRB"), ("无线电规则委员会", "RRB"),
    ("CE 13", "SG13"), ("UIT-T CE 13", "ITU-T SG13"), ("2014 World Telecommunication Development Conference", "WTDC-14"),
    ("wrc agenda", None), ("WRC WTSA", None), ("ITU-T", None), ("13", None), ("pp", None), ("", None),
])  # fmt: skip
def test_words_are_a_name_only_as_a_whole(text: str, body: str | None) -> None:
    assert whole_body(text) == body


def test_a_name_is_found_under_wider_ones() -> None:
    assert wider("WRC-12") == ("WRC-12", "WRC")
    assert wider("ITU-T SG13") == ("ITU-T SG13", "SG13")
    assert wider("RRB") == ("RRB",)
    assert wider("CWG-FHR") == ("CWG-FHR",)


def test_the_fields_of_search_hold_normal_names() -> None:
    day = dt.date(2002, 3, 12)
    record = Circular(
        key="1", source=Provenance(name="1", sha256="1"), bureau="BR", subject="Préparation de la CMR-03",
        events=(Event(name="Working Parties 4A and 6S", start=day, end=day, body="ITU-R WP4A + ITU-R WP6S"),),
        citations=(Citation(text="Резолюция 72 (Пересм. ВКР-2000)", kind="resolution"),),
        signatory=Signatory(name="R.W. Jones", titles=("Director",), person="Robert W. Jones"),
    )  # fmt: skip
    assert BY_NAME["body"].of(record) == ("ITU-R WP4A", "ITU-R WP6S")
    assert set(BY_NAME["mentions"].of(record)) == {
        "ITU-R WP4A", "WP4A", "ITU-R WP6S", "WP6S", "WRC-03", "WRC", "WRC-00",
    }  # fmt: skip
    assert BY_NAME["signatory"].of(record) == ("R.W. Jones", "Robert W. Jones", "Director")


@given(st.text(alphabet=st.characters(), max_size=200), st.sampled_from(LANGUAGES))
def test_no_text_is_too_odd_to_look_for_names_in(text: str, code: Language) -> None:
    normal_body(text, code, bureau="BR")
    normal_person(text)
    named_bodies(text)
    whole_body(text)


@pytest.mark.parametrize(
    "text",
    [
        "1," * 5000,
        "WP 1A " * 3000,
        "(" * 10000,
        "第" * 10000,
        "WRC-" * 3000,
        "13-й " * 3000,
        "Study Group 1 and " * 2000,
        " " * 20000,
    ],
)
def test_long_texts_take_time_in_proportion(text: str) -> None:
    import time

    started = time.perf_counter()
    normal_body(text, "ru", bureau="TSB")
    assert time.perf_counter() - started < 2
