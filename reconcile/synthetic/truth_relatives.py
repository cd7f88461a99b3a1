"""True differences about relatives and events: parents' and spouses' names and numbers, unknown marriages and deaths."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from reconcile.synthetic.clerks import FIELDS

if TYPE_CHECKING:
    from reconcile.synthetic.extract import Extract

RELATIVES = {
    "KS": (
        ("nks", "cha", "ho_ten_cha", "PARENT_NAME"),
        ("nks", "me", "ho_ten_me", "PARENT_NAME"),
        ("nks", "cha", "so_dinh_danh_cha", "PARENT_ID"),
        ("nks", "me", "so_dinh_danh_me", "PARENT_ID"),
    ),
    "KH": (
        ("chong", "vo", "ho_ten_vo_chong", "SPOUSE_NAME"),
        ("vo", "chong", "ho_ten_vo_chong", "SPOUSE_NAME"),
    ),
    "CMC": (("nc", "cm", "ho_ten_cha", "PARENT_NAME"),),
}
"""Register → (role that is compared, role whose name or number is written, field, code)."""

COLUMN = {
    "ho_ten_cha": "chaHoTen",
    "ho_ten_me": "meHoTen",
    "ho_ten_vo_chong": "voChongHoTen",
    "so_dinh_danh_cha": "chaSoDinhDanh",
    "so_dinh_danh_me": "meSoDinhDanh",
}
"""Field → column of the extract."""


def told(keys: list[str], field: str, code: str, systematic: pl.Expr | None = None) -> list[pl.Expr]:
    """Return the columns of a true difference: the keys, systematic, field and code."""
    group = pl.lit(None, dtype=pl.String) if systematic is None else systematic
    return [
        *(pl.col(k) for k in keys),
        pl.lit(field).alias("field"),
        group.alias("systematic"),
        pl.lit(code).alias("code"),
    ]


def relatives(
    extract: Extract,
    mistakes: pl.DataFrame,
    here: pl.DataFrame,
    written: pl.DataFrame,
    keys: list[str],
    register: str,
) -> pl.DataFrame:
    """Names and numbers of parents and spouses, as the person's own row of the extract gives them.

    ``here``: mentions whose person is in the extract. A spouse counts only where both sides mean the same one.
    """
    parts = [here.select(told(keys, "", "")).clear()]
    for role, other, field, code in RELATIVES.get(register, ()):
        own = "so_dinh_danh" if field.startswith("so_") else "ho_ten"
        shown = written.select(
            "row", pl.col(FIELDS[register][other][own]).alias("_written"), pl.col(other).alias("_partner")
        )
        known = extract.frame.select("pid", "spouse", pl.col(COLUMN[field]).alias("_known"))
        both = (
            here.filter(pl.col("role") == role)
            .join(shown, on="row", how="left", maintain_order="left")
            .join(known, on="pid", how="left", maintain_order="left")
            .filter(pl.col("_written").is_not_null() & pl.col("_known").is_not_null())
        )
        if register == "KH":  # an ended marriage says nothing of the spouse of today
            open_ = written.filter(pl.col("tinhTrangKetHon").is_null()).select("row")
            both = both.filter((pl.col("spouse") == pl.col("_partner")).fill_null(value=False))
            both = both.join(open_, on="row", how="semi", maintain_order="left")
        ours = (
            mistakes.filter(
                (pl.col("field") == own) & (pl.col("role") == other) & pl.col("code").is_not_null()
            )
            .select("row", "systematic")
            .unique("row", keep="last", maintain_order=True)
        )
        wrong = both.join(ours, on="row", how="inner", maintain_order="left")
        parts.append(wrong.select(told(keys, field, code, pl.col("systematic"))))
        theirs = extract.mistakes.filter((pl.col("field") == field) & pl.col("code").is_not_null()).select(
            "pid"
        )
        more = both.join(theirs, on="pid", how="semi", maintain_order="left")
        more = more.join(ours, on="row", how="anti", maintain_order="left")
        parts.append(more.select(told(keys, field, code)))
    return pl.concat(parts)


def events(extract: Extract, here: pl.DataFrame, written: pl.DataFrame, keys: list[str]) -> pl.DataFrame:
    """A marriage or a death that the extract does not know. ``written``: the rows of one register."""
    single = extract.frame.filter(pl.col("tinhTrangHonNhan") == "Chưa kết hôn").select("pid")
    if "chong" in written.columns:
        return here.join(single, on="pid", how="semi", maintain_order="left").select(
            told(keys, "tinh_trang_hon_nhan", "MARITAL_STATUS")
        )
    if "nkt" in written.columns:
        alive = extract.frame.filter(pl.col("ngayChet").is_null()).select("pid")
        return here.join(alive, on="pid", how="semi", maintain_order="left").select(
            told(keys, "tinh_trang_song", "DEAD_BUT_ALIVE")
        )
    if "nxnTinhTrangHonNhan" in written.columns:
        wed = written.filter(pl.col("nxnTinhTrangHonNhan").str.contains(r"^(Đang có|Đã ly hôn)")).select(
            "row"
        )
        return (
            here.join(wed, on="row", how="semi", maintain_order="left")
            .join(single, on="pid", how="semi", maintain_order="left")
            .select(told(keys, "tinh_trang_hon_nhan", "MARITAL_STATUS"))
        )
    return here.select(told(keys, "", "")).clear()
