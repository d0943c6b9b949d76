"""The page: an archive in a browser, on this machine.

    request ─ safety ─ app: routes ─▶ pages: a page's data ─▶ JSON as it is, or HTML by `render`

A page is a struct and a function that makes it from an archive; the same struct is its `.json` and what its template shows.
Nothing is decided here about letters or searches: pages ask `Archive` and lay out what it says. Nothing imports this
package. Needs the extra `itudocs[web]`.
"""

from __future__ import annotations

from itudocs.web.settings import Settings

__all__ = ["Settings"]
