"""What every handler may ask for by the names `archive` and `settings`."""

from __future__ import annotations

from litestar.di import NamedDependency

from itudocs.archive.archive import Archive
from itudocs.web.settings import Settings

TheArchive = NamedDependency[Archive]
TheSettings = NamedDependency[Settings]
