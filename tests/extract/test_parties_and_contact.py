"""Whom a letter goes to and who answers for it: groups, copies, contact, titles, annexes, subjects, in several layouts."""

from __future__ import annotations

import pytest

from itudocs.assemble import circular
from itudocs.extract.parties import group_codes
from itudocs.model import Circular, Language
from itudocs.reading import read

HEAD = "General Secretariat\n\nGeneva, 3 May 2005\n\nRef: DM-05/1119\n"
BODY = "\n\nSubject: A workshop\n\nDear Sir/Madam,\n\nThe workshop is described in the annex.\n"
END = "\nYours faithfully,\n\nYoshio UTSUMI\nSecretary-General\n"


def _read(text: str) -> Circular:
    return circular(read(text, name="letter.txt"))


@pytest.mark.parametrize(
    ("code", "value", "groups"),
    [
        ("en", "Administrations of ITU Member States ITU-D Sector Members ITU Academia", ["member-states", "itu-d-sector-members", "academia"]),
        ("en", "all Members and members of the Union", ["member-states", "sector-members"]),
        ("en", "ADMINISTRATIONS OF MEMBERS OF THE ITU", ["member-states"]),
        ("en", "the Member States of ITU Council", ["council-members"]),
        ("es", "los Estados Miembros de la UITA los Miembros de Sector de la UIT", ["member-states", "sector-members"]),
        ("ru", "Государствам - Членам МСЭЧленам Секторов МСЭ", ["member-states", "sector-members"]),
        ("zh", "国际电联成员国主管部门和无线电通信部门成员", ["member-states", "itu-r-sector-members"]),
        ("ar", "المنتسبين إلى القطاع المشاركين في أعمال لجنة الدراسات 13", ["associates"]),
    ],
)  # fmt: skip
def test_groups_are_told_apart_where_bullets_and_cells_are_lost(code: Language, value: str, groups: list[str]) -> None:
    assert group_codes(value, code) == groups


def test_an_office_code_beside_the_reference_is_no_contact() -> None:
    letter = _read(
        HEAD + "TSB Workshops/M.A.\nTel: +41 22 730 5235\nFax: +41 22 730 5853\n\nTo Member States" + BODY + END
    )
    assert letter.contact.names == ()
    assert letter.contact.tel == ("+41 22 730 5235",)


def test_the_contact_of_labels_that_stand_first_is_a_name_without_the_office() -> None:
    header = "Ref.: Contact: Tel.: Fax: DM-05/1119 SPU/RS Ms Clara Salgado +41 22 730 6338 +41 22 730 6453 3 May 2005"
    letter = _read(
        f"General Secretariat {header} To Member States Subject: A workshop Dear Sir/Madam, It opens soon." + END
    )
    assert letter.contact.names == ("Clara Salgado",)
    assert (letter.contact.tel, letter.contact.fax) == (("+41 22 730 6338",), ("+41 22 730 6453",))


def test_the_author_of_a_telefax_is_no_contact() -> None:
    text = (
        HEAD
        + "From: PEKKA TARJANNE, SECRETARY-GENERAL\nFor your reply:\nContact: Claire Dubreuil\nTel: +41 22 730 6106"
        + BODY
    )
    assert _read(text).contact.names == ("Claire Dubreuil",)


@pytest.mark.parametrize(
    ("paragraph", "names", "tel", "fax"),
    [
        (
            "Fellowship forms go to Ms Rosa Almeida, fax +41 22 730 5778. For further details, please contact Mr Rodrigo Sampaio, "
            "Regional Director (Tel: +41 22 730 6044, Fax: +41 22 730 5484).",
            ("Rodrigo Sampaio",), ("+41 22 730 6044",), ("+41 22 730 5484",),
        ),
        ("The meeting is at the Hotel Quito (Av. González, Tel: +593 2 254 4600).", (), (), ()),
    ],
)  # fmt: skip
def test_a_paragraph_that_says_whom_to_ask_gives_the_contact_and_a_venue_none(
    paragraph: str, names: tuple[str, ...], tel: tuple[str, ...], fax: tuple[str, ...]
) -> None:
    text = "Radiocommunication Bureau (BR)\n\nCircular Letter\nCR/433\n11 June 2018\n\nTo Administrations of Member States of the ITU"
    contact = _read(f"{text}{BODY}\n{paragraph}\n{END}").contact
    assert (contact.names, contact.tel, contact.fax) == (names, tel, fax)


@pytest.mark.parametrize(
    ("paragraph", "name"),
    [
        ("La persona de contacto en la BDT es la Sra. Ana Ruiz (+41 22 730 5432).", "Ana Ruiz"),
        ("The focal point in BDT is Ana Ruiz (e-mail: ana.ruiz@itu.int, tel: +41 22 730 5432).", "Ana Ruiz"),
        ("За дополнительной информацией просьба обращаться к г-же Анне Руиз: anna.ruiz@itu.int.", "Анне Руиз"),
        ("如需更多信息,请与张伟先生(电话:+41 22 730 5432)联系。", "张伟"),
    ],
)
def test_the_development_bureau_names_its_contact_in_the_body(paragraph: str, name: str) -> None:
    fillers = {
        "L": "El Foro tratará del desarrollo de la banda ancha en los países de la región. ",
        "З": "Форум будет посвящен развитию широкополосной связи в странах региона. ",
        "如": "论坛将讨论本区域各国宽带的发展问题。",
    }
    filler = fillers.get(paragraph[0], "The Forum will deal with broadband. ") * 9
    letter = _read(f"BDT/PKM/DM/113\nGeneva, 30 May 2016\n\n{filler}\n\n{paragraph}\n\nBrahima Sanou\nDirector\n")
    assert letter.contact.names == (name,)


@pytest.mark.parametrize(
    ("closing", "titles"),
    [
        ("Yours faithfully,\n\nMalcolm Johnson\nDirector of the Telecommunication\nStandardization Bureau\nRoom 4\n", ("Director of the Telecommunication Standardization Bureau",)),
        ("С уважением,\n\nХоулинь Чжао\nДиректор\nБюро стандартизации электросвязи\n\nПриложение: 1\n", ("Директор Бюро стандартизации электросвязи",)),
        ("وتفضلوا بقبول فائق التقدير والاحترام.\nتشيساب لي\nمدير مكتب\nتقييس الاتصالات\nالملحقات: 1\n", ("مدير مكتب تقييس الاتصالات",)),
    ],
)  # fmt: skip
def test_a_title_goes_on_in_the_next_line_with_a_bureau_s_name(closing: str, titles: tuple[str, ...]) -> None:
    languages = {"Y": "The meeting of the group will be held in May.", "С": "Собрание группы состоится в мае, просьба принять участие.", "و": "يعقد الاجتماع في شهر مايو ويرجى المشاركة فيه وفقاً للجدول."}  # fmt: skip
    signed = _read(f"TSB Circular 71\nGeneva, 24 January 2014\n\n{languages[closing[0]] * 4}\n\n{closing}").signatory
    assert signed is not None
    assert signed.titles == titles


@pytest.mark.parametrize(
    ("tail", "annexes"),
    [
        ("Annex 1: Titles and summaries\nAnnex 2: Questions proposed for suppression\n", ("Titles and summaries", "Questions proposed for suppression")),
        ("Annexes: 2\n", ()),
        ("Annexes: 1 Draft programme 2 Registration form", ("Draft programme", "Registration form")),
        ("Annexes: 3\n- 2 draft new Questions\n", ("2 draft new Questions",)),
    ],
)  # fmt: skip
def test_annexes_are_listed_by_their_titles_and_never_by_their_count(tail: str, annexes: tuple[str, ...]) -> None:
    assert _read(HEAD + "\nTo Member States" + BODY + END + "\n" + tail).annexes == annexes


def test_a_distribution_list_in_a_text_without_lines_ends_where_the_annex_begins() -> None:
    text = (
        "Radiocommunication Bureau Administrative Circular CAR/287 8 October 2009 To Administrations of Member States of the ITU Subject: Approval of "
        "one draft Question At the meeting of the Study Group it was agreed to seek approval. Valery Timofeev Director, Radiocommunication Bureau "
        "Distribution: - Administrations of Member States of the ITU - ITU-R Associates Annex 1 Draft new Question on broadband"
    )  # fmt: skip
    assert _read(text).copies == ("Administrations of Member States of the ITU", "ITU-R Associates")


def test_a_remark_with_a_star_below_a_list_is_no_party() -> None:
    text = (
        HEAD
        + "\nTo Member States"
        + BODY
        + END
        + "\nDistribution:\n\n- Member States\n\n- Sector Members\n\n* Also published in French\n\n"
    )
    assert _read(text).copies == ("Member States", "Sector Members")


def test_a_subject_may_stand_before_its_label() -> None:
    text = (
        "مكتب الاتصالات الراديوية (BR)\n\n23 يونيو 2017 الرسالة المعممة\nCR/417\n\nإلى إدارات الدول الأعضاء في الاتحاد\n\n"
        "الندوة الإقليمية للاتصالات الراديوية، مسقط الموضوع:\n\nتحية طيبة وبعد،\n\nيسر المكتب أن يعلن عن تنظيم الندوة.\n"
    )
    assert _read(text).subject == "الندوة الإقليمية للاتصالات الراديوية، مسقط"


def test_words_that_begin_a_chinese_body_may_stand_in_its_subject() -> None:
    text = (
        "无线电通信局(BR)\n\n行政通函\nCACE/905\n2019年10月2日\n\n致国际电联各成员国主管部门\n\n事由: 第3研究组 - 按照ITU-R第1-7号决议批准3项建议书\n\n"
        "研究组会议商定了三份建议书草案,并请各主管部门答复。\n\n马里奥•马尼维奇\n主任\n"
    )
    assert _read(text).subject == "第3研究组 - 按照ITU-R第1-7号决议批准3项建议书"


def test_lines_of_an_indented_letter_read_like_plain_ones() -> None:
    indented = "\n".join(" " * 9 + line for line in (HEAD + "\nTo Member States" + BODY).split("\n"))
    letter = _read(indented + "\n         See Resolution 121\n         (Marrakesh, 2002).\n" + END)
    assert [c.text for c in letter.citations] == ["Resolution 121 (Marrakesh, 2002)"]
    assert letter.subject == "A workshop"


def test_a_corrigendum_without_a_number_is_not_the_letter_itself() -> None:
    letter = _read(
        "Radiocommunication Bureau (BR)\n\nCorrigendum to Circular Letter\nCR/387\n17 December 2015\n\nTo Member States"
        + BODY
    )
    assert letter.ids == ("cr/387/cor1",)
