"""Whole columns of dates: plain forms by vectorised patterns on distinct values, only the odd rest by Python."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconcile.normalize.dates import read_date
from reconcile.normalize.distinct import Distinct, distinct

if TYPE_CHECKING:
    from datetime import date

    import polars as pl

_PLAIN = (
    r"^(?:(?<d>\d{1,2})[./-](?<m>\d{1,2})[./-](?<y>[12]\d{3})|(?<mm>\d{1,2})[./](?<my>[12]\d{3})"
    r"|(?<yy>[12]\d{3})|(?<iy>[12]\d{3})-(?<im>\d{2})-(?<id>\d{2})(?<t>[ T]00:00:00)?)$"
)


def _schema() -> dict[str, Any]:
    import polars as pl

    return {
        "value": pl.String,
        "earliest": pl.Date,
        "latest": pl.Date,
        "calendar": pl.String,
        "notes": pl.List(pl.String),
        "doubtful": pl.Boolean,
    }


def dates(
    column: pl.Series,
    *,
    not_before: pl.Series | date | None = None,
    not_after: pl.Series | date | None = None,
    excel_epoch: int = 1900,
) -> pl.DataFrame:
    """Read a column of dates → value, earliest, latest, calendar, notes, doubtful; one row per input row.

    Takes text, numbers (Excel serials, years), true dates and datetimes. ``not_before``/``not_after`` (a day, or
    a column of days) decide the century of two-digit and can-chi years; see ``read_date``.
    """
    column = _as_text(column)
    split = distinct(column)
    answers = _read_distinct(split.values, excel_epoch)
    out = split.spread(answers)
    if not_before is None and not_after is None:
        return out
    return _with_context(out, split, not_before, not_after, excel_epoch)


def _as_text(column: pl.Series) -> pl.Series:
    """Write numbers and true dates as text; whole floats without their tail."""
    import polars as pl

    if column.dtype.is_temporal():
        return column.cast(pl.Date).cast(pl.String)
    if column.dtype.is_float():
        whole = column.cast(pl.Int64, strict=False)
        written = pl.when(whole == column).then(whole.cast(pl.String)).otherwise(column.cast(pl.String))
        return pl.select(written).to_series().alias(column.name)
    return column.cast(pl.String)


def date_readings(
    values: pl.Series,
    *,
    not_before: pl.Series | date | None = None,
    not_after: pl.Series | date | None = None,
    excel_epoch: int = 1900,
) -> pl.DataFrame:
    """Read a column for ``normalize.date``: the fields of ``DateReading``, one row per value."""
    import polars as pl

    texts = _as_text(values).fill_null("").alias("input")
    read = dates(texts, not_before=not_before, not_after=not_after, excel_epoch=excel_epoch)
    return read.select(texts, pl.all())


def read_plain(values: pl.Series) -> pl.DataFrame:
    """Read the plain forms of distinct texts; ``plain`` false where a text needs ``read_date``."""
    import polars as pl

    parts = values.alias("x").to_frame().select(pl.col("x").str.extract_groups(_PLAIN)).unnest("x")
    year = pl.coalesce("y", "my", "yy", "iy").cast(pl.Int32)
    month = pl.coalesce("m", "mm", "im").cast(pl.Int32)
    day = pl.coalesce("d", "id").cast(pl.Int32)
    real = (
        year.is_between(1800, 2100)
        & (month.is_null() | month.is_between(1, 12))
        & (day.is_null() | day.is_between(1, 31))
    )
    frame = parts.select(
        year.alias("year"), month.alias("month"), day.alias("day"), real.fill_null(False).alias("plain"), "t"
    )
    numbers = {k: pl.when("plain").then(k).otherwise(None) for k in ("year", "month", "day")}
    first = pl.date(numbers["year"], numbers["month"].fill_null(1), 1)
    frame = frame.with_columns(first.alias("start"))
    exact = pl.col("start") + pl.duration(days=pl.col("day") - 1)
    frame = frame.with_columns(exact.alias("exact")).with_columns(
        (pl.col("plain") & (pl.col("day").is_null() | (pl.col("exact").dt.month() == pl.col("month")))).alias(
            "plain"
        )
    )
    latest = (
        pl.when(pl.col("day").is_not_null())
        .then("exact")
        .when(pl.col("month").is_not_null())
        .then(pl.col("start").dt.month_end())
        .otherwise(pl.date(pl.col("year"), 12, 31))
    )
    pad = {k: pl.col(k).cast(pl.String).str.zfill(2) for k in ("month", "day")}
    value = pl.concat_str(
        pl.col("year").cast(pl.String),
        pl.when(pl.col("month").is_null()).then(pl.lit("")).otherwise(pl.lit("-") + pad["month"]),
        pl.when(pl.col("day").is_null()).then(pl.lit("")).otherwise(pl.lit("-") + pad["day"]),
    )
    note = (
        pl.when(pl.col("t").is_null())
        .then(pl.lit([], dtype=pl.List(pl.String)))
        .otherwise(pl.lit(["TIME_DROPPED"]))
    )
    return frame.select(
        value.alias("value"),
        pl.coalesce("exact", "start").alias("earliest"),
        latest.alias("latest"),
        pl.lit("solar").alias("calendar"),
        note.alias("notes"),
        pl.lit(False).alias("doubtful"),
        "plain",
    )


def _read_distinct(values: pl.Series, epoch: int) -> pl.DataFrame:
    import polars as pl

    frame = read_plain(values)
    odd = frame["plain"].not_().arg_true()
    frame = frame.drop("plain")
    if not odd.len():
        return frame.cast(pl.Schema(_schema()))
    readings = _frame([read_date(text, excel_epoch=epoch) for text in values.gather(odd)])
    at = pl.int_range(frame.height, dtype=pl.UInt32, eager=True).alias("row")
    kept = frame.with_columns(at).filter(~pl.col("row").is_in(odd.implode()))
    return pl.concat([kept, readings.with_columns(odd.alias("row"))]).sort("row").drop("row")


def _frame(readings: list[Any]) -> pl.DataFrame:
    import polars as pl

    rows = [(r.value, r.earliest, r.latest, r.calendar, list(r.notes), r.doubtful) for r in readings]
    return pl.DataFrame(rows, schema=_schema(), orient="row")


def _with_context(
    out: pl.DataFrame, split: Distinct, not_before: Any, not_after: Any, epoch: int
) -> pl.DataFrame:
    """Read again, with their own limits, the rows whose century the text alone does not give."""
    import polars as pl

    height = out.height
    limits = {
        name: limit
        if isinstance(limit, pl.Series)
        else pl.Series([limit], dtype=pl.Date).new_from_index(0, height)
        for name, limit in (("not_before", not_before), ("not_after", not_after))
    }
    needs = pl.col("notes").list.contains("TWO_DIGIT_YEAR") | pl.col("notes").list.contains("CAN_CHI_YEAR")
    open_rows = out.select(needs.fill_null(False)).to_series().arg_true()
    if not open_rows.len():
        return out
    asked = pl.DataFrame(
        {
            "text": split.values.gather(split.codes.gather(open_rows)),
            **{name: limit.cast(pl.Date).gather(open_rows) for name, limit in limits.items()},
        }
    )
    once = asked.unique(maintain_order=True)
    again = _frame(
        [read_date(t, not_before=b, not_after=a, excel_epoch=epoch) for t, b, a in once.iter_rows()]
    )
    answers = asked.join(
        pl.concat([once, again], how="horizontal"),
        on=asked.columns,
        how="left",
        nulls_equal=True,
        maintain_order="left",
    ).drop(asked.columns)
    at = pl.int_range(height, dtype=pl.UInt32, eager=True).alias("row")
    kept = out.with_columns(at).filter(~pl.col("row").is_in(open_rows.implode()))
    return pl.concat([kept, answers.with_columns(open_rows.alias("row"))]).sort("row").drop("row")
