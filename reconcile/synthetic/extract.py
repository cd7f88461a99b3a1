"""The population extract: one row per resident, as the police side wrote it, with that side's mistakes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from reconcile.synthetic.extract_faults import (
    defaulted_villages,
    second_rows,
    shared_numbers,
    wrong_deaths,
    young_parents,
)
from reconcile.synthetic.people import EPOCH, YEAR
from reconcile.synthetic.spoiling import DONE, spoil

if TYPE_CHECKING:
    from reconcile.synthetic.dice import Dice
    from reconcile.synthetic.mixes import Mix
    from reconcile.synthetic.world import World

COLUMNS = [
    "soDinhDanh",
    "soCmnd",
    "hoTen",
    "tenGoiKhac",
    "ngaySinh",
    "gioiTinh",
    "danToc",
    "tonGiao",
    "quocTich",
    "noiSinh",
    "noiDangKyKhaiSinh",
    "queQuan",
    "noiThuongTru",
    "noiTamTru",
    "noiOHienTai",
    "tinhTrangHonNhan",
    "chaHoTen",
    "chaSoDinhDanh",
    "meHoTen",
    "meSoDinhDanh",
    "voChongHoTen",
    "voChongSoDinhDanh",
    "chuHoHoTen",
    "chuHoSoDinhDanh",
    "quanHeChuHo",
    "ngayChet",
    "soDinhDanhCu",
]
"""Canonical column codes of the population extract (contract §1)."""

VILLAGES = [
    "Đông",
    "Đoài",
    "Trung",
    "Thượng",
    "Hạ",
    "Nội",
    "Ngoại",
    "Tiền",
    "Hậu",
    "Phú",
    "Lộc",
    "Bình",
    "Phiên",
    "An",
    "Tân",
    "Tràng",
    "Kỹ",
    "Nghĩa",
    "Thái",
    "Hòa",
]
"""Village names: invented, since no public table of villages exists."""

NUMBERS_SINCE = 15_400
"""Day (2012) since which people were given 12-digit numbers: who died before has none in the extract."""


MERGERS = 17_800
"""Day (09/2018): later two names may be of one merged commune, and so no difference."""


@dataclass(slots=True)
class Extract:
    """``frame``: the canonical columns with pid and population_row; ``mistakes``: pid, field, kind, code, systematic."""

    frame: pl.DataFrame
    mistakes: pl.DataFrame

    def with_mistake(self, field: str) -> pl.Series:
        """Return the pids whose ``field`` is wrong in the extract."""
        return self.mistakes.filter((pl.col("field") == field) & pl.col("code").is_not_null())["pid"]


def dmy(column: str | pl.Expr) -> pl.Expr:
    """Return a day number as ``dd/mm/yyyy``."""
    expression = pl.col(column) if isinstance(column, str) else column
    return pl.from_epoch(expression, time_unit="d").dt.strftime("%d/%m/%Y")


def _true_rows(dice: Dice, world: World, mix: Mix) -> pl.DataFrame:
    people, rates = world.persons, mix.rates

    def of(column: str, key: str) -> pl.Expr:
        return pl.when(pl.col(key).is_not_null()).then(
            pl.lit(people[column]).gather(pl.col(key).fill_null(0))
        )

    def number_of(key: str) -> pl.Expr:
        return pl.when(of("died", key) > NUMBERS_SINCE).then(of("number", key))

    here = people.filter(pl.col("resident")).with_columns(
        pl.lit(world.extract, dtype=pl.Int32).alias("today")
    )
    here = world.units.at(here, "home", "today", "lives")
    here = world.units.at(here, "unit", "born", "birthplace")
    household = pl.coalesce("marriage", "couple", pl.col("pid") + 1_000_000_000)
    old = pl.col("born") / YEAR + EPOCH < 1976
    unknown = dice.u("parents-unknown") < pl.when(old).then(rates["parents_missing_old"]).otherwise(
        rates["parents_missing_young"]
    )
    unwed = dice.u("marriage-unknown") < rates["married_unknown"]
    wed = pl.col("spouse").is_not_null() & (pl.col("married") <= world.extract)
    unheard = dice.u("divorce-unknown") < rates.get("divorce_unknown", 0.0)
    still = wed & ~unwed & (pl.col("divorced").is_null() | unheard)
    rank = here.with_columns(household.alias("household")).sort("home", "household", "born", "pid")
    head = {
        c: pl.col(c).sort_by("born", "pid").first().over("home", "household")
        for c in ("pid", "name", "number", "spouse")
    }
    is_head = pl.col("pid") == head["pid"]
    relation = (
        pl.when(is_head)
        .then(pl.lit("Chủ hộ"))
        .when(head["spouse"] == pl.col("pid"))
        .then(pl.when(pl.col("sex") == 1).then(pl.lit("Chồng")).otherwise(pl.lit("Vợ")))
        .otherwise(pl.lit("Con"))
    )
    home = pl.when(pl.col("native")).then("birthplace").otherwise(dice.pick("far", FAR))
    return rank.select(
        "pid",
        "born",
        "home",
        "household",
        pl.col("lives_code").alias("commune"),
        pl.when(dice.u("no-number") >= rates["number_missing"]).then("number").alias("soDinhDanh"),
        pl.col("cmnd").alias("soCmnd"),
        pl.col("name").alias("hoTen"),
        dmy("born").alias("ngaySinh"),
        pl.when(pl.col("sex") == 1).then(pl.lit("Nam")).otherwise(pl.lit("Nữ")).alias("gioiTinh"),
        pl.col("ethnic").alias("danToc"),
        pl.lit("Không").alias("tonGiao"),
        pl.lit("Việt Nam").alias("quocTich"),
        pl.when(dice.u("knows-birthplace") < rates["birthplace_known"]).then(home).alias("noiSinh"),
        pl.when(dice.u("knows-registration") < 0.93).then(home).alias("noiDangKyKhaiSinh"),
        pl.when(dice.u("knows-home") < 0.97).then(home).alias("queQuan"),
        pl.concat_str(
            pl.lit("thôn "),
            dice.pick("village", VILLAGES, "household"),
            pl.lit(" "),
            # each old commune has village names of its own: a merged one does not mix them
            pl.lit(pl.Series(VILLAGES)).gather((pl.col("home").cast(pl.UInt32) * 7 + 3) % len(VILLAGES)),
            pl.lit(", "),
            "lives",
        ).alias("noiThuongTru"),
        pl.when(dice.u("present") < 0.15).then("lives").alias("noiOHienTai"),
        pl.when(still & (of("died", "spouse") <= world.extract))
        .then(pl.lit("Góa"))
        .when(still)
        .then(pl.lit("Đã kết hôn"))
        .when(wed & ~unwed)
        .then(pl.lit("Đã ly hôn"))
        .otherwise(pl.lit("Chưa kết hôn"))
        .alias("tinhTrangHonNhan"),
        pl.when(~unknown).then(of("name", "father")).alias("chaHoTen"),
        pl.when(~unknown).then(number_of("father")).alias("chaSoDinhDanh"),
        pl.when(~unknown).then(of("name", "mother")).alias("meHoTen"),
        pl.when(~unknown).then(number_of("mother")).alias("meSoDinhDanh"),
        pl.when(still).then(of("name", "spouse")).alias("voChongHoTen"),
        pl.when(still).then(number_of("spouse")).alias("voChongSoDinhDanh"),
        head["name"].alias("chuHoHoTen"),
        head["number"].alias("chuHoSoDinhDanh"),
        relation.alias("quanHeChuHo"),
        pl.when(pl.col("in_extract_dead") == "marked").then(dmy("died")).alias("ngayChet"),
        (wed & unwed).alias("marriage_unknown"),
        pl.when(still).then("spouse").alias("spouse"),
    )


FAR = (
    "xã Minh Châu, huyện Yên Mỹ, tỉnh Hưng Yên",
    "xã An Hòa, huyện An Dương, thành phố Hải Phòng",
    "xã Trung Kênh, huyện Lương Tài, tỉnh Bắc Ninh",
    "xã Quỳnh Côi, huyện Quỳnh Phụ, tỉnh Thái Bình",
    "xã Hải Hậu, huyện Hải Hậu, tỉnh Nam Định",
    "xã Bình Minh, huyện Thanh Oai, thành phố Hà Nội",
)
"""Homes of those who came from elsewhere."""


def population(dice: Dice, world: World, mix: Mix) -> Extract:
    """Return the extract with its mistakes, by commune, household and age as an extract reads."""
    frame = _true_rows(dice, world, mix).sort("commune", "home", "household", "born", "pid")
    shares = mix.population
    old = pl.col("born") / YEAR + EPOCH < 1968
    steps = (
        ("ho_ten", "hoTen", "name", None),
        ("ngay_sinh", "ngaySinh", "old_placeholder", old),
        ("ngay_sinh", "ngaySinh", "birth_date", None),
        ("gioi_tinh", "gioiTinh", "sex", None),
        ("so_dinh_danh", "soDinhDanh", "number", None),
        ("ho_ten_cha", "chaHoTen", "parent_name", None),
        ("ho_ten_me", "meHoTen", "parent_name", None),
        ("dan_toc", "danToc", "ethnicity", None),
    )
    done: list[pl.DataFrame] = []
    seen: dict[str, pl.Series] = {}
    for field, column, share, where in steps:
        fresh = ~pl.col("pid").is_in(seen.get(field, pl.Series([], dtype=pl.UInt32)).implode())
        frame, mistakes = spoil(
            dice,
            frame,
            column,
            shares.get(share),
            f"population/{field}/{share}",
            row="pid",
            where=fresh if where is None else where & fresh,
        )
        seen[field] = mistakes["row"]
        done.append(mistakes.with_columns(pl.lit(field).alias("field")))
    lost = frame.filter(pl.col("soDinhDanh").is_null()).select(
        pl.col("pid").alias("row"),
        pl.lit("missing").alias("kind"),
        pl.lit("ID_MISSING").alias("code"),
        pl.lit("so_dinh_danh").alias("field"),
    )
    done.append(lost)
    frame, moved = _wrong_place(dice, frame, world, shares["place"].share)
    done.append(moved)
    known = pl.concat(done)
    wrong_dates = known.filter(pl.col("field") == "ngay_sinh")["row"]
    wrong_numbers = known.filter(pl.col("field") == "so_dinh_danh")["row"]
    frame, lives = wrong_deaths(dice, frame, world, mix.rates)
    frame, defaults = defaulted_villages(dice, frame, wrong_dates, VILLAGES, world.units.codes, mix.rates)
    other = pl.concat([wrong_dates, defaults["row"], wrong_numbers])
    frame, young = young_parents(dice, frame, world, other, mix.rates)
    frame, shared = shared_numbers(dice, frame, pl.concat([wrong_numbers, young["row"]]), mix.rates)
    frame, twice = second_rows(dice, frame, mix.rates)
    done += [lives, defaults, young, shared, twice]
    frame = frame.with_columns(
        pl.col("hoTen", "chaHoTen", "meHoTen", "voChongHoTen", "chuHoHoTen").str.to_uppercase()
    )
    frame, writing = spoil(dice, frame, "hoTen", shares.get("writing"), "population/writing", row="pid")
    done.append(writing.with_columns(pl.lit("ho_ten").alias("field")))
    mistakes = pl.concat(done, how="diagonal").rename({"row": "pid"})
    frame = frame.with_columns((pl.int_range(pl.len(), dtype=pl.UInt32) + 2).alias("population_row"))
    return Extract(frame, mistakes)


def _wrong_place(
    dice: Dice, frame: pl.DataFrame, world: World, share: float
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Put another commune of the area into noiDangKyKhaiSinh of some residents (with more than one commune)."""
    places = (
        world.units.periods.filter(pl.col("from") < 13_000)
        .group_by("unit")
        .last()
        .sort("unit")["place"]
        .to_list()
    )
    if len(places) < 2 or share <= 0:
        return frame, pl.DataFrame(schema=DONE).with_columns(pl.lit("", dtype=pl.String).alias("field"))
    other = dice.pick("population/place/other", places)
    district = pl.col("noiDangKyKhaiSinh").str.split(",").list.first()
    hit = (
        (dice.u("population/place") < share)
        & (pl.col("born") < MERGERS)
        & (district != other.str.split(",").list.first())
    )
    frame = frame.with_columns(hit.fill_null(value=False).alias("_hit"))
    done = frame.filter("_hit").select(
        pl.col("pid").alias("row"),
        pl.lit("place").alias("kind"),
        pl.lit("PLACE_DIFFERENT").alias("code"),
        pl.lit("noi_dang_ky_khai_sinh").alias("field"),
    )
    changed = frame.with_columns(
        pl.when("_hit").then(other).otherwise("noiDangKyKhaiSinh").alias("noiDangKyKhaiSinh")
    )
    return changed.drop("_hit"), done
