"""The letter's page: every value of the record with its words, what may be taken away of it, and what else it knows."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from itudocs.archive.archive import Archive, open_archive
from itudocs.evidence import values
from itudocs.export.bibliography import bibtex, ris
from itudocs.export.citing import cite
from itudocs.fields import FIELDS
from itudocs.model import Circular, Place
from itudocs.reading import Document
from itudocs.web import heavy
from itudocs.web.marking import LONGEST, MOST
from itudocs.web.settings import Settings
from itudocs.web.sheet import MANY, SECTIONS, Sheet, labelled, sheet
from tests.web.conftest import Connect

if TYPE_CHECKING:
    from pathlib import Path

    from litestar.testing import TestClient

pytest.importorskip("litestar", reason="install the server: pip install --group test")


def shown(laid: Sheet) -> Iterator[Any]:
    for section in laid.sections:
        for row in section.rows:
            yield from row.values


@pytest.fixture(scope="module")
def chained(archive: Archive) -> Circular:
    """A circular that a corrigendum corrects."""
    return archive.get("tsb-circular/2013-2016/71")


# -- the record beside the text ------------------------------------------------------------------------------------------


def test_every_field_found_in_letters_is_in_one_section() -> None:
    placed = [field for _, fields in SECTIONS for field in fields]
    assert sorted(placed) == sorted(row.name for row in FIELDS if row.extractor)


def test_every_value_is_shown_once_and_its_words_are_marked(archive: Archive) -> None:
    from itudocs.web.pages.letter import letter_page

    for record in archive:
        page = letter_page(archive, record.key)
        text = archive.text(record.key)
        assert "".join(piece.text for piece in page.text.pieces) == text
        paths = {
            value.path: value.name for section in page.sections for row in section.rows for value in row.values
        }  # fmt: skip
        assert set(values(record.to_dict())) - {"id", "ref"} <= set(paths)
        assert len(paths) == len(set(paths.values()))
        for path, name in paths.items():
            pieces = [p for p in record.evidence.get(path, ()) if p.origin not in ("name", "correction")]
            covered = {at for p in pieces for at in range(p.start, p.end)}
            bearing = [piece for piece in page.text.pieces if name in piece.marks]
            assert covered == {at for p in bearing for at in range(p.start, p.start + len(p.text))}, path


def test_every_link_between_a_value_and_its_words_leads_somewhere(archive: Archive, client: TestClient[Any]) -> None:
    for key in [record.key for record in archive][::5]:
        html = client.get(f"/letters/{key}").text
        ids = re.findall(r'\bid="([^"]+)"', html)
        assert len(ids) == len(set(ids))
        assert set(re.findall(r'href="#([^"]+)"', html)) <= set(ids)


def test_fields_without_a_value_are_named(archive: Archive) -> None:
    bare = Circular(key="0" * 64, source=archive.get("cr/433").source)
    laid = sheet(bare)
    assert [missing.label for missing in laid.missing] == [f.label for _, names in SECTIONS for f in map(_row, names)]
    assert laid.sections == ()


def _row(name: str) -> Any:
    return next(row for row in FIELDS if row.name == name)


@pytest.mark.parametrize(
    ("path", "words"),
    [("date", "Date"), ("events/1/start", "Event 2, first day"), ("contact/tel/1", "Contact, telephone, 2"),
     ("addressees/0", "Addressees"), ("signatory/titles/0", "Signatory, title"), ("ids/1", "Identity, 2")],
)  # fmt: skip
def test_a_path_has_words(path: str, words: str) -> None:
    assert labelled(path) == words


def test_a_computed_value_says_what_it_was_computed_from(archive: Archive) -> None:
    found = [
        value
        for record in archive
        for value in shown(sheet(record))
        if value.ground == "computed" and value.path.startswith("deadlines/")
    ]
    assert found
    assert all(re.match(r"Event \d+, ", value.source) for value in found)


def test_a_value_of_the_files_name_says_so(tmp_path: Path, connect: Connect) -> None:
    name = "T01-TSB-CIR-0221!!TXT-E.txt"
    with open_archive(tmp_path / "a", create=True) as archive:
        archive.add_documents([Document(name=name, data=b"Geneva, 12 March 2003\n\nDear Sir/Madam,\nSee below.\n")])
        record = next(iter(archive))
        assert record.evidence["ids/0"][0].origin == "name"
        html = connect(archive).get(f"/letters/{record.key}").text
    assert "from the file’s name" in html


def test_a_value_says_where_in_its_file_its_words_stood(chained: Circular) -> None:
    whole = Place(start=0, end=chained.zones[-1].end, page=2, cell=(1, 3, 2))
    placed = msgspec.structs.replace(chained, places=(whole,))
    told = {value.place for value in shown(sheet(placed)) if value.ground == "text"}
    assert told == {"page 2, table 1, row 3, column 2"}
    assert {value.place for value in shown(sheet(chained))} == {""}


def test_zones_are_tinted_and_named_on_request(client: TestClient[Any], chained: Circular) -> None:
    plain = client.get(f"/letters/{chained.key}").text
    tinted = client.get(f"/letters/{chained.key}?zones=1").text
    assert 'class="text"' in plain
    assert 'class="text zoned"' in tinted
    legend = re.search(r'<ul class="legend".*?</ul>', tinted, re.DOTALL)
    assert legend
    assert "hidden" not in legend[0]
    for kind in {zone.kind for zone in chained.zones if zone.start < zone.end}:
        assert f'<li data-zone="{kind}">' in legend[0]


def test_text_bears_its_language_and_direction(archive: Archive, client: TestClient[Any]) -> None:
    arabic = next(record for record in archive if record.language == "ar")
    html = client.get(f"/letters/{arabic.key}").text
    assert '<div class="paper" dir="rtl">' in html
    assert 'id="letter-text" lang="ar"' in html


def test_issues_are_listed_with_their_words(archive: Archive, client: TestClient[Any]) -> None:
    record = next(r for r in archive if any(issue.start < issue.end for issue in r.issues))
    html = client.get(f"/letters/{record.key}").text
    for n, issue in enumerate(record.issues, 1):
        assert issue.code in html
        assert (f'href="#ei{n}"' in html) == (issue.start < issue.end)


def test_a_part_of_a_key_leads_to_the_letter(client: TestClient[Any], chained: Circular) -> None:
    answer = client.get(f"/letters/{chained.key[:16]}")
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/letters/{chained.key}"


def test_an_identity_leads_to_its_letter_english_first(client: TestClient[Any], archive: Archive) -> None:
    answer = client.get("/works/cr/433")
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/letters/{archive.versions('cr/433')[0].key}"
    assert client.get("/works/cr/433.json").headers["location"].endswith(".json")
    assert client.get("/works/cr/99999").status_code == 404


def test_citations_lead_to_letters_that_the_archive_has(client: TestClient[Any], archive: Archive) -> None:
    corrigendum = archive.get("tsb-circular/2013-2016/71/cor1")
    html = client.get(f"/letters/{corrigendum.key}").text
    assert 'href="/works/tsb-circular/2013-2016/71?lang=en"' in html


def test_versions_are_linked_and_this_one_is_not(client: TestClient[Any], archive: Archive) -> None:
    versions = archive.versions("cr/433")
    html = client.get(f"/letters/{versions[0].key}").text
    block = re.search(r'<nav class="versions".*?</nav>', html, re.DOTALL)
    assert block
    linked = re.findall(r'href="/letters/([0-9a-f]{64})"', block[0])
    assert linked == [version.key for version in versions[1:]]


# -- what may be taken away ----------------------------------------------------------------------------------------------


def test_the_json_is_the_record_with_its_citation(client: TestClient[Any], chained: Circular) -> None:
    data = client.get(f"/letters/{chained.key}.json").json()
    assert Circular.from_json(json.dumps(data["record"])) == chained
    assert data["cite"] == cite(chained)
    assert [version["this"] for version in data["versions"]].count(True) == 1


def test_text_bibtex_ris_and_bytes_are_those_of_the_archive(
    client: TestClient[Any], archive: Archive, chained: Circular
) -> None:
    at = f"/letters/{chained.key}"
    assert client.get(f"{at}.txt").text == archive.text(chained.key)
    assert client.get(f"{at}.bib").text == bibtex(chained)
    assert client.get(f"{at}.ris").text.splitlines() == ris(chained).splitlines()
    original = client.get(f"{at}/original")
    assert original.content == archive.data(chained.key)
    assert original.headers["content-type"] == "application/octet-stream"
    assert original.headers["x-content-type-options"] == "nosniff"
    assert original.headers["content-disposition"].startswith("attachment; ")


def test_the_calendar_has_the_letters_events_and_deadlines(client: TestClient[Any], archive: Archive) -> None:
    pytest.importorskip("icalendar", reason="install the calendar: pip install 'itudocs[calendar]'")
    record = archive.get("tsb-circular/2013-2016/71/cor1")
    calendar = client.get(f"/letters/{record.key}.ics")
    assert calendar.headers["content-type"].startswith("text/calendar")
    assert calendar.text.count("BEGIN:VEVENT") == len(record.events) + len(record.deadlines)
    assert f"http://127.0.0.1:8000/letters/{record.key}" in calendar.text.replace("\r\n ", "")


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("../../etc/passwd", "passwd"),
        ('a"\r\nSet-Cookie: x=1.txt', "a%22%20Set-Cookie%3A%20x%3D1.txt"),
        ("C:\\letters\\Brief über.txt", "Brief%20%C3%BCber.txt"),
        ("...", ""),
        ("\u202egpj.txt", "gpj.txt"),
    ],
)
def test_an_original_has_a_harmless_name(name: str, told: str, tmp_path: Path, connect: Connect) -> None:
    with open_archive(tmp_path / "a", create=True) as archive:
        archive.add_documents([Document(name=name, data=b"CR/1\n1 May 2001\n")])
        key = next(iter(archive)).key
        said = connect(archive).get(f"/letters/{key}/original").headers["content-disposition"]
    assert said.endswith(f"filename*=UTF-8''{told or f'{key[:16]}.txt'}")
    assert re.fullmatch(r"attachment; filename=\"[\w.-]+\"; filename\*=UTF-8''[\w.%-]+", said, re.ASCII)


@pytest.mark.parametrize(
    "form", ["", ".json", ".txt", ".ics", ".bib", ".ris", "/original", "/relations", "/explain/date"]
)
def test_an_unknown_letter_is_not_found(client: TestClient[Any], form: str) -> None:
    assert client.get(f"/letters/{'0' * 64}{form}").status_code == 404


# -- why, and other letters ------------------------------------------------------------------------------------------------


def test_a_field_is_explained_with_what_lost(client: TestClient[Any], chained: Circular) -> None:
    data = client.get(f"/letters/{chained.key}/explain/date.json").json()
    html = client.get(f"/letters/{chained.key}/explain/date").text
    assert [one["value"] for one in data["won"]] == [str(chained.date)]
    assert data["lost"]
    for one in (*data["won"], *data["lost"]):
        assert one["rule"] in html
    at = data["won"][0]
    evidence = chained.evidence["date"][0]
    assert (at["at"], at["end"]) == (evidence.start, evidence.end)


def test_a_part_of_a_field_is_explained(client: TestClient[Any], chained: Circular) -> None:
    data = client.get(f"/letters/{chained.key}/explain/events/0/start.json").json()
    assert data["label"] == "Event 1, first day"
    assert data["won"]


def test_there_is_no_explaining_what_is_no_field(client: TestClient[Any], chained: Circular) -> None:
    answer = client.get(f"/letters/{chained.key}/explain/nonsense.json")
    assert answer.status_code == 404
    assert "nonsense" in answer.json()["error"]["message"]


def test_every_link_to_an_explanation_is_answered(client: TestClient[Any], chained: Circular) -> None:
    html = client.get(f"/letters/{chained.key}").text
    links = set(re.findall(r'data-explain href="([^"]+)"', html))
    assert len(links) > 10
    for link in links:
        assert client.get(link).status_code == 200, link


def test_a_letter_too_long_to_be_explained_says_so(
    tmp_path: Path, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    from itudocs.web.pages import explaining

    monkeypatch.setattr(explaining, "LARGEST", 5)
    with open_archive(tmp_path / "a", create=True) as archive:
        archive.add_documents([Document(name="a.txt", data=b"CR/1\n1 May 2001\n")])
        key = next(iter(archive)).key
        client = connect(archive)
        assert client.get(f"/letters/{key}/explain/date.json").json()["too_long"] is True
        html = client.get(f"/letters/{key}/explain/date").text
        assert f"itudocs explain {key[:12]} date" in html
        assert "16 characters, more than the 5 " in html


def test_relations_tell_who_cites_whom_and_what_is_in_force(
    client: TestClient[Any], archive: Archive, chained: Circular
) -> None:
    data = client.get(f"/letters/{chained.key}/relations.json").json()
    graph = archive.graph()
    assert data["state"] == graph.status(chained.key).state != "in-force"
    assert data["cited_by_all"] == len(graph.cited_by(chained.key)) > 0
    assert {"is corrected by", "is replaced by"} <= {one["does"] for one in data["cited_by"]}
    html = client.get(f"/letters/{chained.key}/relations").text
    for one in data["cited_by"]:
        assert f'href="{one["other"]["url"]}"' in html
    assert data["successor"]["id"] == graph.status(chained.key).successor


def test_differences_between_versions_stand_side_by_side(client: TestClient[Any], archive: Archive) -> None:
    found = next(iter(archive.differences()))
    data = client.get(f"/letters/{found.sides[0].key}/relations.json").json()
    assert data["differences"]
    html = client.get(f"/letters/{found.sides[0].key}/relations").text
    for side in data["differences"][0]["sides"]:
        assert f'href="/letters/{side["key"]}"' in html


def test_letters_like_it_are_other_works(client: TestClient[Any], archive: Archive, chained: Circular) -> None:
    data = client.get(f"/letters/{chained.key}/relations.json").json()
    assert data["alike"]
    assert all(archive.get(one["key"]).id != chained.id for one in data["alike"])
    assert all(one["because"] for one in data["alike"])


# -- hostile and huge letters ------------------------------------------------------------------------------------------------

HOSTILE = (
    "CIRCULAR LETTER CR/77\n3 May 2004\n\nTo <script>alert(1)</script> of Member States\n\n"
    "Subject: \u202e<img src=x onerror=alert(1)> \u2067</bdi></span><b>\n\nDear Sir,\n"
    'See http://x.int/"onmouseover=alert(1) and javascript:alert(1) and a@b.int\u202d.\n' + "y" * 30_000 + "\n"
)


def test_markup_and_turned_text_of_a_letter_stay_text(tmp_path: Path, connect: Connect) -> None:
    with open_archive(tmp_path / "a", create=True) as archive:
        archive.add_documents([Document(name="<b>\u202ename.txt", data=HOSTILE.encode())])
        key = next(iter(archive)).key
        client = connect(archive)
        pages = [client.get(f"/letters/{key}{rest}") for rest in ("", "/explain/subject", "/relations")]
    for page in pages:
        assert page.status_code == 200
        assert not re.search("[\u202d\u202e]", page.text)
        assert "<img src=x" not in page.text
        assert "<script>alert" not in page.text
        assert not re.search(r"<[^>]*\son\w+=", page.text)
        assert 'href="javascript' not in page.text


def test_a_huge_letter_has_a_page_of_bounded_size(tmp_path: Path, connect: Connect) -> None:
    """More marks than are shown, and more text: some lines of all kinds, then lines of a kind that is parsed quickly."""
    lines = [
        f"By Circular Letter CR/{n % 500 + 1} of {n % 28 + 1} May 2003, see www.x{n}.int/{n} a{n}@b.int"
        for n in range(1_500)
    ] + ["and so it goes on for many pages, as annexes do"] * 4_000
    text = "CIRCULAR LETTER CR/499\n3 May 2004\n\nDear Sir,\n" + "\n".join(lines) + "\n"
    with open_archive(tmp_path / "a", create=True) as archive:
        archive.add_documents([Document(name="huge.txt", data=text.encode())])
        record = next(iter(archive))
        assert sum(map(len, record.evidence.values())) > 2 * MOST
        html = connect(archive).get(f"/letters/{record.key}").text
    assert len(text) > 1.5 * LONGEST
    assert len(html) < 2_500_000
    assert f"of {len(text):,} characters" in html
    assert html.count('data-e="') <= 2 * MOST
    assert html.count("<dd") < 12 * MANY


def test_a_record_too_heavy_for_a_page_says_so_and_is_to_be_had(
    client: TestClient[Any], chained: Circular, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = f"/letters/{chained.key}"
    monkeypatch.setattr(heavy, "HEAVIEST", 500)
    for page in ("", "/relations", "/explain/date", "/explain/date.json"):
        answer = client.get(home + page)
        assert answer.status_code == 413
        assert f"{home}.json" in answer.text
    assert client.get(f"{home}.json").json()["record"]["key"] == chained.key
    assert client.get(f"{home}.txt").status_code == 200


def test_looking_for_letters_like_one_is_given_up_and_said_to_be(archive: Archive, chained: Circular) -> None:
    from itudocs.web.pages.relations import relations

    quick = relations(archive, archive.graph(), chained.key, settings=Settings(seconds=1e-9))
    assert quick.alike == ()
    assert "are not shown" in quick.notices[0]
    patient = relations(archive, archive.graph(), chained.key, settings=Settings(seconds=60))
    assert patient.alike
    assert patient.notices == ()
    assert quick.cites == patient.cites
