"""Vietnamese text → comparable values: encodings, syllables, names, dates, places, numbers, lists.

Every public function takes one string (→ a reading object), a ``pl.Series`` (→ a struct Series) or a
``pl.Expr`` (→ an expression), and is built on first use, so that importing the room costs nothing.
The single-value readers live in the modules named below as ``read_<kind>``; whole columns are read by the
``columns_*`` modules.
"""

from __future__ import annotations

import importlib
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

from reconcile.normalize.dispatch import Polymorphic, polymorphic

if TYPE_CHECKING:
    text: Polymorphic[Any]
    name: Polymorphic[Any]
    date: Polymorphic[Any]
    place: Polymorphic[Any]
    id: Polymorphic[Any]  # noqa: A001 - the public name is agreed
    number_words: Polymorphic[Any]
    sex: Polymorphic[Any]
    ethnicity: Polymorphic[Any]
    nationality: Polymorphic[Any]

# public function → (reader of one value, worker for a column or None: the reader once per distinct value)
_READERS: dict[str, tuple[str, str | None]] = {
    "text": ("texts:read_text", "columns_texts:text_readings"),
    "name": ("names:read_name", "columns_names:name_readings"),
    "date": ("dates:read_date", "columns_dates:date_readings"),
    "place": ("places:read_place", "columns_places:place_readings"),
    "id": ("ids:read_id", "columns_ids:id_readings"),
    "number_words": ("number_words:read_number_words", None),
    "sex": ("lists:read_sex", None),
    "ethnicity": ("lists:read_ethnicity", None),
    "nationality": ("lists:read_nationality", None),
}

__all__ = ["date", "ethnicity", "id", "name", "nationality", "number_words", "place", "sex", "text"]


class _Room(ModuleType):
    """This package: importing a submodule must not hide the public function of the same name."""

    def __setattr__(self, attribute: str, value: object) -> None:
        if not (attribute in _READERS and isinstance(value, ModuleType)):
            super().__setattr__(attribute, value)


sys.modules[__name__].__class__ = _Room


def __getattr__(attribute: str) -> Any:
    """Build a public function the first time it is asked for."""
    if attribute not in _READERS:
        raise AttributeError(f"module {__name__!r} has no attribute {attribute!r}")
    reader, worker = _READERS[attribute]
    module, _, function = reader.partition(":")
    read = getattr(importlib.import_module(f"{__name__}.{module}"), function)
    globals()[attribute] = polymorphic(read, worker and f"{__name__}.{worker}")
    return globals()[attribute]


def __dir__() -> list[str]:
    """List the public functions beside the module's own names."""
    return sorted({*globals(), *_READERS})
