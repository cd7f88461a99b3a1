"""Fill the comparable columns of persons: every kind of value is read once over all columns of its kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from reconcile.normalize.columns_dates import dates
from reconcile.normalize.columns_ids import ids
from reconcile.normalize.columns_lists import ethnicities, nationalities, sexes
from reconcile.normalize.columns_names import read_distinct_names
from reconcile.normalize.columns_places import places
from reconcile.normalize.distinct import distinct
from reconcile.normalize.place_days import place_days

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

NAMES = {"ho_ten": "name", "ho_ten_cha": "father", "ho_ten_me": "mother", "ho_ten_vo_chong": "spouse"}
"""Column as written → prefix of its ``_key``, ``_plain``, ``_phonetic``."""
DATES = {
    "ngay_sinh": "birth", "ngay_sinh_cha": "father_birth", "ngay_sinh_me": "mother_birth",
    "ngay_sinh_vo_chong": "spouse_birth", "ngay_chet": "death",
}  # fmt: skip
"""Column as written → prefix of its ``_earliest``, ``_latest``."""
IDS = {
    "so_dinh_danh": "personal_id", "so_dinh_danh_cha": "father_id", "so_dinh_danh_me": "mother_id",
    "so_dinh_danh_vo_chong": "spouse_id",
}  # fmt: skip
PLACES = {
    "noi_sinh": "birth_unit", "noi_dang_ky_khai_sinh": "birth_registration_unit", "que_quan": "home_unit",
    "noi_cu_tru": "residence_unit",
}  # fmt: skip


NAMES_AT_ONCE = 250_000
"""Distinct names read in one go: bounds the memory, since the worker puts names together word by word."""


PLACES_AT_ONCE = 250_000
"""Distinct places and spans of time read in one go, for the same reason."""


def filled(frame: pl.DataFrame, columns: Mapping[str, str]) -> list[str]:
    """Return those of the columns that are there and hold anything: the others cost nothing."""
    return [c for c in columns if c in frame.columns and frame[c].null_count() < frame.height]


def stacked(frame: pl.DataFrame, columns: list[str]) -> pl.Series:
    """Put text columns below one another."""
    return pl.concat([frame[c].cast(pl.String).alias("text") for c in columns], rechunk=True)


def name_columns(frame: pl.DataFrame, columns: Mapping[str, str] = NAMES) -> list[pl.Series]:
    """Return ``<prefix>_key``, ``_plain``, ``_phonetic`` of each name column that holds anything."""
    present = filled(frame, columns)
    if not present:
        return []
    split = distinct(stacked(frame, present))
    read = pl.concat(
        read_distinct_names(split.values.slice(start, NAMES_AT_ONCE), ("key", "plain", "phonetic"))
        for start in range(0, max(split.values.len(), 1), NAMES_AT_ONCE)
    )
    out = []
    for position, column in enumerate(present):
        codes = split.codes.slice(position * frame.height, frame.height)
        for part in read.columns:
            out.append(read[part].gather(codes).alias(f"{columns[column]}_{part}"))
    return out


def date_columns(
    frame: pl.DataFrame, not_after: pl.Series | None, columns: Mapping[str, str] = DATES
) -> list[pl.Series]:
    """Return ``<prefix>_earliest``, ``_latest`` of each date column; ``not_after`` settles two-digit years."""
    present = filled(frame, columns)
    if not present:
        return []
    limit = None if not_after is None else pl.concat([not_after] * len(present))
    read = dates(stacked(frame, present), not_after=limit).select("earliest", "latest")
    return _unstacked(read, present, frame.height, lambda c, part: f"{columns[c]}_{part}")


def _unstacked(
    read: pl.DataFrame, columns: list[str], height: int, name: Callable[[str, str], str]
) -> list[pl.Series]:
    return [
        read[part].slice(position * height, height).alias(name(column, part))
        for position, column in enumerate(columns)
        for part in read.columns
    ]


def id_columns(frame: pl.DataFrame, columns: Mapping[str, str] = IDS) -> list[pl.Series]:
    """Return the 12-digit numbers and ``old_id``.

    A 12-digit number written where the paper's number stands (a CCCD) is the personal number if none is given;
    nine digits written as the personal number are the old one. Registers mix the two columns.
    """
    both = {**columns, "so_cmnd": "old_id"} if "so_dinh_danh" in columns else dict(columns)
    present = filled(frame, both)
    if not present:
        return []
    read = ids(stacked(frame, present), ("value", "old"))
    parts = {
        (column, part): read[part].slice(position * frame.height, frame.height)
        for position, column in enumerate(present)
        for part in read.columns
    }
    out = [parts[c, "value"].alias(columns[c]) for c in present if c in columns and c != "so_dinh_danh"]
    if "so_dinh_danh" not in columns:
        return out
    nothing = pl.Series([None], dtype=pl.String).new_from_index(0, frame.height)
    number = {k: parts.get(k, nothing) for k in (("so_dinh_danh", p) for p in ("value", "old"))}
    paper = {k: parts.get(k, nothing) for k in (("so_cmnd", p) for p in ("value", "old"))}
    joined = pl.DataFrame(
        {
            "a": number["so_dinh_danh", "value"],
            "b": paper["so_cmnd", "value"],
            "c": paper["so_cmnd", "old"],
            "d": number["so_dinh_danh", "old"],
        }
    ).select(pl.coalesce("a", "b").alias("personal_id"), pl.coalesce("c", "d").alias("old_id"))
    return [*out, joined["personal_id"], joined["old_id"]]


def list_columns(frame: pl.DataFrame) -> list[pl.Series]:
    """Return sex, ethnicity, nationality."""
    read = {"gioi_tinh": ("sex", sexes), "dan_toc": ("ethnicity", ethnicities), "quoc_tich": ("nationality", nationalities)}  # fmt: skip
    present = filled(frame, dict.fromkeys(read, ""))
    return [read[c][1](frame[c]).alias(read[c][0]) for c in present]


def place_columns(
    frame: pl.DataFrame, days: Mapping[str, pl.Series], columns: Mapping[str, str] = PLACES
) -> list[pl.Series]:
    """Return ``<unit>`` and ``<unit>_id`` of each place column at the day given for it (none = its own time).

    ``<unit>``: the commune-level code; ``<unit>_id``: the gazetteer's dated unit, of any level.
    """
    present = filled(frame, columns)
    if not present:
        return []
    unknown = pl.Series([None], dtype=pl.Date).new_from_index(0, frame.height)
    when = pl.concat([days.get(c, unknown).cast(pl.Date).alias("day") for c in present])
    split = distinct(stacked(frame, present))
    asked = pl.DataFrame({"code": split.codes, "day": place_days(when)})
    once = asked.drop_nulls("code").unique().sort("code", "day")
    units = pl.concat(
        places(split.values.gather(part["code"]), part["day"]).select(
            unit=pl.when(pl.col("level") == "commune").then("code"), unit_id="unit_id"
        )
        for part in once.iter_slices(PLACES_AT_ONCE)  # sorted by text, so portions share no work
    )
    read = asked.join(
        pl.concat([once, units], how="horizontal"),
        on=["code", "day"],
        how="left",
        nulls_equal=True,
        maintain_order="left",
    ).select("unit", "unit_id")
    return _unstacked(
        read, present, frame.height, lambda c, part: columns[c] + ("_id" if part == "unit_id" else "")
    )
