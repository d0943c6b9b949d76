"""The gazetteer: its data keep their rules, and towns are found in every language, glued, wrapped and in capitals."""

from __future__ import annotations

import csv
from functools import cache
from importlib import resources

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itudocs.lexicon import fold
from itudocs.lexicon.places import LANGUAGES, PlaceMatch, country, find_places, town

TERRITORIES = {"BM", "CK", "CW", "NC", "PR", "TW"}


@cache
def rows(name: str) -> list[dict[str, str]]:
    text = resources.files("itudocs.lexicon").joinpath(name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


def towns() -> list[dict[str, str]]:
    return [row for row in rows("places.csv") if row["kind"] == "town"]


def found(text: str) -> list[tuple[str, str]]:
    view = fold(text)
    return [(view[m.start : m.end], m.town_en) for m in find_places(view)]


def only(text: str) -> PlaceMatch:
    (match,) = find_places(fold(text))
    return match


def test_the_member_states_are_194_and_have_a_name_in_every_language() -> None:
    states = rows("member_states.csv")
    assert sum(row["status"] == "member" for row in states) == 194
    assert len({row["iso"] for row in states}) == len(states)
    assert all(row[code] for row in states for code in LANGUAGES)


def test_every_name_of_a_country_leads_to_its_code_in_small_and_capital_letters() -> None:
    for row in rows("member_states.csv"):
        for code in LANGUAGES:
            for name in row[code].split("|"):
                assert country(name) == row["iso"], name
                assert country(name.upper()) == row["iso"], name


def test_every_member_state_has_a_town_and_every_town_a_country_and_names_in_the_languages() -> None:
    members = {row["iso"] for row in rows("member_states.csv") if row["status"] == "member"}
    listed = {row["country"] for row in towns()}
    assert members <= listed
    assert listed <= members | TERRITORIES | {"PS"}
    assert len({(row["town"], row["country"]) for row in towns()}) == len(towns()) > 350
    assert [row["town"] for row in towns() if not row["zh"] or not row["en"] or not row["fr"] or not row["es"]] == []


def test_every_certain_name_of_a_town_is_found_in_running_text_and_in_capitals() -> None:
    shared = {"Сан-Хосе", "圣何塞", "سان خوسيه"}  # of San José and of San Jose
    for row in towns():
        for code in LANGUAGES:
            for name in row[code].split("|"):
                if name and not name.startswith("?") and name[:1].upper() == name[:1] and name not in shared:
                    for printed in {name, name.upper()}:
                        assert [t for _, t in found(f"14: {printed}; x")] == [row["town"]], printed


def test_every_doubtful_name_of_a_town_is_found_with_its_country_and_before_a_date() -> None:
    english = {row["iso"]: row["en"].split("|")[0] for row in rows("member_states.csv")}
    for row in towns():
        names = [n[1:] for code in LANGUAGES for n in row[code].split("|") if n.startswith("?")]
        for name in names:
            if row["country"] in english:
                assert found(f"in {name}, {english[row['country']]}.")[0][1] == row["town"], name
            assert len(found(f"{name}, 5-9")) == 1, name
            assert row["town"] not in [t for _, t in found(f"({name})")], name


@pytest.mark.parametrize(
    ("text", "span", "name"),
    [
        ("held in Kyoto, Japan, from 7 March", "Kyoto, Japan", "Kyoto"),
        ("Hyderabad (India)", "Hyderabad (India)", "Hyderabad"),
        ("Dubai, United\nArab Emirates, 29 October", "Dubai, United\nArab Emirates", "Dubai"),
        ("Geneva (Switzerland)", "Geneva (Switzerland)", "Geneva"),
        ("KINTEX, Goyang, Korea (Rep. of)", "Goyang, Korea (Rep. of)", "Goyang"),
        ("The Hague, the Netherlands", "The Hague, the Netherlands", "The Hague"),
        ("Minneapolis, Minnesota, USA", "Minneapolis, Minnesota, USA", "Minneapolis"),
        ("Moscow, USSR", "Moscow, USSR", "Moscow"),
        ("Séoul (République de Corée)", "Séoul (République de Corée)", "Seoul"),
        ("Abidjan (Côte d’Ivoire)", "Abidjan (Côte d'Ivoire)", "Abidjan"),
        ("en Dubái (Emiratos Árabes Unidos)", "Dubái (Emiratos Árabes Unidos)", "Dubai"),
        ("в Женеве (Швейцария)", "Женеве (Швейцария)", "Geneva"),
        ("в Ташкенте, Узбекистан", "Ташкенте, Узбекистан", "Tashkent"),
        ("الدوحة، قطر", "الدوحة, قطر", "Doha"),
        ("دبي، اإلمارات العربية المتحدة", "دبي, اإلمارات العربية المتحدة", "Dubai"),
        ("于中国杭州举行", "中国杭州", "Hangzhou"),
        ("中国浙江省杭州市", "中国浙江省杭州", "Hangzhou"),
        ("在印度新德里", "印度新德里", "New Delhi"),
        ("San Jose, Costa Rica", "San Jose, Costa Rica", "San José"),
        ("San José, California, United States", "San José, California, United States", "San Jose"),
        ("NICE, FRANCE", "NICE, FRANCE", "Nice"),
        ("GenevaSwitzerland", "GenevaSwitzerland", "Geneva"),
    ],
)  # fmt: skip
def test_a_town_and_the_country_printed_with_it_are_one_match(text: str, span: str, name: str) -> None:
    match = only(text)
    # Loose spelling never moves an offset: the span is cut from the folded text as it is printed.
    assert (fold(text)[match.start : match.end], match.town_en, match.with_country) == (span, name, True)


@pytest.mark.parametrize(
    ("text", "span", "name"),
    [
        ("13Kyoto", "Kyoto", "Kyoto"),
        ("комиссииЖенева, 5", "Женева", "Geneva"),
        ("Geneva,9-18 April 2018", "Geneva", "Geneva"),
        ("Estudio 13Seúl, 17-28 de febrero", "Seúl", "Seoul"),
        ("in New\nDelhi", "New\nDelhi", "New Delhi"),
        ("BuenosAires", "BuenosAires", "Buenos Aires"),
        ("Sharm El-Sheikh", "Sharm El-Sheikh", "Sharm el-Sheikh"),
        ("Genève, le 5 mai", "Genève", "Geneva"),
        ("Geneve", "Geneve", "Geneva"),
        ("GENÈVE", "GENÈVE", "Geneva"),
        ("La réunion aura lieu à Marrakech", "Marrakech", "Marrakesh"),
        ("日内瓦，2013年3月27日", "日内瓦", "Geneva"),
        ("蒙得维\n的亚", "蒙得维\n的亚", "Montevideo"),
        ("بجنيف", "جنيف", "Geneva"),
        ("وجنيف", "جنيف", "Geneva"),
        ("في انطاليا", "انطاليا", "Antalya"),
        ("в Хайдарабаде", "Хайдарабаде", "Hyderabad"),
        ("Geneva, France and Japan", "Geneva", "Geneva"),
        ("Nice, 5-9 June 2006", "Nice", "Nice"),
        ("突尼斯，2005年11月16日", "突尼斯", "Tunis"),
    ],
)  # fmt: skip
def test_a_town_is_found_glued_wrapped_inflected_and_without_its_accents(text: str, span: str, name: str) -> None:
    match = only(text)
    assert (fold(text)[match.start : match.end], match.town_en, match.with_country) == (span, name, False)


@pytest.mark.parametrize(
    "text",
    [
        "Nice to meet you", "Male / Female", "Genevan", "GENEVAN", "geneva", "XGENEVA", "Guinea-Bissau", "in Mexico the",
        "the Vienna Convention on", "罗马尼亚", "大连接物联网", "巴西安全", "阿尔及利亚", "كابل بحري", "الجزائر وتونس",
        "Parisian", "Geneva_2003", "Lome1@Dakar_x", "Sofia Reyes", "Женевский",
    ],
)  # fmt: skip
def test_words_that_only_look_like_towns_are_left_alone(text: str) -> None:
    assert [t for t in found(text) if t[1] != "Lomé"] == []


@pytest.mark.parametrize(
    "text",
    [
        "(Rev. Dubai, 2018)", "(Rev.Dubai)", "(Rév. Johannesburg, 2008)", "Resolution 121 (Marrakesh, 2002)",
        "(Rev. Hyderabad (India), 2010)", "(Пересм. Хаммамет, 2016 г.)", "(المراجَع في بوخارست، 2022)", "(Doha, 2006)",
        "第1号决议（2012年，迪拜，修订版）", "第101号决议（瓜达拉哈拉，2010年，修订版）", "(Rev. de Ginebra, 2003)",
    ],
)  # fmt: skip
def test_the_place_of_a_resolution_is_marked_as_such(text: str) -> None:
    assert only(text).in_revision


@pytest.mark.parametrize(
    "text",
    [
        "Geneva, 9-18 April 2018", "Geneva, 2003-07-13", "Geneva, 2000 hours UTC", "日内瓦，2013年3月27日", "Dubai",
        "2013 年3 月27日，日内瓦", "Geneva, 14 March 2005", "Женева, 5 мая 2005 г.",
    ],
)  # fmt: skip
def test_the_place_of_a_meeting_or_a_letter_is_not_taken_for_a_resolutions(text: str) -> None:
    assert not only(text).in_revision


@pytest.mark.parametrize(
    ("place", "name"),
    [
        ("ITU headquarters, Geneva", "Geneva"),
        ("Room H1, ITU Headquarters", "Geneva"),
        ("Geneva (Montbrillant building - Room H)", "Geneva"),
        ("siège de l’UIT", "Geneva"),
        ("Sede de la Unión", "Geneva"),
        ("штаб-квартира МСЭ, Женева", "Geneva"),
        ("в штаб-квартире МСЭ", "Geneva"),
        ("国际电联总部", "Geneva"),
        ("مقر االتحاد، جنيف", "Geneva"),
        ("بمقر الاتحاد", "Geneva"),
        ("Kyoto, Japan (Kyoto International Conference Hall)", "Kyoto"),
        ("World Trade Center, Dubai, United Arab Emirates", "Dubai"),
        ("Montreal, Canada", "Montreal"),
        ("Yasmine Hammamet (Túnez)", "Hammamet"),
        ("索菲特维多利亚酒店，波兰华沙", "Warsaw"),
        ("巴拉特会展中心(Bharat Mandapam),印度新德里", "New Delhi"),
        ("فندق أفريقيا، تونس العاصمة، تونس", "Tunis"),
        ("гостиница \"Узбекистан\", Ташкент, Узбекистан", "Tashkent"),
        ("Nice", "Nice"),
        ("México, D.F.", "Mexico City"),
        ("تونس", "Tunis"),
        ("Kuwait", "Kuwait City"),
        ("Hotel Marriott, Kuwait", "Kuwait City"),
        ("Colón, Panamá", "Colón"),
        ("Phoenicia Hotel, Saida, Lebanon", "Saida"),
        ("Gangneung-si, Korea (Rep. of)", "Gangneung-si"),
        ("Springfield, Illinois, USA", "Springfield"),
        ("1211 Smallville", "Smallville"),
        ("Грузия", "Georgia"),
        ("Lebanon", "Lebanon"),
        ("e-Meetings", "online"),
        ("Virtual meeting", "online"),
        ("on line", "online"),
        ("réunion virtuelle", "online"),
        ("en línea", "online"),
        ("онлайн", "online"),
        ("عن بُعد", "online"),
        ("在线", "online"),
        ("Geneva and online", "Geneva"),
        ("the same venue", None),
        ("la misma sala", None),
        ("", None),
        ("(", None),
        ("1430", None),
    ],
)  # fmt: skip
def test_an_events_place_gives_the_english_name_of_its_town(place: str, name: str | None) -> None:
    assert town(place) == name


@pytest.mark.parametrize(
    ("name", "iso"),
    [
        ("Republic of Korea", "KR"), ("Islamic Republic of Iran", "IR"), ("USA", "US"), ("the Netherlands", "NL"),
        ("République du Sénégal", "SN"), ("Республика Корея", "KR"), ("Швейцарии", "CH"), ("阿联酋", "AE"),
        ("哈萨克斯坦共和国", "KZ"), ("مملكة البحرين", "BH"), ("TÜRKİYE", "TR"), ("Republic of Uganda", "UG"),
        ("Czechoslovakia", "CSHH"), ("Atlantis", None), ("Geneva", None), ("", None),
    ],
)  # fmt: skip
def test_a_country_is_known_by_short_and_formal_names(name: str, iso: str | None) -> None:
    assert country(name) == iso


def test_matches_come_in_order_and_do_not_overlap_in_a_list_of_towns() -> None:
    text = "Geneva, Kyoto (Japan), 中国杭州 and Женева; Hotel Paris, Rome, Italy"
    assert [t for _, t in found(text)] == ["Geneva", "Kyoto", "Hangzhou", "Geneva", "Paris", "Rome"]


PIECES = st.sampled_from(
    [
        "Geneva",
        "Kyoto, Japan",
        "日内瓦",
        "中国",
        "杭州",
        "الدوحة",
        "قطر",
        "و",
        "Rev.",
        "Женеве",
        "(",
        ")",
        ", ",
        " ",
        "2018",
        "年",
        "\n",
        "Nice",
        "Mexico",
        "U.S.",
        "the ",
        "-",
    ]
)


@given(st.lists(PIECES | st.text(max_size=4), max_size=12).map("".join))
def test_no_text_makes_the_gazetteer_fail_and_all_spans_lie_in_it(text: str) -> None:
    view = fold(text)
    end = 0
    for match in find_places(view):
        assert end <= match.start < match.end <= len(view)
        end = match.end
        assert view[match.start : match.end].strip() == view[match.start : match.end]
    name = town(text)
    assert name is None or name.strip()
    code = country(text)
    assert code is None or len(code) in (2, 4)
