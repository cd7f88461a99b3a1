"""Numbers with their nouns in English messages."""

from __future__ import annotations


def counted(number: int, noun: str, nouns: str = "") -> str:
    """Return ``number`` with its noun, plural where it is not one; ``nouns`` where the plural is not noun + s.

    >>> counted(1, "file"), counted(1_200, "file"), counted(0, "whole file")
    ('1 file', '1,200 files', '0 whole files')
    """
    return f"{number:,} {noun if number == 1 else nouns or noun + 's'}"
