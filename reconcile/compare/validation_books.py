"""Rules on numbers and books: sequences with gaps and repeats, years that do not fit, defaults keyed through a book."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from reconcile.compare.validation_rows import day, failing
from reconcile.normalize.registers import NUMBER_PATTERN

if TYPE_CHECKING:
    import datetime as dt

    from reconcile.compare.validation_rows import Check

_FILE = ["register", "year", "source_file"]
_SERIES = ["commune_code", *_FILE]
"""Within it số is unique and gap-free. The file stands for the issuing unit: after a merger one commune keeps the
books of several old ones, each with its own numbers (domain: keep the old issuing unit in the key)."""

_BOOK = ["source_file", "register", "commune_code", "book_year", "book"]


def _numbered(records: pl.DataFrame) -> pl.DataFrame:
    return (
        records.with_columns(year=pl.col("registered_earliest").dt.year())
        .drop_nulls([*_SERIES, "number"])
        .filter(pl.col("registered_latest").dt.year() == pl.col("year"))
    )


def _number_repeated(
    records: pl.DataFrame, _mentions: pl.DataFrame, _n: dict[str, Any], _as_of: dt.date | None
) -> pl.DataFrame:
    rows = _numbered(records).with_columns(times=pl.len().over([*_SERIES, "number"]))
    return failing(rows.filter(pl.col("times") > 1), "so", pl.col("times"))


def _number_gap(
    records: pl.DataFrame, _mentions: pl.DataFrame, _n: dict[str, Any], _as_of: dt.date | None
) -> pl.DataFrame:
    every = _numbered(records)
    rows = (
        every.sort([*_SERIES, "number", "source_file", "source_row"])
        .unique([*_SERIES, "number"], keep="first", maintain_order=True)
        .with_columns(before=pl.col("number").shift(1).over(_SERIES))
        # a file may begin with a later book, which continues the numbers of the first
        .with_columns(
            pl.col("before").fill_null(
                pl.when(pl.col("book").fill_null(1) == 1).then(0).otherwise(pl.col("number"))
            )
        )
        .filter(pl.col("number") > pl.col("before") + 1)
    )
    # a commune whose code changed within the year goes on with its numbers
    goes_on = every.select(*_FILE, number=pl.col("number") + 1).unique()
    rows = rows.join(goes_on, on=[*_FILE, "number"], how="anti", maintain_order="left")
    one = pl.col("number") - pl.col("before") == 2
    detail = (
        pl.when(one)
        .then(pl.format("số {}", pl.col("before") + 1))
        .otherwise(pl.format("các số {}–{}", pl.col("before") + 1, pl.col("number") - 1))
    )
    return failing(rows, "so", detail)


def _number_out_of_order(
    records: pl.DataFrame, _mentions: pl.DataFrame, _n: dict[str, Any], _as_of: dt.date | None
) -> pl.DataFrame:
    """A date later than those of both next numbers, or earlier than those of both numbers before it."""
    date = pl.col("registered_earliest")
    full = _numbered(records).filter(date == pl.col("registered_latest"))
    rows = full.unique([*_SERIES, "number"], keep="none", maintain_order=True).sort([*_SERIES, "number"])
    near = {f"at{step}": date.shift(step).over(_SERIES) for step in (2, 1, -1, -2)}
    rows = rows.with_columns(**near)
    before, after = pl.min_horizontal("at2", "at1"), pl.max_horizontal("at-1", "at-2")
    calm = (pl.col("at2") <= pl.col("at1")) & (pl.col("at-1") <= pl.col("at-2")) & (pl.col("at1") <= pl.col("at-1"))  # fmt: skip
    bad = rows.filter(calm & ((date < before) | (date > after)))
    return failing(bad, "ngay_dang_ky", pl.format("số {}", pl.col("number")))


def _number_year(
    records: pl.DataFrame, _mentions: pl.DataFrame, _n: dict[str, Any], _as_of: dt.date | None
) -> pl.DataFrame:
    """The year behind the number (15/2016) against the year of registration."""
    written = pl.col("so").str.extract(NUMBER_PATTERN, 2).cast(pl.Int32, strict=False)
    first, last = pl.col("registered_earliest").dt.year(), pl.col("registered_latest").dt.year()
    bad = records.filter((written < first) | (written > last))
    return failing(bad, "so", pl.col("ngay_dang_ky"))


def _book_year(
    records: pl.DataFrame, _mentions: pl.DataFrame, n: dict[str, Any], _as_of: dt.date | None
) -> pl.DataFrame:
    opened = pl.col("quyen_so").str.extract(r"((?:19|20)\d{2})\s*$", 1).cast(pl.Int64)
    first, last = pl.col("registered_earliest").dt.year(), pl.col("registered_latest").dt.year()
    bad = records.filter((opened > last) | (opened + int(n.get("years", 3)) < first))
    return failing(bad, "quyen_so", pl.col("ngay_dang_ky"))


def _one_date_in_book(
    records: pl.DataFrame, _mentions: pl.DataFrame, n: dict[str, Any], _as_of: dt.date | None
) -> pl.DataFrame:
    rows = records.drop_nulls([*_BOOK, "registered_earliest"]).with_columns(
        times=pl.len().over(_BOOK), days=pl.col("registered_earliest").n_unique().over(_BOOK)
    )
    bad = rows.filter((pl.col("days") == 1) & (pl.col("times") >= int(n.get("fewest", 10))))
    return failing(bad, "ngay_dang_ky", pl.col("times"))


def _in_books(records: pl.DataFrame, mentions: pl.DataFrame) -> pl.DataFrame:
    books = records.select("record_id", "source_file", "source_row", "book", "book_year").unique(
        ["record_id", "source_file", "source_row"], keep="first", maintain_order=True
    )
    keys = ["record_id", "source_file", "source_row"]
    return mentions.join(books, on=keys, how="left", maintain_order="left").drop_nulls(_BOOK)


def _residence_defaulted(
    records: pl.DataFrame, mentions: pl.DataFrame, n: dict[str, Any], _as_of: dt.date | None
) -> pl.DataFrame:
    """A book in which every residence is one text that says no more than the registering commune itself."""
    lived = mentions.filter(pl.col("noi_cu_tru").is_not_null())
    text = pl.col("noi_cu_tru").str.to_lowercase().str.replace_all(r"^\s*ubnd\s+|\s+$", "")
    per_book = (
        _in_books(records, lived)
        .with_columns(text=text)
        .with_columns(
            times=pl.len().over(_BOOK),
            texts=pl.col("text").n_unique().over(_BOOK),
            rows=pl.col("source_row").n_unique().over(_BOOK),
        )
    )
    vague = ~pl.col("text").str.contains(r"thôn|xóm|làng|tổ |khu|phố|đội|số nhà|ấp|bản|^\d")
    own = pl.col("residence_unit") == pl.col("commune_code")
    bad = per_book.filter(
        (pl.col("texts") == 1) & (pl.col("rows") >= int(n.get("fewest", 10))) & vague & own
    ).unique(["source_file", "source_row"], keep="first", maintain_order=True)
    return failing(bad, "noi_cu_tru", pl.col("rows"))


def _default_birth_dates(
    records: pl.DataFrame, mentions: pl.DataFrame, n: dict[str, Any], _as_of: dt.date | None
) -> pl.DataFrame:
    """A book in which far too many children are born on the first of January, written as a full date."""
    birth = pl.col("birth_earliest")
    full = mentions.filter((pl.col("role") == "nks") & (birth == pl.col("birth_latest")))
    rows = _in_books(records, full).with_columns(
        first=(birth.dt.day() == 1) & (birth.dt.month() == 1), times=pl.len().over(_BOOK)
    )
    rows = rows.with_columns(share=pl.col("first").mean().over(_BOOK), hits=pl.col("first").sum().over(_BOOK))
    bad = rows.filter(
        pl.col("first")
        & (pl.col("share") >= float(n.get("share", 0.3)))
        & (pl.col("hits") >= int(n.get("fewest", 5)))
    )
    return failing(bad, "ngay_sinh", pl.format("{} trên {}", pl.col("hits"), pl.col("times")))


def _registered_on_new_year(
    records: pl.DataFrame, _mentions: pl.DataFrame, n: dict[str, Any], _as_of: dt.date | None
) -> pl.DataFrame:
    """Many records on one first of January, an office's day off: a default date rather than a busy day.

    A book that knows no other date is told by ``one_date_in_book``.
    """
    date = pl.col("registered_earliest")
    first = (date == pl.col("registered_latest")) & (date.dt.day() == 1) & (date.dt.month() == 1)
    rows = (
        records.drop_nulls([*_BOOK, "registered_earliest"])
        .with_columns(size=pl.len().over(_BOOK), days=date.n_unique().over(_BOOK))
        .filter(first & ~((pl.col("days") == 1) & (pl.col("size") >= int(n.get("whole_book", 10)))))
        .with_columns(times=pl.len().over(_BOOK))
        .filter(pl.col("times") >= int(n.get("fewest", 3)))
    )
    return failing(rows, day("registered_earliest"), pl.col("times"), "ngay_dang_ky")


CHECKS: dict[str, Check] = {
    "number_repeated": _number_repeated,
    "number_gap": _number_gap,
    "number_out_of_order": _number_out_of_order,
    "number_year": _number_year,
    "book_year": _book_year,
    "one_date_in_book": _one_date_in_book,
    "registered_on_new_year": _registered_on_new_year,
    "residence_defaulted": _residence_defaulted,
    "default_birth_dates": _default_birth_dates,
}
"""Rule id → its function."""
