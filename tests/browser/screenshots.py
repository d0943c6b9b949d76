"""Pictures of the main pages, at two widths and in both themes: `make screenshots`.

    python -m tests.browser.screenshots --output docs/screenshots [--only calendar]
    python -m tests.browser.screenshots --readme docs/images

The letters are those of `corpus/open`. A fault of a page (see `browsing.Watch`) is told and makes the program fail, but
every picture is taken.
"""

from __future__ import annotations

import argparse
import datetime as dt
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import get_args

from itudocs.archive.archive import Archive, open_archive
from tests.browser.browsing import BROWSERS, Opener, Scheme, chromium, executable, pages_of, served

ROOT = Path(__file__).parents[2]
WIDTHS = (360, 1280)
TODAY = dt.date(2023, 4, 20)
"""A day on which some letters of the corpus have open deadlines."""
TALLEST = 1_600
"""Pixels of a page that are shown."""

PAGES = {
    "search": "/",
    "hits": "/?q=radio+regulations&bureau=BR",
    "nothing": "/?q=telecomunicaton+xyzzy",
    "error": "/?q=date:yesterday",
    "letter": "/works/tsb-circular/2022-2024/31",
    "letter-arabic": "/works/cr/433?lang=ar",
    "explain": "/letters/{key}/explain/date",
    "calendar": "/calendar?month=2023-06",
    "series": "/series",
    "one-series": "/series/tsb-circular",
    "neighbourhood": "/neighbourhood/tsb-circular/2022-2024/31",
    "about": "/about",
    "not-found": "/letters/0000",
}
"""Name and address of what is shown; `{key}` is the key of one letter."""


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


def main(arguments: Sequence[str] | None = None) -> int:
    """Take them; gives the program's exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--output", type=Path, default=ROOT / "docs" / "screenshots")
    parser.add_argument("--only", nargs="*", choices=PAGES, default=list(PAGES), metavar="PAGE")
    parser.add_argument("--readme", type=Path, metavar="FOLDER", help="the README's two pictures, and no others")
    chosen = parser.parse_args(arguments)
    path = executable()
    if path is None:
        print(f"No browser was found ({', '.join(BROWSERS)}).", file=sys.stderr)
        return 1
    output: Path = chosen.readme or chosen.output
    output.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, filled(Path(folder) / "archive") as archive:
        key = archive.get("tsb-circular/2022-2024/31").key
        addresses = {name: PAGES[name].replace("{key}", key) for name in chosen.only}
        with (
            served(archive, today=TODAY) as site,
            chromium(path) as browser,
            pages_of(browser, site) as (opener, watch),
        ):
            pictures = take_for_readme(opener, output, key) if chosen.readme else take(opener, output, addresses)
            for picture in pictures:
                print(picture)
    for fault in watch.faults():
        print(fault, file=sys.stderr)
    return 1 if watch.faults() else 0


if __name__ == "__main__":
    sys.exit(main())
