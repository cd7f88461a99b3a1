"""One function per rule of ``rules/validation.toml``: (records, mentions, numbers, as_of) → failing rows.

Each returns the origin of the row, role, commune_code, ``value`` (as written) and ``detail`` (words). A date that is
only known in part fails only where no day of it can be right.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import polars as pl

from reconcile.compare.owners import kind_of_registration
from reconcile.normalize.columns_dates import dates
from reconcile.normalize.lists import read_registration_kind

if TYPE_CHECKING:
    from collections.abc import Callable

_LAW_OF_2015 = dt.date(2015, 1, 1)
_LAW_OF_1986 = dt.date(1987, 1, 3)


def _rows(
    frame: pl.DataFrame, value: str | pl.Expr, detail: pl.Expr | None = None, field: str | None = None
) -> pl.DataFrame:
    role = pl.col("role") if "role" in frame.columns else pl.lit(None, dtype=pl.String)
    return frame.select(
        "record_id",
        "source_file",
        "source_row",
        "register",
        role.alias("role"),
        "commune_code",
        field=pl.lit(field or value, dtype=pl.String)
        if isinstance(value, str)
        else pl.lit(field, dtype=pl.String),
        value=(pl.col(value) if isinstance(value, str) else value).cast(pl.String),
        detail=(detail if detail is not None else pl.lit(None, dtype=pl.String)).cast(pl.String),
    )


def _day(column: str) -> pl.Expr:
    return pl.col(column).dt.strftime("%d/%m/%Y")


def _registered_before_birth(
    _records: pl.DataFrame, mentions: pl.DataFrame, _n: dict[str, Any], _as_of: dt.date | None
) -> pl.DataFrame:
    bad = mentions.filter(
        (pl.col("role") == "nks") & (pl.col("registered_latest") < pl.col("birth_earliest"))
    )
    detail = pl.format("sinh {}, đăng ký {}", _day("birth_earliest"), _day("registered_latest"))
    return _rows(bad, "ngay_sinh", detail)


def _registered_before_death(
    records: pl.DataFrame, _mentions: pl.DataFrame, _n: dict[str, Any], _as_of: dt.date | None
) -> pl.DataFrame:
    bad = records.filter(
        (pl.col("register") == "KT") & (pl.col("registered_latest") < pl.col("event_earliest"))
    )
    detail = pl.format("chết {}, đăng ký {}", _day("event_earliest"), _day("registered_latest"))
    return _rows(bad, "ngay_su_kien", detail)


def _death_before_birth(
    _records: pl.DataFrame, mentions: pl.DataFrame, _n: dict[str, Any], _as_of: dt.date | None
) -> pl.DataFrame:
    bad = mentions.filter((pl.col("role") == "nkt") & (pl.col("death_latest") < pl.col("birth_earliest")))
    detail = pl.format("sinh {}, chết {}", _day("birth_earliest"), _day("death_latest"))
    return _rows(bad, "ngay_chet", detail)


def _registered_in_future(
    records: pl.DataFrame, _mentions: pl.DataFrame, _n: dict[str, Any], as_of: dt.date | None
) -> pl.DataFrame:
    bad = records.filter(pl.col("registered_earliest") > pl.lit(as_of, dtype=pl.Date))
    return _rows(bad, "ngay_dang_ky")


def _words_against_figures(
    records: pl.DataFrame, mentions: pl.DataFrame, _n: dict[str, Any], _as_of: dt.date | None
) -> pl.DataFrame:
    births = mentions.filter(pl.col("ngay_sinh_bang_chu").is_not_null()).with_columns(
        words="ngay_sinh_bang_chu", figures="ngay_sinh", first="birth_earliest", last="birth_latest"
    )
    deaths = records.filter(pl.col("ngay_su_kien_bang_chu").is_not_null()).with_columns(
        words="ngay_su_kien_bang_chu", figures="ngay_su_kien", first="event_earliest", last="event_latest"
    )
    out = []
    for frame, field in ((births, "ngay_sinh"), (deaths, "ngay_su_kien")):
        distinct = frame["words"].unique().sort()
        read = dates(distinct).select(distinct, says_first="earliest", says_last="latest")
        frame = frame.join(read, on="words", how="left", maintain_order="left").filter(
            (pl.col("says_last") < pl.col("first")) | (pl.col("says_first") > pl.col("last"))
        )
        out.append(_rows(frame, "figures", pl.col("words"), field))
    return pl.concat(out)


def _birth_deadline(
    _records: pl.DataFrame, mentions: pl.DataFrame, n: dict[str, Any], _as_of: dt.date | None
) -> pl.DataFrame:
    late = (pl.col("registered_earliest") - pl.col("birth_latest")).dt.total_days()
    bad = mentions.filter(
        (pl.col("role") == "nks")
        & (late > int(n.get("days", 60)))
        & (kind_of_registration(pl.col("loai_dang_ky")) == "on_time")
    )
    return _rows(bad, _day("registered_earliest"), late, "ngay_dang_ky")


def _marriage_age(
    records: pl.DataFrame, mentions: pl.DataFrame, n: dict[str, Any], _as_of: dt.date | None
) -> pl.DataFrame:
    """Since 2015 the 20th or 18th birthday must be full; 1987–2014 "from 20 / 18" = the day after the 19th / 17th.

    A marriage recognised from an earlier day is judged on that day; before 1987 it is not judged. A birth date known in
    part is taken at its first day (TTLT 01/2016 Điều 2).
    """
    start = records.filter(pl.col("register") == "KH").select("record_id", since="event_latest").unique("record_id", keep="first", maintain_order=True)  # fmt: skip
    rows = mentions.filter(pl.col("role").is_in(["chong", "vo"])).join(
        start, on="record_id", how="left", maintain_order="left"
    )
    day = pl.min_horizontal("registered_latest", "since")
    least = (
        pl.when(pl.col("role") == "chong")
        .then(pl.lit(int(n.get("male", 20))))
        .otherwise(pl.lit(int(n.get("female", 18))))
    )
    birth = pl.col("birth_earliest")
    full = birth.dt.offset_by(pl.format("{}y", least))
    entered = birth.dt.offset_by(pl.format("{}y", least - 1))
    rows = rows.with_columns(day=day)
    young = (
        pl.when(pl.col("day") >= _LAW_OF_2015).then(pl.col("day") < full).otherwise(pl.col("day") <= entered)
    )
    bad = rows.filter(young & (pl.col("day") >= _LAW_OF_1986))
    return _rows(bad, "ngay_sinh", pl.format("sinh {}, kết hôn {}", _day("birth_earliest"), _day("day")))


_SERIES = ["commune_code", "register", "year", "source_file"]
"""Within it số is unique and gap-free. The file stands for the issuing unit: after a merger one commune keeps the
books of several old ones, each with its own numbers (domain: keep the old issuing unit in the key)."""


def _numbered(records: pl.DataFrame) -> pl.DataFrame:
    return (
        records.with_columns(year=pl.col("registered_earliest").dt.year())
        .drop_nulls([*_SERIES, "number"])
        .filter(pl.col("registered_latest").dt.year() == pl.col("year"))
    )


def _number_repeated(
    records: pl.DataFrame, _mentions: pl.DataFrame, _n: dict[str, Any], _as_of: dt.date | None
) -> pl.DataFrame:
    rows = _numbered(records).with_columns(times=pl.len().over([*_SERIES, "number"]))
    return _rows(rows.filter(pl.col("times") > 1), "so", pl.col("times"))


def _number_gap(
    records: pl.DataFrame, _mentions: pl.DataFrame, _n: dict[str, Any], _as_of: dt.date | None
) -> pl.DataFrame:
    rows = (
        _numbered(records)
        .sort([*_SERIES, "number", "source_file", "source_row"])
        .unique([*_SERIES, "number"], keep="first", maintain_order=True)
        .with_columns(before=pl.col("number").shift(1).over(_SERIES))
        # a file may begin with a later book, which continues the numbers of the first
        .with_columns(
            pl.col("before").fill_null(
                pl.when(pl.col("book").fill_null(1) == 1).then(0).otherwise(pl.col("number"))
            )
        )
        .filter(pl.col("number") > pl.col("before") + 1)
    )
    one = pl.col("number") - pl.col("before") == 2
    detail = (
        pl.when(one)
        .then(pl.format("số {}", pl.col("before") + 1))
        .otherwise(pl.format("các số {}–{}", pl.col("before") + 1, pl.col("number") - 1))
    )
    return _rows(rows, "so", detail)


def _book_year(
    records: pl.DataFrame, _mentions: pl.DataFrame, n: dict[str, Any], _as_of: dt.date | None
) -> pl.DataFrame:
    opened = pl.col("quyen_so").str.extract(r"((?:19|20)\d{2})\s*$", 1).cast(pl.Int64)
    first, last = pl.col("registered_earliest").dt.year(), pl.col("registered_latest").dt.year()
    bad = records.filter((opened > last) | (opened + int(n.get("years", 3)) < first))
    return _rows(bad, "quyen_so", pl.col("ngay_dang_ky"))


def _registration_kind(
    records: pl.DataFrame, _mentions: pl.DataFrame, _n: dict[str, Any], _as_of: dt.date | None
) -> pl.DataFrame:
    rows = records.filter(pl.col("loai_dang_ky").is_not_null() & (pl.col("register") != "HN"))
    unknown = [
        (text, register)
        for text, register in rows.select("loai_dang_ky", "register").unique().sort("loai_dang_ky", "register").iter_rows()
        if (reading := read_registration_kind(text, register)).value is None
        and any(note in {"NOT_IN_LIST", "UNKNOWN_CODE"} for note in reading.notes)
    ]  # fmt: skip
    bad = pl.DataFrame(unknown, schema={"loai_dang_ky": pl.String, "register": pl.String}, orient="row")
    return _rows(
        rows.join(bad, on=["loai_dang_ky", "register"], how="semi", maintain_order="left"), "loai_dang_ky"
    )


def _parent_age(
    _records: pl.DataFrame, mentions: pl.DataFrame, n: dict[str, Any], _as_of: dt.date | None
) -> pl.DataFrame:
    out = []
    for parent, words, limits in (
        ("mother", "mẹ", n.get("mother", [13, 55])),
        ("father", "cha", n.get("father", [14, 80])),
    ):
        # the widest gap the dates allow at the low end, the narrowest at the high end: doubt is no finding
        most = pl.col("birth_latest").dt.year() - pl.col(f"{parent}_birth_earliest").dt.year()
        least = pl.col("birth_earliest").dt.year() - pl.col(f"{parent}_birth_latest").dt.year()
        bad = mentions.filter(
            (pl.col("role") == "nks") & ((most < int(limits[0])) | (least > int(limits[1]) + 1))
        )
        out.append(_rows(bad, "ngay_sinh", pl.format("{} ({})", least, pl.lit(words))))
    return pl.concat(out)


def _one_date_in_book(
    records: pl.DataFrame, _mentions: pl.DataFrame, n: dict[str, Any], _as_of: dt.date | None
) -> pl.DataFrame:
    book = ["commune_code", "register", "book_year", "book"]
    rows = records.drop_nulls([*book, "registered_earliest"]).with_columns(
        times=pl.len().over(book), days=pl.col("registered_earliest").n_unique().over(book)
    )
    bad = rows.filter((pl.col("days") == 1) & (pl.col("times") >= int(n.get("fewest", 10))))
    return _rows(bad, "ngay_dang_ky", pl.col("times"))


def _name_with_digit(
    _records: pl.DataFrame, mentions: pl.DataFrame, _n: dict[str, Any], _as_of: dt.date | None
) -> pl.DataFrame:
    return _rows(mentions.filter(pl.col("ho_ten").str.contains(r"\d")), "ho_ten")


def _siblings(
    _records: pl.DataFrame, mentions: pl.DataFrame, n: dict[str, Any], _as_of: dt.date | None
) -> pl.DataFrame:
    """Two children of one mother and father, born neither within a few days (twins) nor months apart; full dates only."""
    mother = ["mother_key", "mother_birth_earliest", "mother_birth_latest", "father_key", "commune_code"]
    rows = (
        mentions.filter((pl.col("role") == "nks") & (pl.col("birth_earliest") == pl.col("birth_latest")))
        .drop_nulls([*mother, "name_key"])
        .unique([*mother, "name_key", "birth_earliest"], keep="first", maintain_order=True)
        .sort([*mother, "birth_earliest", "record_id"])
        .with_columns(
            gap=(pl.col("birth_earliest") - pl.col("birth_earliest").shift(1).over(mother)).dt.total_days(),
            elder=pl.col("record_id").shift(1).over(mother),
            namesake=pl.col("name_key") == pl.col("name_key").shift(1).over(mother),
        )
    )
    # the same name: one child registered twice, which is asked elsewhere
    bad = rows.filter(
        pl.col("gap").is_between(int(n.get("twins", 3)) + 1, int(n.get("days", 210)) - 1)
        & ~pl.col("namesake")
    )
    return _rows(bad, "ngay_sinh", pl.format("{} ngày sau {}", pl.col("gap"), pl.col("elder")))


def _second_marriage(
    records: pl.DataFrame, mentions: pl.DataFrame, _n: dict[str, Any], _as_of: dt.date | None
) -> pl.DataFrame:
    """A marriage of a person, known by the 12-digit number, whose earlier one no note or death ends."""
    notes = (
        records.filter(pl.col("register") == "KH")
        .select(
            "record_id",
            ended=pl.concat_str(
                [pl.col("tinh_trang").fill_null(""), pl.col("ghi_chu").fill_null("")], separator=" "
            )
            .str.to_lowercase()
            .str.contains(r"ly hôn|li hôn|hủy|huỷ|chết|không công nhận"),
        )
        .unique("record_id", keep="first", maintain_order=True)
    )
    wed = mentions.filter(pl.col("role").is_in(["chong", "vo"]) & (pl.col("register") == "KH"))
    rows = (
        wed.drop_nulls(["personal_id", "registered_earliest", "spouse_key"])
        .join(notes, on="record_id", how="left", maintain_order="left")
        .unique(["personal_id", "record_id"], keep="first", maintain_order=True)
        .sort("personal_id", "registered_earliest", "record_id")
        .with_columns(
            pl.col("ended", "spouse_key", "spouse_id", "record_id")
            .shift(1)
            .over("personal_id")
            .name.prefix("last_")
        )
    )
    died = mentions.filter((pl.col("role") == "nkt") & pl.col("personal_id").is_not_null())["personal_id"]
    widowed = pl.col("last_spouse_id").is_in(died.unique().implode()).fill_null(value=False)
    open_ = (pl.col("last_ended") == False) & ~widowed & (pl.col("last_spouse_key") != pl.col("spouse_key"))  # noqa: E712
    return _rows(rows.filter(open_), "registered_earliest", pl.col("last_record_id"), "tinh_trang")


CHECKS: dict[str, Callable[[pl.DataFrame, pl.DataFrame, dict[str, Any], dt.date | None], pl.DataFrame]] = {
    "registered_before_birth": _registered_before_birth,
    "registered_before_death": _registered_before_death,
    "death_before_birth": _death_before_birth,
    "registered_in_future": _registered_in_future,
    "words_against_figures": _words_against_figures,
    "birth_deadline": _birth_deadline,
    "marriage_age": _marriage_age,
    "number_repeated": _number_repeated,
    "number_gap": _number_gap,
    "book_year": _book_year,
    "registration_kind": _registration_kind,
    "parent_age": _parent_age,
    "one_date_in_book": _one_date_in_book,
    "name_with_digit": _name_with_digit,
    "siblings": _siblings,
    "second_marriage": _second_marriage,
}
"""Rule id → its function."""
