"""Addresses of archives on OpenSearch, and where user and password come from."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from itudocs.archive.archive import open_archive
from itudocs.errors import ArchiveError, NotAnArchive
from itudocs.search.opensearch.address import CREDENTIALS, PASSWORD, USER, Address, address, credentials, is_address


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (USER, PASSWORD, CREDENTIALS):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", "/data")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "opensearch://host:9200/letters",
            Address(hosts=(("host", 9200),), index="letters", store=Path("/data/itudocs/host-9200/letters")),
        ),
        (
            "opensearchs://a,b:9201,[::1]:9202/l.2?store=/s&shards=3&replicas=2&timeout=7",
            Address(
                hosts=(("a", 9200), ("b", 9201), ("[::1]", 9202)), index="l.2", store=Path("/s"), tls=True, shards=3,
                replicas=2, timeout=7.0,
            ),
        ),
        (
            "opensearch://h/x?tls=1&store=with%20space",
            Address(hosts=(("h", 9200),), index="x", store=Path("with space"), tls=True),
        ),
        (
            "opensearch://h/x?store=~/s",
            Address(hosts=(("h", 9200),), index="x", store=Path("~/s").expanduser()),
        ),
    ],
)  # fmt: skip
def test_an_address_names_hosts_index_and_store(text: str, expected: Address) -> None:
    assert address(text) == expected
    assert address(Path(text)) == expected  # as the command line hands it over, with a slash less
    assert is_address(text)
    assert is_address(Path(text))


@pytest.mark.parametrize("path", ["letters", "/a/opensearch", "opensearch", "http://host/letters", "a:/b"])
def test_folders_are_no_addresses(path: str) -> None:
    assert not is_address(path)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("opensearch://host:9200", "no name of an index"),
        ("opensearch://host:9200/", "no name of an index"),
        ("opensearch://host/Letters", "no name of an index"),
        ("opensearch://host/a/b", "no name of an index"),
        ("opensearch://host/_all", "no name of an index"),
        ("opensearch://host/a,b", "no name of an index"),
        ("opensearch://host/a*", "no name of an index"),
        ("opensearch:///letters", "no host"),
        ("opensearch://host:0/letters", "no host"),
        ("opensearch://host:99999/letters", "no host"),
        ("opensearch://ho st/letters", "no host"),
        ("opensearch://host/letters#x", "after #"),
        ("opensearch://host/letters?shards=0", "from 1 to"),
        ("opensearch://host/letters?timeout=soon", "from 1 to"),
        ("opensearch://host/letters?user=u", "user: no such option"),
        ("gopher://host/letters", "no address"),
    ],
)
def test_what_is_wrong_with_an_address_is_said(text: str, why: str) -> None:
    with pytest.raises(ArchiveError, match=why):
        address(text)


@pytest.mark.parametrize(
    "text", ["opensearch://anna:geheim@host/letters", "opensearch://anna:geheim%40@host:1/x?tls=1"]
)
def test_a_user_in_an_address_is_refused_and_not_repeated(text: str) -> None:
    for ask in (address, open_archive):
        with pytest.raises(ArchiveError, match=PASSWORD) as refused:
            ask(text)
        assert "anna" not in str(refused.value)
        assert "geheim" not in str(refused.value)


def test_an_address_is_shown_without_its_options() -> None:
    assert str(address("opensearchs://a:1,b/letters?store=/s&timeout=3")) == "opensearchs://a:1,b:9200/letters"


def test_user_and_password_come_from_the_environment_or_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert credentials() is None
    monkeypatch.setenv(USER, "anna")
    with pytest.raises(ArchiveError, match=PASSWORD):
        credentials()
    monkeypatch.setenv(PASSWORD, "a:b")
    assert credentials() == ("anna", "a:b")
    file = tmp_path / "secret"
    monkeypatch.setenv(CREDENTIALS, str(file))
    with pytest.raises(ArchiveError, match="cannot be read"):
        credentials()
    file.write_text("berta:c:d\r\nmore\n")
    assert credentials() == ("berta", "c:d")
    file.write_text("hush\n")
    with pytest.raises(ArchiveError, match="first line") as refused:
        credentials()
    assert "hush" not in str(refused.value)


def test_a_backup_is_a_folder_and_no_address(tmp_path: Path) -> None:
    with (
        open_archive(tmp_path / "a", create=True) as archive,
        pytest.raises(ArchiveError, match="a backup is a folder"),
    ):
        archive.backup("opensearch://host/letters")


def test_the_store_of_an_address_that_holds_none_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotAnArchive, match=re.escape(str(tmp_path / "store"))):
        open_archive(f"opensearch://host/letters?store={tmp_path / 'store'}")
    with open_archive(f"opensearch://host/letters?store={tmp_path / 'store'}", create=True) as archive:
        assert len(archive) == 0  # no host is asked for that
