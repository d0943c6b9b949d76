"""Days after which nothing is taken, deadlines put off, meetings told a second time, and what is no addressee or contact."""

from __future__ import annotations

import pytest

from itudocs import parse
from tests.extract.test_events import letter, told


@pytest.mark.parametrize(
    ("language", "body", "days"),
    [
        ("en", "The deadline for registration is extended from 5 May to 15 May 2015.", ["2015-05-15"]),
        ("en", "No contributions will be accepted after 5 May 2015.", ["2015-05-05"]),
        ("en", "Papers which come in after 5 May 2015 will not be dealt with.", ["2015-05-05"]),
        ("en", "Papers which arrive later than 12 noon on 5 May 2015 cannot be taken.", ["2015-05-05"]),
        ("en", "Rooms should be reserved by the 5th of May 2015.", ["2015-05-05"]),
        ("en", "Rooms should be reserved by May 5th, 2015.", ["2015-05-05"]),
        ("en", "Working Party 1/15 will continue until Friday 15 May 2015.", []),
        ("fr", "La date limite d'inscription est reportée du 5 mai au 15 mai 2015.", ["2015-05-15"]),
        ("fr", "Aucune contribution ne sera acceptée après le 5 mai 2015.", ["2015-05-05"]),
        ("fr", "Ces dispositions s'appliquent jusqu'au 31 décembre 2015.", []),
        ("es", "El plazo de inscripción se prorroga del 5 de mayo al 15 de mayo de 2015.", ["2015-05-15"]),
        ("es", "No se aceptarán contribuciones después del 5 de mayo de 2015.", ["2015-05-05"]),
        ("es", "Sírvase responder antes del 1.º de mayo de 2015.", ["2015-05-01"]),
        ("es", "Las disposiciones se aplican hasta el 31 de diciembre de 2015.", []),
    ],
)
def test_a_day_after_which_nothing_is_taken_is_a_deadline_and_the_end_of_a_state_is_none(
    language: str, body: str, days: list[str]
) -> None:
    assert [f"{d.date}" for d in letter(language, body).deadlines] == days


def test_a_meeting_called_by_its_noun_alone_bears_the_name_given_before() -> None:
    body = "ITU prepares a joint symposium on e-health. The symposium is taking place 4-8 May 2015 in Kigali."
    assert told(letter("en", body)) == {"joint symposium on e-health": "2015-05-04/2015-05-08"}


def test_a_title_in_quotes_is_not_cut_at_its_question_mark() -> None:
    body = 'The workshop "Beyond the Internet? Future Networks" will be held in Pune, India, 4-8 May 2015.'
    assert told(letter("en", body)) == {'workshop "Beyond the Internet? Future Networks"': "2015-05-04/2015-05-08"}


def test_a_range_with_the_month_first_runs_from_month_to_month() -> None:
    body = "A joint meeting with IEC will be organized from April 28 to May 2, 2015 in Tokyo."
    assert list(told(letter("en", body)).values()) == ["2015-04-28/2015-05-02"]


def test_words_behind_a_date_that_give_another_call_it_off() -> None:
    record = letter("en", "The meeting of TSAG planned for 4-8 May 2015 will now be held from 11 to 15 May 2015.")
    assert {(f"{e.start}", e.status) for e in record.events} == {
        ("2015-05-04", "cancelled"),
        ("2015-05-11", "announced"),
    }


def test_office_codes_read_across_columns_are_no_part_of_an_addressee() -> None:
    head = (
        "Telecommunication Standardization Bureau\nGeneva, 12 January 2006\n\n"
        "Ref: TSB Circular 76 - To Administrations of Member States of\nTSB Workshops/S.B. the Union;\n"
        "Tel: +41 22 730 5591 - To ITU-T Sector Members\nSubject: Workshop on RFID\n\nDear Sir/Madam,\n\nSee the annex.\n"
    )
    assert parse(head).addressees == ("Administrations of Member States of the Union", "ITU-T Sector Members")


def test_the_switchboard_of_an_old_letterhead_is_no_contact() -> None:
    head = (
        "INTERNATIONAL TELECOMMUNICATION UNION\nRADIOCOMMUNICATION BUREAU\n"
        "Telephone: National 022 730 51 11  International +41 22 730 51 11\nTELEFAX Gr. 3: +41 22 733 72 56\n\n"
        "Administrative Circular\nCA/2    30 July 1993\n\nTO MEMBERS OF THE ITU\n\nSubject: Radiocommunication Assembly\n\n"
        "The Assembly is described in the annex.\n"
    )
    assert parse(head).contact.tel == ()
