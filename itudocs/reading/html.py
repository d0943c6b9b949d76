"""Web pages (.html): the letter's own words, without what the site has around them.

Dropped are scripts, forms, what is hidden, what pages mark as navigation, and blocks of links above and below the text; where
a page marks its main part, only that is read. Tables keep their cells; tables that only lay out a page have none. Links
keep their targets, and addresses of mail that a host has masked are unmasked where the page holds them. Nothing is fetched
or run. Source: the HTML standard of the WHATWG, "Rendering" and "Semantics". Parsed by lxml, in an extra.
"""

from __future__ import annotations

import codecs
import re
from typing import Any
from urllib.parse import urljoin

from itudocs.errors import ReadError
from itudocs.libraries import for_reading
from itudocs.model import Issue
from itudocs.reading.decoding import Decoded, decode
from itudocs.reading.links import NESTED, address, beside
from itudocs.reading.numbering import spelt
from itudocs.reading.source import Limits
from itudocs.reading.typesetting import Typesetter
from itudocs.reading.webchrome import without_chrome

_PAGE = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]{0,200}>\s*)?(?><!--[\s\S]{0,2000}?-->\s*)*+<(?:!doctype\s+html|html|head|body)\b",
    re.IGNORECASE,
)
_TAGS = re.compile(rb"<(?:p|div|table|br|meta|font|title|span)\b[^<>]{0,300}>", re.IGNORECASE)
_DECLARED = re.compile(rb"""<meta\b[^>]{0,300}?charset\s*=\s*["']?\s*([\w:.-]{1,40})""", re.IGNORECASE)
_XML_DECLARED = re.compile(rb"""\s*<\?xml[^>]{0,100}?encoding\s*=\s*["']([\w:.-]{1,40})""")
# Names that mean more than they say, as browsers take them.
_WIDER = {
    "iso8859-1": "cp1252", "ascii": "cp1252", "gb2312": "gb18030", "gbk": "gb18030", "big5": "big5hkscs", "iso8859-9": "cp1254",
}  # fmt: skip
_LOOKED_AT = 4096


class WebPage:
    """HTML and XHTML of any age."""

    name = "html"
    extensions = frozenset({".html", ".htm", ".xhtml"})
    isolated = True

    def sniff(self, data: bytes, name: str) -> float:
        """The beginning of a page, or tags in a file with its ending."""
        head = data[:_LOOKED_AT]
        if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            head = head.replace(b"\0", b"")[2:]
        if _PAGE.match(head):
            return 0.9
        return 0.6 if name.lower().endswith(tuple(self.extensions)) and _TAGS.search(head) else 0.0

    def to_text(self, data: bytes, *, name: str, limits: Limits) -> Decoded:
        """The text of a page.

        Raises:
            ReadError: lxml is not installed (`library`); the bytes are no text (`binary`); elements are nested too deeply
                (`nesting`); the text is larger than the limits allow (`too-large`).
        """
        etree = for_reading("lxml.etree", source=name)
        decoded = _characters(data, name)
        root = _parsed(etree, decoded.text, name)
        setter = Typesetter(name=name, limits=limits)
        body = setter.story("body")
        if root is not None:
            base = next((str(e.get("href")) for e in root.iter("base") if e.get("href")), "")
            _Page(setter, base).read(etree, without_chrome(etree, root))
        setter.end()
        made = setter.decoded([body], encoding=decoded.encoding, issues=decoded.issues)
        return Decoded(
            text=made.text,
            encoding=decoded.encoding,
            confidence=decoded.confidence,
            lost=decoded.lost,
            issues=made.issues,
            places=made.places,
        )


def _characters(data: bytes, name: str) -> Decoded:
    """The page decoded: a byte order mark wins, then bytes that can only be UTF-8, then what the page says, then a guess."""
    declared = _DECLARED.search(data[:_LOOKED_AT]) or _XML_DECLARED.match(data[:_LOOKED_AT])
    marked = data.startswith((codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    if declared and not marked and not data.isascii():
        try:
            data.decode("utf-8")
        except UnicodeDecodeError:
            if told := _as_declared(data, declared[1].decode("ascii")):
                return told
    decoded = decode(data)
    if decoded is None:
        raise ReadError(
            f"{name} begins as a web page and goes on as no text: save the page anew.", name=name, reason="binary"
        )
    return decoded


def _as_declared(data: bytes, declared: str) -> Decoded | None:
    try:
        encoding = codecs.lookup(declared).name
        encoding = _WIDER.get(encoding, encoding)
        text = data.decode(encoding, "replace")
    except (LookupError, UnicodeError, ValueError):
        return None
    lost = text.count("\ufffd")
    if encoding.startswith(("utf-8", "utf-16", "utf-32")) or lost > 0.02 * len(text):
        return None  # it says what it is not
    issues: tuple[Issue, ...] = ()
    if lost:
        message = f"{lost} characters were not valid {encoding} and replaced by \ufffd."
        issues = (Issue(code="damaged-encoding", message=message),)
    return Decoded(text=text, encoding=encoding, lost=lost, issues=issues)


def _parsed(etree: Any, text: str, name: str) -> Any:
    """The page's root element; None where there is no element."""
    parser = etree.HTMLParser(
        encoding="utf-8", no_network=True, huge_tree=False, remove_comments=True, remove_pis=True, recover=True
    )
    try:
        root = etree.fromstring(text.replace("\0", "\ufffd").encode("utf-8", "replace"), parser)
    except etree.ParserError:
        return None
    except etree.XMLSyntaxError as error:
        if text.strip():
            raise _nested(name) from error
        return None
    if any("RESOURCE_LIMIT" in entry.type_name for entry in parser.error_log):
        raise _nested(name)  # the parser stops there, and says nothing
    return root


def _nested(name: str) -> ReadError:
    return ReadError(
        f"{name} is a web page whose elements are nested too deeply to be a letter: save its text by itself.",
        name=name,
        reason="nesting",
    )


# -- setting -----------------------------------------------------------------------------------------------------------

_BLOCKS = frozenset({
    "address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "details", "dialog", "dir",
    "div", "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6",
    "header", "hgroup", "html", "legend", "main", "menu", "nav", "ol", "p", "pre", "section", "summary", "ul",
})  # fmt: skip
_SPACE = re.compile(r"[ \t\r\n\f]+")
_HAN_BREAK = re.compile(r"(?<=[\u3000-\u9fff\uff00-\uffef])[ \t]*[\r\n][ \t\r\n\f]*(?=[\u3000-\u9fff\uff00-\uffef])")
_MARKED = re.compile(r"\s*(?:[-–—•·*▪]|\(?\w{1,3}[.)])\s")
_LIST_STYLES = {"a": "letter", "A": "LETTER", "i": "roman", "I": "ROMAN"}
_MOST_SPANNED = 1000


class _Grid:
    """Where the cells of a table stand: rows that cells run down over push others aside."""

    def __init__(self, laid_out: bool) -> None:
        self.laid_out = laid_out  # it lays out a page, and is no table to its reader
        self.column = 0
        self.spanned = 1
        self.down: dict[int, int] = {}  # column: rows that a cell above still covers

    def open_row(self) -> None:
        self.column = 0
        self.down = {column: rows - 1 for column, rows in self.down.items() if rows > 1}

    def open_cell(self, columns: int, rows: int) -> int:
        """Columns to skip before a cell of so many columns and rows."""
        start = self.column
        while self.column in self.down:
            self.column += 1
        skipped = self.column - start
        if rows > 1 and len(self.down) < _MOST_SPANNED:
            self.down.update(dict.fromkeys(range(self.column, self.column + columns), rows))
        self.column += columns
        self.spanned = columns
        return skipped


class _Page:
    def __init__(self, setter: Typesetter, base: str) -> None:
        self.setter = setter
        self.base = base
        self.tables: list[_Grid] = []
        self.cells: list[bool] = []  # whether a cell of the setter's was opened
        self.rows: list[bool] = []
        self.lists: list[list[Any]] = []  # style, number of the next item
        self.label = ""  # of a list item that has begun
        self.links: list[tuple[str, list[str]]] = []
        self.plain = 0  # within <pre>
        self.after_space = True

    def read(self, etree: Any, root: Any) -> None:
        walk = etree.iterwalk(root, events=("start", "end"))
        for event, element in walk:
            tag = element.tag if isinstance(element.tag, str) else ""
            if event == "start":
                self.start(tag, element)
                if masked := _unmasked(element):
                    self.say(masked)
                    walk.skip_subtree()
                elif element.text:
                    self.text(element.text)
            else:
                self.end(tag)
                if element.tail and element is not root:
                    self.text(element.tail)

    # -- words ---------------------------------------------------------------------------------------------------------

    def text(self, text: str) -> None:
        if self.plain:
            self.say(text)
            return
        text = _SPACE.sub(" ", _HAN_BREAK.sub("", text))
        if self.after_space or self.setter.empty:
            text = text.removeprefix(" ")
        if text:
            self.after_space = text.endswith(" ")
            self.say(text)

    def say(self, text: str) -> None:
        if self.label:
            label, self.label = self.label, ""
            if not _MARKED.match(f"{text} "):
                self.setter.say(label)
        for _, visible in self.links[-NESTED:]:
            visible.append(text)
        self.setter.say(text)

    def block(self) -> None:
        self.setter.close_line()
        self.after_space = True

    # -- elements ------------------------------------------------------------------------------------------------------

    def start(self, tag: str, element: Any) -> None:
        if tag == "br":
            self.setter.line()
            self.after_space = True
        elif tag in _BLOCKS or tag == "hr":
            self.block()
            if tag in ("ul", "ol", "menu", "dir"):
                style = _LIST_STYLES.get(element.get("type", "1"), "decimal") if tag == "ol" else "bullet"
                self.lists.append([style, _whole(element.get("start"), 1)])
            elif tag == "pre":
                self.plain += 1
        elif tag == "li":
            self.item(element)
        elif tag == "a":
            href = str(element.get("href") or "")
            if href.startswith("//"):
                href = f"https:{href}"
            try:
                target = urljoin(self.base, href) if self.base and href else href
            except ValueError:
                target = href
            self.links.append((target, []))
        elif tag == "table":
            self.block()
            self.tables.append(_Grid(_lays_out(element)))
            if not self.tables[-1].laid_out:
                self.setter.open_table()
        elif tag == "tr":
            self.open_row()
        elif tag in ("td", "th"):
            self.open_cell(element)

    def end(self, tag: str) -> None:
        if tag in _BLOCKS:
            self.block()
            self.label = ""
            if tag in ("ul", "ol", "menu", "dir") and self.lists:
                self.lists.pop()
            elif tag == "pre":
                self.plain = max(self.plain - 1, 0)
        elif tag == "li":
            self.block()
            self.label = ""
        elif tag == "a" and self.links:
            target, visible = self.links.pop()
            if words := beside("".join(visible), target):
                self.say(words)
        elif tag == "table" and self.tables:
            self.block()
            if not self.tables.pop().laid_out:
                self.setter.close_table()
        elif tag == "tr" and self.rows:
            self.block()
            if self.rows.pop():
                self.setter.close_row()
        elif tag in ("td", "th") and self.cells:
            self.block()
            self.label = ""
            if self.cells.pop():
                self.setter.close_cell(span=self.tables[-1].spanned if self.tables else 1)

    def item(self, element: Any) -> None:
        self.block()
        if not self.lists:
            self.label = "- "
            return
        style, number = self.lists[-1]
        if style == "bullet":
            self.label = "- "
        else:
            number = _whole(element.get("value"), number)
            self.label = f"{spelt(number, style)}. "
            self.lists[-1][1] = number + 1

    def open_row(self) -> None:
        self.block()
        kept = bool(self.tables) and not self.tables[-1].laid_out
        self.rows.append(kept)
        if kept:
            self.tables[-1].open_row()
            self.setter.open_row()

    def open_cell(self, element: Any) -> None:
        self.block()
        kept = bool(self.tables) and not self.tables[-1].laid_out
        self.cells.append(kept)
        if kept:
            columns = min(max(_whole(element.get("colspan"), 1), 1), _MOST_SPANNED)
            rows = min(max(_whole(element.get("rowspan"), 1), 1), _MOST_SPANNED)
            self.setter.open_cell(skip=self.tables[-1].open_cell(columns, rows))


def _lays_out(table: Any) -> bool:
    """Whether a table is there for the page's sake: it says so, or holds tables."""
    return (
        table.get("role") in ("presentation", "none") or next(table.iterdescendants("table", "main"), None) is not None
    )


def _unmasked(element: Any) -> str:
    """The address of mail that a host's script would put in place of `[email protected]`."""
    hidden = element.get("data-cfemail")
    if hidden is None or not re.fullmatch(r"(?:[0-9a-fA-F]{2}){4,200}", hidden):
        return ""
    key, *codes = bytes.fromhex(hidden)
    told = bytes(code ^ key for code in codes).decode("utf-8", "replace")
    return told if address(f"mailto:{told}") == told else ""


def _whole(value: str | None, otherwise: int) -> int:
    return int(value) if value and value.isascii() and value.isdigit() and len(value) < 7 else otherwise
