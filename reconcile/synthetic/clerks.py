"""The justice side's hand: mistakes of single rows, of whole books, and the variety of writing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from reconcile.synthetic.people import EPOCH, YEAR
from reconcile.synthetic.spoiling import DONE, spoil, spoil_all

if TYPE_CHECKING:
    from reconcile.synthetic.dice import Dice
    from reconcile.synthetic.extract import Extract
    from reconcile.synthetic.mixes import Mix, Share
    from reconcile.synthetic.world import World

MISTAKES = {**DONE, "role": pl.String, "field": pl.String, "systematic": pl.String}
"""What went wrong in a register: row, kind, code, role, field, id of the book's common cause (or null)."""

_ADULT = {"ho_ten": "HoTen", "ngay_sinh": "NgaySinh", "dan_toc": "DanToc"}
_PARENT = {**_ADULT, "so_dinh_danh": "SoDinhDanhCaNhan"}
FIELDS: dict[str, dict[str, dict[str, str]]] = {
    "KS": {
        "nks": {
            "ho_ten": "nksHoTen",
            "ngay_sinh": "nksNgaySinh",
            "gioi_tinh": "nksGioiTinh",
            "so_dinh_danh": "nksSoDinhDanh",
            "dan_toc": "nksDanToc",
            "quoc_tich": "nksQuocTich",
            "noi_sinh": "nksNoiSinh",
            "que_quan": "nksQueQuan",
        },
        "me": {field: f"me{column}" for field, column in _PARENT.items()},
        "cha": {field: f"cha{column}" for field, column in _PARENT.items()},
    },
    "KH": {role: {f: f"{role}{c}" for f, c in _ADULT.items()} for role in ("chong", "vo")},
    "KT": {"nkt": {**{f: f"nkt{c}" for f, c in _ADULT.items()}, "gioi_tinh": "nktGioiTinh"}},
    "CMC": {role: {f: f"{role}{c}" for f, c in _ADULT.items()} for role in ("cm", "nc")},
    "HN": {"nxn": {**{f: f"nxn{c}" for f, c in _ADULT.items()}, "gioi_tinh": "nxnGioiTinh"}},
}
"""Register → role → canonical field → column of the template."""

_SHARES = {
    "ngay_sinh": "birth_date",
    "gioi_tinh": "sex",
    "so_dinh_danh": "number",
    "dan_toc": "ethnicity",
}


def _share(mix: Mix, role: str, field: str) -> Share | None:
    if field == "ho_ten":
        name = "child_name" if role == "nks" else "parent_name" if role in ("me", "cha") else "adult_name"
        return mix.register.get(name)
    if field == "ngay_sinh" and role in ("me", "cha"):
        return mix.register.get("parent_birth")
    return mix.register.get(_SHARES.get(field, ""))


class Clerks:
    """Write one register's rows down as clerks did, and remember every mistake."""

    def __init__(self, dice: Dice, world: World, extract: Extract, mix: Mix) -> None:
        self.dice, self.world, self.extract, self.mix = dice, world, extract, mix
        self.done: list[pl.DataFrame] = []

    def write(self, frame: pl.DataFrame, register: str) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Return the rows as written, and the mistakes (``MISTAKES``)."""
        self.done = []
        for role, fields in FIELDS[register].items():
            for field in ("ho_ten", "ngay_sinh", "gioi_tinh", "so_dinh_danh", "dan_toc"):
                if field in fields:
                    frame = self._single(frame, register, role, field, fields[field])
        frame = self._young_parents(frame, register)
        frame = self._partial_dates(frame, register)
        frame = self._books(frame, register)
        frame = self._writing(frame, register)
        mistakes = pl.concat(self.done) if self.done else pl.DataFrame(schema=MISTAKES)
        return frame, mistakes

    def _note(self, done: pl.DataFrame, role: str, field: str, systematic: pl.Series | None = None) -> None:
        group = pl.lit(None, dtype=pl.String) if systematic is None else pl.lit(systematic)
        self.done.append(
            done.with_columns(
                pl.lit(role).alias("role"), pl.lit(field).alias("field"), group.alias("systematic")
            )
        )

    def _wrong(self, field: str) -> pl.Series:
        """Rows already spoilt in this field are told by ``_clean``; here: pids wrong in the extract."""
        return self.extract.with_mistake(field)

    def _single(self, frame: pl.DataFrame, register: str, role: str, field: str, column: str) -> pl.DataFrame:
        share = _share(self.mix, role, field)
        elsewhere_right = ~pl.col(role).is_in(self._wrong(field).implode())
        frame, done = spoil(
            self.dice,
            frame,
            column,
            share,
            f"{register}/{role}/{field}",
            where=elsewhere_right.fill_null(value=True),
        )
        self._note(done, role, field)
        return frame

    def _young_parents(self, frame: pl.DataFrame, register: str) -> pl.DataFrame:
        """Leave the date of birth of parents blank whom the extract makes too young: else the dates differ only."""
        if register != "KS":
            return frame
        young = self.extract.mistakes.filter(pl.col("kind") == "too_young")["pid"]
        return frame.with_columns(
            pl.when(pl.col(role).is_in(young.implode()).fill_null(value=False))
            .then(None)
            .otherwise(f"{role}NgaySinh")
            .alias(f"{role}NgaySinh")
            for role in ("me", "cha")
        )

    def _partial_dates(self, frame: pl.DataFrame, register: str) -> pl.DataFrame:
        """Year or month alone for the old; never where another date mistake would hide behind it."""
        rates, born = self.mix.rates, pl.lit(self.world.persons["born"])
        placeholders = self.extract.mistakes.filter(
            (pl.col("field") == "ngay_sinh") & (pl.col("kind") == "dob_placeholder")
        )["pid"]
        wrong = self._wrong("ngay_sinh")
        other = wrong.filter(~wrong.is_in(placeholders.implode()))
        spoilt = {
            role: pl.concat(
                [
                    d["row"]
                    for d in self.done
                    if d.height and d["role"][0] == role and d["field"][0] == "ngay_sinh"
                ]
                or [pl.Series([], dtype=pl.UInt32)]
            )
            for role in FIELDS[register]
        }
        for role, fields in FIELDS[register].items():
            if role in ("me", "cha"):
                continue
            year = born.gather(pl.col(role).fill_null(0)) / YEAR + EPOCH
            weight = 1.0 if register == "KS" else 0.8
            rate = (
                pl.when(year < 1960)
                .then(rates["partial_old"])
                .when(year < 1976)
                .then(rates["partial_mid"])
                .otherwise(0.0)
            ) * weight
            free = ~pl.col(role).is_in(other.implode()) & ~pl.col("row").is_in(spoilt[role].implode())
            hit = free & (self.dice.u(f"{register}/{role}/partial", "row") < rate)
            month = self.dice.u(f"{register}/{role}/partial-month", "row") < 0.25
            for kind, where in (("dob_month_only", hit & month), ("dob_year_only", hit & ~month)):
                frame, done = spoil_all(frame, fields["ngay_sinh"], kind, where=where.fill_null(value=False))
                self._note(done, role, "ngay_sinh")
        return frame

    def _books(self, frame: pl.DataFrame, register: str) -> pl.DataFrame:
        """One cause for a whole book of one year: id ``SYS.<register>.<commune>.<year>.<kind>``."""
        codes = pl.lit(pl.Series(self.world.units.codes))
        for kind, share in self.mix.books.items():
            if share <= 0 or (kind == "shifted" and register != "KS"):
                continue
            hit = self.dice.u(f"book/{register}/{kind}", "book_key") < share
            if not frame.select(hit.any()).item():
                continue
            group = frame.select(
                "row",
                pl.concat_str(
                    pl.lit(f"SYS.{register}."),
                    codes.gather("unit"),
                    pl.lit("."),
                    pl.col("book_year").cast(pl.String),
                    pl.lit(f".{kind}"),
                ).alias("systematic"),
            )
            frame = self._book(frame, register, kind, hit, group)
        return frame

    def _book(
        self, frame: pl.DataFrame, register: str, kind: str, hit: pl.Expr, group: pl.DataFrame
    ) -> pl.DataFrame:
        def note(done: pl.DataFrame, role: str, field: str) -> None:
            systematic = done.select("row").join(group, on="row", how="left", maintain_order="left")[
                "systematic"
            ]
            self._note(done, role, field, systematic)

        if kind == "default_registration":
            done = frame.filter(hit).select(
                "row", pl.lit(kind).alias("kind"), pl.lit(None, dtype=pl.String).alias("code")
            )
            note(done, next(iter(FIELDS[register])), "ngay_dang_ky")
            stamp = pl.concat_str(pl.lit("01.01."), pl.col("book_year").cast(pl.String))
            return frame.with_columns(pl.when(hit).then(stamp).otherwise("ngayDangKy").alias("ngayDangKy"))
        if kind == "default_residence":
            homes = [column for column in frame.columns if column.endswith("NoiCuTru")]
            nothing = pl.lit(None, dtype=pl.String).alias("code")
            done = frame.filter(hit).select("row", pl.lit(kind).alias("kind"), nothing)
            note(done, next(iter(FIELDS[register])), "noi_cu_tru")
            return frame.with_columns(
                pl.when(hit).then(pl.col(c).str.replace(r"^thôn [^,]+, ", "")).otherwise(c).alias(c)
                for c in homes
            )
        if kind == "shifted":
            unread = pl.lit("VALUE_UNREADABLE").alias("code")  # a place is no people, a people no nationality
            for field in ("dan_toc", "quoc_tich"):
                done = frame.filter(hit).select("row", pl.lit(kind).alias("kind"), unread)
                note(done, "nks", field)
            return frame.with_columns(
                pl.when(hit).then(None).otherwise("nksNoiSinh").alias("nksNoiSinh"),
                pl.when(hit).then("nksNoiSinh").otherwise("nksQueQuan").alias("nksQueQuan"),
                pl.when(hit).then("nksQueQuan").otherwise("nksDanToc").alias("nksDanToc"),
                pl.when(hit).then("nksDanToc").otherwise("nksQuocTich").alias("nksQuocTich"),
            )
        field = "ngay_sinh" if kind.startswith("dob") else "ho_ten"
        for role, fields in FIELDS[register].items():
            if field == "ngay_sinh" and role in ("me", "cha"):
                continue
            frame, done = spoil_all(frame, fields[field], kind, where=hit)
            note(done, role, field)
        return frame

    def _writing(self, frame: pl.DataFrame, register: str) -> pl.DataFrame:
        """Variety that is no mistake: capitals, date marks, sex in words, abbreviated places, stray encodings."""
        names = [fields["ho_ten"] for fields in FIELDS[register].values()]
        first = names[0]
        capitals = self.dice.u(f"{register}/capitals", "book_key") < 0.25
        frame = frame.with_columns(
            pl.col(first).str.to_uppercase(),
            *(pl.when(capitals).then(pl.col(c).str.to_uppercase()).otherwise(c).alias(c) for c in names[1:]),
        )
        for role, fields in FIELDS[register].items():
            frame, done = spoil(
                self.dice,
                frame,
                fields["ho_ten"],
                self.mix.register.get("writing"),
                f"{register}/{role}/writing",
            )
            self._note(done, role, "ho_ten")
        dates = [
            c for c in frame.columns if "Ngay" in c and c.endswith(("NgaySinh", "NgayChet", "ngayDangKy"))
        ] + ["ngayDangKy"]
        style = self.dice.u(f"{register}/date-style", "book_key")
        frame = frame.with_columns(
            pl.when(style < 0.10)
            .then(pl.col(c).str.replace_all(".", "/", literal=True))
            .when(style < 0.20)
            .then(pl.col(c).str.replace_all(r"\b0(\d)\.", "$1."))
            .otherwise(c)
            .alias(c)
            for c in dict.fromkeys(dates)
        )
        sexes = [c for c in frame.columns if c.endswith("GioiTinh")]
        words = self.dice.u(f"{register}/sex-words", "book_key") < 0.2
        frame = frame.with_columns(
            pl.when(words).then(pl.col(c).replace({"1": "Nam", "2": "Nữ"})).otherwise(c).alias(c)
            for c in sexes
        )
        places = [
            c
            for c in frame.columns
            if c in ("noiDangKy", "noiCap", "nksNoiSinh", "nksQueQuan") or c.endswith("NoiCuTru")
        ]
        shape = self.dice.u(f"{register}/place-style", "book_key")
        return frame.with_columns(
            pl.when(shape < 0.12)
            .then(short(pl.col(c)))
            .when(shape < 0.18)
            .then(dashed(pl.col(c)))
            .otherwise(c)
            .alias(c)
            for c in places
        )


def short(place: pl.Expr) -> pl.Expr:
    """Return the place as clerks abbreviate it: ``TT Lai Cách, H. Cẩm Giàng, T. Hải Dương``."""
    return (
        place.str.replace("thị trấn ", "TT ", literal=True)
        .str.replace("phường ", "P. ", literal=True)
        .str.replace("huyện ", "H. ", literal=True)
        .str.replace("tỉnh ", "T. ", literal=True)
    )


def dashed(place: pl.Expr) -> pl.Expr:
    """Return the place with dashes and without level words: ``Cẩm Đoài - Cẩm Bình - Hải Hưng``."""
    return place.str.replace_all(r"(UBND |xã |huyện |tỉnh |thị trấn )", "").str.replace_all(
        ", ", " - ", literal=True
    )
