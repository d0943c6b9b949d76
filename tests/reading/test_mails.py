"""Mails give their attachments, and their body where that is the letter."""

from __future__ import annotations

import email
from email import policy
from email.message import EmailMessage
from pathlib import Path

import pytest

from itudocs.model import Failure
from itudocs.parse import parse
from itudocs.reading import Document, Limits, expand
from itudocs.reading.containers import container_of
from itudocs.reading.mails import is_letter
from itudocs.reading.outlook import _rtf
from tests.reading.made_containers import Tree, mail, mailbox, ole, outlook

CORPUS = Path(__file__).parents[2] / "corpus" / "open"
LETTER = (CORPUS / "en-001-tsb-circular-clean.txt").read_text(encoding="utf-8")
NOTES = (
    "Dear all,\n\nplease find attached TSB Circular 68 of 25 October 2001 for your action.\n\nKind regards,\nAnna Keller",
    "Bonjour,\n\nVeuillez trouver ci-joint la Circulaire TSB 80 du 14 décembre 2009.\n\nCordialement",
    "附上电信标准化局第12号通函,请查收。\n谢谢",
    "FYI\n\n> " + LETTER.replace("\n", "\n> "),
    "CR/387 attached.\n-- \n" + LETTER,
)


def told(name: str, data: bytes, **options: Limits) -> dict[str, str]:
    """What comes out, by its name below the mail: its text, or why it was refused."""
    found = expand(Document(name=name, data=data), **options)  # type: ignore[arg-type]  # limits alone
    return {
        f.name.removeprefix(f"{name}!/"): f.reason if isinstance(f, Failure) else f.data.decode("utf-8", "replace")
        for f in found
    }


@pytest.mark.parametrize("note", NOTES)
def test_a_covering_note_is_no_letter_beside_an_attachment(note: str) -> None:
    assert list(told("o.eml", mail(note, ("TSB Circular 68.txt", LETTER.encode())))) == ["TSB Circular 68.txt"]
    assert list(told("o.msg", ole(outlook(note, ("TSB Circular 68.txt", LETTER.encode()))))) == ["TSB Circular 68.txt"]


@pytest.mark.parametrize("note", NOTES)
def test_the_body_is_taken_where_nothing_else_can_be_read(note: str) -> None:
    for data, name in ((mail(note, ("logo.png", b"x")), "o.eml"), (ole(outlook(note)), "o.msg")):
        assert {called: text.strip() for called, text in told(name, data).items()} == {"body.txt": note.strip()}


def test_a_body_that_is_a_letter_is_taken_beside_its_attachments() -> None:
    for data, name in (
        (mail(LETTER, ("form.txt", b"1")), "o.eml"),
        (ole(outlook(LETTER, ("form.txt", b"1"))), "o.msg"),
    ):
        found = told(name, data)
        assert list(found) == ["body.txt", "form.txt"]
        assert found["body.txt"].split() == LETTER.split()


def test_nearly_every_letter_of_the_corpus_is_one() -> None:
    letters = [p.read_text(encoding="utf-8", errors="replace") for p in sorted(CORPUS.glob("*.txt"))]
    assert sum(map(is_letter, letters)) >= 0.99 * len(letters)


def test_file_names_are_decoded_and_a_slash_in_them_parts_no_folders() -> None:
    data = mail("Note", ("Циркуляр БР 387.txt", b"1"), ("Circular CR/387.txt", b"2"))
    assert list(told("o.eml", data)) == ["Циркуляр БР 387.txt", "Circular CR-387.txt"]
    encoded = (
        b"From: a@example.org\nSubject: x\nMIME-Version: 1.0\nContent-Type: text/plain\n"
        b'Content-Disposition: attachment; filename="=?utf-8?B?w6kudHh0?="\n\nletter'
    )
    assert list(told("o.eml", encoded)) == ["é.txt"]
    assert list(told("o.eml", encoded.replace(b'"', b""))) == ["é.txt"]
    for raw in ("é.txt".encode(), "é.txt".encode("latin-1")):
        assert list(told("o.eml", encoded.replace(b"=?utf-8?B?w6kudHh0?=", raw))) == ["é.txt"]
    parts = encoded.replace(b'filename="=?utf-8?B?w6kudHh0?="', b"filename*0*=utf-8''%C3%A9; filename*1=.txt")
    assert list(told("o.eml", parts)) == ["é.txt"]


@pytest.mark.parametrize(
    "path",
    ["C:\\letters\\387.txt", "\\\\server\\letters\\387.txt", "/home/x/387.txt", "../../387.txt", "c:387.txt", "..\\c:387.txt"],
)  # fmt: skip
def test_of_an_attachment_whose_name_is_a_path_the_last_part_is_the_name(path: str) -> None:
    wanted = {"387.txt": "1", "a.txt": "2"}
    assert told("o.eml", mail("Note", (path, b"1"), ("a.txt", b"2"))) == wanted
    assert told("o.msg", ole(outlook("Note", (path, b"1"), ("a.txt", b"2")))) == wanted


def test_an_attachment_without_a_name_that_can_be_kept_is_refused() -> None:
    assert told("o.eml", mail("Note", ("letters/..", b"1"), ("a.txt", b"2"))) == {"..": "traversal", "a.txt": "2"}
    assert told("o.eml", mail("Note", ("C:\\letters\\.hidden.txt", b"1"), ("a.txt", b"2"))) == {"a.txt": "2"}


def test_pictures_signatures_and_calendars_are_passed_over() -> None:
    skipped: list[str] = []
    data = mail("Note", ("logo.png", b"1"), ("smime.p7s", b"2"), ("invite.ics", b"3"), ("a.txt", b"4"))
    found = list(expand(Document(name="o.eml", data=data), on_skip=skipped.append))
    assert [f.name for f in found] == ["o.eml!/a.txt"]
    assert skipped == ["o.eml!/logo.png", "o.eml!/smime.p7s", "o.eml!/invite.ics"]


def test_a_message_within_a_message_is_opened() -> None:
    outer = EmailMessage()
    outer["From"], outer["Subject"] = "a@example.org", "Fwd"
    outer.set_content("See below.")
    outer.add_attachment(email.message_from_bytes(mail("Note", ("a.txt", b"letter")), policy=policy.default))
    assert told("o.eml", bytes(outer)) == {"message 2.eml!/a.txt": "letter"}
    inner: Tree = outlook("Note", ("b.txt", b"letter" * 1000))
    data = ole(outlook("See below.", ("Fwd", inner), ("a.txt", b"1")))
    assert told("o.msg", data) == {"Fwd.msg!/b.txt": "letter" * 1000, "a.txt": "1"}
    assert told("o.msg", data, limits=Limits(max_depth=1)) == {"Fwd.msg": "too-deep", "a.txt": "1"}


def test_a_body_in_another_encoding_is_read() -> None:
    text = "Уважаемые господа, циркулярное письмо."
    data = b"From: a@example.org\nSubject: x\nContent-Type: text/plain; charset=koi8-r\n\n" + text.encode("koi8-r")
    assert told("o.eml", data) == {"body.txt": text}
    assert told("o.msg", ole(outlook(text, wide=False))) == {"body.txt": text}
    unknown = b"From: a@example.org\nSubject: x\nContent-Type: text/plain; charset=none-such\n\n" + text.encode()
    assert told("o.eml", unknown) == {"body.txt": text}


def test_an_rtf_body_is_unpacked() -> None:
    """The example of MS-OXRTFCP, 3.1.3.1, one in which a run overtakes itself, and one that is stored."""
    packed = bytes.fromhex(
        "2d0000002b0000004c5a4675f1c5c7a703000a00726370673132354232"
        "0af32068656c090020627705b06c647d0a800fa0"
    )  # fmt: skip
    assert _rtf(packed) == b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n"
    again = bytes.fromhex("1a0000001c0000004c5a4675e2d44b51410004205758595a0d6e7d010eb0")
    assert _rtf(again) == b"{\\rtf1 WXYZWXYZWXYZWXYZWXYZ}"
    assert _rtf(b"\0\0\0\0" + (5).to_bytes(4, "little") + b"MELA" + bytes(4) + b"{\\rtf") == b"{\\rtf"
    assert _rtf(b"") == b""


@pytest.mark.parametrize(
    "text",
    [
        "From: Head, Department\nTo: Administrations\nDate: 13 July 2004\nSubject: Meeting\n\nDear Sir,",
        LETTER,
        "Received: yes\nthank you",
        "",
    ],
)
def test_a_letter_is_no_mail(text: str) -> None:
    assert container_of(text.encode(), "fax.txt") is None


def test_a_mail_is_told_by_its_headers_whatever_its_name() -> None:
    found = container_of(mail("Note"), "00012")
    assert found is not None
    assert found.name == "mail"


def test_mails_made_to_keep_their_reader_busy_are_refused() -> None:
    head = b"From: a@example.org\nSubject: x\nMIME-Version: 1.0\n"
    long = head + b"Content-Type: text/plain; " + b"a=b; " * 100_000 + b"\n\nx"
    assert told("o.eml", long) == {"o.eml": "damaged"}
    many = head + b"Content-Type: multipart/mixed; boundary=a\n\n" + b"--a\n\nx\n" * 30_000
    assert told("o.eml", many) == {"o.eml": "too-many"}
    nested = head + b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(3000))
    assert set(told("o.eml", nested).values()) == {"too-many"}
    assert told("o.eml", head + b"\n" + b"x\n" * 2_000_001) == {"o.eml": "damaged"}
    alike = (
        head
        + b"Content-Type: multipart/mixed; boundary=a\n\n"
        + b'--a\nContent-Type: text/x; name="x.txt"\n\nx\n' * 9000
    )
    assert list(told("o.eml", alike))[-1] == "x (9000).txt"


def test_bodies_in_html_and_rtf_are_documents_of_their_formats() -> None:
    page = "<html><body><p>Geneva, 11 March 2009</p><p>Ref: TSB Circular 12</p></body></html>"
    for data, name in ((mail("", html=page), "o.eml"), (ole(outlook(html=page.encode())), "o.msg")):
        assert page in told(name, data)["body.html"]
        assert parse(data, name=name).ref == "TSB Circular 12"
    rtf = rb"{\rtf1\ansi Geneva, 11 March 2009\par Ref: TSB Circular 12\par}"
    stored = b"\0\0\0\0" + len(rtf).to_bytes(4, "little") + b"MELA" + bytes(4) + rtf
    data = ole(outlook(rtf=stored))
    assert list(told("o.msg", data)) == ["body.rtf"]
    assert parse(data, name="o.msg").ref == "TSB Circular 12"


def test_a_mail_with_an_office_document_is_a_mail() -> None:
    document = ole({"WordDocument": bytes(9000), "1Table": bytes(5000)})
    assert list(told("o.msg", ole(outlook("Note", ("letter.doc", document), ("a.txt", b"1"))))) == [
        "letter.doc",
        "a.txt",
    ]
    assert container_of(document, "letter.doc") is None


# -- mailboxes ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
@pytest.mark.parametrize("name", ["Inbox", "o.mbox"])
def test_the_mails_of_a_mailbox_are_mails(name: str, end: bytes) -> None:
    quoting = "As agreed.\n\nFrom Monday 5 July 2004 at 10:00 on:\n>From here as well\n\nFrom: nobody\n"
    data = mailbox(mail(NOTES[0], ("cr.txt", LETTER.encode())), mail(quoting), mail("", html="<p>CR/9</p>"), end=end)
    assert {called: text.split() for called, text in told(name, data).items()} == {
        "000001.eml!/cr.txt": LETTER.split(),
        "000002.eml!/body.txt": quoting.split(),
        "000003.eml!/body.html": ["\ufeff<p>CR/9</p>"],
    }


def test_a_letter_that_begins_with_from_is_no_mailbox() -> None:
    for text in (
        "From 13 July 2004 10:00 on the registry is closed.\nDear Sir",
        "From: Registry\n",
        "From the Director",
    ):
        assert container_of(text.encode(), "notes.txt") is None


def test_a_mailbox_of_too_many_mails_is_given_up() -> None:
    data = mailbox(*(mail(str(n)) for n in range(9)))
    assert list(told("o.mbox", data, limits=Limits(max_members=6)))[-2:] == ["000003.eml!/body.txt", "o.mbox"]
