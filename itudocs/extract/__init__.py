"""Zones -> values: one module a group of fields; each function takes a `Letter` and gives a `Finding`."""

from itudocs.extract.identity import detect
from itudocs.extract.letter import Finding, Letter, Tried

__all__ = ["Finding", "Letter", "Tried", "detect"]
