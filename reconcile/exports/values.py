"""Cells as the Ministry's template wants them: text dates, codes, numbers as text. What can't be read stays as written.

Every column is worked on by its distinct values.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from reconcile.exports.templates import code_lists, kinds
from reconcile.normalize.columns_dates import dates
from reconcile.normalize.columns_ids import ids
from reconcile.normalize.lists import is_blank, look_up, read_marriage_state, read_nationality
from reconcile.normalize.registers import read_book

if TYPE_CHECKING:
    from collections.abc import Callable

    from reconcile.exports.templates import Template

NOT_A_DATE = "NOT_A_DATE"
NOT_A_NUMBER = "NOT_A_NUMBER"
NOT_IN_LIST = "NOT_IN_LIST"
NOT_A_BOOK = "NOT_A_BOOK"


def format_column(template: Template, column: str, values: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Return the values as ``column`` of ``template`` wants them, and why a value is not of its kind (null: it is).

    A value that is not of its kind is returned as it was written.
    """
    work = _worker(template, column)
    nothing = pl.repeat(None, values.len(), dtype=pl.String, eager=True)
    if work is None or values.null_count() == values.len():
        return values, nothing
    distinct = values.drop_nulls().unique().sort()
    written, why = work(distinct)
    both = pl.DataFrame({"value": distinct, "written": written, "why": why})
    spread = values.alias("value").to_frame().join(both, on="value", how="left", maintain_order="left")
    return spread["written"].alias(values.name), spread["why"]


def _worker(template: Template, column: str) -> Callable[[pl.Series], tuple[pl.Series, pl.Series]] | None:
    for entry in code_lists():
        if entry.columns.fullmatch(column):
            where = dict(entry.where)
            if entry.by_register:
                where |= {"register": template.register} | (
                    {"version": template.version} if template.version else {}
                )
            return lambda values: _codes(values, entry.file, where)
    workers = {
        "date": _dates,
        "personal_number": _personal_numbers,
        "paper_number": _paper_numbers,
        "book": _books,
        "nationality": _nationalities,
        "state": _states,
    }
    return next((workers[kind] for kind, pattern in kinds().items() if pattern.fullmatch(column)), None)


def _texts(values: list[str | None]) -> pl.Series:
    return pl.Series(values, dtype=pl.String)


def _why(values: pl.Series, good: pl.Series, code: str) -> pl.Series:
    blank = _texts([None if is_blank(v) else v for v in values.to_list()]).is_null()
    return pl.select(pl.when(good | blank).then(None).otherwise(pl.lit(code))).to_series()


def _dates(values: pl.Series) -> tuple[pl.Series, pl.Series]:
    """``dd.mm.yyyy``, ``mm.yyyy``, ``yyyy``; lunar and doubtful dates stay as written."""
    read = dates(values)
    good = read.select(
        (
            pl.col("value").is_not_null()
            & ~pl.col("doubtful").fill_null(value=True)
            & (pl.col("calendar") == "solar")
            & ~pl.col("notes").list.contains("LUNAR_GIVEN_TOO").fill_null(value=False)
        ).fill_null(value=False)
    ).to_series()
    dotted = read["value"].str.split("-").list.reverse().list.join(".")
    written = pl.select(pl.when(good).then(dotted).otherwise(values)).to_series()
    return written, _why(values, good, NOT_A_DATE)


def _personal_numbers(values: pl.Series) -> tuple[pl.Series, pl.Series]:
    read = ids(values)
    good = (read["value"].is_not_null() & ~read["doubtful"]).fill_null(value=False)
    return pl.select(pl.when(good).then(read["value"]).otherwise(values)).to_series(), _why(
        values, good, NOT_A_NUMBER
    )


def _paper_numbers(values: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Passports and army papers have letters: only what reads as 9 or 12 digits is rewritten, nothing is refused."""
    read = ids(values)
    number = pl.coalesce(read["value"], read["old"])
    good = (~read["doubtful"]).fill_null(value=False)
    written = pl.select(pl.when(good).then(pl.coalesce(number, values)).otherwise(values)).to_series()
    return written, pl.repeat(None, values.len(), dtype=pl.String, eager=True)


def _books(values: pl.Series) -> tuple[pl.Series, pl.Series]:
    """``01/2017``; a book without its year stays as written."""
    read = [read_book(text) for text in values.to_list()]
    written = [f"{r.value:02d}/{r.year}" if r.value and r.year and not r.doubtful else r.input for r in read]
    good = pl.Series([bool(r.value) and not r.doubtful for r in read], dtype=pl.Boolean)
    return _texts(list(written)), _why(values, good, NOT_A_BOOK)


def _nationalities(values: pl.Series) -> tuple[pl.Series, pl.Series]:
    """*Việt Nam* in its one spelling; of the others the template wants "Tên (English)", which stays as written."""
    written = ["Việt Nam" if read_nationality(text).value == "VN" else text for text in values.to_list()]
    return _texts(list(written)), pl.repeat(None, values.len(), dtype=pl.String, eager=True)


def _states(values: pl.Series) -> tuple[pl.Series, pl.Series]:
    """The template's own words of *tình trạng kết hôn*."""
    from reconcile.normalize.lists import entry

    written, good = [], []
    for text in values.to_list():
        state = read_marriage_state(text)
        known = state.value is not None and not state.doubtful
        written.append(entry("marriage_states.csv", str(state.value))["name"] if known else text)
        good.append(known)
    return _texts(written), _why(values, pl.Series(good, dtype=pl.Boolean), NOT_IN_LIST)


def _codes(values: pl.Series, file: str, where: dict[str, str]) -> tuple[pl.Series, pl.Series]:
    written, good = [], []
    for text in values.to_list():
        reading = look_up(text, file, "code", where=where)
        known = reading.value is not None and not reading.doubtful
        written.append(reading.value if known else text)
        good.append(known)
    return _texts(written), _why(values, pl.Series(good, dtype=pl.Boolean), NOT_IN_LIST)
