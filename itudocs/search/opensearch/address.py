"""Where an archive on OpenSearch is: `opensearch://host:9200/letters?store=PATH`, and who may read and write it.

The address names the hosts, the index and the folder of the store, and may be logged: user and password come from the
environment or a file, never from it. Reading it asks no host anything.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import parse_qsl, unquote

import msgspec

from itudocs.errors import ArchiveError

SCHEMES = ("opensearch", "opensearchs")
PORT = 9200
TIMEOUT = 30.0
USER, PASSWORD, CREDENTIALS, AUTHORITIES = (
    "ITUDOCS_OPENSEARCH_USER",
    "ITUDOCS_OPENSEARCH_PASSWORD",
    "ITUDOCS_OPENSEARCH_CREDENTIALS",
    "ITUDOCS_OPENSEARCH_CA",
)
"""Environment: user and password, or a file with `user:password` in its first line; a file of certificate authorities."""

# A `Path` made of an address has lost one of its slashes.
_ADDRESS = re.compile(r"(opensearchs?):/{1,2}([^/?#]*)(?:/([^?#]*))?(?:\?([^#]*))?(#.*)?", re.DOTALL)
_HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9_.-]+)(?::(\d{1,5}))?")
_INDEX = re.compile(r"[a-z0-9][a-z0-9_.-]{0,99}")
_FORM = "write opensearch://HOST:9200/INDEX, as in opensearch://localhost:9200/letters"


class Address(msgspec.Struct, frozen=True, kw_only=True):
    """Where an index is, and how it is made.

    Attributes:
        hosts: name and port; any of them may answer.
        index: the alias; what it names in turn is made anew with each version.
        store: the folder of the archive's store.
        tls: whether hosts are asked by HTTPS.
        shards, replicas: of an index that is made.
        timeout: seconds in which an answer must come.
    """

    hosts: tuple[tuple[str, int], ...]
    index: str
    store: Path
    tls: bool = False
    shards: int = 1
    replicas: int = 1
    timeout: float = TIMEOUT

    def __str__(self) -> str:
        hosts = ",".join(f"{host}:{port}" for host, port in self.hosts)
        return f"{SCHEMES[self.tls]}://{hosts}/{self.index}"


def is_address(path: str | os.PathLike[str]) -> bool:
    """Whether a path means an archive on OpenSearch and not a folder."""
    return _ADDRESS.fullmatch(os.fspath(path)) is not None


def address(text: str | os.PathLike[str]) -> Address:
    """Read an address.

    The options after `?` are `store` (the store's folder; see `default_store`), `tls=1` (as `opensearchs://`), `shards` and
    `replicas` of an index that is made (1 and 1), and `timeout` in seconds (30).

    Raises:
        ArchiveError: it is none, or holds a user or password.
    """
    match = _ADDRESS.fullmatch(os.fspath(text))
    if match is None:
        raise ArchiveError(f"This is no address of an archive on OpenSearch; {_FORM}.")
    scheme, authority, index, options, fragment = match.groups()
    if "@" in authority:  # said without repeating it
        raise ArchiveError(
            f"The address holds a user or password, which addresses must not: they are shown and logged. Set {USER} and "
            f"{PASSWORD}, or name a file with user:password in {CREDENTIALS}."
        )
    if fragment:
        raise ArchiveError(f"The address has a part after #, which means nothing; {_FORM}.")
    hosts = tuple(_host(one) for one in authority.split(","))
    index = unquote(index or "").strip("/")
    if not _INDEX.fullmatch(index):
        raise ArchiveError(
            f"{index or 'nothing'!r} is no name of an index; {_FORM} (small letters, digits and . _ - inside)."
        )
    given = dict(parse_qsl(options or "", keep_blank_values=True))
    unknown = given.keys() - {"store", "tls", "shards", "replicas", "timeout"}
    if unknown:
        raise ArchiveError(
            f"{', '.join(sorted(unknown))}: no such option; there are store, tls, shards, replicas, timeout."
        )
    store = Path(given["store"]).expanduser() if given.get("store") else default_store(hosts, index)
    return Address(
        hosts=hosts,
        index=index,
        store=store,
        tls=scheme == "opensearchs" or _number(given, "tls", 0, most=1) == 1,
        shards=_number(given, "shards", 1, least=1, most=1024),
        replicas=_number(given, "replicas", 1, most=100),
        timeout=float(_number(given, "timeout", int(TIMEOUT), least=1, most=3600)),
    )


def _host(text: str) -> tuple[str, int]:
    match = _HOST.fullmatch(text)
    if match is None or int(match[2] or PORT) not in range(1, 1 << 16):
        raise ArchiveError(f"{text!r} is no host with a port; {_FORM}.")
    return match[1], int(match[2] or PORT)


def _number(given: Mapping[str, str], name: str, default: int, *, least: int = 0, most: int) -> int:
    text = given.get(name, str(default))
    if not re.fullmatch(r"\d{1,9}", text, re.ASCII) or not least <= int(text) <= most:
        raise ArchiveError(f"{name}={text}: must be a number from {least} to {most}.")
    return int(text)


def default_store(hosts: tuple[tuple[str, int], ...], index: str) -> Path:
    """Where the store lies if nobody says: below `XDG_DATA_HOME` (`~/.local/share`), by first host, port and index."""
    home = os.environ.get("XDG_DATA_HOME") or "~/.local/share"
    host, port = hosts[0]
    return Path(home).expanduser() / "itudocs" / f"{host.strip('[]').replace(':', '_')}-{port}" / index


def credentials() -> tuple[str, str] | None:
    """User and password, from the environment or the file that it names; `None` where neither is given.

    Raises:
        ArchiveError: one of the two is missing, or the file cannot be read. What it holds is not repeated.
    """
    file = os.environ.get(CREDENTIALS)
    if file:
        try:
            first = Path(file).read_text(encoding="utf-8").partition("\n")[0].rstrip("\r")
        except (OSError, UnicodeDecodeError) as fault:
            raise ArchiveError(f"{file}: cannot be read, though {CREDENTIALS} names it.") from fault
        user, colon, password = first.partition(":")
        if not user or not colon:
            raise ArchiveError(f"{file}: its first line is not user:password, as {CREDENTIALS} asks for.")
        return user, password
    user, given = os.environ.get(USER, ""), os.environ.get(PASSWORD)
    if bool(user) != (given is not None):
        raise ArchiveError(f"Set both {USER} and {PASSWORD}, or neither.")
    return (user, given) if user and given is not None else None


def authorities() -> str | None:
    """The file of certificate authorities to trust, where the environment names one."""
    return os.environ.get(AUTHORITIES) or None
