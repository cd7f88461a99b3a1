"""Read the notes of a record (*Ghi chú*): a correction written there is the register's present value.

A correction, supplement or change is noted beside the entry, which itself stays as it was (TT 04/2020 Điều 35; Luật Hộ
tịch 2014 Điều 26–28). Where the population has the value that the note gives, both sides agree already.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from reconcile.compare.catalogue import Catalogue

CHANGED = (
    r"cải chính|bổ sung|thay đổi|điều chỉnh|đổi tên|đổi họ|đính chính|xác định lại|nhận cha|nhận mẹ|nhận con"
)
"""Words of a note that tells of a change, in lower case."""

_VALUES = ("ho_ten", "ngay_sinh", "gioi_tinh", "dan_toc", "quoc_tich", "que_quan", "noi_sinh", "ho_ten_cha", "ho_ten_me")  # fmt: skip


def _plain(text: pl.Expr) -> pl.Expr:
    """Return lower case with single blanks, dates as ``5/3/1990`` whatever their marks."""
    return (
        text.str.normalize("NFC")
        .str.to_lowercase()
        .str.replace_all(r"\s+", " ")
        .str.replace_all(r"(\d)\s*[./-]\s*", "${1}/")
        .str.replace_all(r"\b0(\d)", "$1")
        .str.strip_chars()
    )


def mark_noted(rows: pl.DataFrame, records: pl.DataFrame, catalogue: Catalogue) -> pl.DataFrame:
    """Make differences that a note of the record explains mere information: variant ``noted``.

    ``rows``: with record_id, role, field, population_value, severity, message, minutes, variant. Only of the child or
    person that the record is about: a note rarely says whose value it changes otherwise.
    """
    asked = rows.select(
        "record_id",
        "population_value",
        row=pl.int_range(pl.len(), dtype=pl.UInt32),
        may=pl.col("field").is_in(_VALUES) & pl.col("role").is_in(["nks", "nkt", "nc"]),
    )
    notes = (
        records.select("record_id", "ghi_chu")
        .filter(pl.col("ghi_chu").is_not_null())
        .select("record_id", _note=_plain(pl.col("ghi_chu")))
        .filter(pl.col("_note").str.contains(CHANGED))
        .unique("record_id", keep="first", maintain_order=True)
    )
    value = _plain(pl.col("population_value"))
    explained = (
        asked.filter("may")
        .join(notes, on="record_id", how="inner", maintain_order="left")
        .filter((value.str.len_chars() >= 3) & pl.col("_note").str.contains(value, literal=True))["row"]
    )
    if explained.is_empty():
        return rows
    noted = asked["row"].is_in(explained.implode())
    changes = {
        "severity": pl.lit("info"),
        "minutes": pl.lit(1.0),
        "changes_number": pl.lit(value=False),
        "variant": pl.lit("noted"),
        "message": pl.concat_str(["message", pl.lit(catalogue.noted)], separator=" "),
    }
    return rows.with_columns(
        pl.when(noted).then(new).otherwise(name).alias(name) for name, new in changes.items()
    )
