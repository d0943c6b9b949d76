"""A graph for other programs: GraphML, and networkx objects.

Both give works the same attributes (`label`, `series`, `date`, `year`, `subject`, `languages`, `versions`, `held`) and edges
`kind`, `how` and `mentions` (in how many places it is said). What is unknown is left out. Networkx is an extra.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape, quoteattr

from itudocs.errors import ArchiveError

if TYPE_CHECKING:
    import networkx

    from itudocs.archive.graph import Edge, Graph, Work

_NODE = {
    "label": "string", "series": "string", "date": "string", "year": "int", "subject": "string", "languages": "string",
    "versions": "int", "held": "boolean",
}  # fmt: skip
_EDGE = {"kind": "string", "how": "string", "mentions": "int"}
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_HIDDEN = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def node(work: Work) -> dict[str, Any]:
    """A work's attributes."""
    first = work.versions[0] if work.versions else None
    values = {
        "label": (first.ref if first else None) or work.id,
        "series": work.series,
        "date": work.date.isoformat() if work.date else None,
        "year": work.date.year if work.date else None,
        "subject": first.subject if first else None,
        "languages": " ".join(sorted({v.language for v in work.versions if v.language})) or None,
        "versions": len(work.versions),
        "held": work.held,
    }
    return {name: value for name, value in values.items() if value is not None}


def arrow(edge: Edge) -> dict[str, Any]:
    """An edge's attributes."""
    return {"kind": edge.kind, "how": edge.how, "mentions": len(edge.said)}


def lines(graph: Graph) -> Iterator[str]:
    """GraphML, line by line."""
    yield '<?xml version="1.0" encoding="UTF-8"?>'
    yield '<graphml xmlns="http://graphml.graphdrawing.org/xmlns">'
    for end, table in (("node", _NODE), ("edge", _EDGE)):
        for name, kind in table.items():
            yield f'  <key id="{end}.{name}" for="{end}" attr.name="{name}" attr.type="{kind}"/>'
    yield '  <graph id="letters" edgedefault="directed">'
    for work in graph.works:
        yield f"    <node id={_quoted(work.id)}>{_data('node', node(work))}</node>"
    for edge in graph.edges:
        ends = f"source={_quoted(edge.source)} target={_quoted(edge.target)}"
        yield f"    <edge {ends}>{_data('edge', arrow(edge))}</edge>"
    yield "  </graph>"
    yield "</graphml>"


def _data(end: str, values: dict[str, Any]) -> str:
    return "".join(f'<data key="{end}.{name}">{_text(value)}</data>' for name, value in values.items())


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else _spelt(escape(_NOT_XML.sub("", str(value))))


def _quoted(value: str) -> str:
    return _spelt(quoteattr(_NOT_XML.sub("", value)))


def _spelt(text: str) -> str:
    """Control characters and bidirectional marks as references: the same values, and harmless on a terminal."""
    return _HIDDEN.sub(lambda match: f"&#{ord(match[0])};", text)


def to_networkx(graph: Graph) -> networkx.MultiDiGraph[str]:
    """See `itudocs.archive.graph.Graph.to_networkx`."""
    try:
        import networkx
    except ImportError as missing:
        raise ArchiveError("networkx is not installed. Install it with: pip install 'itudocs[graph]'") from missing
    made: networkx.MultiDiGraph[str] = networkx.MultiDiGraph()
    for work in graph.works:
        made.add_node(work.id, **node(work))
    for edge in graph.edges:
        made.add_edge(edge.source, edge.target, key=edge.kind, **arrow(edge))
    return made
