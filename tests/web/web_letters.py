"""Which letters of the corpus the page's tests are about."""

from __future__ import annotations

from pathlib import Path

OPEN = Path(__file__).parents[2] / "corpus" / "open"

CHOSEN = (
    "*-00[12]-*",  # every language, as plain as it gets
    "*-405-*",  # one letter in six languages
    "en-40[1-4]-*",  # a chain of a circular, its addendum, its corrigendum and what replaces it
    "en-50*", "en-51*",  # every bureau, cells and columns
    "en-003-*", "en-010-*", "en-019-*",
    "ar-501-*", "zh-504-*", "ru-503-*",
)  # fmt: skip


def letters() -> list[Path]:
    """Some forty letters, by name."""
    return sorted({path for pattern in CHOSEN for path in OPEN.glob(f"{pattern}.txt")})
