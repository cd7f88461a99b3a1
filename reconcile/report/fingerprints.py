"""Texts of whole columns as cells hold them, and the fingerprints of whole sheets: ``layout``'s, faster."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import polars as pl

from reconcile.report import layout

if TYPE_CHECKING:
    from reconcile.report.layout import SheetLayout

_CONTROL = r"[\x00-\x08\x0b-\x1f\x7f\x{fffe}\x{ffff}]"
_UNIT = "\x1f"


def cell_texts(frame: pl.DataFrame) -> pl.DataFrame:
    """Return text columns as ``layout.cell_text`` makes them, null as empty."""
    every = pl.all().fill_null("")
    checked = frame.select(
        pl.any_horizontal((pl.all().str.len_bytes() > layout.MAX_CELL).any()).alias("long"),
        pl.any_horizontal(pl.all().str.contains(_CONTROL).any()).alias("strange"),
    ).row(0)
    if checked[1]:
        every = every.str.replace_all(_CONTROL, " ")
    if checked[0]:
        every = every.str.slice(0, layout.MAX_CELL)
    return frame.select(every)


def fingerprints(sheet: SheetLayout, cells: pl.DataFrame) -> list[str]:
    """Return ``layout.fingerprint`` of every row. ``cells``: id and fingerprinted columns, of ``cell_texts``.

    Blanks and Unicode form are folded in the joined text of a row: no cell holds the sign that parts them.
    """
    values = pl.concat_str([pl.col(key) for key in sheet.fingerprinted], separator=_UNIT)
    folded = (
        values.str.normalize("NFC")
        .str.replace_all(r"\s\s+|[^\S ]", " ")
        .str.replace_all(f" ?{_UNIT} ?", _UNIT)
        .str.strip_chars(" ")
    )
    head = pl.concat_str(pl.lit(f"{layout.FORMAT_VERSION}{_UNIT}{sheet.key}{_UNIT}"), pl.col(layout.ID_KEY))
    whole = cells.select(pl.concat_str(head, pl.lit(_UNIT), folded)).to_series().to_list()
    return [hashlib.blake2b(text.encode(), digest_size=8).hexdigest() for text in whole]
