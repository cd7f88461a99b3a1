"""Whole columns of personal numbers: plain 12- and 9-digit texts vectorised, the rest once per distinct value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconcile.normalize.code_lists import load_list
from reconcile.normalize.dispatch import reading_dtypes
from reconcile.normalize.distinct import distinct
from reconcile.normalize.ids import old_province, read_id

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl


def _schema() -> dict[str, Any]:
    import polars as pl

    return {
        "value": pl.String,
        "old": pl.String,
        "province": pl.String,
        "sex": pl.Int8,
        "year": pl.Int16,
        "notes": pl.List(pl.String),
        "doubtful": pl.Boolean,
    }


def ids(column: pl.Series, fields: Sequence[str] | None = None) -> pl.DataFrame:
    """Read a column of numbers → value (12 digits), old (9 digits), province, sex, year, notes, doubtful; or some ``fields`` of these.

    Nearly all numbers differ, so nothing is gained by distinct values: sound 12-digit texts are read in place.
    """
    import polars as pl

    text = _as_text(column).alias("x").to_frame()
    provinces = sorted(load_list("id_provinces.csv", key="code"))
    sound = (
        pl.col("x").str.contains(r"^\d{3}[0-3]\d{8}$")
        & pl.col("x").str.head(3).is_in(provinces)
        & ~pl.col("x").is_in(["123456789012", "000000000000", "111111111111", "222222222222"])
    )
    former = pl.col("x").str.contains(r"^\d{9}$") & ~pl.col("x").is_in([str(n) * 9 for n in range(10)])
    century = pl.col("x").str.slice(3, 1).cast(pl.Int16, strict=False)
    frame = text.with_columns(sound.fill_null(False).alias("sound"), former.fill_null(False).alias("former"))
    read = pl.col("sound") | pl.col("former")
    made = {
        "value": pl.when("sound").then("x"),
        "old": pl.when("former").then("x"),
        "province": pl.when("sound").then(pl.col("x").str.head(3)).when("former").then(_old_provinces()),
        "sex": pl.when("sound").then(century % 2 + 1),
        "year": pl.when("sound").then(
            1900 + 100 * (century // 2) + pl.col("x").str.slice(4, 2).cast(pl.Int16, strict=False)
        ),
        "notes": pl.when(read).then(pl.lit([], dtype=pl.List(pl.String))),
        "doubtful": pl.when(read).then(pl.lit(False)),
    }
    schema = {name: dtype for name, dtype in _schema().items() if fields is None or name in fields}
    out = frame.select(made[name].cast(dtype).alias(name) for name, dtype in schema.items())
    odd = frame.select((~read & pl.col("x").is_not_null()).arg_true()).to_series()
    return _merge(out, odd, text["x"].gather(odd)) if odd.len() else out


def _old_provinces() -> pl.Expr:
    """Return the province of a 9-digit number by its longest known prefix (``ids.old_province``)."""
    import polars as pl

    prefixes = load_list("cmnd_prefixes.csv", key="prefix")
    known = {prefix: old_province(prefix) for prefix in prefixes}
    by_length = [{p: c for p, c in known.items() if len(p) == length} for length in (3, 2)]
    three, two = (
        pl.col("x").str.head(length).replace_strict(codes, default=None, return_dtype=pl.String)
        for length, codes in zip((3, 2), by_length, strict=True)
    )
    return pl.when(pl.col("x").str.head(3).is_in(sorted(by_length[0]))).then(three).otherwise(two)


def _as_text(column: pl.Series) -> pl.Series:
    """Write numbers as text, floats as the whole numbers they stand for."""
    import polars as pl

    whole = column.cast(pl.Int64, strict=False) if column.dtype.is_float() else column
    return whole.cast(pl.String)


def id_readings(values: pl.Series) -> pl.DataFrame:
    """Read a column for ``normalize.id``: the fields of ``IdReading``, one row per value."""
    import polars as pl

    texts = _as_text(values).fill_null("").alias("input")
    fields = reading_dtypes(read_id)
    return (
        ids(texts)
        .with_columns(texts, pl.coalesce("value", "old").alias("value"))
        .select(pl.col(name).cast(dtype) for name, dtype in fields.items())
    )


def _merge(out: pl.DataFrame, odd: pl.Series, texts: pl.Series) -> pl.DataFrame:
    import polars as pl

    split = distinct(texts)
    rows = [_fields(text) for text in split.values]
    answers = pl.DataFrame(rows, schema=_schema(), orient="row").select(out.columns)
    where = pl.int_range(out.height, dtype=pl.UInt32, eager=True).scatter(odd, split.codes + out.height)
    return pl.concat([out, answers]).select(pl.all().gather(where))


def _fields(text: str) -> tuple[Any, ...]:
    r = read_id(text)
    value = r.value if r.value and len(r.value) == 12 else None
    old = r.value if r.value and len(r.value) == 9 else None
    return value, old, r.province, r.sex, r.year, list(r.notes), r.doubtful
