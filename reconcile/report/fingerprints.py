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

    Blanks and Unicode form are folded in the joined text of a row, where there is anything to fold: no cell holds the
    sign that parts them.
    """
    values = pl.concat_str([pl.col(key) for key in sheet.fingerprinted], separator=_UNIT)
    folded = cells.select(values.str.replace_all("\n", " ", literal=True)).to_series()
    other = (~folded.str.contains(_COMPOSED)).arg_true()
    if other.len():
        folded = folded.scatter(other, folded.gather(other).str.normalize("NFC"))
    if folded.str.contains(r"\s\s|[^\S ]").any():
        folded = folded.str.replace_all(r"\s\s+|[^\S ]", " ")
    if folded.str.contains(f"^ | {_UNIT}|{_UNIT} | $").any():
        folded = folded.str.replace_all(f" ?{_UNIT} ?", _UNIT).str.strip_chars(" ")
    head = f"{layout.FORMAT_VERSION}{_UNIT}{sheet.key}{_UNIT}"
    ids = cells[layout.ID_KEY].to_list()
    return [
        hashlib.blake2b(f"{head}{row_id}{_UNIT}{text}".encode(), digest_size=8).hexdigest()
        for row_id, text in zip(ids, folded.to_list(), strict=True)
    ]


_COMPOSED = r"^[\x00-\x{2ff}\x{1e00}-\x{1eff}\x{2010}-\x{2027}]*$"
"""Texts of signs that every Unicode form NFC keeps: Latin letters with their marks, and the usual quotes and dashes."""
