"""Rules on numbers and books: sequences with gaps and repeats, years that do not fit, defaults keyed through a book."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from reconcile.compare.validation_rows import ROW, day, failing, numbered
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
    """Return records with a number and a year, and ``series``: one number for each of ``_SERIES``."""
    columns = [*ROW, "register", "commune_code", "number", "book", "so", "ngay_dang_ky", "registered_earliest", "registered_latest"]  # fmt: skip
    rows = (
        records.select(columns)
        .with_columns(year=pl.col("registered_earliest").dt.year())
        .drop_nulls([*_SERIES, "number"])
        .filter(pl.col("registered_latest").dt.year() == pl.col("year"))
    )
    return rows.with_columns(series=numbered(rows, _SERIES))


def _number_repeated(
    records: pl.DataFrame, _mentions: pl.DataFrame, _n: dict[str, Any], _as_of: dt.date | None
) -> pl.DataFrame:
    rows = _numbered(records).filter(pl.struct("series", "number").is_duplicated())
    return failing(rows, "so", pl.len().over("series", "number"))


def _number_gap(
    records: pl.DataFrame, _mentions: pl.DataFrame, _n: dict[str, Any], _as_of: dt.date | None
) -> pl.DataFrame:
    every = _numbered(records)
    rows = (
        every.sort("series", "number", "source_row")
        .unique(["series", "number"], keep="first", maintain_order=True)
        .with_columns(before=pl.col("number").shift(1).over("series"))
        # a file may begin with a later book, which continues the numbers of the first
        .with_columns(
            pl.col("before").fill_null(
                pl.when(pl.col("book").fill_null(1) == 1).then(0).otherwise(pl.col("number"))
            )
        )
        .filter(pl.col("number") > pl.col("before") + 1)
    )
    # a commune whose code changed within the year goes on with its numbers
    before = rows.select(*_FILE, number=pl.col("number") - 1)
    goes_on = every.join(before, on=[*_FILE, "number"], how="semi").select(
        *_FILE, number=pl.col("number") + 1
    )
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
    rows = full.unique(["series", "number"], keep="none", maintain_order=True).sort("series", "number")
    near = {f"at{step}": date.shift(step).over("series") for step in (2, 1, -1, -2)}
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
    bad = records.lazy().filter((written < first) | (written > last))
    return failing(bad, "so", pl.col("ngay_dang_ky"))


def _book_year(
    records: pl.DataFrame, _mentions: pl.DataFrame, n: dict[str, Any], _as_of: dt.date | None
) -> pl.DataFrame:
    opened = pl.col("quyen_so").str.extract(r"((?:19|20)\d{2})\s*$", 1).cast(pl.Int64)
    first, last = pl.col("registered_earliest").dt.year(), pl.col("registered_latest").dt.year()
    bad = records.lazy().filter((opened > last) | (opened + int(n.get("years", 3)) < first))
    return failing(bad, "quyen_so", pl.col("ngay_dang_ky"))


def _one_date_in_book(
    records: pl.DataFrame, _mentions: pl.DataFrame, n: dict[str, Any], _as_of: dt.date | None
) -> pl.DataFrame:
    books = (
        _days_of_books(records)
        .filter((pl.col("first") == pl.col("last")) & (pl.col("times") >= int(n.get("fewest", 10))))
        .select("of", "times")
    )
    rows = records.lazy().with_columns(of=_books(records)).filter(pl.col("registered_earliest").is_not_null())
    bad = rows.join(books.lazy(), on="of", how="inner", maintain_order="left")
    return failing(bad, "ngay_dang_ky", pl.col("times"))


def _books(records: pl.DataFrame) -> pl.Series:
    """Return a number for the book of each record, null where it is not known."""
    return numbered(records, _BOOK)


def _days_of_books(records: pl.DataFrame) -> pl.DataFrame:
    """Return ``of`` (number of the book), ``times``, ``first`` and ``last``: its records and their days of registration."""
    date = pl.col("registered_earliest")
    rows = records.select("registered_earliest", of=_books(records)).drop_nulls()
    return rows.group_by("of").agg(times=pl.len(), first=date.min(), last=date.max())


def _in_books(records: pl.DataFrame, mentions: pl.LazyFrame) -> pl.LazyFrame:
    """Return mentions whose book is known, with its number ``of``."""
    books = records.select("record", of=_books(records)).drop_nulls()
    return mentions.join(books.lazy(), on="record", how="inner", maintain_order="left")


def _residence_defaulted(
    records: pl.DataFrame, mentions: pl.DataFrame, n: dict[str, Any], _as_of: dt.date | None
) -> pl.DataFrame:
    """A book in which every residence is one text that says no more than the registering commune itself."""
    text = pl.col("noi_cu_tru").str.to_lowercase().str.replace_all(r"^\s*ubnd\s+|\s+$", "")
    columns = ["record", *ROW, "register", "role", "commune_code", "noi_cu_tru", "residence_unit"]
    lived = mentions.lazy().select(columns).filter(pl.col("noi_cu_tru").is_not_null())
    rows = _in_books(records, lived).collect(engine="in-memory")
    # nearly all books show in their first rows that they have more than one text
    some = rows.group_by("of").agg(pl.col("noi_cu_tru").head(5)).explode("noi_cu_tru")
    some = some.group_by("of").agg(texts=text.n_unique()).filter(pl.col("texts") == 1)
    rows = rows.filter(pl.col("of").is_in(some["of"].implode())).with_columns(text=text)
    one = (
        rows.group_by("of")
        .agg(texts=pl.col("text").n_unique(), rows=pl.col("source_row").n_unique())
        .filter((pl.col("texts") == 1) & (pl.col("rows") >= int(n.get("fewest", 10))))
    )
    vague = ~pl.col("text").str.contains(r"thôn|xóm|làng|tổ |khu|phố|đội|số nhà|ấp|bản|^\d")
    own = pl.col("residence_unit") == pl.col("commune_code")
    bad = (
        rows.filter(vague & own)
        .join(one.select("of", "rows"), on="of", how="inner", maintain_order="left")
        .unique(["source_file", "source_row"], keep="first", maintain_order=True)
    )
    return failing(bad, "noi_cu_tru", pl.col("rows"))


def _default_birth_dates(
    records: pl.DataFrame, mentions: pl.DataFrame, n: dict[str, Any], _as_of: dt.date | None
) -> pl.DataFrame:
    """A book in which far too many children are born on the first of January, written as a full date."""
    birth = pl.col("birth_earliest")
    first = (birth.dt.day() == 1) & (birth.dt.month() == 1)
    full = mentions.lazy().filter((pl.col("role") == "nks") & (birth == pl.col("birth_latest")))
    rows = _in_books(records, full)
    books = rows.group_by("of").agg(times=pl.len(), hits=first.sum()).collect(engine="in-memory")
    books = books.filter(
        (pl.col("hits") / pl.col("times") >= float(n.get("share", 0.3)))
        & (pl.col("hits") >= int(n.get("fewest", 5)))
    )
    bad = rows.filter(first).join(books.lazy(), on="of", how="inner", maintain_order="left")
    return failing(bad, "ngay_sinh", pl.format("{} trên {}", pl.col("hits"), pl.col("times")))


def _registered_on_new_year(
    records: pl.DataFrame, _mentions: pl.DataFrame, n: dict[str, Any], _as_of: dt.date | None
) -> pl.DataFrame:
    """Many records on one first of January, an office's day off: a default date rather than a busy day.

    A book that knows no other date is told by ``one_date_in_book``.
    """
    date = pl.col("registered_earliest")
    first = (date == pl.col("registered_latest")) & (date.dt.day() == 1) & (date.dt.month() == 1)
    whole = (pl.col("first") == pl.col("last")) & (pl.col("times") >= int(n.get("whole_book", 10)))
    told = _days_of_books(records).filter(whole)["of"]
    rows = (
        records.lazy()
        .with_columns(of=_books(records))
        .filter(first & pl.col("of").is_not_null() & ~pl.col("of").is_in(told.implode()))
        .with_columns(times=pl.len().over("of"))
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
