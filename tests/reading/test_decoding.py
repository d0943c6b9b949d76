"""Letters in the encodings of their time come out as they were written, and guesses are owned up to."""

from __future__ import annotations

import codecs
import random
from pathlib import Path

import pytest

from itudocs.reading.decoding import decode, looks_binary, plausibility

LETTERS = {
    "fr": """UNION INTERNATIONALE DES TÉLÉCOMMUNICATIONS
Bureau de la normalisation des télécommunications

Genève, le 11 décembre 2017
Réf.: Circulaire TSB 68          Aux administrations des États Membres de l'Union
Tél.: +41 22 730 5887
Objet: Réunion de la Commission d'études 3, Genève, 9-18 avril 2018

Madame, Monsieur,

1  J'ai l'honneur de vous informer que la Commission d'études 3 se réunira au siège de l'UIT, à Genève, du 9 au 18 avril
2018 inclus. La séance d'ouverture aura lieu à 9 h 30. Les délégués sont priés de s'inscrire avant le 9 mars 2018.

2  Où qu'ils se trouvent, les intéressés sont invités à répondre dès que possible; ça va de soi.

Veuillez agréer, Madame, Monsieur, l'assurance de ma considération distinguée.

Le Directeur du Bureau
""",
    "es": """UNIÓN INTERNACIONAL DE TELECOMUNICACIONES
Oficina de Normalización de las Telecomunicaciones

Ginebra, 24 de junio de 2011
Ref.: Carta Colectiva TSB 8/5      A las Administraciones de los Estados Miembros
Teléfono: +41 22 730 5887
Asunto: Reunión de la Comisión de Estudio 5, Ginebra, 20-27 de septiembre de 2011

Muy Señora mía/Muy Señor mío:

Me complace informarle de que la Comisión de Estudio 5 (Medio ambiente y cambio climático) se reunirá en la Sede de la
Unión, en Ginebra, del 20 al 27 de septiembre de 2011. La sesión de apertura comenzará a las 9.30 horas del primer día.
¿Cómo inscribirse? La inscripción deberá efectuarse en línea; señale también la dirección de su compañía.

Le saluda muy atentamente,

Director de la Oficina
""",
    "ru": """МЕЖДУНАРОДНЫЙ СОЮЗ ЭЛЕКТРОСВЯЗИ
Бюро стандартизации электросвязи

Женева, 1 июля 2016 года
Осн.: Коллективное письмо 6/2 БСЭ
Администрациям Государств-Членов Союза
Тел.: +41 22 730 5887
Предмет: Собрание 2-й Исследовательской комиссии, Женева, 14-23 сентября 2016 года

Уважаемая госпожа, уважаемый господин,

1  Имею честь сообщить Вам, что собрание 2-й Исследовательской комиссии состоится в штаб-квартире МСЭ в Женеве с 14 по
23 сентября 2016 года. Регистрация участников начнется в 8 час. 30 мин. Просьба зарегистрироваться до 14 августа.

С уважением,

Директор Бюро стандартизации электросвязи
""",
    "ar": """الاتحاد الدولي للاتصالات
مكتب تقييس الاتصالات

جنيف، 11 ديسمبر 2017
المرجع: الرسالة الجماعية 2/3
إلى إدارات الدول الأعضاء في الاتحاد
الهاتف: +41 22 730 5887
الموضوع: اجتماع لجنة الدراسات 3، جنيف، 9-18 أبريل 2018

تحية طيبة وبعد،

يسعدني أن أحيطكم علما بأن لجنة الدراسات 3 ستعقد اجتماعها في مقر الاتحاد في جنيف من 9 إلى 18 أبريل 2018. وستبدأ الجلسة
الافتتاحية في الساعة 9.30. ويرجى من المشاركين التسجيل قبل 9 مارس 2018.

وتفضلوا بقبول فائق التقدير والاحترام.

مدير مكتب تقييس الاتصالات
""",
    "zh": """国际电信联盟
总秘书处

日内瓦,2011年12月5日
第63号通函
致国际电联各成员国主管部门
电话: +41 22 730 5887
事由: 2012年世界电信发展会议

尊敬的先生/女士:

我荣幸地通知您,会议将于2012年3月14日至20日在日内瓦国际电联总部召开。开幕会议将于第一天上午9时30分开始。
请各位代表在2012年2月14日之前完成注册。

顺致敬意

秘书长
""",
    "zh-Hant": """國際電信聯盟
總秘書處

日內瓦,2011年12月5日
第63號通函
致國際電聯各成員國主管部門
電話: +41 22 730 5887
事由: 2012年世界電信發展會議

尊敬的先生/女士:

我榮幸地通知您,會議將於2012年3月14日至20日在日內瓦國際電聯總部召開。開幕會議將於第一天上午9時30分開始。
請各位代表在2012年2月14日之前完成註冊。

順致敬意

秘書長
""",
}
ENCODINGS = {
    "fr": ["cp1252", "latin-1", "cp850", "mac_roman"],
    "es": ["cp1252", "latin-1", "cp850", "mac_roman"],
    "ru": ["cp1251", "koi8-r", "cp866", "iso8859-5", "mac_cyrillic"],
    "ar": ["cp1256", "iso8859-6"],
    "zh": ["gb18030", "gbk", "gb2312"],
    "zh-Hant": ["big5", "gb18030"],
}
LEGACY = [(language, encoding) for language, encodings in ENCODINGS.items() for encoding in encodings]
WIDE = ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be", "utf-8", "utf-8-sig"]
CORPUS = Path(__file__).parents[2] / "corpus"


@pytest.mark.parametrize(("language", "encoding"), LEGACY)
def test_a_letter_in_a_code_page_is_read_as_it_was_written(language: str, encoding: str) -> None:
    data = LETTERS[language].encode(encoding)
    decoded = decode(data)
    assert decoded is not None
    assert decoded.text == data.decode(encoding)
    assert decoded.encoding == codecs.lookup(decoded.encoding).name
    assert 0 < decoded.confidence < 1
    assert decoded.issues == ()


@pytest.mark.parametrize("language", LETTERS)
@pytest.mark.parametrize("encoding", WIDE)
def test_unicode_is_recognised_with_and_without_a_byte_order_mark(language: str, encoding: str) -> None:
    decoded = decode(LETTERS[language].encode(encoding))
    assert decoded is not None
    assert decoded.text == LETTERS[language]
    assert decoded.encoding.startswith(encoding[:5])
    assert decoded.confidence == 1
    assert decoded.issues == ()


def test_an_english_letter_in_utf_16_without_a_mark_is_not_taken_for_ascii_with_nuls() -> None:
    decoded = decode("Geneva, 25 October 2001\nTSB Circular 68\n".encode("utf-16-be"))
    assert decoded is not None
    assert decoded.text == "Geneva, 25 October 2001\nTSB Circular 68\n"


def test_ascii_with_a_stray_nul_is_not_taken_for_utf_16() -> None:
    decoded = decode(b"Geneva, 25 October 2001\0\nTSB Circular 68\n")
    assert decoded is not None
    assert decoded.text == "Geneva, 25 October 2001\0\nTSB Circular 68\n"


def test_corpus_letters_in_every_code_page_that_can_hold_them() -> None:
    wrong, cases = [], 0
    for path in sorted(CORPUS.glob("*/*.txt")):
        text = path.read_text(encoding="utf-8")
        for encoding in ENCODINGS.get(path.name[:2], ["cp1252"]):
            data = text.encode(encoding, "ignore")
            beyond = len(data) - len(data.decode("ascii", "ignore"))
            if beyond < 8:  # nothing to tell a code page by
                continue
            cases += 1
            decoded = decode(data)
            if decoded is None or decoded.text != data.decode(encoding):
                wrong.append((path.name, encoding, decoded and decoded.encoding))
    assert cases >= 100
    assert len(wrong) <= 0.01 * cases, wrong


def test_what_cannot_be_told_is_called_a_guess() -> None:
    decoded = decode("Members’ rights".encode("mac_roman"))
    assert decoded is not None
    assert [(i.code, i.severity) for i in decoded.issues] == [("guessed-encoding", "info")]
    assert decoded.encoding in decoded.issues[0].message


def test_bytes_that_read_badly_in_every_code_page_are_a_doubtful_guess() -> None:
    decoded = decode(bytes(range(0x80, 0x100)) * 2)
    assert decoded is not None
    assert decoded.issues


def test_utf_8_with_a_broken_byte_stays_utf_8_and_says_so() -> None:
    data = LETTERS["fr"].encode()
    broken = data[:60] + b"\xff" + data[60:]
    decoded = decode(broken)
    assert decoded is not None
    assert (decoded.encoding, decoded.lost) == ("utf-8", 1)
    assert decoded.text.count("\ufffd") == 1
    assert [i.code for i in decoded.issues] == ["damaged-encoding"]


def test_utf_8_cut_in_the_middle_of_a_character_stays_utf_8() -> None:
    decoded = decode(LETTERS["ru"].encode()[:301])
    assert decoded is not None
    assert decoded.encoding == "utf-8"
    assert decoded.text[:100] == LETTERS["ru"][:100]


def test_utf_16_cut_in_the_middle_of_a_character_is_read_up_to_there() -> None:
    decoded = decode(LETTERS["ru"].encode("utf-16")[:301])
    assert decoded is not None
    assert decoded.text == LETTERS["ru"][:149] + "\ufffd"
    assert [i.code for i in decoded.issues] == ["damaged-encoding"]


def test_a_replacement_character_that_was_there_is_no_damage() -> None:
    decoded = decode("Article\ufffd3 \ufffd".encode())
    assert decoded is not None
    assert (decoded.lost, decoded.issues) == (0, ())


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("mark", [b"", codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_LE])
def test_random_bytes_are_no_text_whatever_mark_they_begin_with(seed: int, mark: bytes) -> None:
    assert decode(mark + random.Random(seed).randbytes(4000)) is None


def test_a_code_page_is_found_although_the_first_megabyte_is_ascii() -> None:
    text = "The Administrations are invited to reply.\n" * 25_000 + LETTERS["ru"]
    decoded = decode(text.encode("koi8-r"))
    assert decoded is not None
    assert decoded.text == text


def test_bytes_that_no_code_page_has_are_replaced_and_reported() -> None:
    # 0x81 and 0x8d mean nothing in cp1252, 0xff 0xff nothing in multi-byte pages; others read them, so any answer has one.
    decoded = decode(b"caf\xe9 \x81\x8d\xff\xff")
    assert decoded is not None
    assert decoded.issues


def test_terminal_escapes_and_bells_do_not_make_a_file_binary() -> None:
    assert not looks_binary(b"\x1b[31mURGENT\x1b[0m\x07 CR/387\x1a")
    assert looks_binary(bytes(range(32)) * 4)


@pytest.mark.parametrize("language", LETTERS)
def test_a_letter_is_plausible_and_misread_letters_are_less_so(language: str) -> None:
    text = LETTERS[language]
    assert plausibility(text) > 0.95
    misread = text.encode("utf-8").decode("cp1252", "replace")
    assert plausibility(misread) < 0.7


def test_ascii_is_plausible() -> None:
    assert plausibility("Geneva, 25 October 2001") == 1


@pytest.mark.parametrize("glued", ["GeneralUnión", "годаОсн.", "письмоCR/384", "الاتحادITU"])
def test_words_glued_by_a_conversion_are_plausible(glued: str) -> None:
    assert plausibility(glued) == 1


@pytest.mark.parametrize("misread", ["оЕПЕВЕМЭ", "d‚cision", "dلcision", "Ð¡Ð¾Ñ\x8eÐ·"])
def test_what_only_a_wrong_code_page_gives_is_implausible(misread: str) -> None:
    assert plausibility(misread) < 0.7
