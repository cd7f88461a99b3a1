"""What of a header cell counts, and the header words of a layout."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from itertools import product
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reconcile.ingest.profiles import Layout

_INDEX_LINE = re.compile(r"i\s*=\s*\[[^\]]*\]", re.IGNORECASE)
_D_STROKES = str.maketrans("đĐðÐɖƉ", "dddddd")


def header_text(cell: str) -> str:
    """Return a header cell without its second line ``i=[1,2,…]`` and outer blanks."""
    return _INDEX_LINE.sub("", cell).strip()


@lru_cache(maxsize=20_000)
def header_key(cell: str) -> str:
    """Return what of a header cell counts: letters and digits, without case, accents, blanks, ``i=[…]``."""
    plain = unicodedata.normalize("NFD", header_text(cell).translate(_D_STROKES)).casefold()
    return "".join(letter for letter in plain if letter.isalnum())


class Vocabulary:
    """The header words of one layout by their keys.

    ``fields`` key → (field, order of preference); ``loose`` key → person field of a header that names no
    person; ``groups`` key of a word for a person → role, the longest first; ``principal`` the person whom
    headers without a person mean at the left edge (None: nobody); ``codes`` the spellings of the codes;
    ``keys`` all keys that the layout knows.
    """

    def __init__(
        self, layout: Layout, common: Mapping[str, Sequence[str]], persons: Mapping[str, Sequence[str]]
    ) -> None:
        texts = [
            *((code, name) for code, name in layout.columns.items()),
            *((text, name) for name, words in layout.aliases.items() for text in words),
            *((text, name) for name, words in common.items() for text in words),
        ]
        for role, people in layout.persons.items():
            for name, words in persons.items():
                for text, person in product(words, people):
                    if person:
                        texts += [
                            (f"{text} {person}", f"{role}.{name}"),
                            (f"{person} {text}", f"{role}.{name}"),
                        ]
        self.fields: dict[str, tuple[str, int]] = {}
        for order, (text, name) in enumerate(texts):
            self.fields.setdefault(header_key(text), (name, order))
        self.loose = {header_key(text): name for name, words in persons.items() for text in words if text}
        if not layout.persons:
            self.loose = {}
        named = {header_key(word): role for role, words in layout.persons.items() for word in words if word}
        self.groups = dict(sorted(named.items(), key=lambda item: (-len(item[0]), item[0])))
        self.principal = next((role for role, words in layout.persons.items() if "" in words), None)
        self.ignored = {header_key(text) for text in layout.ignored}
        self.codes = {*layout.columns, *layout.ignored}
        self.titles = tuple(header_key(text) for text in layout.titles)
        self.keys = frozenset({*self.fields, *self.loose, *self.ignored})

    def person_of(self, title: str) -> str | None:
        """Return the role that a line above the header names, for example "II. Phần ghi về người mẹ"."""
        key = header_key(title)
        return next((role for word, role in self.groups.items() if word in key), None)
