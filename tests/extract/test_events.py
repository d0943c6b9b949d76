"""Names, days, places and hours of events, told from letters' sentences in six languages."""

from __future__ import annotations

import pytest

from itudocs import parse
from itudocs.model import Circular

HEADS = {
    "en": (
        "INTERNATIONAL TELECOMMUNICATION UNION\nTelecommunication Standardization Bureau\n\nGeneva, 12 March 2015\n\n"
        "Ref: TSB Circular 150\n- To Administrations of Member States of the Union\n\nSubject: {subject}\n\nDear Sir/Madam,\n\n"
    ),
    "fr": (
        "UNION INTERNATIONALE DES TÉLÉCOMMUNICATIONS\nBureau de la normalisation des télécommunications\n\n"
        "Genève, le 12 mars 2015\n\nRéf.: Circulaire TSB 150\n- Aux administrations des Etats Membres de l'Union\n\n"
        "Objet: {subject}\n\nMadame, Monsieur,\n\n"
    ),
    "es": (
        "UNIÓN INTERNACIONAL DE TELECOMUNICACIONES\nOficina de Normalización de las Telecomunicaciones\n\n"
        "Ginebra, 12 de marzo de 2015\n\nRef.: Circular TSB 150\n- A las Administraciones de los Estados Miembros de la Unión\n\n"
        "Asunto: {subject}\n\nMuy Señora mía/Muy Señor mío:\n\n"
    ),
    "ru": (
        "МЕЖДУНАРОДНЫЙ СОЮЗ ЭЛЕКТРОСВЯЗИ\nБюро стандартизации электросвязи\n\nЖенева, 12 марта 2015 года\n\n"
        "Осн.: Циркуляр 150 БСЭ\n- Администрациям Государств – Членов Союза\n\nПредмет: {subject}\n\n"
        "Уважаемая госпожа, уважаемый господин,\n\n"
    ),
    "ar": (
        "الاتحاد الدولي للاتصالات\nمكتب تقييس الاتصالات\n\nجنيف، 12 مارس 2015\n\nالمرجع: الرسالة المعممة 150\n"
        "- إلى إدارات الدول الأعضاء في الاتحاد\n\nالموضوع: {subject}\n\nحضرات السادة والسيدات،\nتحية طيبة وبعد،\n\n"
    ),
    "zh": (
        "国际电信联盟\n电信标准化局\n\n2015年3月12日，日内瓦\n\n文号：电信标准化局第150号通函\n- 致国际电联各成员国主管部门\n\n"
        "事由：{subject}\n\n尊敬的先生/女士：\n\n"
    ),
}


def letter(language: str, body: str, *, subject: str = "Information") -> Circular:
    """The record of a letter of one body, dated 12 March 2015."""
    return parse(HEADS[language].format(subject=subject) + body + "\n")


def told(record: Circular) -> dict[str, str]:
    """First day, and last if it is another, of each event by its name."""
    return {e.name or "": f"{e.start}" if e.start == e.end else f"{e.start}/{e.end}" for e in record.events if e.start}


NAMES = [
    (
        "en",
        "A tutorial on software-defined networking will be given on Wednesday 22 April 2015, from 1300 to 1430 hours.",
        {"tutorial on software-defined networking": "2015-04-22"},
    ),
    (
        "en",
        "An experts' day on data protection, organized jointly with ICAO, will be held on 29 September 2015.",
        {"experts' day on data protection": "2015-09-29"},
    ),
    (
        "en",
        "The TDAG Correspondence Group on streamlining WTDC resolutions will meet on 25 January 2016.",
        {"TDAG Correspondence Group on streamlining WTDC resolutions": "2016-01-25"},
    ),
    (
        "en",
        "Working Parties 8A and 8B met in Geneva, the former from 11 to 20 May 2014 and the latter from 25 April to 4 May 2014.",
        {"Working Parties 8A": "2014-05-11/2014-05-20", "Working Parties 8B": "2014-04-25/2014-05-04"},
    ),
    (
        "en",
        "It is open to all. The Forum on roaming, which opens on 5 May 2015, ends on 7 May 2015.",
        {"Forum on roaming": "2015-05-05/2015-05-07"},
    ),
    (
        "en",
        "The Council will meet from 12 to 22 May 2015 and will be followed on 23 May 2015 by a training workshop on inclusion.",
        {"Council": "2015-05-12/2015-05-22", "training workshop on inclusion": "2015-05-23"},
    ),
    (
        "en",
        "Meetings in 2015 are listed here.\n\nStudy Group 9: 14 - 18 September 2015, Beijing, China\nTSAG: 2 - 5 June 2015\n",
        {"Study Group 9": "2015-09-14/2015-09-18", "TSAG": "2015-06-02/2015-06-05"},
    ),
    (
        "fr",
        "Une réunion d'information se tiendra le 2 avril 2015, peu après la 65e réunion du Comité du Règlement des "
        "radiocommunications (17-21 mars 2015).",
        {
            "réunion d'information": "2015-04-02",
            "65e réunion du Comité du Règlement des radiocommunications": "2015-03-17/2015-03-21",
        },
    ),
    (
        "fr",
        "La session de 2015 du Conseil s'ouvrira le mardi 12 mai 2015 et s'achèvera le vendredi 22 mai 2015.",
        {"session de 2015 du Conseil": "2015-05-12/2015-05-22"},
    ),
    (
        "fr",
        "Les réunions des Groupes de travail 3J, 3K, 3L et 3M (18-26 juin 2015) sont annoncées.",
        {"réunions des Groupes de travail 3J, 3K, 3L et 3M": "2015-06-18/2015-06-26"},
    ),
    (
        "es",
        "A continuación, el 13 de octubre de 2015, se reunirá en el mismo lugar el Grupo Regional para América Latina.",
        {"Grupo Regional para América Latina": "2015-10-13"},
    ),
    (
        "es",
        "El Grupo Asesor de Radiocomunicaciones (GAR), en su 22ª reunión (5-8 de mayo de 2015), examinará las candidaturas.",
        {"22ª reunión del Grupo Asesor de Radiocomunicaciones (GAR)": "2015-05-05/2015-05-08"},
    ),
    (
        "ru",
        "Сразу после него, 6 декабря 2015 года, в той же гостинице соберется Региональная группа для стран Закавказья.",
        {"Региональная группа для стран Закавказья": "2015-12-06"},
    ),
    (
        "ru",
        "Собрание проводится совместно с собраниями рабочих групп Совета (3–14 февраля 2016 года).",
        {"собраниями рабочих групп Совета": "2016-02-03/2016-02-14"},
    ),
    (
        "ar",
        "ويسبق المنتدى حوار استراتيجي يوم 13 مايو 2015 الساعة 1400.",
        {"حوار استراتيجي": "2015-05-13"},
    ),
    (
        "ar",
        "وتجتمع فرقتا العمل 5A و5B من 20 إلى 30 مايو 2015.",
        {"فرقتا العمل 5A و5B": "2015-05-20/2015-05-30"},
    ),
    (
        "zh",
        "理事会2015年会议（2015年5月12-22日）将讨论这一问题。",
        {"理事会2015年会议": "2015-05-12/2015-05-22"},
    ),
    (
        "zh",
        "会前将于2015年6月28日举办互操作演示活动。",
        {"互操作演示活动": "2015-06-28"},
    ),
]


@pytest.mark.parametrize(("language", "body", "expected"), NAMES, ids=[f"{n[0]}-{i}" for i, n in enumerate(NAMES)])
def test_an_event_bears_the_name_that_its_sentence_gives_it(language: str, body: str, expected: dict[str, str]) -> None:
    assert told(letter(language, body)) == expected


@pytest.mark.parametrize(
    ("language", "body"),
    [
        ("en", "The last publication before the Conference, BR IFIC No. 2906, will appear on 15 October 2015."),
        ("en", "Registration begins on 16 September 2015 through the focal points."),
        ("en", "Resolution 55 (WRC-2000) resolved that, as from 3 June 2000, all notices be electronic."),
        ("fr", "Le rapport sera publié le 12 mai 2015."),
        ("zh", "注册将于2015年6月1日开始。"),
    ],
)
def test_publication_and_the_start_of_registration_are_no_events(language: str, body: str) -> None:
    record = letter(language, body)
    assert (record.events, record.deadlines) == ((), ())


def test_a_meeting_put_off_is_cancelled_on_its_old_days_and_announced_on_the_new_ones() -> None:
    record = letter(
        "en",
        "I regret to inform you that the meeting of Working Party 5D scheduled for 4-12 May 2015 in Busan has been postponed. "
        "It will now be held from 10 to 18 June 2015 in San Diego, United States.",
    )
    assert [(e.status, f"{e.start}", e.place) for e in record.events] == [
        ("announced", "2015-06-10", "San Diego, United States"),
        ("cancelled", "2015-05-04", "Busan"),
    ]


@pytest.mark.parametrize(
    ("language", "body"),
    [
        ("en", "The Regional Forum has been postponed from 5-7 May 2015 to 9-11 September 2015."),
        ("ru", "Форум перенесен с 5–7 мая 2015 года на 9–11 сентября 2015 года."),
        ("ar", "وتأجل المنتدى الإقليمي الذي كان مقرراً في 5-7 مايو 2015 إلى 9-11 سبتمبر 2015."),
        ("zh", "第三届全球青年峰会原定2015年5月5-7日举行,现推迟至2015年9月9-11日。"),
    ],
)
def test_days_that_a_meeting_is_moved_from_and_to_are_told_apart_in_every_language(language: str, body: str) -> None:
    found = {f"{e.start}": e.status for e in letter(language, body).events}
    assert found == {"2015-05-05": "cancelled", "2015-09-09": "announced"}


def test_a_town_in_the_bracket_of_one_date_is_no_place_of_another() -> None:
    record = letter(
        "en", "Workshops were held in Lima (7 October 2014), and Study Group 3 will meet from 8 to 12 June 2015."
    )
    assert {f"{e.start}": e.place for e in record.events} == {"2014-10-07": "Lima", "2015-06-08": None}


def test_each_row_of_a_schedule_keeps_its_own_hour() -> None:
    record = letter(
        "en",
        "2 Schedule\n\nWP 5A 20-31 July 2015, opening Monday 20 July at 1000 hours\n"
        "WP 5B 20 - 31 July 2015, opening Monday 20 July at 1400 hours\n"
        "WP 5C 21-30 July 2015, opening Tuesday 21 July at 0930 hours\n",
    )
    assert {e.name: e.time for e in record.events} == {
        "WP 5A": "1000 hours",
        "WP 5B": "1400 hours",
        "WP 5C": "0930 hours",
    }


def test_groups_named_together_in_the_subject_keep_their_own_days_from_the_body() -> None:
    record = letter(
        "es",
        "El Grupo de Trabajo 5A se reunirá del 20 al 30 de julio de 2015, el Grupo de Trabajo 5B del 20 al 31 de julio de 2015 y "
        "el Grupo de Trabajo 5C del 21 al 30 de julio de 2015.",
        subject="Reuniones de los Grupos de Trabajo 5A, 5B y 5C, Ginebra, 20-31 de julio de 2015",
    )
    assert told(record) == {
        "Grupo de Trabajo 5A": "2015-07-20/2015-07-30",
        "Grupo de Trabajo 5B": "2015-07-20/2015-07-31",
        "Grupo de Trabajo 5C": "2015-07-21/2015-07-30",
    }


@pytest.mark.parametrize(
    ("language", "body", "days"),
    [
        ("fr", "L'inscription sera ouverte à partir du 2 mars 2015 et close le 15 mai 2015.", ["2015-05-15"]),
        (
            "ru",
            "Вклады представляются не позднее 26 сентября 2015 года (РГ 4B), 28 сентября 2015 года (РГ 4C) и 29 сентября 2015 года.",
            ["2015-09-26", "2015-09-28", "2015-09-29"],
        ),
        (
            "fr",
            "Merci de noter les échéances suivantes:\n\n• propositions de session thématique: 12 février 2016\n• demandes de "
            "bourse: 1er mars 2016\n",
            ["2016-02-12", "2016-03-01"],
        ),
        ("zh", "申请截至2015年6月14日；", ["2015-06-14"]),
        ("zh", "请在2015年3月31日或之前告知。", ["2015-03-31"]),
        (
            "ar",
            "يسرني أن أدعوكم إلى الاجتماع.\nالمواعيد النهائية الرئيسية:\n28 أبريل 2015 - تقديم المساهمات\n10 أبريل 2015 - طلبات المنح\nوسيُعلن عن ذلك لاحقاً.\n\nوتفضلوا بقبول فائق التقدير والاحترام.\n",
            ["2015-04-28", "2015-04-10"],
        ),
    ],
)
def test_days_behind_words_that_set_a_term_are_deadlines(language: str, body: str, days: list[str]) -> None:
    assert [f"{d.date}" for d in letter(language, body).deadlines] == days
