"""Tables of a run → the rows of each sheet, as text, once for all communes.

Every function returns a frame with the sheet's columns (``layout``), the sort position settled, plus
``commune`` (code or ``khong-ro``) and ``book_order`` (what a file is split by). No clerk column, no
fingerprint: those come with the writing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from reconcile.report import layout
from reconcile.report.wording import SEVERITIES, words

if TYPE_CHECKING:
    from reconcile.report.tables import ReportTables

BLANK = "(trống)"
ELSEWHERE = {"NOT_IN_POPULATION", "NO_BIRTH_RECORD", "DUPLICATE_REGISTRATION"}
"""Codes that have a sheet of their own: never asked a second time on *Sai lệch*."""

PARENT_ROLES = ("me", "cha")
_NO_BOOK = "~"
_ORDER = ("register", "book_year", "book", "number", "record_id")
_RANK = {code: rank for rank, code in enumerate(SEVERITIES)}


def _book_label() -> pl.Expr:
    """Return the book as a clerk names it: ``KS 01/2016``."""
    made = pl.format(
        "{}/{}", pl.col("book").cast(pl.String).str.zfill(2), pl.col("book_year").cast(pl.String)
    )
    book = pl.coalesce(pl.col("quyen_so"), made, pl.lit("?"))
    return pl.concat_str(pl.col("register"), book, separator=" ")


def addresses(records: pl.DataFrame) -> pl.DataFrame:
    """Return one row per record: where it stands in the registers, and its place in the order of work."""
    return records.select(
        "record_id",
        "register",
        "source_file",
        "source_row",
        "book",
        "book_year",
        "number",
        "registered_earliest",
        pl.col("commune_code").fill_null(layout.UNKNOWN_COMMUNE).alias("commune"),
        so_quyen=_book_label(),
        so=pl.coalesce(pl.col("so"), pl.col("number").cast(pl.String)),
        trang_so=pl.col("trang_so"),
        ngay_dang_ky=pl.col("ngay_dang_ky"),
        noi_dang_ky=pl.col("noi_dang_ky"),
        nguon=pl.col("source_file"),
        dong=pl.col("source_row").cast(pl.String),
    ).with_columns(
        book_order=pl.format(
            "{}-{}-{}",
            pl.col("register"),
            pl.col("book_year").fill_null(0).cast(pl.String).str.zfill(4),
            pl.col("book").fill_null(0).cast(pl.String).str.zfill(4),
        )
    )


def _lines(pairs: list[tuple[str, str]]) -> pl.Expr:
    """Return the filled columns under each other, each with its label: ``Cha: …`` / ``Mẹ: …``."""
    return pl.concat_str(
        [
            pl.when(pl.col(name).str.strip_chars().str.len_chars() > 0)
            .then(pl.format("{}: {}", pl.lit(label), pl.col(name)))
            .otherwise(None)
            for label, name in pairs
        ],
        separator="\n",
        ignore_nulls=True,
    )


_KIN = [("Cha", "ho_ten_cha"), ("Mẹ", "ho_ten_me"), ("Vợ/chồng", "ho_ten_vo_chong")]
_CIVIL_PLACES = [("Sinh", "noi_sinh"), ("Quê", "que_quan"), ("Ở", "noi_cu_tru")]
_RESIDENT_PLACES = [
    ("Khai sinh", "noi_dang_ky_khai_sinh"),
    ("Sinh", "noi_sinh"),
    ("Quê", "que_quan"),
    ("Ở", "noi_cu_tru"),
]


def _sex() -> pl.Expr:
    """Return the sex in words where it could be read, else as written."""
    return (
        pl.when(pl.col("sex") == 1)
        .then(pl.lit("Nam"))
        .when(pl.col("sex") == 2)
        .then(pl.lit("Nữ"))
        .otherwise(pl.col("gioi_tinh"))
    )


def _people(frame: pl.DataFrame, keys: list[str], places: list[tuple[str, str]], suffix: str) -> pl.DataFrame:
    """Return the shown facts of mentions or residents under ``keys``, the columns ending in ``suffix``."""
    shown = frame.select(
        *keys,
        ho_ten=pl.col("ho_ten"),
        ngay_sinh=pl.col("ngay_sinh"),
        gioi_tinh=_sex(),
        so_dinh_danh=pl.coalesce(pl.col("so_dinh_danh"), pl.col("so_cmnd")),
        nguoi_than=_lines(_KIN),
        noi=_lines(places),
    )
    return shown.rename({c: c + suffix for c in shown.columns if c not in keys})


class Sheets:
    """The rows of all sheets of one run, prepared lazily from tables that share their joins."""

    def __init__(self, tables: ReportTables) -> None:
        """Prepare the addresses; ``tables`` must be conformed."""
        self.tables = tables
        self.addresses = addresses(tables.records)

    def _mentions(self) -> pl.DataFrame:
        return _people(self.tables.mentions, ["record_id", "role"], _CIVIL_PLACES, "")

    def _residents(self, ids: pl.Series) -> pl.DataFrame:
        wanted = self.tables.residents.filter(
            pl.col("resident_id").is_in(ids.drop_nulls().unique().implode())
        )
        return _people(wanted, ["resident_id"], _RESIDENT_PLACES, "_dc").unique(
            "resident_id", keep="first", maintain_order=True
        )

    # Sai lệch ---------------------------------------------------------------------------------------------

    def discrepancies(self) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Return the rows of *Sai lệch* (a group of one cause is one row, on top) and of *Chi tiết nhóm*."""
        found = self.tables.discrepancies.filter(~pl.col("code").is_in(list(ELSEWHERE)))
        people = self.tables.mentions.select("record_id", "role", "ho_ten")
        residents = self.tables.residents.filter(
            pl.col("resident_id").is_in(found["resident_id"].drop_nulls().unique().implode())
        ).select("resident_id", "so_dinh_danh", ngay_sinh_dan_cu="ngay_sinh")
        rows = (
            found.drop("source_file", "source_row", "register")
            .join(self.addresses, on="record_id", how="left")
            .join(people, on=["record_id", "role"], how="left")
            .join(
                residents.unique("resident_id", keep="first", maintain_order=True),
                on="resident_id",
                how="left",
            )
            .with_columns(
                pl.col("commune").fill_null(pl.col("commune_code").fill_null(layout.UNKNOWN_COMMUNE))
            )
            .with_columns(
                book_order=pl.col("book_order").fill_null(_NO_BOOK),
                rank=pl.col("severity").replace_strict(_RANK, default=len(_RANK), return_dtype=pl.Int8),
                ma=pl.col("discrepancy_id"),
                muc_do=pl.col("severity").replace(words("severity")),
                nguoi=pl.concat_str(
                    pl.col("ho_ten"),
                    pl.format("({})", pl.col("role").replace(words("role")).str.to_lowercase()),
                    separator="\n",
                    ignore_nulls=True,
                ),
                muc=pl.col("field").replace(words("field")),
                ho_tich=pl.col("civil_value").fill_null(BLANK),
                dan_cu=pl.col("population_value").fill_null(BLANK),
                giai_thich=pl.col("message"),
                de_nghi=pl.col("owner").replace(words("owner")),
                ly_do=pl.col("owner_reason"),
            )
        )
        single = rows.filter(pl.col("systematic").is_null())
        grouped = rows.filter(pl.col("systematic").is_not_null())
        order = ["rank", *_ORDER, "role", "field", "ma"]
        single = single.sort(order, nulls_last=True, maintain_order=True)
        details = grouped.sort(["commune", "systematic", *order], nulls_last=True)
        heads = self._group_heads(details)
        wanted = _wanted(layout.DISCREPANCIES)
        names = heads.select("commune", "systematic", nhom="muc_do")
        details = details.join(names, on=["commune", "systematic"], how="left", maintain_order="left")
        return (
            pl.concat([_fill(heads, wanted), _fill(single, wanted)]),
            _fill(details, _wanted(layout.GROUP_ROWS)),
        )

    def _group_heads(self, details: pl.DataFrame) -> pl.DataFrame:
        """Return one row per commune and systematic cause, numbered ``Nhóm 1`` … within the commune."""
        first = details.group_by("commune", "systematic", maintain_order=True).agg(
            pl.len().alias("count"),
            pl.col("so_quyen").n_unique().alias("books"),
            pl.col("so_quyen").first(),
            pl.col("book_order").first(),
            pl.col("rank").min(),
            pl.col("muc").first(),
            pl.col("ho_tich").first(),
            pl.col("dan_cu").first(),
            pl.col("giai_thich").first().alias("example"),
            pl.col("de_nghi").mode().sort().first(),
            pl.col("ly_do").first(),
        )
        titles = self.tables.systematic
        assert titles is not None
        first = first.join(
            titles.select("systematic", "title", "proposal").unique("systematic", keep="first"),
            on="systematic",
            how="left",
        )
        return (
            first.sort(["commune", "rank", "count", "systematic"], descending=[False, False, True, False])
            .with_columns(order=pl.int_range(1, pl.len() + 1).over("commune"))
            .with_columns(
                ma=pl.format(f"{layout.GROUP_PREFIX}{{}}", pl.col("systematic")),
                muc_do=pl.format("Nhóm {}", pl.col("order")),
                so_quyen=pl.when(pl.col("books") > 1)
                .then(pl.format("{} quyển", pl.col("books")))
                .otherwise(pl.col("so_quyen")),
                so=pl.format("{} dòng", pl.col("count")),
                nguoi=pl.lit("Cả nhóm"),
                giai_thich=pl.concat_str(
                    pl.coalesce(
                        pl.col("title"),
                        pl.format("Nhiều dòng cùng một nguyên nhân. Ví dụ: {}", pl.col("example")),
                    ),
                    pl.lit("Quyết định một lần cho cả nhóm; từng dòng xem ở trang Chi tiết nhóm."),
                    separator=" ",
                ),
                de_nghi=pl.coalesce(pl.col("proposal"), pl.col("de_nghi")),
            )
        )

    # Cần xác nhận -----------------------------------------------------------------------------------------

    def review(self) -> pl.DataFrame:
        """Return one row per candidate of a mention in review, each the question whether it is the same person."""
        links = self.tables.links.filter(pl.col("tier") == "review").select(
            "record_id", "role", link_resident="resident_id"
        )
        rows = links.join(
            self.tables.candidates.drop("source_file", "source_row", "register", "population_row"),
            on=["record_id", "role"],
            how="left",
        ).with_columns(
            resident_id=pl.coalesce("resident_id", "link_resident"), rank=pl.col("rank").fill_null(1)
        )
        total = pl.len().over("record_id", "role")
        rows = (
            rows.with_columns(thu_tu=pl.format("{}/{}", pl.col("rank"), total), ly_do=reasons(rows.columns))
            .join(self.addresses, on="record_id", how="left")
            .join(self._mentions(), on=["record_id", "role"], how="left")
            .join(self._residents(rows["resident_id"]), on="resident_id", how="left")
            .with_columns(
                ma=_mention_id(),
                vai=pl.col("role").replace(words("role")),
                gioi_tinh=pl.concat_str(
                    pl.col("gioi_tinh").fill_null("?"), pl.col("gioi_tinh_dc").fill_null("?"), separator=" / "
                ),
            )
            .sort([*_ORDER, "role", "rank", "resident_id"], nulls_last=True)
        )
        return _fill(rows, _wanted(layout.REVIEW))

    # Chưa tìm thấy ----------------------------------------------------------------------------------------

    def not_found(self) -> pl.DataFrame:
        """Return one row per person of a record (not its parents) who was not found in the population."""
        said = self.tables.discrepancies.filter(pl.col("code") == "NOT_IN_POPULATION").select(
            "record_id", "role", "discrepancy_id", giai_thich="message"
        )
        links = self.tables.links.filter(pl.col("tier") == "none").select("record_id", "role")
        rows = (
            links.join(said, on=["record_id", "role"], how="full", coalesce=True)
            .filter(~pl.col("role").is_in(PARENT_ROLES) | pl.col("discrepancy_id").is_not_null())
            .unique(["record_id", "role"], keep="first", maintain_order=True)
            .join(self.addresses, on="record_id", how="left")
            .join(self._mentions(), on=["record_id", "role"], how="left")
            .with_columns(resident_id=pl.lit(None, dtype=pl.String))
            .with_columns(
                ma=_mention_id(),
                vai=pl.col("role").replace(words("role")),
                giai_thich=pl.col("giai_thich").fill_null(
                    "Không có ai trong dữ liệu dân cư đủ giống người này."
                ),
            )
            .sort([*_ORDER, "role"], nulls_last=True)
        )
        return _fill(rows, _wanted(layout.NOT_FOUND))

    # Dân cư chưa có khai sinh -----------------------------------------------------------------------------

    def without_birth(self) -> pl.DataFrame:
        """Return one row per resident without a birth record."""
        asked = self.tables.residents_without_birth
        assert asked is not None
        if "message" not in asked.columns:
            asked = asked.with_columns(message=pl.lit(None, dtype=pl.String))
        asked = asked.select("resident_id", "commune_code", "message").unique(
            "resident_id", keep="first", maintain_order=True
        )
        residents = self.tables.residents.filter(
            pl.col("resident_id").is_in(asked["resident_id"].drop_nulls().implode())
        )
        facts = residents.select("resident_id", "population_row", "birth_registration_unit", "birth_earliest")
        rows = (
            asked.join(
                facts.unique("resident_id", keep="first", maintain_order=True), on="resident_id", how="left"
            )
            .join(_people(residents, ["resident_id"], _RESIDENT_PLACES, ""), on="resident_id", how="left")
            .with_columns(
                ma=pl.format("||{}", pl.col("resident_id")),
                commune=pl.coalesce(
                    "commune_code", "birth_registration_unit", pl.lit(layout.UNKNOWN_COMMUNE)
                ),
                giai_thich=pl.col("message").fill_null("Chưa thấy bản ghi khai sinh trong các sổ đã nhập."),
                dong=pl.col("population_row").cast(pl.String),
                book_order=pl.lit(_NO_BOOK),
            )
            .sort(["commune", "birth_earliest", "resident_id"], nulls_last=True)
        )
        return _fill(rows, _wanted(layout.WITHOUT_BIRTH))

    # Nghi trùng -------------------------------------------------------------------------------------------

    def duplicates(self) -> pl.DataFrame:
        """Return one row per pair of records suspected to be one registration made twice.

        Of a record of another commune only its address is shown, never the person.
        """
        pairs = self.tables.duplicates
        assert pairs is not None
        main = (
            self.tables.mentions.filter(~pl.col("role").is_in(PARENT_ROLES))
            .group_by("record_id", maintain_order=True)
            .agg(
                nguoi=pl.col("ho_ten").drop_nulls().str.join("\n"),
                ngay_sinh=pl.col("ngay_sinh").drop_nulls().str.join("\n"),
            )
        )
        facts = self.addresses.join(main, on="record_id", how="left")
        other = facts.select(
            other_record_id="record_id",
            commune_kia="commune",
            so_quyen_kia="so_quyen",
            so_kia="so",
            nguoi_kia="nguoi",
            ngay_sinh_kia="ngay_sinh",
            ngay_dang_ky_kia="ngay_dang_ky",
            noi_dang_ky_kia="noi_dang_ky",
        )
        rows = (
            pairs.select("record_id", "other_record_id", "reason")
            .join(facts, on="record_id", how="left")
            .join(other, on="other_record_id", how="left")
            .with_columns(commune=pl.col("commune").fill_null(layout.UNKNOWN_COMMUNE))
            .with_columns(abroad=(pl.col("commune") != pl.col("commune_kia")).fill_null(value=True))
            .with_columns(
                ma=pl.format("{}|{}", pl.col("record_id"), pl.col("other_record_id")),
                nguoi_kia=pl.when("abroad")
                .then(pl.format("(xem tại {})", pl.col("noi_dang_ky_kia").fill_null("xã khác")))
                .otherwise("nguoi_kia"),
                ngay_sinh_kia=pl.when("abroad").then(None).otherwise("ngay_sinh_kia"),
                giai_thich=pl.col("reason"),
            )
            .sort([*_ORDER, "other_record_id"], nulls_last=True)
        )
        return _fill(rows, _wanted(layout.DUPLICATES))

    # Không đọc được ---------------------------------------------------------------------------------------

    def unreadable(self) -> pl.DataFrame:
        """Return one row per rejected row, cell or file, with its commune where one can be told."""
        files = (
            self.addresses.filter(pl.col("commune") != layout.UNKNOWN_COMMUNE)
            .group_by("source_file")
            .agg(
                pl.col("commune").n_unique().alias("communes"),
                pl.col("commune").first().alias("file_commune"),
            )
            .filter(pl.col("communes") == 1)
        )
        rows = (
            self.tables.rejected.join(files, on="source_file", how="left")
            .with_columns(
                commune=pl.coalesce("commune_code", "file_commune", pl.lit(layout.UNKNOWN_COMMUNE)),
                ma=pl.format(
                    "{}|{}|{}|{}|{}",
                    *(
                        pl.col(c).cast(pl.String).fill_null("")
                        for c in ("source_file", "source_sheet", "source_row", "column", "code")
                    ),
                ),
                nguon=pl.col("source_file"),
                trang_tinh=pl.col("source_sheet"),
                dong=pl.col("source_row").cast(pl.String).fill_null("cả tệp"),
                loai_so=pl.col("register").replace(words("register")),
                cot=pl.col("column"),
                gia_tri=pl.col("value"),
                giai_thich=pl.col("reason"),
                cach_sua=pl.col("advice"),
                con_dung=pl.when("fatal")
                .then(pl.lit("không dùng được"))
                .otherwise(pl.lit("vẫn dùng, trừ ô này")),
                book_order=pl.lit(_NO_BOOK),
            )
            .sort(
                ["fatal", "source_file", "source_sheet", "source_row", "column", "code"],
                descending=[True] + [False] * 5,
                nulls_last=True,
            )
        )
        return _fill(rows, _wanted(layout.UNREADABLE))


def _mention_id() -> pl.Expr:
    """Return the hidden id of a question about a person, as ``layout.mention_id`` builds it."""
    return pl.format("{}|{}|{}", pl.col("record_id"), pl.col("role"), pl.col("resident_id").fill_null(""))


def reasons(columns: list[str]) -> pl.Expr:
    """Return what agrees and what differs in words, from the columns ``evidence_*`` and ``weight_*`` present.

    A field counts as alike when its share of the weight is above 0.5 bit, as unlike below -0.5 bit.
    """
    fields = [c.removeprefix("weight_") for c in columns if c.startswith("weight_")]
    names = words("evidence")

    def those(condition: str, label: str) -> pl.Expr:
        said = pl.concat_str(
            [
                pl.when(pl.col(f"weight_{f}") > 0.5 if condition == "alike" else pl.col(f"weight_{f}") < -0.5)
                .then(pl.lit(names.get(f, f)))
                .otherwise(None)
                for f in fields
            ],
            separator=", ",
            ignore_nulls=True,
        )
        return pl.when(said.str.len_chars() > 0).then(pl.format(label + ": {}.", said)).otherwise(None)

    chance = pl.format("Máy đoán {} %.", (pl.col("probability") * 100).round(0).cast(pl.Int64))
    parts = [those("alike", "Giống"), those("unlike", "Khác")] if fields else []
    return pl.concat_str([*parts, chance], separator="\n", ignore_nulls=True)


def _wanted(sheet: layout.SheetLayout) -> list[str]:
    """Return the columns a row frame of the sheet carries."""
    skip = {layout.FINGERPRINT_KEY}
    return [c.key for c in sheet.columns if c.kind not in ("edit", "link") and c.key not in skip]


def _fill(frame: pl.DataFrame, wanted: list[str]) -> pl.DataFrame:
    """Return the wanted columns as text (absent ones empty) with commune, book and record behind them."""
    behind = [
        "commune",
        "book_order",
        "record_id",
        "register",
        "book_year",
        "book",
        "number",
        "registered_earliest",
    ]
    kinds = {"book_year": pl.Int64, "book": pl.Int64, "number": pl.Int64, "registered_earliest": pl.Date}
    present = set(frame.columns)
    return frame.select(
        *(
            (pl.col(c) if c in present else pl.lit(None)).cast(pl.String).fill_null("").alias(c)
            for c in wanted
        ),
        *(
            (pl.col(c) if c in present else pl.lit(None)).cast(kinds.get(c, pl.String)).alias(c)
            for c in behind
        ),
    )
