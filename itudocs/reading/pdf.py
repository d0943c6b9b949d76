"""PDF files: characters with their places, by pdfium; reading order by this project's own modules.

    PDF ─ pdfium ─▶ Glyphs a page ─ pages ─▶ Lines ─ columns ─▶ paragraphs, tables ─ typesetting ─▶ text with places

Running headers, footers and page marks are told from the text and set behind it. Links' targets stand beside their words.
Scripts, forms, attachments and embedded files are neither run nor read. Pages that are pictures are given to `recognition`, where asked.
"""

from __future__ import annotations

import ctypes
import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from itudocs.errors import ReadError
from itudocs.libraries import for_reading
from itudocs.model import Issue, Part
from itudocs.reading.bidi import rightward
from itudocs.reading.columns import Measure, Paragraph, blocks_of, follows, measure, together
from itudocs.reading.decoding import Decoded
from itudocs.reading.pages import Glyph, Line, lines_of
from itudocs.reading.recognition import DOTS, MOST_DOTS, Row
from itudocs.reading.scanned import lines_of_rows, text_of_rows
from itudocs.reading.source import Limits
from itudocs.reading.twoscripts import recognised_by_script
from itudocs.reading.typesetting import Typesetter

WHAT = "a PDF file"
_HEAD = re.compile(rb"[\s\S]{0,1024}?%PDF-\d")
_EDGE_LINES = 4  # that a running header or footer may have
_TOP, _BOTTOM = 0.88, 0.13  # of the page's height: where they stand
_MARGIN = 0.085  # a footer of the first page stands below this
_PAGE_MARK = re.compile(r"\W{0,3}(?:\d{1,3}|[ivxlc]{1,5})\W{0,3}(?:/\W?\d{1,3})?", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]{2,}")
_MOST_PAGES = 20_000
_MOST_LINKS = 5000  # of a page
_NO_CHARACTERS = frozenset({0, 0xA, 0xD, 0xFFFE, 0xFFFF})
_PASSWORD, _SECURITY = 4, 5  # FPDF_GetLastError


class PdfDocument:
    """Adobe's page description, ISO 32000."""

    name = "pdf"
    extensions = frozenset({".pdf"})
    isolated = True

    def sniff(self, data: bytes, name: str) -> float:
        """A PDF names itself in its first kilobyte."""
        return 0.9 if _HEAD.match(data) else 0.0

    def to_text(self, data: bytes, *, name: str, limits: Limits) -> Decoded:
        """The text layer of a PDF file.

        Raises:
            ReadError: it is encrypted (`encrypted`), damaged beyond repair (`damaged`), has no text but pictures of it
                (`scanned`), more text than the limits allow (`too-large`); pypdfium2, or what recognises text where that
                is asked for, is not installed (`library`).
        """
        pages = _pages(data, name, limits)
        shown = [number for number, page in enumerate(pages, 1) if page.drawn and not page.glyphs and not page.rows]
        if shown and not any(page.glyphs or page.rows for page in pages):
            raise ReadError(
                f'{name} holds pictures of pages and no text: read it with text recognition (OCR), Limits(ocr="eng") or '
                "--limit ocr=eng, or run it through ocrmypdf and read the result.",
                name=name,
                reason="scanned",
            )
        issues: tuple[Issue, ...] = ()
        if shown:
            which = (
                f"Page {shown[0]} is a picture"
                if len(shown) == 1
                else f"{len(shown)} pages are pictures, the first of them page {shown[0]}"
            )
            message = f"{which}: what stands there is not in the text."
            issues = (Issue(code="scanned-pages", message=message),)
        read = sum(bool(page.rows) for page in pages)
        if read:
            what = "One page was" if read == 1 else f"{read} pages were"
            message = f"{what} read by text recognition: characters may be wrong."
            issues = (*issues, Issue(code="recognised", message=message))
        return _set(pages, name, limits, issues)


# -- what pdfium tells -------------------------------------------------------------------------------------------------


class _Page(NamedTuple):
    """The glyphs of a page, those that run in one direction together, most first; its height; where its links lead;
    whether anything is drawn on it; the rows of words of one that is a picture, where they were recognised, and its dots
    to an inch."""

    glyphs: list[list[Glyph]]
    height: float
    targets: list[str]
    drawn: bool = False
    rows: Sequence[Row] = ()
    dots: float = DOTS


def _pages(data: bytes, name: str, limits: Limits) -> list[_Page]:
    for_reading("pypdfium2", source=name)
    import pypdfium2.raw as pdfium

    pdfium.FPDF_InitLibrary()
    document = pdfium.FPDF_LoadMemDocument64(data, len(data), None)
    if not document:
        raise _refused(pdfium.FPDF_GetLastError(), name)
    try:
        out: list[_Page] = []
        left = limits.max_text
        count = pdfium.FPDF_GetPageCount(document)
        if count > _MOST_PAGES:
            raise ReadError(
                f"{name} holds more than {_MOST_PAGES:,} pages, or says so: split it.", name=name, reason="too-large"
            )
        for number in range(count):
            page = pdfium.FPDF_LoadPage(document, number)
            if not page:  # one that is damaged takes no other with it
                out.append(_Page([], 0.0, []))
                continue
            text = pdfium.FPDFText_LoadPage(page)
            try:
                made = _page(pdfium, document, page, text, left)
                if limits.ocr and made.drawn and not made.glyphs:
                    width, height, grey, dots = _drawn(pdfium, page)
                    rows = recognised_by_script(width, height, grey, languages=limits.ocr, dots=dots, name=name)
                    made = made._replace(rows=rows, dots=dots)
            finally:
                pdfium.FPDFText_ClosePage(text)
                pdfium.FPDF_ClosePage(page)
            left -= sum(map(len, made.glyphs)) + len(text_of_rows(made.rows))
            if left < 0:
                raise _too_large(name, limits)
            out.append(made)
        return out
    finally:
        pdfium.FPDF_CloseDocument(document)


def _too_large(name: str, limits: Limits) -> ReadError:
    return ReadError(
        f"{name} holds more than {limits.max_text:,} characters: split it, or raise Limits(max_text=...).",
        name=name,
        reason="too-large",
    )


def _refused(error: int, name: str) -> ReadError:
    if error in (_PASSWORD, _SECURITY):
        return ReadError(
            f"{name} is encrypted: open it with its password and save it without.", name=name, reason="encrypted"
        )
    return ReadError(
        f"{name} is {WHAT} that is damaged beyond repair: get it anew, or open it in a program that shows it and print it "
        "to a new file.",
        name=name,
        reason="damaged",
    )


def _page(pdfium: Any, document: Any, page: Any, text: Any, most: int) -> _Page:
    links = _links(pdfium, document, page)
    count = pdfium.FPDFText_CountChars(text) if text else 0
    count = min(count, most + 1)
    unicode, loose, origin = pdfium.FPDFText_GetUnicode, pdfium.FPDFText_GetLooseCharBox, pdfium.FPDFText_GetCharOrigin
    object_of = pdfium.FPDFText_GetTextObject
    box = pdfium.FS_RECTF()
    x, y = ctypes.c_double(), ctypes.c_double()
    at_box, at_x, at_y = ctypes.byref(box), ctypes.byref(x), ctypes.byref(y)
    turns: dict[int, list[Glyph]] = {}
    runs: dict[int, tuple[int, int, float]] = {}  # of each text object: its number, its turn, its size
    high = 0
    for i in range(count):
        code = unicode(text, i)
        if 0xD800 <= code < 0xDC00:
            high = code
            continue
        if 0xDC00 <= code < 0xE000:
            code = 0x10000 + ((high - 0xD800) << 10) + (code - 0xDC00) if high else 0xFFFD
        high = 0
        if code in _NO_CHARACTERS or code > 0x10FFFF:
            continue
        of = ctypes.cast(object_of(text, i), ctypes.c_void_p).value
        if of is None or not loose(text, i, at_box) or not origin(text, i, at_x, at_y):
            continue  # among them most of the spaces that pdfium guesses
        if code == 0x20 and box.left == box.right and box.top == box.bottom:
            continue  # and these are the rest
        if of not in runs:
            runs[of] = (len(runs), *_turn_and_size(pdfium, text, i))
        run, turn, size = runs[of]
        left, right, top, bottom = box.left, box.right, box.top, box.bottom
        base = y.value
        link = (
            next((n for n, (rect, _) in enumerate(links) if _inside(rect, left, right, bottom, top)), None)
            if links
            else None
        )
        if turn == 1:
            left, right, base = bottom, top, -x.value
        elif turn == 2:
            left, right, base = -right, -left, -base
        elif turn == 3:
            left, right, base = -top, -bottom, x.value
        if not all(map(math.isfinite, (left, right, base, size))):
            continue
        turns.setdefault(turn, []).append(
            Glyph("-" if code == 2 else chr(code), left, max(right, left), base, size, run, link)
        )
    groups = sorted(turns.values(), key=len, reverse=True)
    if not any(not glyph.text.isspace() for group in groups for glyph in group):
        groups = []
    drawn = pdfium.FPDFPage_CountObjects(page) > 0
    return _Page(groups, pdfium.FPDF_GetPageHeightF(page), [target for _, target in links], drawn)


def _turn_and_size(pdfium: Any, text: Any, i: int) -> tuple[int, float]:
    """How many quarters of a circle a character is turned, anticlockwise; the size it is shown in."""
    matrix = pdfium.FS_MATRIX()
    size = pdfium.FPDFText_GetFontSize(text, i)
    if pdfium.FPDFText_GetMatrix(text, i, ctypes.byref(matrix)):
        size *= math.hypot(matrix.c, matrix.d)
        return round(math.atan2(matrix.b, matrix.a) / (math.pi / 2)) % 4, max(size, 0.1)
    return 0, max(size, 0.1)


def _drawn(pdfium: Any, page: Any) -> tuple[int, int, bytes, float]:
    """A page as a picture: how wide and how high it is, a byte of grey for each dot, row by row, and its dots to an inch."""
    wide, high = max(1.0, pdfium.FPDF_GetPageWidthF(page)), max(1.0, pdfium.FPDF_GetPageHeightF(page))
    scale = min(DOTS / 72, math.sqrt(MOST_DOTS / (wide * high)))
    width, height = max(1, int(wide * scale)), max(1, int(high * scale))
    bitmap = pdfium.FPDFBitmap_CreateEx(width, height, pdfium.FPDFBitmap_Gray, None, 0)
    if not bitmap:
        raise MemoryError
    try:
        pdfium.FPDFBitmap_FillRect(bitmap, 0, 0, width, height, 0xFFFFFFFF)
        pdfium.FPDF_RenderPageBitmap(bitmap, page, 0, 0, width, height, 0, pdfium.FPDF_ANNOT)
        stride = pdfium.FPDFBitmap_GetStride(bitmap)
        rows = ctypes.string_at(pdfium.FPDFBitmap_GetBuffer(bitmap), stride * height)
    finally:
        pdfium.FPDFBitmap_Destroy(bitmap)
    return width, height, b"".join(rows[i * stride : i * stride + width] for i in range(height)), scale * 72


_Rect = tuple[float, float, float, float]


def _links(pdfium: Any, document: Any, page: Any) -> list[tuple[_Rect, str]]:
    """The links of a page: where they are, and the addresses they lead to."""
    out: list[tuple[_Rect, str]] = []
    position, link = ctypes.c_int(0), pdfium.FPDF_LINK()
    box = pdfium.FS_RECTF()
    for _ in range(_MOST_LINKS):
        if not pdfium.FPDFLink_Enumerate(page, ctypes.byref(position), ctypes.byref(link)):
            break
        action = pdfium.FPDFLink_GetAction(link)
        if not action or not pdfium.FPDFLink_GetAnnotRect(link, ctypes.byref(box)):
            continue
        length = pdfium.FPDFAction_GetURIPath(document, action, None, 0)
        if not 1 < length < 4000:
            continue
        buffer = ctypes.create_string_buffer(length)
        pdfium.FPDFAction_GetURIPath(document, action, buffer, length)
        target = buffer.raw[: length - 1].decode("utf-8", "replace")
        out.append(((box.left, box.right, box.bottom, box.top), target))
    return out


def _inside(rect: _Rect, left: float, right: float, bottom: float, top: float) -> bool:
    x, y = (left + right) / 2, (bottom + top) / 2
    return rect[0] <= x <= rect[1] and rect[2] <= y <= rect[3]


# -- setting -----------------------------------------------------------------------------------------------------------


def _set(pages: Sequence[_Page], name: str, limits: Limits, issues: tuple[Issue, ...]) -> Decoded:
    letters = "".join(glyph.text for page in pages[:5] for group in page.glyphs[:1] for glyph in group)
    letters += "".join(text_of_rows(page.rows) for page in pages[:5])
    from_right = rightward(letters) > 0
    sheets = [_lines(page, from_right) for page in pages]
    furniture = _furniture([sheet[0] if sheet else [] for sheet in sheets], [page.height for page in pages])
    texts = [line for sheet in sheets for lines in sheet[:1] for line in lines]
    counts = Counter(word for line in texts for span in line.spans for word in _WORD.findall(span.text.casefold()))
    within = measure(texts)._replace(words=counts)
    setter = Typesetter(name=name, limits=limits)
    body = setter.story("body")
    _Body(setter, within).write(sheets, furniture)
    setter.end()
    stories = [body]
    for part in ("header", "footer"):
        for number, (sheet, apart) in enumerate(zip(sheets, furniture, strict=True), 1):
            if words := [_told(line) for i, line in enumerate(sheet[0]) if apart.get(i) == part] if sheet else []:
                stories.append(setter.story(part))
                setter.page = number
                for line in words:
                    setter.say(line)
                    setter.line()
                setter.end()
    return setter.decoded(stories, issues=issues)


def _lines(page: _Page, from_right: bool) -> list[list[Line]]:
    """The lines of a page, those that run in one direction together, most first."""
    if page.rows:
        return [lines_of_rows(page.rows, dots=page.dots, height=page.height, from_right=from_right)]
    return [lines_of(group, from_right=from_right, targets=page.targets) for group in page.glyphs]


def _told(line: Line) -> str:
    return "\t".join(span.text for span in line.spans)


class _Body:
    """Writes the text of all pages; a paragraph may run over pages."""

    def __init__(self, setter: Typesetter, within: Measure) -> None:
        self.setter = setter
        self.within = within
        self.open: Paragraph | None = None

    def write(self, sheets: Sequence[Sequence[Sequence[Line]]], furniture: Sequence[dict[int, Part]]) -> None:
        for number, (sheet, apart) in enumerate(zip(sheets, furniture, strict=True), 1):
            fresh = True
            for turn, lines in enumerate(sheet):
                kept = [line for i, line in enumerate(lines) if turn or i not in apart]
                within = (
                    measure(kept)._replace(pitch=self.within.pitch, words=self.within.words) if kept else self.within
                )
                for block in blocks_of(kept, within):
                    if isinstance(block, Paragraph):
                        goes_on = (
                            fresh and self.open and follows(self.open.last, block.first, self.within, new_page=True)
                        )
                        self.paragraph(block, number, goes_on=bool(goes_on))
                    else:
                        self.end()
                        self.setter.page = number
                        self.table(block.rows)
                    fresh = False
        self.end()

    def paragraph(self, block: Paragraph, page: int, *, goes_on: bool) -> None:
        if goes_on and self.open:
            joint = together(self.open.text, block.text, self.within.words)
            self.setter.page = page
            self.setter.say(joint[len(self.open.text) :] if joint.startswith(self.open.text) else f" {block.text}")
        else:
            self.end()
            self.setter.page = page
            self.setter.say(block.text)
        self.open = block

    def end(self) -> None:
        if self.open:
            self.setter.line()
            self.open = None

    def table(self, rows: Sequence[Sequence[Sequence[str]]]) -> None:
        self.setter.open_table()
        for row in rows:
            self.setter.open_row()
            for cell in row:
                self.setter.open_cell()
                for words in cell:
                    self.setter.say(words)
                    self.setter.line()
                self.setter.close_cell()
            self.setter.close_row()
        self.setter.close_table()


def _furniture(sheets: Sequence[Sequence[Line]], heights: Sequence[float]) -> list[dict[int, Part]]:
    """Which lines of each page are its header or footer: what stands at the edge of several pages, numbers aside, page
    marks, and what stands apart in the margin below."""
    seen: Counter[str] = Counter()
    edges: list[list[tuple[int, Part, str]]] = []
    for lines, height in zip(sheets, heights, strict=True):
        edge: list[tuple[int, Part, str]] = []
        for i, line in enumerate(lines):
            if line.base > _TOP * height and i < _EDGE_LINES:
                edge.append((i, "header", _pattern(line)))
            elif line.base < _BOTTOM * height and i >= len(lines) - _EDGE_LINES:
                edge.append((i, "footer", _pattern(line)))
        edges.append(edge)
        seen.update({pattern for _, _, pattern in edge})
    out: list[dict[int, Part]] = []
    for lines, height, edge in zip(sheets, heights, edges, strict=True):
        apart: dict[int, Part] = {i: part for i, part, pattern in edge if seen[pattern] > 1 or _is_mark(lines[i])}
        apart |= dict.fromkeys(_below_margin(lines, height), "footer")
        out.append(apart)
    return out


def _below_margin(lines: Sequence[Line], height: float) -> Iterator[int]:
    """The last lines of a page, where they stand in its margin and a gap above them."""
    for i in range(len(lines) - 1, max(0, len(lines) - 1 - _EDGE_LINES), -1):
        line, above = lines[i], lines[i - 1]
        if line.base > _BOTTOM * height:
            return
        if above.base - line.base > 2.5 * line.size and line.base < (_MARGIN + 0.04) * height:
            if lines[-1].base < _MARGIN * height:
                yield from range(i, len(lines))
            return


def _pattern(line: Line) -> str:
    return re.sub(r"\d+", "#", _told(line)).casefold()


def _is_mark(line: Line) -> bool:
    return len(line.spans) == 1 and bool(_PAGE_MARK.fullmatch(line.spans[0].text))
