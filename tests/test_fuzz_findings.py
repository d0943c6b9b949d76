"""What fuzz runs found (`benchmarks/fuzz.py`), reduced: every text here once broke a promise, and must keep it now."""

from __future__ import annotations

import time

import pytest

from itudocs.assemble import circular
from itudocs.evidence import complaints
from itudocs.reading import read

SEVERAL_DAYS_OF_ONE_MONTH = (
    "5-89October2007", "5-٣6Jul1999", "Madam, nolaterthan for3or2Jun August2013", "а⾯6–68апреля2017годаДАДЛЯОСТАЛЬНЫХПРЕДЕЛЬНЫЙСРОЧАС",
    "Subject:Meetin. The Meeting Deadline9 M2045 5AprB6-34Apr2030", "Subject:s\n\nGroup meeting Deadline 8–281November20138–49November",
    "andSubject:duction\nByGroup session\nDeadline 3 Oto25September\n1September20028-３7September",
)  # fmt: skip
"""The first day was quoted without its month."""

DATES_THAT_NEED_THE_END_OF_THEIR_LINE = ("班2017年11月9-30尊敬的先生 1月9至会议将2月1 201711\n",)

NUMBERS_AFTER_A_LOST_HYPHEN = (
    "Meeting(CPM191) a 1Dec2015", "2019CPM192willtakeplace e 8Feb", "Subject/ S session8-68February2019CPM19218February",
    "1September20189t8October–2November\n\nCPM152willtakeplace m 1February",
    "1September2018a828February\n\nMeeting(CPM191)\nd\n1December\n201١(8Oct2019",
)  # fmt: skip
"""`CPM19-2` printed `CPM192`."""

INVISIBLE_CHARACTERS_IN_NAMES = (
    "Cha\xadesub LeeDirector", "Yoursfaithfully(ned)Seiz\u2067o OnoeDirector", "لةإداريةمعممةولل.ماريو ماني\u2066فيتشالمديرالملحق",
    "ا\u202dلسادس ساتوالاتصالاتWTPF86ديسمبر2021حضرااتتحيةطيبةوب",
    "25Jun2018apan916OctThe r Tuesday9October;course of the g1Oct1December WorkingParty5 its 3\u202a0th meeting 2JunTaskGroup5 9August",
    "致敬意件已签赵厚麟秘书长附件:e\u202d\u0323",
    "Forum o 8Mar19986Mar7Jun2September7November1January the fi\x1frst WorldTelecommunicationPolicy Forum1October",
)  # fmt: skip

FIGURES_AFTER_AN_ACRONYM = (
    "WRC1٣8-28February2019\n\nMeeting(CPM49²) n 3November ",
    "2Feb2049December and1December2015\n\nMeeting(CPM²91)3November",
    "taller los 7de febrero de 2004 2junio)WSIS-09年3月4",
    "1September2018Subject:88FebruaryThe Meeting(CPM\x08191)1December 2015iRC19(2November20198February2February",
)
CONFERENCES_WITH_TWO_NUMBERS = ("2006CPM07-2 l 9February2Mar", "2006CPM07-2 l Monday9Feb2Mar")
"""They were taken for two groups named together."""

A_LAST_DAY_OF_ITS_OWN = (
    "Subject:a56-8December2021Madam/Sir,Forum6December closeon8December",
    "5工作组2010年1月9\ufffd至18",
)


@pytest.mark.parametrize(
    "text",
    [
        *CONFERENCES_WITH_TWO_NUMBERS,
        *A_LAST_DAY_OF_ITS_OWN,
        *SEVERAL_DAYS_OF_ONE_MONTH,
        *DATES_THAT_NEED_THE_END_OF_THEIR_LINE,
        *NUMBERS_AFTER_A_LOST_HYPHEN,
        *INVISIBLE_CHARACTERS_IN_NAMES,
        *FIGURES_AFTER_AN_ACRONYM,
    ],
)
def test_evidence_holds_for_what_a_fuzz_run_found(text: str) -> None:
    source = read(text)
    assert list(complaints(circular(source), source.text)) == []


@pytest.mark.parametrize(
    ("before", "unit", "after"),
    [
        ("Dear Sir/Madam,\n1 By Circular Letter CR/262 of 20 February 2007, the Bureau i ", "1 May ", ""),
        ("无线电通信局(BR) 通函CR/433 2018年6月12 日 致国际电联各成员国主管部门 事由： 无", "1 May ", ""),
        ("按照ITU-R第1-8号决议处理，并", "-12", "通过电子邮件发送至：rsg@itu.int"),
        ("Dear Sir", "/Dear Sir", "x"),
        ("cc: ITU-D Sector Members\nSubject: 10t ", "Ref: ", ""),
        (
            "1 of 9 January 2006).\n\nYours faithfully,\n\nValery Timofeev\nDirector, Radiocommunication Bureau\n\nAnnexes: 2\n"
            "Distribution:\n- Administrations of M", "\n", "CH-1211 Geneva 20 Telefax Gr3: +41 22 733 72 56 Telegram ITU GENEVE",
        ),
    ],
    ids=["a date every six characters", "the same in Chinese", "figures and hyphens", "a salutation that goes on and on", "labels inside a subject", "empty lines behind copies"],
)  # fmt: skip
def test_texts_that_took_seconds_are_read_in_a_moment(before: str, unit: str, after: str) -> None:
    source = read(before + unit * (24_000 // len(unit)) + after)
    circular(read(before))  # patterns are compiled on first use
    began = time.process_time()
    circular(source)
    assert time.process_time() - began < 2.0


def test_a_letter_that_replaces_itself_is_read() -> None:
    record = circular(read("CR/104replace Lettre circulaire CR/104"))
    assert record.citations == ()
