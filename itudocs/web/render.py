"""Data -> HTML: the templates, and what they may call.

Everything is escaped; markup comes from templates and from `marked`, which escapes before it marks. An attribute that
does not exist is an error, never an empty string.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable
from typing import Any

import jinja2
from markupsafe import Markup, escape

from itudocs.web import days, urls
from itudocs.web.delivery import static
from itudocs.web.marking import lettered
from itudocs.web.settings import Settings
from itudocs.web.sheet import labelled, language_name

RIGHT_TO_LEFT = frozenset({"ar"})


@functools.cache
def environment() -> jinja2.Environment:
    """The templates of this package."""
    made = jinja2.Environment(
        loader=jinja2.PackageLoader("itudocs.web"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.filters.update(
        marked=marked, direction=direction, day=days.day, span=days.span, month=days.month, lettered=lettered,
        language_name=language_name, labelled=labelled,
    )  # fmt: skip
    made.globals.update(
        static=static, letter_url=urls.letter_url, work_url=urls.work_url, series_url=urls.series_url,
        neighbourhood_url=urls.neighbourhood_url, search_value=urls.value_url,
    )  # fmt: skip
    return made


def render(template: str, page: Any, *, settings: Settings, path: str) -> str:
    """The HTML of a page.

    Args:
        template: its name, as `about.html`; it sees the page as `page`.
        path: of the request, without its query: where the page's own links lead.
    """
    return environment().get_template(template).render(page=page, settings=settings, path=path)


def direction(language: str | None) -> str:
    """`rtl` or `ltr`, for the attribute `dir`."""
    return "rtl" if language in RIGHT_TO_LEFT else "ltr"


def marked(text: str, marks: Iterable[tuple[int, int]]) -> Markup:
    """A text with ranges of it in `<mark>`; ranges are in order and apart."""
    pieces: list[str] = []
    at = 0
    for start, end in marks:
        pieces += [escape(text[at:start]), Markup("<mark>"), escape(text[start:end]), Markup("</mark>")]
        at = end
    return Markup("").join([*pieces, escape(text[at:])])
