"""Towns: one normal name for a place however it is printed."""

from __future__ import annotations


def town(place: str) -> str | None:
    """The town of an event's place as printed, in English where it is known."""
    return place.rpartition(",")[2].strip() or None
