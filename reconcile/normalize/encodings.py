"""Thin for now."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CellReading:
    """A cell decoded."""

    value: str
    encoding: str
    doubtful: bool = False


def read_cell(text: str) -> CellReading:
    """Decode one cell."""
    return CellReading(text, "unicode")
