"""Bringing an index on a cluster up to date, so that older versions of it stay as they were.

A folder holds nothing but a pointer: the name of an index on the cluster and the number of a version of it. A letter's
document says from which version on it is there (`born`) and from which on no longer (`died`): an update writes documents
that are born with its number, notes the number on those that they replace, and writes the pointer last. Whoever reads
an older pointer sees what he saw before. What a killed writer has left behind belongs to a number that no pointer has;
the next update takes it away, and notes first that it does (`view.State`), as `retain` does with what only forgotten
versions show.

A folder without a pointer begins an index of its own, under a name that tells its schema. An alias names the one that was
written last, for other tools than this; searchers go by the pointer.
"""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec

from itudocs.errors import ArchiveDamaged, ArchiveError
from itudocs.model import Record
from itudocs.search.engine import Entry
from itudocs.search.opensearch import mapping
from itudocs.search.opensearch.bulk import Bulk
from itudocs.search.opensearch.cluster import Cluster
from itudocs.search.opensearch.compile import Dsl, visible
from itudocs.search.opensearch.documents import document, with_terms
from itudocs.search.opensearch.mapping import WINDOW
from itudocs.search.opensearch.view import STATE, State, View, state

POINTER = "opensearch.json"
_TOGETHER = 200
"""Letters whose earlier documents are looked for at once."""
_PAUSE = 0.1


class Pointer(Record, frozen=True, kw_only=True):
    """What a folder says of its index: its name and the identity the cluster gave it, the version, and how many letters."""

    index: str
    uuid: str
    number: int
    letters: int


def read_pointer(folder: Path) -> Pointer | None:
    """The pointer in a folder; `None` where there is none.

    Raises:
        ArchiveDamaged: it cannot be read.
    """
    path = folder / POINTER
    try:
        return msgspec.json.decode(path.read_bytes(), type=Pointer)
    except FileNotFoundError:
        return None
    except (msgspec.MsgspecError, UnicodeDecodeError, OSError) as fault:
        raise ArchiveDamaged(f"{path}: the index is damaged (it cannot be read).") from fault


class Writer:
    """Updates of indices under one alias. `owner` is the archive's: indices of others under the alias are not touched."""

    def __init__(self, cluster: Cluster, *, owner: str) -> None:
        self._cluster = cluster
        self._owner = owner

    def update(self, folder: Path, *, add: Iterable[Entry], remove: Iterable[str]) -> None:
        """See `itudocs.search.engine.Engine.update`."""
        pointer = read_pointer(folder)
        if pointer is None:
            index, uuid = self._create()
            base = 0
        else:
            index, uuid, base = pointer.index, pointer.uuid, pointer.number
            confirm(self._cluster, pointer)
            self._abandon(index, base)
        number = self._next(base)
        with Bulk(self._cluster, index) as bulk:
            if base:
                self._bury(index, base, number, remove, bulk)
            entries = iter(add)
            while some := list(islice(entries, _TOGETHER)):
                if base:
                    self._bury(index, base, number, (e.record.key for e in some), bulk)
                for entry in some:
                    made = document(entry, born=number)
                    bulk.put(_identity(entry.record.key, number), made, routing=made["work"])
        self._refresh(index)
        letters = View(self._cluster, index, number).count()
        self._switch(index)
        fresh = folder / f".{POINTER}.new"
        fresh.write_bytes(msgspec.json.encode(Pointer(index=index, uuid=uuid, number=number, letters=letters)) + b"\n")
        os.replace(fresh, folder / POINTER)

    def retain(self, folders: Iterable[Path]) -> None:
        """See `itudocs.search.engine.Engine.retain`."""
        kept: dict[str, int] = {}
        for folder in folders:
            pointer = read_pointer(folder)
            if pointer is not None:
                kept[pointer.index] = min(pointer.number, kept.get(pointer.index, pointer.number))
        for index in self._own_indices():
            if index not in kept:
                self._cluster.call("DELETE", f"/{index}", missing=f"the index {index} is not there")
        for index, oldest in kept.items():
            before = state(self._cluster, index)
            dead: Dsl = {"range": {"died": {"lte": oldest}}}
            if oldest > before.oldest and self._any(index, dead):
                gaps = tuple(gap for gap in before.gaps if gap[1] > oldest)
                self._note(index, State(oldest=oldest, gaps=gaps))
                self._drop(index, dead)
                self._refresh(index)

    # --- versions ---

    @staticmethod
    def _next(base: int) -> int:
        """A number above all that were ever given, by the clock: killed writers may have given some."""
        return max(base + 1, time.time_ns())

    def _abandon(self, index: str, base: int) -> None:
        """Take away what no pointer names: all that was written to an index after a version."""
        if not state(self._cluster, index).holds(base):
            raise ArchiveDamaged(f"{self._cluster.address}: version {base} of the index {index} has been replaced.")
        self._refresh(index)
        born: Dsl = {"range": {"born": {"gt": base}}}
        died: Dsl = {"range": {"died": {"gt": base}}}
        if not self._any(index, born, died):
            return
        before = state(self._cluster, index)
        self._note(index, msgspec.structs.replace(before, gaps=(*before.gaps, (base, self._next(base)))))
        self._drop(index, born)
        with Bulk(self._cluster, index) as bulk:
            for hit in self._scan(index, died, source=True):
                kept = {name: value for name, value in hit["_source"].items() if name != "died"}
                bulk.put(hit["_id"], with_terms(kept), routing=kept["work"])
        self._refresh(index)

    def _bury(self, index: str, base: int, number: int, keys: Iterable[str], bulk: Bulk) -> None:
        """Note on the documents of some letters that they are there no longer."""
        rest = iter(keys)
        while some := list(islice(rest, _TOGETHER)):
            living = {"bool": {"filter": [*visible(base), {"terms": {"key": some}}]}}
            for hit in self._scan(index, living, source=True):
                bulk.put(hit["_id"], {**with_terms(hit["_source"]), "died": number}, routing=hit["_source"]["work"])

    def _note(self, index: str, noted: State) -> None:
        self._cluster.call("PUT", f"/{index}/_doc/{STATE}", {"state": msgspec.to_builtins(noted)})

    # --- what lies on the cluster ---

    def _create(self) -> tuple[str, str]:
        """A new index, empty, and its identity."""
        address = self._cluster.address
        self._named()  # before anything is made
        name = f"{address.index}-{mapping.version()[:8]}-{secrets.token_hex(4)}"
        made = mapping.template(shards=address.shards, replicas=address.replicas)
        made["mappings"]["_meta"] = {"alias": address.index, "owner": self._owner}
        if not self._cluster.exists(f"/{name}"):
            self._cluster.call("PUT", f"/{name}", made)
        self._copied(name)
        self._note(name, State())
        return name, identity_of(self._cluster, name)

    def _copied(self, index: str) -> None:
        """Wait until a new index has its copies: until then it is gone with any one node.

        As many as there are nodes for, and not for longer than a request may take: a cluster that makes no copies now
        (its disks are full, say) takes letters all the same.
        """
        address = self._cluster.address
        until = time.monotonic() + address.timeout
        while time.monotonic() < until:
            health = self._cluster.call("GET", f"/_cluster/health/{index}")
            if health["active_shards"] >= address.shards * min(1 + address.replicas, health["number_of_data_nodes"]):
                return
            time.sleep(_PAUSE)

    def _named(self) -> list[str]:
        """The indices that the alias names.

        Raises:
            ArchiveError: another archive's, or it is no alias.
        """
        address = self._cluster.address
        try:
            found = self._cluster.call("GET", f"/{address.index}/_mapping")
        except ArchiveDamaged:
            return []
        for name, told in found.items():
            meta = told["mappings"].get("_meta", {})
            if name == address.index or "owner" not in meta:
                raise ArchiveError(
                    f"{address}: an index of this name is there already, not made by itudocs. Choose another."
                )
            if meta["owner"] != self._owner:
                raise ArchiveError(
                    f"{address}: belongs to another archive than the one in {address.store}. Choose another name, or open "
                    f"that archive with ?store=PATH; to give it up, delete the index {name}."
                )
        return list(found)

    def _own_indices(self) -> list[str]:
        """All indices of this archive, those of unfinished updates among them."""
        alias = self._cluster.address.index
        found = self._cluster.call("GET", f"/{alias}-*/_mapping", params={"allow_no_indices": "true"})
        wanted = {"alias": alias, "owner": self._owner}
        return [name for name, told in found.items() if told["mappings"].get("_meta") == wanted]

    def _switch(self, index: str) -> None:
        """Let the alias name an index, and no other of ours, in one step."""
        alias = self._cluster.address.index
        named = self._named()
        if named != [index]:
            actions: list[Any] = [{"remove": {"index": old, "alias": alias}} for old in named if old != index]
            self._cluster.call("POST", "/_aliases", {"actions": [*actions, {"add": {"index": index, "alias": alias}}]})

    def _refresh(self, index: str) -> None:
        told = self._cluster.call("POST", f"/{index}/_refresh", missing=f"the index {index} is not there")["_shards"]
        if told["failed"]:
            raise self._cluster.unavailable(f"could not show what was written in {told['failed']} parts of the index")

    def _any(self, index: str, *queries: Dsl) -> bool:
        body = {"size": 0, "query": {"bool": {"should": list(queries)}}, "track_total_hits": 1}
        found: int = self._cluster.search(index, body)["hits"]["total"]["value"]
        return found > 0

    def _drop(self, index: str, query: Dsl) -> None:
        with Bulk(self._cluster, index) as bulk:
            for hit in self._scan(index, query):
                bulk.drop(hit["_id"], routing=hit["_source"]["work"])

    def _scan(self, index: str, query: Dsl, *, source: bool = False) -> Iterator[dict[str, Any]]:
        """All documents that a query finds."""
        size = _TOGETHER if source else WINDOW
        body: Dsl = {"query": query, "size": size, "sort": ["key", "born"], "_source": True if source else ["work"]}
        while True:
            page = self._cluster.search(index, body)["hits"]["hits"]
            yield from page
            if len(page) < size:
                return
            body = {**body, "search_after": page[-1]["sort"]}


def confirm(cluster: Cluster, pointer: Pointer) -> None:
    """Make sure that an index is the one that a pointer means.

    Raises:
        ArchiveDamaged: it is gone, or another one of the same name.
    """
    if identity_of(cluster, pointer.index) != pointer.uuid:
        raise ArchiveDamaged(f"{cluster.address}: the index {pointer.index} is not the one that was written.")


def identity_of(cluster: Cluster, index: str) -> str:
    """What a cluster calls an index, whatever its name."""
    told = cluster.call("GET", f"/{index}/_settings/index.uuid", missing=f"the index {index} is not there")
    found: str = told[index]["settings"]["index"]["uuid"]
    return found


def _identity(key: str, number: int) -> str:
    return f"{key}@{number}"
