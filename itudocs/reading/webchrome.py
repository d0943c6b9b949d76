"""A page's tree -> the part of it that is the letter: what a site has around every page goes.

Decided by the page's own marks (elements, roles, what is hidden), then by shape: blocks made of links to the same site
that stand before or after all prose. Words are not looked at; what is left of a site's words is `itudocs.flow`'s.
Used by `html`, whose tree it changes.
"""

from __future__ import annotations

import re
from typing import Any

_NEVER_TEXT = (
    "script", "style", "noscript", "template", "head", "iframe", "object", "embed", "applet", "svg", "math", "canvas", "audio", "video",
    "map", "select", "datalist", "button", "input", "textarea", "progress", "meter", "nav", "dialog", "rt", "rp",
)  # fmt: skip
_ROLES = frozenset({
    "navigation", "banner", "contentinfo", "search", "complementary", "menu", "menubar", "toolbar", "dialog", "alertdialog",
})  # fmt: skip
_HIDDEN = re.compile(r"(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*hidden)", re.IGNORECASE)
# Names that site builders give to what is around a page's content: whole words of `class` and `id`.
_NAMED = re.compile(
    r"(?:^|[\s_-])(?:nav|navbar|navigation|menu|breadcrumbs?|cookies?|sidebar|social|share|sharing|skip|pagination|"
    r"newsletter|login)(?:$|[\s_-])",
    re.IGNORECASE,
)
_FRAMING = frozenset({"header", "footer", "aside"})
_WHOLE = frozenset({"html", "body", "main", "article"})
_EDGE, _FEWEST_WORDS = 0.05, 60
"""The share of a page's words, and their characters, that may stand outside a block of links on the edge."""
_FEWEST_LINKS = 3
_LINKED = 0.5
_LONGEST = 3000
_BLOCKS = frozenset({
    "td", "th", "tr", "table", "div", "ul", "ol", "dl", "p", "center", "font", "form", "section",
})  # fmt: skip


def without_chrome(etree: Any, root: Any) -> Any:
    """The element that holds the letter, without what is not the letter's in it."""
    for element in [e for e in root.iter() if isinstance(e.tag, str) and _marked(e)]:
        _drop(element)
    main = _main(root)
    for element in _link_blocks(etree, main):
        _drop(element)
    return main


def _marked(element: Any) -> bool:
    """Whether the page itself says that an element is not its content."""
    tag = element.tag
    if tag in _NEVER_TEXT:
        return True
    if tag in _WHOLE:
        return False
    if (
        element.get("hidden") is not None
        or element.get("aria-hidden") == "true"
        or _HIDDEN.search(element.get("style") or "")
        or element.get("role") in _ROLES
    ):
        return True
    if tag in _FRAMING:  # those of an article are the article's
        return next(element.iterancestors("main", "article"), None) is None
    named = f"{element.get('class') or ''} {element.get('id') or ''}".strip()
    return bool(named) and tag in _BLOCKS and bool(_NAMED.search(named)) and next(element.iter("table"), None) is None


def _main(root: Any) -> Any:
    """The page's main part, where it marks one that holds most of its words."""
    found = [e for e in root.iter("main", "article", "div", "section") if e.tag == "main" or e.get("role") == "main"]
    found = found or list(root.iter("article"))
    if len(found) == 1:
        words, whole = _length(found[0]), _length(root)
        if words > whole / 2:
            return found[0]
    return root


def _length(element: Any) -> int:
    return sum(len(text.strip()) for text in element.itertext())


class _Count:
    """What a block holds, counted while it is walked through."""

    def __init__(self, order: int, before: int) -> None:
        self.order = order
        self.before = before  # characters outside links before it
        self.text = 0
        self.linked = 0
        self.links = 0


def _link_blocks(etree: Any, root: Any) -> list[Any]:
    """Blocks that consist of links for the most part, above or below nearly all words; none where little else is there."""
    found: list[tuple[Any, _Count, int]] = []
    counts: list[_Count] = []
    order = plain = in_link = 0

    def take(text: str | None) -> None:
        nonlocal plain
        size = len(text.strip()) if text else 0
        if size and counts:
            counts[-1].text += size
            if in_link:
                counts[-1].linked += size
            else:
                plain += size

    for event, element in etree.iterwalk(root, events=("start", "end")):
        if event == "start":
            order += 1
            counts.append(_Count(order, plain))
            in_link += element.tag == "a"
            take(element.text)
            continue
        done = counts.pop()
        in_link -= element.tag == "a"
        if element.tag == "a" and _leads_around(element):
            done.links += 1
        if (
            element.tag in _BLOCKS
            and element is not root
            and done.links >= _FEWEST_LINKS
            and done.text < _LONGEST
            and done.linked >= _LINKED * done.text
        ):
            while found and found[-1][1].order > done.order:
                found.pop()  # it stands in this one, and goes with it
            found.append((element, done, plain))
        if counts:
            outer = counts[-1]
            outer.text += done.text
            outer.linked += done.linked
            outer.links += done.links
            take(element.tail)
    most = max(_EDGE * plain, _FEWEST_WORDS)
    edges = [(element, done) for element, done, after in found if min(done.before, plain - after) <= most]
    left = plain - sum(done.text - done.linked for _, done in edges)
    return [element for element, _ in edges] if left >= _FEWEST_WORDS else []


def _leads_around(link: Any) -> bool:
    """Whether a link leads about the site: not to an address that it shows, nor to mail."""
    href = (link.get("href") or "").strip()
    words = "".join(link.itertext()).strip()
    return (
        bool(href) and not href.lower().startswith("mailto:") and not re.search(r"\S[.@/]\S", words) and len(words) < 80
    )


def _drop(element: Any) -> None:
    """Take an element out, not what comes after it."""
    parent = element.getparent()
    if parent is None:
        return
    if element.tail:
        before = element.getprevious()
        # It may have parted words.
        if before is not None:
            before.tail = _storable(f"{before.tail or ''} {element.tail}")
        else:
            parent.text = _storable(f"{parent.text or ''} {element.tail}")
    parent.remove(element)


def _storable(text: str) -> str:
    """Text that a tree takes: pages may hold characters that trees refuse."""
    return re.sub("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", " ", text)
