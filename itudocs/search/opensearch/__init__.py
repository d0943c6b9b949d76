"""OpenSearch: the index on a cluster, for archives that one machine no longer holds.

address     `opensearch://host:9200/letters`, user and password
engine      what an archive drives: `OpenSearchEngine`
cluster     asking a cluster, with patience and a time limit
mapping     what an index is made of; documents: a letter as the cluster is sent it
writing     updates, in versions that do not disturb each other; bulk: many documents at once
compile     a plan -> OpenSearch's query language
view        one version of an index; vocabulary: the terms in it
searcher    a request from end to end
alike       letters like one, and why

How text is analysed, what a query asks for and what is shown of a letter are the embedded engine's (`analysis`, `plan`,
`snippets`, `suggest`, `complete`): both engines find the same letters, since both ask for the same terms.
"""

from __future__ import annotations

from itudocs.search.opensearch.address import Address, address, is_address
from itudocs.search.opensearch.engine import OpenSearchEngine

__all__ = ["Address", "OpenSearchEngine", "address", "is_address"]
