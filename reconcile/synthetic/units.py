"""Communes by period, and how an address was written in its time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import polars as pl

from reconcile.resources import rules_path
from reconcile.synthetic.people import day_of

if TYPE_CHECKING:
    from collections.abc import Sequence

FIRST = day_of(date(1850, 1, 1))
CAM_BINH = ("Huyện Cẩm Giàng", "Huyện Bình Giang")


@dataclass(frozen=True, slots=True)
class Units:
    """The communes of the area. ``periods``: unit (index), from, until (days), code, place (as addresses read)."""

    codes: tuple[str, ...]
    periods: pl.DataFrame

    def at(self, frame: pl.DataFrame, unit: str, day: str, place: str) -> pl.DataFrame:
        """Add ``place`` (address text) and ``place``_code of the unit as it was called on the day."""
        periods = self.periods.select(
            pl.col("unit").alias(unit),
            pl.col("from").alias("_from"),
            pl.col("place").alias(place),
            pl.col("code").alias(f"{place}_code"),
        )
        order = frame.with_row_index("_order").sort(day, "_order")
        joined = order.join_asof(
            periods.sort("_from"),
            left_on=day,
            right_on="_from",
            by=unit,
            strategy="backward",
            check_sortedness=False,
        )
        return joined.sort("_order").drop("_order", "_from")


def _lower_first(text: str) -> str:
    return text[:1].lower() + text[1:]


def address(*parts: str) -> str:
    """Join level names as an address reads: ``xã Cẩm Đoài, huyện Cẩm Bình, tỉnh Hải Hưng``."""
    return ", ".join(_lower_first(part) for part in parts if part)


MERGED = date(2025, 1, 1)
"""The communes that only haiduong235 has are told until this day: who took some of them over stands in no source."""


def load(area: str, communes: int | None, day: date) -> Units:
    """Read the units of ``area`` (camgiang, haiduong or haiduong235), at most ``communes`` of them.

    haiduong: the communes that were left at the end of 2024, and the 19 of Cẩm Giàng. haiduong235: with the 26 merged on
    01/01/2025 too, so that a day from 12/2019 to 12/2024 has the 235 communes of that time. Raises ValueError where
    ``day``, that of the extract, is later than that. Above the commune: Hải Hưng 1968–1996, huyện Cẩm Bình 11/03/1977–16/02/1997 (domain.md §8.2).
    """
    table = pl.read_csv(rules_path("synthetic", "units.csv"), infer_schema=False).with_columns(
        pl.col("until").fill_null(""), pl.col("district").fill_null(""), pl.col("from").fill_null("")
    )
    if area == "camgiang":
        table = table.filter(pl.col("area") == "camgiang")
    elif area == "haiduong":
        table = table.filter(pl.col("area") != "haiduong235")
    elif day >= MERGED:
        raise ValueError(f"haiduong235 has its communes until {MERGED}; the extract is of {day}.")
    codes: Sequence[str] = table["unit"].unique(maintain_order=True).to_list()
    if communes:
        step = max(1, len(codes) // communes)
        codes = list(codes[step // 2 :: step])[:communes]
    rows = []
    above = [
        (FIRST, "", "Tỉnh Hải Dương"),
        (day_of(date(1968, 1, 26)), "", "Tỉnh Hải Hưng"),
        (day_of(date(1977, 3, 11)), "Huyện Cẩm Bình", "Tỉnh Hải Hưng"),
        (day_of(date(1997, 1, 1)), "Huyện Cẩm Bình", "Tỉnh Hải Dương"),
        (day_of(date(1997, 2, 17)), "", "Tỉnh Hải Dương"),
    ]
    for row in table.filter(pl.col("unit").is_in(codes)).iter_rows(named=True):
        start = day_of(date.fromisoformat(row["from"])) if row["from"] else FIRST
        end = day_of(date.fromisoformat(row["until"])) if row["until"] else 10**6
        spans = [(b, d, p) for b, d, p in above if b < end]
        for i, (begin, district, province) in enumerate(spans):
            stop = spans[i + 1][0] if i + 1 < len(spans) else end
            if stop <= start:
                continue
            shared = district and row["district"] in CAM_BINH
            new = row["province"] != "Tỉnh Hải Dương"
            rows.append(
                (
                    codes.index(row["unit"]),
                    max(begin, start),
                    row["code"],
                    address(
                        row["name"],
                        district if shared else row["district"],
                        row["province"] if new else province,
                    ),
                )
            )
    periods = pl.DataFrame(
        rows,
        schema={"unit": pl.UInt16, "from": pl.Int32, "code": pl.String, "place": pl.String},
        orient="row",
    ).sort("unit", "from")
    return Units(tuple(codes), periods)
