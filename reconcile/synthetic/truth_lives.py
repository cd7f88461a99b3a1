"""True findings about lives and numbers: wrong deaths, acts after death, parents missing, young or dead, doubled numbers."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import polars as pl

from reconcile.synthetic.people import day_of
from reconcile.synthetic.truth_relatives import told

if TYPE_CHECKING:
    from reconcile.synthetic.extract import Extract

_AFTER_DEATH = {"KH": ("chong", "vo"), "HN": ("nxn",), "CMC": ("cm",)}
_SINCE_2016 = day_of(date(2016, 1, 1))
"""Day since which the register is the source, so parents are expected in the extract."""
_YOUNGEST = 13
_PREGNANCY = 300


def _days(column: str) -> pl.Expr:
    """Return a date written ``dd/mm/yyyy`` or ``dd.mm.yyyy`` as a day number."""
    text = pl.col(column).str.replace_all(r"[./]", "/")
    return text.str.to_date("%d/%m/%Y", strict=False).cast(pl.Int32)


def lives(
    extract: Extract, here: pl.DataFrame, written: pl.DataFrame, keys: list[str], register: str
) -> pl.DataFrame:
    """Return the true findings that the extract's deaths and dates of birth make with the rows of one register.

    ``here``: mentions whose person is in the extract. ``written``: the rows as written, with ``registered``.
    """
    parts = [here.select(told(keys, "", "")).clear()]
    dead = extract.frame.select("pid", _died=_days("ngayChet")).drop_nulls()
    if register == "KT":
        other = extract.mistakes.filter(pl.col("kind") == "death_date").select("pid")
        parts.append(
            here.join(other, on="pid", how="semi", maintain_order="left").select(
                told(keys, "ngay_chet", "DEATH_DATE")
            )
        )
    if register in _AFTER_DEATH:
        later = (
            here.filter(pl.col("role").is_in(_AFTER_DEATH[register]))
            .join(dead, on="pid", how="inner", maintain_order="left")
            .join(written.select("row", _at=_days("ngayDangKy")), on="row", how="left", maintain_order="left")
        )
        parts.append(
            later.filter(pl.col("_died") < pl.col("_at")).select(
                told(keys, "tinh_trang_song", "ACTIVE_AFTER_DEATH")
            )
        )
    if register == "KS":
        parts += _parents(extract, here, written, keys, dead)
    if register == "KH":
        parts.append(_unheard_ends(extract, here, written, keys))
    return pl.concat(parts)


def _parents(
    extract: Extract, here: pl.DataFrame, written: pl.DataFrame, keys: list[str], dead: pl.DataFrame
) -> list[pl.DataFrame]:
    parents = here.filter(pl.col("role").is_in(["me", "cha"]))
    child = written.select(
        "row",
        "meNgaySinh",
        "chaNgaySinh",
        _born=_days("nksNgaySinh"),
        _year=pl.col("nksNgaySinh").str.extract(r"(\d{4})$", 1).cast(pl.Int32),
    )
    known = extract.frame.select("pid", _theirs=pl.col("ngaySinh").str.extract(r"(\d{4})$", 1).cast(pl.Int32))
    both = parents.join(child, on="row", how="left", maintain_order="left").join(
        known, on="pid", how="left", maintain_order="left"
    )
    own = pl.when(pl.col("role") == "me").then("meNgaySinh").otherwise("chaNgaySinh")
    gap = pl.col("_year") - pl.col("_theirs")
    # where the book has the parent's own year, the two years differ and that is said
    year = own.str.extract(r"(\d{4})$", 1).cast(pl.Int32)
    young = both.filter((gap < _YOUNGEST) & (year.is_null() | (year == pl.col("_theirs"))))
    most = pl.when(pl.col("role") == "cha").then(_PREGNANCY).otherwise(0)
    gone = both.join(dead, on="pid", how="inner", maintain_order="left").filter(
        pl.col("_born") - pl.col("_died") > most
    )
    # their number still states the true year, which the book leaves blank
    number = extract.mistakes.filter(pl.col("kind") == "too_young").select("pid")
    unlike = both.filter(own.is_null()).join(number, on="pid", how="semi", maintain_order="left")
    return [
        young.select(told(keys, "tuoi_cha_me", "PARENT_TOO_YOUNG")),
        unlike.select(told(keys, "so_dinh_danh", "ID_STRUCTURE_YEAR")),
        gone.select(told(keys, "tinh_trang_song", "BORN_AFTER_PARENT_DEATH")),
    ]


def _unheard_ends(
    extract: Extract, here: pl.DataFrame, written: pl.DataFrame, keys: list[str]
) -> pl.DataFrame:
    """Marriages whose end the book notes, and which the extract still has."""
    ended = written.filter(pl.col("tinhTrangKetHon").is_not_null()).select("row", "chong", "vo")
    still = extract.frame.filter(pl.col("tinhTrangHonNhan") == "Đã kết hôn").select("pid", "spouse")
    rows = here.join(ended, on="row", how="inner", maintain_order="left").join(
        still, on="pid", how="inner", maintain_order="left"
    )
    partner = pl.when(pl.col("role") == "chong").then("vo").otherwise("chong")
    return rows.filter(pl.col("spouse") == partner).select(
        told(keys, "tinh_trang_hon_nhan", "MARITAL_STATUS")
    )


def absent_relatives(
    links: pl.DataFrame, written: pl.DataFrame, keys: list[str], register: str
) -> pl.DataFrame:
    """Return NOT_IN_POPULATION of parents of births since 2016, and of who recognised a child."""
    nobody = links.filter(pl.col("population_row").is_null())
    if register == "CMC":
        return nobody.filter(pl.col("role") == "cm").select(told(keys, "ton_tai", "NOT_IN_POPULATION"))
    since = written.filter(_days("ngayDangKy") >= _SINCE_2016).select("row")
    parents = nobody.filter(pl.col("role").is_in(["me", "cha"])).join(
        since, on="row", how="semi", maintain_order="left"
    )
    return parents.select(told(keys, "ton_tai", "NOT_IN_POPULATION"))


def doubled_rows(extract: Extract) -> pl.DataFrame:
    """Return ID_DUPLICATE of residents who share a number and ID_TWO_NUMBERS of people with two rows."""
    faults = extract.mistakes.filter(
        pl.col("kind").is_in(["number_shared", "number_lent", "second_row"])
    ).select("pid", "kind")
    rows = extract.frame.select("pid", "population_row").join(
        faults, on="pid", how="inner", maintain_order="left"
    )
    two = pl.col("kind") == "second_row"
    return rows.select(
        "population_row",
        field=pl.when(two).then(pl.lit("ton_tai")).otherwise(pl.lit("so_dinh_danh")),
        code=pl.when(two).then(pl.lit("ID_TWO_NUMBERS")).otherwise(pl.lit("ID_DUPLICATE")),
    )
