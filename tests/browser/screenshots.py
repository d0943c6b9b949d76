"""Pictures of the main pages, at two widths and in both themes: `make screenshots`.

    python -m tests.browser.screenshots --output docs/screenshots [--only calendar]
    python -m tests.browser.screenshots --readme docs/images

The letters are those of `corpus/open`; some pages are shown of other archives: an empty one, one that is edited, one whose
letters cite one another without end. A fault of a page (see `browsing.Watch`) is told and makes the program fail, but
every picture is taken.
"""

from __future__ import annotations

import argparse
import datetime as dt
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from itudocs.archive.archive import Archive, open_archive
from itudocs.reading import Document
from tests.browser.browsing import BROWSERS, Opener, Scheme, chromium, executable, pages_of, served

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ROOT = Path(__file__).parents[2]
WIDTHS = (360, 1600)
TODAY = dt.date(2023, 4, 20)
"""A day on which some letters of the corpus have open deadlines."""
LETTER = "tsb-circular/2022-2024/31"
"""The letter that most pictures are of."""
TALLEST = 1_600
"""Pixels of a page that are shown."""

PAGES = {
    "search": "/",
    "hits": "/?q=radio+regulations&bureau=BR",
    "nothing": "/?q=telecomunicaton+xyzzy",
    "error": "/?q=date:yesterday",
    "letter": "/works/tsb-circular/2022-2024/31",
    "letter-arabic": "/works/cr/433?lang=ar",
    "letter-chinese": "/works/tsb-circular/2009-2012/179?lang=zh",
    "letter-zones": "/letters/{key}?zones=1#text",
    "letter-arabic-text": "/works/cr/433?lang=ar#text",
    "letter-chinese-text": "/works/tsb-circular/2009-2012/179?lang=zh#text",
    "hits-arabic": "/?q=%D8%A7%D8%AC%D8%AA%D9%85%D8%A7%D8%B9",
    "hits-chinese": "/?q=%E7%A0%94%E7%A9%B6%E7%BB%84",
    "range": "/?q=meeting&from=2012&to=2013&not.language=fr",
    "relations": "/letters/{key}/relations",
    "explain": "/letters/{key}/explain/events",
    "calendar": "/calendar?month=2023-06",
    "series": "/series",
    "one-series": "/series/tsb-circular",
    "neighbourhood": "/neighbourhood/tsb-circular/2022-2024/31",
    "about": "/about",
    "not-found": "/letters/0000",
}
"""Name and address of what is shown; `{key}` is the key of one letter."""
ELSEWHERE = {
    "empty": {"empty": "/", "empty-calendar": "/calendar", "empty-series": "/series", "empty-about": "/about"},
    "edited": {
        "edited": "/letters/{key}",
        "corrections": "/letters/{key}#corrections",
        "correct": "/letters/{key}/correct?path=events/0/place",
    },
    "cited": {"neighbourhood-crowded": "/neighbourhood/cr/300", "relations-crowded": "/works/cr/300"},
}
"""The same of other archives."""


def take(open_page: Opener, output: Path, addresses: dict[str, str]) -> Iterator[Path]:
    """A picture of every page, width and theme."""
    for width in WIDTHS:
        for scheme in get_args(Scheme):
            page = open_page(width=width, scheme=scheme)
            for name, address in addresses.items():
                page.goto(address)
                height = page.evaluate("document.documentElement.scrollHeight")
                page.set_viewport_size({"width": width, "height": max(800, min(height, TALLEST))})
                path = output / f"{name}-{width}-{scheme}.png"
                page.screenshot(path=path)
                yield path
                page.set_viewport_size({"width": width, "height": 800})


def take_for_readme(open_page: Opener, output: Path, key: str) -> Iterator[Path]:
    """The two pictures of the README: a search, and a letter with a value and its words lit."""
    page = open_page(width=1120)
    for _ in range(3):  # the first search of a process reads what the others have at hand
        page.goto("/?q=workshop&bureau=TSB")
    page.screenshot(path=output / "search.png")
    yield output / "search.png"
    page.set_viewport_size({"width": 1120, "height": 720})
    page.goto(f"/letters/{key}")
    page.locator(".record .value", has_text="Administrations of Member").first.hover()
    page.locator("#letter-text .lit").first.wait_for()
    page.screenshot(path=output / "letter.png")
    yield output / "letter.png"


def filled(folder: Path) -> Archive:
    """An archive of the corpus."""
    archive = open_archive(folder, create=True)
    archive.add(sorted((ROOT / "corpus" / "open").glob("*.txt")))
    return archive


def empty(folder: Path) -> Archive:
    """An archive without letters."""
    return open_archive(folder, create=True)


def edited(folder: Path) -> Archive:
    """An archive of a letter that people have corrected, and its addendum."""
    archive = open_archive(folder, create=True)
    archive.add(sorted((ROOT / "corpus" / "open").glob("en-40[12]-*.txt")))
    one = archive.get(LETTER).key
    archive.correct(one, "events/0/place", "Geneva, Switzerland", by="A. Reader", why="the country is meant as well")
    archive.correct(one, "markings", ["URGENT"], by="B. Reader", why="so says the envelope")
    archive.withdraw(one, "markings", by="A. Reader", why="the envelope is of another letter")
    archive.correct(one, "bureau", "TSB", by="B. Reader", why="read again")
    return archive


def cited(folder: Path) -> Archive:
    """An archive of letters that cite one another: one of them cites forty and is cited by forty."""
    archive = open_archive(folder, create=True)
    archive.add_documents(
        Document(name=f"cr{n}.txt", data=circular(n, range(201, 241) if n == 300 else [300, n - 1]).encode())
        for n in [*range(220, 236), *range(300, 341)]
    )
    return archive


def circular(number: int, others: Iterable[int]) -> str:
    """A circular letter that cites others."""
    cites = "\n".join(f"{n}. See Circular Letter CR/{other}." for n, other in enumerate(others, 1))
    return (
        f"Radiocommunication Bureau\nCircular Letter\nCR/{number}\n{number % 28 + 1} March {1900 + number // 3}\n\n"
        f"To Administrations of Member States of the ITU\n\nSubject: Notices of frequency assignments, part {number}\n\n"
        f"{cites}\n\nYours faithfully,\n\nA. Nobody\nDirector\n"
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Take them; gives the program's exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--output", type=Path, default=ROOT / "docs" / "screenshots")
    every = {"corpus": PAGES, **ELSEWHERE}
    names = [name for pages in every.values() for name in pages]
    parser.add_argument("--only", nargs="*", choices=names, default=names, metavar="PAGE")
    parser.add_argument("--readme", type=Path, metavar="FOLDER", help="the README's two pictures, and no others")
    chosen = parser.parse_args(arguments)
    path = executable()
    if path is None:
        print(f"No browser was found ({', '.join(BROWSERS)}).", file=sys.stderr)
        return 1
    output: Path = chosen.readme or chosen.output
    output.mkdir(parents=True, exist_ok=True)
    if chosen.readme:
        every = {"corpus": PAGES}
    faults: list[str] = []
    with chromium(path) as browser:
        for archive, pages in every.items():
            wanted = {name: address for name, address in pages.items() if name in chosen.only}
            if wanted:
                faults += pictures(browser, archive, wanted, output, readme=bool(chosen.readme))
    for fault in faults:
        print(fault, file=sys.stderr)
    return 1 if faults else 0


def pictures(browser: Browser, name: str, addresses: dict[str, str], output: Path, *, readme: bool) -> list[str]:
    """Take the pictures of one archive; gives what was wrong with its pages."""
    with tempfile.TemporaryDirectory() as folder, ARCHIVES[name](Path(folder) / "archive") as archive:
        key = archive.get(LETTER).key if LETTER in archive else ""
        with served(archive, today=TODAY, edit=name == "edited") as site, pages_of(browser, site) as (opener, watch):
            if readme:
                taken = take_for_readme(opener, output, key)
            else:
                taken = take(opener, output, {n: at.replace("{key}", key) for n, at in addresses.items()})
            for picture in taken:
                print(picture)
        return watch.faults()


ARCHIVES = {"corpus": filled, "empty": empty, "edited": edited, "cited": cited}


if __name__ == "__main__":
    sys.exit(main())
