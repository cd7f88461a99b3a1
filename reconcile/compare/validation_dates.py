"""Rules on dates: their order, the deadlines of the law, the ages they imply.

A date that is only known in part fails only where no day of it can be right.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import polars as pl

from reconcile.compare.date_words import read_words
from reconcile.compare.owners import kind_of_registration
from reconcile.compare.validation_rows import ROW, day, failing

if TYPE_CHECKING:
    from reconcile.compare.validation_rows import Check

_LAW_OF_2015 = dt.date(2015, 1, 1)
_LAW_OF_1986 = dt.date(1987, 1, 3)
_LAW_OF_1959 = dt.date(1960, 1, 13)
_OLD = ("nkt", "me", "cha")
"""Roles of persons who may have been born long before the registers began."""


def _registered_before_birth(
    _records: pl.DataFrame, mentions: pl.DataFrame, _n: dict[str, Any], _as_of: dt.date | None
) -> pl.DataFrame:
    bad = mentions.lazy().filter(
        (pl.col("role") == "nks") & (pl.col("registered_latest") < pl.col("birth_earliest"))
    )
    detail = pl.format("sinh {}, đăng ký {}", day("birth_earliest"), day("registered_latest"))
    return failing(bad, "ngay_sinh", detail)


def _event_before_birth(
    _records: pl.DataFrame, mentions: pl.DataFrame, _n: dict[str, Any], _as_of: dt.date | None
) -> pl.DataFrame:
    """Adults and the dead, whose registration comes before their own birth; parents are judged by their age."""
    bad = mentions.lazy().filter(
        ~pl.col("role").is_in(["nks", "me", "cha"]) & (pl.col("registered_latest") < pl.col("birth_earliest"))
    )
    detail = pl.format("sinh {}, đăng ký {}", day("birth_earliest"), day("registered_latest"))
    return failing(bad, "ngay_sinh", detail)


def _registered_before_death(
    records: pl.DataFrame, _mentions: pl.DataFrame, _n: dict[str, Any], _as_of: dt.date | None
) -> pl.DataFrame:
    bad = records.lazy().filter(
        (pl.col("register") == "KT") & (pl.col("registered_latest") < pl.col("event_earliest"))
    )
    detail = pl.format("chết {}, đăng ký {}", day("event_earliest"), day("registered_latest"))
    return failing(bad, "ngay_su_kien", detail)


def _marriage_begins_later(
    records: pl.DataFrame, _mentions: pl.DataFrame, _n: dict[str, Any], _as_of: dt.date | None
) -> pl.DataFrame:
    """A marriage exists from its registration or from an earlier day, never a later one (TT 04/2020 Điều 32)."""
    bad = records.lazy().filter(
        (pl.col("register") == "KH") & (pl.col("registered_latest") < pl.col("event_earliest"))
    )
    return failing(bad, "ngay_su_kien", pl.format("đăng ký {}", day("registered_latest")))


def _death_before_birth(
    _records: pl.DataFrame, mentions: pl.DataFrame, _n: dict[str, Any], _as_of: dt.date | None
) -> pl.DataFrame:
    bad = mentions.lazy().filter(
        (pl.col("role") == "nkt") & (pl.col("death_latest") < pl.col("birth_earliest"))
    )
    detail = pl.format("sinh {}, chết {}", day("birth_earliest"), day("death_latest"))
    return failing(bad, "ngay_chet", detail)


def _registered_in_future(
    records: pl.DataFrame, _mentions: pl.DataFrame, _n: dict[str, Any], as_of: dt.date | None
) -> pl.DataFrame:
    bad = records.lazy().filter(pl.col("registered_earliest") > pl.lit(as_of, dtype=pl.Date))
    return failing(bad, "ngay_dang_ky")


def _event_in_future(
    records: pl.DataFrame, mentions: pl.DataFrame, _n: dict[str, Any], as_of: dt.date | None
) -> pl.DataFrame:
    today = pl.lit(as_of, dtype=pl.Date)
    events = records.lazy().filter(pl.col("event_earliest") > today)
    births = mentions.lazy().filter(pl.col("birth_earliest") > today)
    return pl.concat([failing(events, "ngay_su_kien"), failing(births, "ngay_sinh")])


def _year_too_early(
    records: pl.DataFrame, mentions: pl.DataFrame, n: dict[str, Any], _as_of: dt.date | None
) -> pl.DataFrame:
    first, oldest = int(n.get("first", 1900)), int(n.get("first_of_the_dead_and_parents", 1850))
    least = pl.when(pl.col("role").is_in(_OLD)).then(pl.lit(oldest)).otherwise(pl.lit(first))
    births = mentions.lazy().filter(pl.col("birth_latest").dt.year() < least)
    books = records.lazy().filter(pl.col("registered_latest").dt.year() < first)
    return pl.concat([failing(births, "ngay_sinh"), failing(books, "ngay_dang_ky")])


def _words_against_figures(
    records: pl.DataFrame, mentions: pl.DataFrame, _n: dict[str, Any], _as_of: dt.date | None
) -> pl.DataFrame:
    births = mentions.select(
        *ROW,
        "register",
        "role",
        "commune_code",
        words="ngay_sinh_bang_chu",
        figures="ngay_sinh",
        first="birth_earliest",
        last="birth_latest",
    )
    deaths = records.select(
        *ROW,
        "register",
        "commune_code",
        words="ngay_su_kien_bang_chu",
        figures="ngay_su_kien",
        first="event_earliest",
        last="event_latest",
    )
    out = []
    for frame, field in ((births, "ngay_sinh"), (deaths, "ngay_su_kien")):
        frame = frame.filter(pl.col("words").is_not_null())
        read = read_words(frame["words"], frame["first"])
        bad = frame.join(read, on="words", how="left", maintain_order="left").filter(
            (pl.col("says_last") < pl.col("first")) | (pl.col("says_first") > pl.col("last"))
        )
        out.append(failing(bad, "figures", pl.col("words"), field))
    return pl.concat(out)


def _waited(mentions: pl.DataFrame, role: str, event: str) -> pl.LazyFrame:
    """Return the mentions of a role with the least and most days from event to registration and the kind."""
    return (
        mentions.lazy()
        .filter(pl.col("role") == role)
        .with_columns(
            least=(pl.col("registered_earliest") - pl.col(f"{event}_latest")).dt.total_days(),
            most=(pl.col("registered_latest") - pl.col(f"{event}_earliest")).dt.total_days(),
            kind=kind_of_registration(pl.col("loai_dang_ky")),
        )
    )


def _birth_deadline(
    _records: pl.DataFrame, mentions: pl.DataFrame, n: dict[str, Any], _as_of: dt.date | None
) -> pl.DataFrame:
    late = _waited(mentions, "nks", "birth").filter(
        (pl.col("least") > int(n.get("days", 60))) & (pl.col("kind") == "on_time")
    )
    return failing(late, day("registered_earliest"), pl.col("least"), "ngay_dang_ky")


def _death_deadline(
    _records: pl.DataFrame, mentions: pl.DataFrame, n: dict[str, Any], _as_of: dt.date | None
) -> pl.DataFrame:
    late = _waited(mentions, "nkt", "death").filter(
        (pl.col("least") > int(n.get("days", 15))) & (pl.col("kind") == "on_time")
    )
    return failing(late, day("registered_earliest"), pl.col("least"), "ngay_dang_ky")


def _late_in_time(
    _records: pl.DataFrame, mentions: pl.DataFrame, n: dict[str, Any], _as_of: dt.date | None
) -> pl.DataFrame:
    """Called late although every day the dates can mean lies within the deadline."""
    parts = []
    for role, event, key, usual in (("nks", "birth", "birth_days", 60), ("nkt", "death", "death_days", 15)):
        in_time = pl.col("most").is_between(0, int(n.get(key, usual)))
        early = _waited(mentions, role, event).filter(in_time & (pl.col("kind") == "late"))
        parts.append(failing(early, "loai_dang_ky", pl.col("most")))
    return pl.concat(parts)


def _re_registered_new(
    _records: pl.DataFrame, mentions: pl.DataFrame, n: dict[str, Any], _as_of: dt.date | None
) -> pl.DataFrame:
    """Only what was first registered before 2016 can be registered again (NĐ 123/2015 Điều 24)."""
    again = kind_of_registration(pl.col("loai_dang_ky")) == "re_registered"
    happened = (
        pl.when(pl.col("role") == "nks")
        .then("birth_earliest")
        .when(pl.col("role") == "nkt")
        .then("death_earliest")
    )
    bad = (
        mentions.lazy()
        .with_columns(happened=happened)
        .filter(again & (pl.col("happened") >= n.get("since", dt.date(2016, 1, 1))))
    )
    return failing(bad, "loai_dang_ky", day("happened"))


def _re_registration_not_marked(
    records: pl.DataFrame, _mentions: pl.DataFrame, _n: dict[str, Any], _as_of: dt.date | None
) -> pl.DataFrame:
    bad = records.lazy().filter(
        pl.col("ghi_chu").str.contains(r"(?i)đăng k[ýí] lại")
        & (kind_of_registration(pl.col("loai_dang_ky")) == "on_time")
    )
    return failing(bad, "loai_dang_ky")


def _weddings(records: pl.DataFrame, mentions: pl.DataFrame) -> pl.LazyFrame:
    """Return husbands and wives with ``day``: of registration, or the earlier one from which the marriage counts."""
    start = records.select("record", "register", since="event_latest").filter(pl.col("register") == "KH")
    rows = (
        mentions.lazy()
        .filter(pl.col("role").is_in(["chong", "vo"]))
        .join(start.lazy().select("record", "since"), on="record", how="left", maintain_order="left")
    )
    return rows.with_columns(day=pl.min_horizontal("registered_latest", "since"))


def _too_young(rows: pl.LazyFrame, n: dict[str, Any]) -> pl.LazyFrame:
    """Keep who was too young: since 2015 the birthday must be full, before the day after the one before it."""
    least = (
        pl.when(pl.col("role") == "chong")
        .then(pl.lit(int(n.get("male", 20))))
        .otherwise(pl.lit(int(n.get("female", 18))))
    )
    birth = pl.col("birth_earliest")
    full = birth.dt.offset_by(pl.format("{}y", least))
    entered = birth.dt.offset_by(pl.format("{}y", least - 1))
    young = (
        pl.when(pl.col("day") >= _LAW_OF_2015).then(pl.col("day") < full).otherwise(pl.col("day") <= entered)
    )
    return rows.filter(young & (pl.col("day") >= birth))


def _marriage_age(
    records: pl.DataFrame, mentions: pl.DataFrame, n: dict[str, Any], _as_of: dt.date | None
) -> pl.DataFrame:
    """Since 2015 the 20th or 18th birthday must be full; 1987–2014 "from 20 / 18" = the day after the 19th / 17th.

    A marriage recognised from an earlier day is judged on that day. A birth date known in part is taken at its first
    day (TTLT 01/2016 Điều 2).
    """
    bad = _too_young(_weddings(records, mentions).filter(pl.col("day") >= _LAW_OF_1986), n)
    return failing(bad, "ngay_sinh", pl.format("sinh {}, kết hôn {}", day("birth_earliest"), day("day")))


def _marriage_age_1959(
    records: pl.DataFrame, mentions: pl.DataFrame, n: dict[str, Any], _as_of: dt.date | None
) -> pl.DataFrame:
    """The law of 1959, in force 13/01/1960–02/01/1987, read like that of 1986: known from memory, so only told."""
    days = pl.col("day").is_between(_LAW_OF_1959, _LAW_OF_1986, closed="left")
    bad = _too_young(_weddings(records, mentions).filter(days), n)
    return failing(bad, "ngay_sinh", pl.format("sinh {}, kết hôn {}", day("birth_earliest"), day("day")))


def _parent_age(
    _records: pl.DataFrame, mentions: pl.DataFrame, n: dict[str, Any], _as_of: dt.date | None
) -> pl.DataFrame:
    """The child of a birth, or the child that is recognised, against each parent that the record names."""
    out = []
    children = mentions.lazy().filter(pl.col("role").is_in(["nks", "nc"]))
    for parent, words, limits in (
        ("mother", "mẹ", n.get("mother", [13, 55])),
        ("father", "cha", n.get("father", [14, 80])),
    ):
        # the widest gap the dates allow at the low end, the narrowest at the high end: doubt is no finding
        most = pl.col("birth_latest").dt.year() - pl.col(f"{parent}_birth_earliest").dt.year()
        least = pl.col("birth_earliest").dt.year() - pl.col(f"{parent}_birth_latest").dt.year()
        bad = children.filter((most < int(limits[0])) | (least > int(limits[1]) + 1))
        out.append(failing(bad, "ngay_sinh", pl.format("{} ({})", least, pl.lit(words))))
    return pl.concat(out)


CHECKS: dict[str, Check] = {
    "registered_before_birth": _registered_before_birth,
    "event_before_birth": _event_before_birth,
    "registered_before_death": _registered_before_death,
    "marriage_begins_later": _marriage_begins_later,
    "death_before_birth": _death_before_birth,
    "registered_in_future": _registered_in_future,
    "event_in_future": _event_in_future,
    "year_too_early": _year_too_early,
    "words_against_figures": _words_against_figures,
    "birth_deadline": _birth_deadline,
    "death_deadline": _death_deadline,
    "late_in_time": _late_in_time,
    "re_registered_new": _re_registered_new,
    "re_registration_not_marked": _re_registration_not_marked,
    "marriage_age": _marriage_age,
    "marriage_age_1959": _marriage_age_1959,
    "parent_age": _parent_age,
}
"""Rule id → its function."""
