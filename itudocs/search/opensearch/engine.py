"""OpenSearch as an archive sees it. Loads the client when a cluster is first asked."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from itudocs.errors import ArchiveDamaged
from itudocs.search.engine import Entry, Searcher
from itudocs.search.opensearch import mapping
from itudocs.search.opensearch.address import Address

if TYPE_CHECKING:
    from itudocs.search.opensearch.cluster import Cluster


class OpenSearchEngine:
    """An index on a cluster; the folder holds a pointer to it. See `itudocs.search.engine.Engine`.

    Beside what is promised there, all methods raise:
        ClusterUnavailable: the cluster does not answer, or not in time.
        MissingLibrary: the extra `itudocs[opensearch]` is not installed.

    Args:
        owner: a name of the archive; what lies under the same alias and is another's is left alone.
    """

    def __init__(self, address: Address, *, owner: str = "") -> None:
        self.name = "opensearch"
        self.version = mapping.version()
        self.address = address
        self._owner = owner
        self._cluster: Cluster | None = None
        self._mutex = threading.Lock()

    def update(self, folder: Path, *, add: Iterable[Entry], remove: Iterable[str], workers: int = 1) -> None:
        """Write to the index that `folder` points to, or to a new one. Of letters with one key the last stays.

        Args:
            workers: makes no difference: the cluster has processes of its own.

        Raises:
            ArchiveDamaged: the index is gone, or has been replaced.
            ArchiveError: the cluster refuses what it is sent, or the alias is another archive's.
        """
        from itudocs.search.opensearch.writing import Writer

        Writer(self._connected(), owner=self._owner).update(folder, add=add, remove=remove)

    def open(self, folder: Path) -> Searcher:
        """Open the version of an index that `folder` points to.

        Raises:
            ArchiveDamaged: there is no pointer, or what it means is gone or not whole.
        """
        from itudocs.search.opensearch.searcher import OpenSearchSearcher
        from itudocs.search.opensearch.view import View
        from itudocs.search.opensearch.writing import confirm, read_pointer

        pointer = read_pointer(folder)
        if pointer is None:
            raise ArchiveDamaged(f"{folder}: there is no index. It can be rebuilt from the archive's letters.")
        cluster = self._connected()
        confirm(cluster, pointer)
        view = View(cluster, pointer.index, pointer.number)
        view.check()
        if view.letters != pointer.letters:
            raise ArchiveDamaged(
                f"{self.address}: the index {pointer.index} holds {view.letters:,} of {pointer.letters:,} letters."
            )
        return OpenSearchSearcher(view)

    def retain(self, folders: Iterable[Path]) -> None:
        """Delete indices of this archive, and letters in them, that no folder of an index points to."""
        from itudocs.search.opensearch.writing import Writer

        Writer(self._connected(), owner=self._owner).retain(folders)

    def _connected(self) -> Cluster:
        from itudocs.search.opensearch.cluster import Cluster

        with self._mutex:
            if self._cluster is None:
                self._cluster = Cluster(self.address)
            return self._cluster
