"""True events → rows of the Ministry's templates (hotich158), before anything went wrong."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import polars as pl

from reconcile.synthetic.applicants import applicants
from reconcile.synthetic.extract import VILLAGES
from reconcile.synthetic.people import day_of

if TYPE_CHECKING:
    from reconcile.synthetic.dice import Dice
    from reconcile.synthetic.mixes import Mix
    from reconcile.synthetic.world import World

ROLES = {
    "KS": ("nks", "me", "cha"),
    "KH": ("chong", "vo"),
    "KT": ("nkt",),
    "CMC": ("cm", "nc"),
    "HN": ("nxn",),
}
VILLAGE_KNOWN = 0.7
"""Share of residences in the books that name the village. An assumption."""
SINCE_NUMBERS = day_of(date(2016, 1, 1))
SIGNERS = (
    "Nguyễn Văn Khiêm",
    "Phạm Đức Thuần",
    "Vũ Thị Mẫn",
    "Đoàn Văn Lịch",
    "Trần Bá Thuyên",
    "Bùi Hữu Cẩn",
)
CLERKS = ("Lê Thị Chuyên", "Đào Văn Mẫn", "Hoàng Thị Cẩn", "Phạm Văn Thảo", "Vũ Hữu Tỉ")
ANNULLED = 0.08
"""Share of ended marriages that a court annulled."""
CAUSES = ("Già yếu", "Bệnh", "Tai nạn giao thông", "Ung thư", "Tai biến mạch máu não")


def dotted(expression: pl.Expr) -> pl.Expr:
    """Return a day number as ``dd.mm.yyyy``."""
    return pl.from_epoch(expression, time_unit="d").dt.strftime("%d.%m.%Y")


def _below_hundred(n: int) -> str:
    ones = ["", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín"]
    if n < 10:
        return ones[n]
    tens, unit = divmod(n, 10)
    if tens == 1:
        return ("mười " + ("lăm" if unit == 5 else ones[unit])).strip()
    last = {1: "mốt", 4: "tư", 5: "lăm"}.get(unit, ones[unit])
    return f"{ones[tens]} mươi {last}".strip()


def _year_words(year: int) -> str:
    century, rest = divmod(year, 100)
    head = "một nghìn chín trăm" if century == 19 else "hai nghìn"
    if rest == 0:
        return head
    if century == 20:
        head += " không trăm"
    return f"{head} {'linh ' if rest < 10 else ''}{_below_hundred(rest)}"


def date_words(days: pl.Series) -> pl.Series:
    """Return dates in words: *Ngày mười lăm tháng tám năm một nghìn chín trăm bảy mươi*. Each distinct date once."""
    distinct = days.unique().drop_nulls().sort()
    dates = pl.from_epoch(distinct, time_unit="d").to_list()
    months = ["", *(_below_hundred(m) for m in range(1, 13))]
    months[4] = "tư"
    words = [f"Ngày {_below_hundred(d.day)} tháng {months[d.month]} năm {_year_words(d.year)}" for d in dates]
    return days.replace_strict(
        distinct, pl.Series(words, dtype=pl.String), default=None, return_dtype=pl.String
    )


class _People:
    """Look a person's value up by pid, inside expressions."""

    def __init__(self, world: World) -> None:
        self.persons = world.persons

    def of(self, column: str, key: str) -> pl.Expr:
        known = pl.col(key).is_not_null()
        return pl.when(known).then(pl.lit(self.persons[column]).gather(pl.col(key).fill_null(0)))

    def year(self, key: str) -> pl.Expr:
        return pl.from_epoch(self.of("born", key), time_unit="d").dt.year().cast(pl.String)


def _head(dice: Dice, register: str, place: str = "noiDangKy") -> list[pl.Expr]:
    number = pl.col("so").cast(pl.String).str.zfill(2)
    style = dice.u(f"{register}/number-style", "book_key")
    return [
        pl.when(style < 0.1)
        .then(pl.concat_str(number, pl.lit("/"), pl.col("book_year").cast(pl.String)))
        .when(style < 0.2)
        .then(pl.col("so").cast(pl.String))
        .otherwise(number)
        .alias("so"),
        pl.concat_str(
            pl.col("book").cast(pl.String).str.zfill(2), pl.col("book_year").cast(pl.String), separator="/"
        ).alias("quyenSo"),
        pl.col("page").cast(pl.String).alias("trangSo"),
        dotted(pl.col("registered")).alias("ngayDangKy"),
        pl.when(dice.u(f"{register}/ubnd", "book_key") < 0.6)
        .then(pl.concat_str(pl.lit("UBND "), "office"))
        .otherwise("office")
        .alias(place),
        dice.pick(f"{register}/signer", SIGNERS, "book_key").alias("nguoiKy"),
        pl.lit("Chủ tịch").alias("chucVuNguoiKy"),
        dice.pick(f"{register}/clerk", CLERKS, "book_key").alias("nguoiThucHien"),
    ]


def _lives(dice: Dice, register: str, role: str) -> pl.Expr:
    """Return the residence as the book has it: the registering commune, mostly with the village before it."""
    village = pl.concat_str(
        pl.lit("thôn "), dice.pick(f"{register}/{role}/village", VILLAGES, "row"), pl.lit(", ")
    )
    known = dice.u(f"{register}/{role}/knows-village", "row") < VILLAGE_KNOWN
    return pl.concat_str(pl.when(known).then(village).otherwise(pl.lit("")), "office")


def _adult(dice: Dice, people: _People, role: str, register: str) -> list[pl.Expr]:
    """Columns of one adult of KH, KT, CMC, HN: name, birth, papers, residence."""
    paper = dice.u(f"{register}/{role}/paper", "row")
    new = (pl.col("registered") >= SINCE_NUMBERS) & (people.of("died", role) > 15_400)
    number = pl.when(new & (paper < 0.55)).then(people.of("number", role))
    old = pl.when((pl.col("registered") > 10_957) & (paper < 0.7)).then(people.of("cmnd", role))
    both = pl.coalesce(number, old)
    return [
        people.of("name", role).alias(f"{role}HoTen"),
        dotted(people.of("born", role)).alias(f"{role}NgaySinh"),
        people.of("ethnic", role).alias(f"{role}DanToc"),
        pl.lit("Việt Nam").alias(f"{role}QuocTich"),
        pl.lit("1").alias(f"{role}LoaiCuTru"),
        _lives(dice, register, role).alias(f"{role}NoiCuTru"),
        pl.when(both.is_null())
        .then(None)
        .when(both.str.len_bytes() == 12)
        .then(pl.lit("4"))
        .otherwise(pl.lit("1"))
        .alias(f"{role}LoaiGiayToTuyThan"),
        both.alias(f"{role}SoGiayToTuyThan"),
    ]


def _kept(register: str) -> list[str]:
    return ["row", "unit", "book_year", "book_key", "registered", "happened", *ROLES[register]]


def birth_rows(
    dice: Dice, world: World, events: pl.DataFrame, recognised: pl.Series, mix: Mix
) -> pl.DataFrame:
    """Return KS rows: columns of the template, and row, unit, book and the persons meant (nks, me, cha).

    A child whose father recognised it later was registered without him (``nksLoaiKhaiSinh`` = 3).
    """
    people = _People(world)
    frame = world.units.at(
        world.units.at(events, "unit", "registered", "office"), "unit", "happened", "birthplace"
    )
    fatherless = pl.col("nks").is_in(recognised.implode())
    frame = frame.with_columns(pl.when(fatherless).then(None).otherwise("cha").alias("cha"))
    number = (pl.col("registered") >= SINCE_NUMBERS) & (
        dice.u("child-number", "row") < mix.rates["child_number_v2"]
    )
    old = (pl.from_epoch(people.of("born", "nks"), time_unit="d").dt.year()) < 1997
    facility = dice.u("facility", "row") < pl.when(old).then(0.15).otherwise(0.5)

    def parent(role: str) -> list[pl.Expr]:
        has = (pl.col("registered") >= SINCE_NUMBERS) & (people.of("died", role) > pl.col("registered"))
        paper = dice.u(f"{role}-paper", "row")
        cmnd = pl.when((pl.col("registered") > 13_250) & ~has & (paper < 0.25)).then(people.of("cmnd", role))
        present = pl.col(role).is_not_null()
        full = (pl.col("registered") > 14_600) & (dice.u(f"{role}-full-date", "row") < 0.12)
        return [
            pl.when(has & (paper < mix.rates["parent_number_v2"]))
            .then(people.of("number", role))
            .alias(f"{role}SoDinhDanhCaNhan"),
            people.of("name", role).alias(f"{role}HoTen"),
            pl.when(full)
            .then(dotted(people.of("born", role)))
            .otherwise(people.year(role))
            .alias(f"{role}NgaySinh"),
            people.of("ethnic", role).alias(f"{role}DanToc"),
            pl.when(present).then(pl.lit("Việt Nam")).alias(f"{role}QuocTich"),
            pl.when(present).then(pl.lit("1")).alias(f"{role}LoaiCuTru"),
            pl.when(present).then(_lives(dice, "KS", role)).alias(f"{role}NoiCuTru"),
            pl.when(cmnd.is_not_null()).then(pl.lit("1")).alias(f"{role}LoaiGiayToTuyThan"),
            cmnd.alias(f"{role}SoGiayToTuyThan"),
        ]

    words = date_words(frame["happened"])
    applicant = dice.u("applicant", "row") < 0.6
    return frame.select(
        *_kept("KS"),
        "repeated",
        *_head(dice, "KS"),
        pl.col("kind").cast(pl.String).alias("loaiDangKy"),
        pl.when(fatherless & (dice.u("note", "row") < 0.8))
        .then(pl.lit("Đã đăng ký nhận cha, mẹ, con"))
        .alias("ghiChu"),
        pl.when(number).then(people.of("number", "nks")).alias("nksSoDinhDanh"),
        people.of("name", "nks").alias("nksHoTen"),
        people.of("sex", "nks").cast(pl.String).alias("nksGioiTinh"),
        dotted(pl.col("happened")).alias("nksNgaySinh"),
        pl.when(dice.u("words", "book_key") < 0.6).then(pl.lit(words)).alias("nksNgaySinhBangChu"),
        pl.when(facility)
        .then(pl.concat_str(pl.lit("Trạm y tế "), "birthplace"))
        .otherwise("birthplace")
        .alias("nksNoiSinh"),
        pl.col("birthplace").alias("nksQueQuan"),
        people.of("ethnic", "nks").alias("nksDanToc"),
        pl.lit("Việt Nam").alias("nksQuocTich"),
        pl.when(fatherless).then(pl.lit("3")).otherwise(pl.lit("1")).alias("nksLoaiKhaiSinh"),
        *parent("me"),
        *parent("cha"),
        pl.when(applicant)
        .then(people.of("name", "me"))
        .otherwise(people.of("name", "cha"))
        .alias("nycHoTen"),
        pl.when(applicant).then(pl.lit("Mẹ")).otherwise(pl.lit("Cha")).alias("nycQuanHe"),
    )


def marriage_rows(dice: Dice, world: World, events: pl.DataFrame) -> pl.DataFrame:
    """Return KH rows."""
    people = _People(world)
    frame = world.units.at(events, "unit", "registered", "office")
    early = pl.col("happened") < pl.col("registered")
    annulled = dice.u("annulled", "row") < ANNULLED
    return frame.select(
        *_kept("KH"),
        *_head(dice, "KH"),
        pl.col("kind").cast(pl.String).alias("loaiDangKy"),
        pl.when(early)
        .then(
            pl.concat_str(
                pl.lit("01.01."), pl.from_epoch("happened", time_unit="d").dt.year().cast(pl.String)
            )
        )
        .alias("ngayXacLapQuanHeHonNhan"),
        pl.when(pl.col("noted") & annulled)
        .then(pl.lit("Đã hủy việc kết hôn"))
        .when("noted")
        .then(pl.lit("Đã ly hôn"))
        .alias("tinhTrangKetHon"),
        pl.when("noted")
        .then(
            pl.concat_str(
                pl.when(annulled).then(pl.lit("Hủy việc kết hôn")).otherwise(pl.lit("Ly hôn")),
                pl.lit(" theo quyết định của Tòa án ngày "),
                dotted(pl.col("divorced")),
            )
        )
        .alias("ghiChu"),
        *_adult(dice, people, "chong", "KH"),
        *_adult(dice, people, "vo", "KH"),
    )


def death_rows(dice: Dice, world: World, events: pl.DataFrame, mix: Mix) -> pl.DataFrame:
    """Return KT rows."""
    people = _People(world)
    reported = applicants(dice, world, events, mix)
    frame = world.units.at(events, "unit", "registered", "office")
    words = date_words(frame["happened"])
    return frame.select(
        *_kept("KT"),
        "repeated",
        *_head(dice, "KT"),
        pl.col("kind").cast(pl.String).alias("loaiDangKy"),
        *_adult(dice, people, "nkt", "KT"),
        people.of("sex", "nkt").cast(pl.String).alias("nktGioiTinh"),
        dotted(pl.col("happened")).alias("nktNgayChet"),
        pl.when(dice.u("KT/words", "book_key") < 0.5).then(pl.lit(words)).alias("nktNgayChetGhiBangChu"),
        pl.concat_str(pl.lit("Tại nhà, "), "office").alias("nktNoiChet"),
        dice.pick("cause", CAUSES, "row").alias("nktNguyenNhanChet"),
        *(pl.lit(reported[c]).alias(c) for c in ("nycHoTen", "nycQuanHe")),
    )


def recognition_rows(dice: Dice, world: World, events: pl.DataFrame) -> pl.DataFrame:
    """Return CMC rows: a father recognises his child (loaiXacNhan 1)."""
    people = _People(world)
    frame = world.units.at(events, "unit", "registered", "office")
    return frame.select(
        *_kept("CMC"),
        *_head(dice, "CMC"),
        pl.lit("1").alias("loaiDangKy"),
        pl.lit("1").alias("loaiXacNhan"),
        *_adult(dice, people, "cm", "CMC"),
        *_adult(dice, people, "nc", "CMC"),
        pl.col("office").alias("ncQueQuan"),
    )


def certificate_rows(dice: Dice, world: World, events: pl.DataFrame) -> pl.DataFrame:
    """Return HN rows."""
    people = _People(world)
    frame = world.units.at(events, "unit", "registered", "office")
    return frame.select(
        *_kept("HN"),
        *_head(dice, "HN", "noiCap"),
        *_adult(dice, people, "nxn", "HN"),
        people.of("sex", "nxn").cast(pl.String).alias("nxnGioiTinh"),
        pl.col("status").alias("nxnTinhTrangHonNhan"),
        dice.pick("purpose", ("1", "5"), "row").alias("nxnLoaiMucDichSuDung"),
    )
