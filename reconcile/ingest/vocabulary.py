"""What of a header cell counts, and the header words of a layout."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING

from reconcile.schema import MENTION_ROLES

if TYPE_CHECKING:
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

    ``fields`` key → (field, order of preference); ``grouped`` key → person field; ``ignored`` keys;
    ``codes`` the spellings of the codes themselves.
    """

    def __init__(self, layout: Layout) -> None:
        texts = [
            *((code, name) for code, name in layout.columns.items()),
            *((text, name) for name, words in layout.aliases.items() for text in words),
        ]
        self.fields: dict[str, tuple[str, int]] = {}
        for order, (text, name) in enumerate(texts):
            self.fields.setdefault(header_key(text), (name, order))
        self.grouped = {header_key(text): name for name, words in layout.grouped.items() for text in words}
        self.ignored = {header_key(text) for text in layout.ignored}
        self.codes = {*layout.columns, *layout.ignored}
        self.titles = tuple(header_key(text) for text in layout.titles)
        self.roles = MENTION_ROLES.get(layout.register_, ())
