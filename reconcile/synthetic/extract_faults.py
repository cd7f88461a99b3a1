"""Faults of the extract that concern lives and numbers: deaths, divorces, shared and doubled numbers, defaulted villages."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from reconcile.synthetic.people import YEAR
from reconcile.synthetic.spoiling import DONE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconcile.synthetic.dice import Dice
    from reconcile.synthetic.world import World

FAULTS = {**DONE, "field": pl.String, "systematic": pl.String}
"""What is wrong in the extract: row (pid), kind, code, field, id of a common cause (or null)."""

COPY = 2_000_000_000
"""Added to the pid of a person's second row."""


def _done(
    frame: pl.DataFrame, field: str, kind: str, code: str | None, systematic: pl.Expr | None = None
) -> pl.DataFrame:
    return frame.select(
        row="pid",
        kind=pl.lit(kind),
        code=pl.lit(code, dtype=pl.String),
        field=pl.lit(field),
        systematic=pl.lit(None, dtype=pl.String) if systematic is None else systematic,
    ).cast(FAULTS)  # type: ignore[arg-type]


def wrong_deaths(
    dice: Dice, frame: pl.DataFrame, world: World, rates: dict[str, float]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Some dates of death are another day; some of the living are called dead."""
    day = pl.col("ngayChet").str.slice(0, 2).cast(pl.Int32, strict=False)
    other = pl.concat_str((day % 27 + 1).cast(pl.String).str.zfill(2), pl.col("ngayChet").str.slice(2))
    since = pl.max_horizontal(pl.col("born") + 19 * YEAR, pl.lit(world.extract - 20 * YEAR))
    ago = (since + dice.u("dead-wrongly-day") * (world.extract - since)).cast(pl.Int32)
    frame = frame.with_columns(
        _other=pl.col("ngayChet").is_not_null() & (dice.u("death-date") < rates.get("death_date", 0.0)),
        _dead=pl.col("ngayChet").is_null()
        & (pl.col("born") + 20 * YEAR < world.extract)
        & (dice.u("dead-wrongly") < rates.get("dead_wrongly", 0.0)),
    )
    faults = pl.concat(
        [
            _done(frame.filter("_other"), "ngay_chet", "death_date", "DEATH_DATE"),
            _done(frame.filter("_dead"), "tinh_trang_song", "dead_wrongly", None),
        ]
    )
    called = pl.from_epoch(ago, time_unit="d").dt.strftime("%d/%m/%Y")
    frame = frame.with_columns(
        pl.when("_other").then(other).when("_dead").then(called).otherwise("ngayChet").alias("ngayChet")
    )
    return frame.drop("_other", "_dead"), faults


def defaulted_villages(
    dice: Dice,
    frame: pl.DataFrame,
    wrong: pl.Series,
    villages: Sequence[str],
    codes: Sequence[str],
    rates: dict[str, float],
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Whole villages whose dates of birth all became 01/01, as a hurried collection leaves them.

    ``wrong``: pids whose date is wrong for another reason.
    """
    village = (dice.u("village", "household") * len(villages)).floor().cast(pl.UInt32)
    place = pl.col("home").cast(pl.UInt32) * 100 + village
    hit = (
        (dice.u("village-default", place) < rates.get("village_default", 0.0))
        & (pl.col("born") < 13_500)
        & ~pl.col("pid").is_in(wrong.implode())
        & ~pl.col("ngaySinh").str.starts_with("01/01")
    )
    frame = frame.with_columns(_hit=hit)
    group = pl.concat_str(
        pl.lit("SYS.DC."),
        pl.lit(pl.Series(list(codes))).gather("home"),
        pl.lit("."),
        village.cast(pl.String),
        pl.lit(".village_default"),
    )
    faults = _done(frame.filter("_hit"), "ngay_sinh", "dob_placeholder", "DOB_PLACEHOLDER", group)
    first = pl.concat_str(pl.lit("01/01"), pl.col("ngaySinh").str.slice(5))
    frame = frame.with_columns(ngaySinh=pl.when("_hit").then(first).otherwise("ngaySinh"))
    return frame.drop("_hit"), faults


def shared_numbers(
    dice: Dice, frame: pl.DataFrame, wrong: pl.Series, rates: dict[str, float]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Some residents stand under the number of another one of the same province, sex and year; both rows show it."""
    alike = pl.col("soDinhDanh").str.slice(0, 6)
    free = ~pl.col("pid").is_in(wrong.implode()) & pl.col("soDinhDanh").is_not_null()
    likely = free & (dice.u("shared-number") < rates.get("number_shared", 0.0))
    frame = frame.with_columns(_free=free, _hit=likely)
    owner = frame.filter(pl.col("_free") & ~pl.col("_hit")).select(
        alike.alias("_alike"), _owner="pid", _number="soDinhDanh"
    ).unique("_alike", keep="last", maintain_order=True)  # fmt: skip
    frame = (
        frame.with_columns(_alike=alike)
        .join(owner, on="_alike", how="left", maintain_order="left")
        .with_columns(_hit=pl.col("_hit") & pl.col("_number").is_not_null())
    )
    lenders = frame.filter("_hit")["_owner"]
    frame = frame.with_columns(
        _first=pl.col("pid").is_in(lenders.implode()),
        soDinhDanh=pl.when("_hit").then("_number").otherwise("soDinhDanh"),
    )
    faults = pl.concat(
        [
            _done(frame.filter("_hit"), "so_dinh_danh", "number_shared", "ID_DUPLICATE"),
            _done(frame.filter("_first"), "so_dinh_danh", "number_lent", None),
        ]
    )
    return frame.drop("_hit", "_first", "_free", "_alike", "_owner", "_number"), faults


def young_parents(
    dice: Dice, frame: pl.DataFrame, world: World, wrong: pl.Series, rates: dict[str, float]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Some parents are nine years older than their first child: the year of somebody else was taken.

    Their number stays; the books leave their date of birth blank (see ``Clerks``). ``wrong``: pids whose date or
    number is wrong for another reason.
    """
    children = pl.concat(
        world.persons.select(pid=parent, first="born").drop_nulls() for parent in ("mother", "father")
    )
    first = children.group_by("pid").agg(pl.from_epoch(pl.col("first").min(), time_unit="d").dt.year())
    frame = frame.join(first, on="pid", how="left", maintain_order="left").with_columns(
        _hit=(dice.u("young-parent") < rates.get("young_parents", 0.0))
        & (pl.col("first") >= 2000)
        & ~pl.col("pid").is_in(wrong.implode())
    )
    faults = _done(frame.filter("_hit"), "ngay_sinh", "too_young", "DOB_YEAR")
    year = pl.concat_str(pl.col("ngaySinh").str.slice(0, 6), (pl.col("first") - 9).cast(pl.String))
    frame = frame.with_columns(ngaySinh=pl.when("_hit").then(year).otherwise("ngaySinh"))
    return frame.drop("_hit", "first"), faults


def second_rows(
    dice: Dice, frame: pl.DataFrame, rates: dict[str, float]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Some people stand in the extract twice under two numbers, as those collected again when they had moved.

    The second row keeps name, birth, sex and parents; its pid is ``COPY`` above the person's own.
    """
    chosen = frame.filter(
        (dice.u("second-row") < rates.get("second_rows", 0.0))
        & pl.col("soDinhDanh").is_not_null()
        & pl.col("meHoTen").is_not_null()
    )
    tail = (pl.col("soDinhDanh").str.slice(6).cast(pl.Int64) * 7 + 13) % 1_000_000
    copies = chosen.with_columns(
        pid=(pl.col("pid") + COPY).cast(frame.schema["pid"]),
        soDinhDanh=pl.concat_str(pl.col("soDinhDanh").str.slice(0, 6), tail.cast(pl.String).str.zfill(6)),
        soCmnd=pl.lit(None, dtype=pl.String),
        noiOHienTai=pl.lit(None, dtype=pl.String),
        chuHoHoTen=pl.lit(None, dtype=pl.String),
        chuHoSoDinhDanh=pl.lit(None, dtype=pl.String),
        quanHeChuHo=pl.lit(None, dtype=pl.String),
    )
    faults = pl.concat(
        [
            _done(chosen, "ton_tai", "second_row", None),
            _done(copies, "ton_tai", "second_row", None),
        ]
    )
    return pl.concat([frame, copies]), faults
