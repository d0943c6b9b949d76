"""Rules that letters in Chinese, Arabic and Russian need: conjunctions written to words, titles above names, glued addresses."""

from __future__ import annotations

import pytest

from itudocs import parse
from itudocs.model import Circular

HEADS = {
    "ru": (
        "Бюро радиосвязи (БР)\n\n{ref}\n14 мая 2018 года\n\nАдминистрациям Государств – Членов МСЭ\n\n"
        "Предмет: Общая информация\n\nУважаемая госпожа, уважаемый господин,\n\n"
    ),
    "ar": (
        "مكتب الاتصالات الراديوية (BR)\n\n{ref}\n14 مايو 2018\n\nإلى إدارات الدول الأعضاء في الاتحاد\n\n"
        "الموضوع: معلومات عامة\n\nتحية طيبة وبعد،\n\n"
    ),
    "zh": (
        "无线电通信局（BR）\n\n{ref}\n2018年5月14日\n\n致国际电联各成员国主管部门\n\n事由：有关情况\n\n尊敬的先生/女士：\n\n"
    ),
}
REFS = {"ru": "Циркулярное письмо\nCR/431", "ar": "الرسالة المعممة\nCR/431", "zh": "通函\nCR/431"}


def read(code: str, body: str, ref: str = "") -> Circular:
    """A letter of the Radiocommunication Bureau with this body."""
    return parse(HEADS[code].format(ref=ref or REFS[code]) + body + "\n")


def names(letter: Circular) -> list[tuple[str | None, str]]:
    return [(e.name, str(e.start)) for e in letter.events]


@pytest.mark.parametrize(
    ("code", "ref", "identity"),
    [
        ("ru", "Дополнительный документ 1 к Циркулярному письму CR/411", "cr/411/add1"),
        ("ru", "Исправление 2 к Административному циркуляру CACE/900", "cace/900/cor2"),
        ("ar", "الإضافة 1 إلى الرسالة المعممة CR/411", "cr/411/add1"),
    ],
)
def test_a_supplement_keeps_the_words_between_it_and_the_number(code: str, ref: str, identity: str) -> None:
    letter = read(code, "1", ref)
    assert (letter.id, letter.ref) == (identity, ref)


def test_a_cue_counts_behind_a_conjunction_written_to_it() -> None:
    letter = read("ar", "والتسجيل إلكتروني حصراً ويبدأ في 3 سبتمبر 2018 وينتهي في 19 نوفمبر 2018.")
    assert [str(d.date) for d in letter.deadlines] == ["2018-11-19"]
    assert not letter.events


def test_a_closing_date_counts_far_from_its_day() -> None:
    body = "والموعد النهائي لاستلام المساهمات هو الساعة 1600 (بالتوقيت العالمي المنسق) من يوم الخميس 20 سبتمبر 2018."
    assert [str(d.date) for d in read("ar", body).deadlines] == ["2018-09-20"]


def test_a_meeting_named_behind_its_day_does_not_take_the_name_before() -> None:
    letter = read("zh", "世界电信政策论坛将于2018年9月14日至16日在日内瓦举行，之前将于2018年9月13日召开战略对话会。")
    assert sorted(names(letter), key=lambda n: n[1]) == [
        ("战略对话会", "2018-09-13"),
        ("世界电信政策论坛", "2018-09-14"),
    ]


def test_a_group_is_named_in_full_before_the_acronym_in_brackets() -> None:
    body = "سيجتمع الفريق الإقليمي لإفريقيا التابع للجنة الدراسات 2 (SG2RG-AFR) في كمبالا من 3 إلى 5 سبتمبر 2018."
    assert names(read("ar", body)) == [("الفريق الإقليمي لإفريقيا التابع للجنة الدراسات 2 (SG2RG-AFR)", "2018-09-03")]


def test_a_small_adjective_belongs_to_a_russian_meeting() -> None:
    letter = read("ru", "Сообщаем, что региональный семинар для Европы пройдет в Вильнюсе 25–27 сентября 2018 года.")
    assert names(letter) == [("региональный семинар для Европы", "2018-09-25")]


def test_a_web_address_ends_where_chinese_begins() -> None:
    letter = read("zh", "详情见www.itu.int/go/rsg3，或参见2018年1月29日第CACE/856号行政通函。")
    assert letter.urls == ("www.itu.int/go/rsg3",)
    assert [c.id for c in letter.citations] == ["cace/856"]


def test_a_title_may_stand_on_the_line_above_the_name() -> None:
    letter = read("ru", "Текст прилагается.\n\nДиректор Бюро радиосвязи\nВалерий Тимофеев\n\nПриложение: 1")
    assert letter.signatory is not None
    assert (letter.signatory.name, letter.signatory.titles) == ("Валерий Тимофеев", ("Директор Бюро радиосвязи",))


def test_the_opening_column_of_a_schedule_gives_no_deadline() -> None:
    body = (
        "Группа\tДата собрания\tПредельный срок представления вкладов\tОткрытие собрания\n"
        "РГ 7A\t21–27 сентября 2018 г.\t14 сентября 2018 г.\tПятница, 21 сентября 2018 г.\n"
        "РГ 7B\t20–28 сентября 2018 г.\t13 сентября 2018 г.\tЧетверг, 20 сентября 2018 г."
    )
    letter = read("ru", body)
    assert [str(d.date) for d in letter.deadlines] == ["2018-09-14", "2018-09-13"]
    assert sorted(n for n, _ in names(letter) if n) == ["РГ 7A", "РГ 7B"]
