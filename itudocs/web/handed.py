"""What every handler may ask for by the names `archive`, `settings` and `aside`."""

from __future__ import annotations

from litestar.di import NamedDependency

from itudocs.archive.archive import Archive
from itudocs.web.aside import Aside
from itudocs.web.settings import Settings

TheArchive = NamedDependency[Archive]
TheSettings = NamedDependency[Settings]
TheAside = NamedDependency[Aside]
