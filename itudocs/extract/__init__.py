"""Zones -> values: one module a group of fields; each function takes a `Letter` and gives a `Finding`."""

from itudocs.extract.identity import detect
from itudocs.extract.letter import Candidate, Finding, Letter

__all__ = ["Candidate", "Finding", "Letter", "detect"]
