"""Rules on values: code lists, what the law wants filled in, places that say nothing."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import polars as pl

from reconcile.compare.owners import kind_of_registration
from reconcile.compare.validation_rows import ROW, failing
from reconcile.normalize import lists
from reconcile.normalize.code_lists import list_rows
from reconcile.normalize.columns_places import places

if TYPE_CHECKING:
    from collections.abc import Callable

    from reconcile.compare.validation_rows import Check

_UNKNOWN = {"NOT_IN_LIST", "UNKNOWN_CODE", "BARE_NUMBER"}
_SINCE_2016 = dt.date(2016, 1, 1)
_RECORD_LISTS: tuple[tuple[str, str, Callable[[str], Any]], ...] = (
    ("KS", "loai_khai_sinh", lists.read_birth_kind),
    ("CMC", "loai_xac_nhan", lists.read_recognition_kind),
    ("KH", "tinh_trang", lists.read_marriage_state),
)
_PERSON_LISTS: tuple[tuple[str, Callable[[str], Any]], ...] = (
    ("gioi_tinh", lists.read_sex),
    ("dan_toc", lists.read_ethnicity),
    ("quoc_tich", lists.read_nationality),
)


def _strange(frame: pl.LazyFrame, column: str, read: Callable[[str], Any]) -> pl.LazyFrame:
    """Return the rows whose value no list knows; blanks and "no information" are known."""
    texts = (
        frame.select(pl.col(column).drop_nulls().unique().sort())
        .collect(engine="in-memory")[column]
        .to_list()
    )
    bad = [text for text in texts if _UNKNOWN & set(read(text).notes)]
    return frame.filter(pl.col(column).is_in(bad))


def _registration_kind(
    records: pl.DataFrame, _mentions: pl.DataFrame, _n: dict[str, Any], _as_of: dt.date | None
) -> pl.DataFrame:
    rows = records.lazy().filter(pl.col("loai_dang_ky").is_not_null() & (pl.col("register") != "HN"))
    registers = records["register"].drop_nulls().unique().sort()
    parts = [
        _strange(
            rows.filter(pl.col("register") == register),
            "loai_dang_ky",
            lambda text, of=register: lists.read_registration_kind(text, of),  # type: ignore[misc]
        )
        for register in registers
    ]
    return pl.concat([failing(part, "loai_dang_ky") for part in (rows.limit(0), *parts)])


def _not_in_list(
    records: pl.DataFrame, mentions: pl.DataFrame, _n: dict[str, Any], _as_of: dt.date | None
) -> pl.DataFrame:
    parts = [
        failing(_strange(records.lazy().filter(pl.col("register") == register), column, read), column)
        for register, column, read in _RECORD_LISTS
    ]
    parts += [failing(_strange(mentions.lazy(), column, read), column) for column, read in _PERSON_LISTS]
    return pl.concat(parts)


def _birth_kind_parents(
    records: pl.DataFrame, mentions: pl.DataFrame, _n: dict[str, Any], _as_of: dt.date | None
) -> pl.DataFrame:
    """NksLoaiKhaiSinh tells which parents are determined: a name is missing, or stands where there can be none.

    A later recognition, correction or adoption in the notes explains a parent that the kind does not know.
    """
    kinds = records.select("record", "register", "loai_khai_sinh", "ghi_chu").filter(
        (pl.col("register") == "KS") & pl.col("loai_khai_sinh").is_not_null()
    )
    written = kinds["loai_khai_sinh"].unique().sort().to_list()
    rows = {row["meaning"]: row for row in list_rows("birth_kinds.csv")}
    known = [
        (text, rows[value]["mother"] == "1", rows[value]["father"] == "1")
        for text in written
        if (value := lists.read_birth_kind(text).value) in rows
    ]
    wants = pl.DataFrame(
        known, schema={"loai_khai_sinh": pl.String, "mother": pl.Boolean, "father": pl.Boolean}, orient="row"
    )
    noted = (
        pl.col("ghi_chu")
        .str.contains(r"(?i)nhận\s+(cha|mẹ|con)|nuôi|bổ sung|cải chính|thay đổi")
        .fill_null(value=False)
    )
    told = kinds.join(wants, on="loai_khai_sinh", how="inner").select(
        "record", "loai_khai_sinh", "mother", "father", noted=noted
    )
    children = (
        mentions.select("record", *ROW, "register", "role", "commune_code", "mother_key", "father_key")
        .filter(pl.col("role") == "nks")
        .join(told, on="record", how="inner", maintain_order="left")
    )
    parts = []
    for parent, column, words in (("mother", "ho_ten_me", "mẹ"), ("father", "ho_ten_cha", "cha")):
        named = pl.col(f"{parent}_key").is_not_null()
        lost = children.filter(pl.col(parent) & ~named)
        extra = children.filter(~pl.col(parent) & named & ~pl.col("noted"))
        parts += [
            failing(lost, "loai_khai_sinh", pl.lit(f"không có họ tên {words}"), column),
            failing(extra, "loai_khai_sinh", pl.lit(f"có họ tên {words}"), column),
        ]
    return pl.concat(parts)


def _required(
    records: pl.DataFrame, mentions: pl.DataFrame, _n: dict[str, Any], _as_of: dt.date | None
) -> pl.DataFrame:
    """What the law wants in every record and this one leaves blank; only columns that the file fills elsewhere."""
    principal = mentions.lazy().filter(pl.col("role") == "nks")
    since = pl.col("registered_earliest") >= _SINCE_2016
    everywhere = pl.lit(value=True)
    asked: list[tuple[pl.LazyFrame, str, pl.Expr]] = [
        (records.lazy(), "so", everywhere),
        (records.lazy(), "ngay_dang_ky", everywhere),
        (records.lazy().filter(pl.col("register") == "KT"), "ngay_su_kien", everywhere),
        (principal, "ngay_sinh", everywhere),
        (principal, "gioi_tinh", everywhere),
        (principal, "noi_sinh", since),
        (principal, "que_quan", since),
        (principal, "dan_toc", since),
        (principal, "quoc_tich", since),
    ]
    parts = []
    for frame, column, when in asked:
        blank = frame.filter(
            pl.col(column).is_null() & pl.col(column).is_not_null().any().over("source_file") & when
        )
        parts.append(failing(blank, column, pl.lit(WORDS[column])))
    return pl.concat(parts)


WORDS = {
    "so": "số",
    "ngay_dang_ky": "ngày đăng ký",
    "ngay_su_kien": "ngày chết",
    "ngay_sinh": "ngày sinh",
    "gioi_tinh": "giới tính",
    "noi_sinh": "nơi sinh",
    "que_quan": "quê quán",
    "dan_toc": "dân tộc",
    "quoc_tich": "quốc tịch",
    "noi_cu_tru": "nơi cư trú",
}
"""Field → its word inside a sentence."""


def _place_empty(
    _records: pl.DataFrame, mentions: pl.DataFrame, _n: dict[str, Any], _as_of: dt.date | None
) -> pl.DataFrame:
    """Separators without a place between them: empty parts that a program joined."""
    parts = []
    for column in ("noi_sinh", "que_quan", "noi_cu_tru"):
        bad = mentions.lazy().filter(pl.col(column).str.contains(r"^[\s,;.\-–/]*[,;\-–/][\s,;.\-–/]*$"))
        parts.append(failing(bad, column, pl.lit(WORDS[column])))
    return pl.concat(parts)


def _birthplace_vague(
    _records: pl.DataFrame, mentions: pl.DataFrame, _n: dict[str, Any], _as_of: dt.date | None
) -> pl.DataFrame:
    """A place of birth that names a province and no more: allowed on re-registration only (TT 04/2020 Điều 31)."""
    kind = kind_of_registration(pl.col("loai_dang_ky"))
    rows = mentions.select(
        *ROW,
        "register",
        "role",
        "commune_code",
        "noi_sinh",
        "birth_unit",
        "registered_earliest",
        "loai_dang_ky",
    ).filter(
        (pl.col("role") == "nks")
        & pl.col("noi_sinh").is_not_null()
        & pl.col("birth_unit").is_null()
        & (pl.col("registered_earliest") >= _SINCE_2016)
        & ~kind.is_in(["re_registered", "foreign"])
    )
    distinct = rows["noi_sinh"].unique().sort()
    read = places(distinct).select(distinct, level="level", code="code")
    vague = read.filter((pl.col("level") == "province") & pl.col("code").is_not_null())
    # a hospital and its province is an address of a facility
    bad = rows.join(vague, on="noi_sinh", how="semi", maintain_order="left").filter(
        ~pl.col("noi_sinh").str.contains(r"(?i)viện|trạm|cơ sở|nhà hộ sinh|phòng khám")
    )
    return failing(bad, "noi_sinh")


CHECKS: dict[str, Check] = {
    "registration_kind": _registration_kind,
    "not_in_list": _not_in_list,
    "birth_kind_parents": _birth_kind_parents,
    "required": _required,
    "place_empty": _place_empty,
    "birthplace_vague": _birthplace_vague,
}
"""Rule id → its function."""
