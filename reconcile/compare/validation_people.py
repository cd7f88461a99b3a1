"""Rules on persons: names, numbers, brothers and sisters, marriages, and what the dead cannot do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from reconcile.compare.dates import number_year
from reconcile.compare.sex import number_sex, sex_of_role, sex_word
from reconcile.compare.validation_rows import (
    ENDED,
    ROW,
    by_paper,
    day,
    days_of_death,
    failing,
    numbered,
    once,
)

if TYPE_CHECKING:
    import datetime as dt

    from reconcile.compare.validation_rows import Check


def _name_with_digit(
    _records: pl.DataFrame, mentions: pl.DataFrame, _n: dict[str, Any], _as_of: dt.date | None
) -> pl.DataFrame:
    return failing(mentions.lazy().filter(pl.col("ho_ten").str.contains(r"\d")), "ho_ten")


def _name_characters(
    _records: pl.DataFrame, mentions: pl.DataFrame, _n: dict[str, Any], _as_of: dt.date | None
) -> pl.DataFrame:
    """Signs that no name has. Letters, their marks, blanks, apostrophes and hyphens are fine; digits have a rule."""
    odd = pl.col("ho_ten").str.contains(r"[^\p{L}\p{M}\p{N}\p{Z}\p{Cf}\s'’ʼ`´.\-‐–]")
    return failing(mentions.lazy().filter(odd), "ho_ten")


def _name_of_one_word(
    _records: pl.DataFrame, mentions: pl.DataFrame, _n: dict[str, Any], _as_of: dt.date | None
) -> pl.DataFrame:
    one = mentions.lazy().filter(
        pl.col("name_key").is_not_null() & ~pl.col("name_key").str.contains(" ", literal=True)
    )
    # foreigners may have one name; without a nationality the rule looks at the principal only
    home = pl.col("nationality").fill_null("VN") == "VN"
    return failing(one.filter(home), "ho_ten")


def _number_against_person(
    _records: pl.DataFrame, mentions: pl.DataFrame, _n: dict[str, Any], _as_of: dt.date | None
) -> pl.DataFrame:
    """A 12-digit number whose sex or birth year is not that of the person it stands beside in the register."""
    rows = (
        mentions.lazy()
        .filter(pl.col("personal_id").is_not_null())
        .with_columns(
            theirs=pl.coalesce("sex", sex_of_role(pl.col("role"))),
            says=number_sex(pl.col("personal_id")),
            year=number_year(pl.col("personal_id")),
        )
    )
    sex = rows.filter(pl.col("says") != pl.col("theirs"))
    outside = (pl.col("year") < pl.col("birth_earliest").dt.year()) | (
        pl.col("year") > pl.col("birth_latest").dt.year()
    )
    born = rows.filter(outside)
    number = pl.coalesce("so_dinh_danh", "personal_id")
    return pl.concat(
        [
            failing(sex, number, pl.format("giới tính {}", sex_word(pl.col("says"))), "so_dinh_danh"),
            failing(born, number, pl.format("năm sinh {}", pl.col("year")), "so_dinh_danh"),
        ]
    )


def _number_of_two(
    _records: pl.DataFrame, mentions: pl.DataFrame, _n: dict[str, Any], _as_of: dt.date | None
) -> pl.DataFrame:
    """One 12-digit number beside two persons: twice in one record, or with another given name and another birth year."""
    columns = [*ROW, "register", "role", "commune_code", "so_dinh_danh", "personal_id", "name_plain", "birth_earliest", "birth_latest"]  # fmt: skip
    rows = mentions.select(columns).drop_nulls(["personal_id", "name_plain"])
    rows = rows.filter(pl.col("personal_id").is_duplicated()).with_columns(
        given=pl.col("name_plain").str.split(" ").list.last(),
        inside=pl.len().over([*ROW, "personal_id"]),
    )
    year = pl.col("birth_earliest").dt.year(), pl.col("birth_latest").dt.year()
    people = (
        rows.filter(pl.col("birth_earliest").is_not_null())
        .with_columns(first=year[0], last=year[1])
        .select("personal_id", "given", "first", "last")
        .unique()
    )
    shared = people.join(people, on="personal_id", suffix="_other").filter(
        (pl.col("given") != pl.col("given_other"))
        & ((pl.col("last") < pl.col("first_other")) | (pl.col("last_other") < pl.col("first")))
    )
    other = rows.join(shared.select("personal_id").unique(), on="personal_id", how="semi", maintain_order="left")  # fmt: skip
    twice = rows.filter(pl.col("inside") > 1)
    bad = pl.concat([other, twice]).unique([*ROW, "role"], keep="first", maintain_order=True)
    return failing(bad, pl.coalesce("so_dinh_danh", "personal_id"), field="so_dinh_danh")


def _siblings(
    _records: pl.DataFrame, mentions: pl.DataFrame, n: dict[str, Any], _as_of: dt.date | None
) -> pl.DataFrame:
    """Two children of one mother and father, born neither within a few days (twins) nor months apart; full dates only."""
    mother = ["mother_key", "mother_birth_earliest", "mother_birth_latest", "father_key", "commune_code"]
    rows = (
        mentions.select(
            *ROW, "register", "role", "ngay_sinh", "name_key", "birth_earliest", "birth_latest", *mother
        )
        .filter((pl.col("role") == "nks") & (pl.col("birth_earliest") == pl.col("birth_latest")))
        .drop_nulls([*mother, "name_key"])
    )
    rows = rows.filter(pl.struct(mother).is_duplicated())
    rows = (
        rows.with_columns(mother=numbered(rows, mother))
        .unique(["mother", "name_key", "birth_earliest"], keep="first", maintain_order=True)
        .sort("mother", "birth_earliest", "record_id")
        .with_columns(
            gap=(pl.col("birth_earliest") - pl.col("birth_earliest").shift(1)).dt.total_days(),
            elder=pl.col("record_id").shift(1),
            namesake=pl.col("name_key") == pl.col("name_key").shift(1),
        )
        .filter(pl.col("mother") == pl.col("mother").shift(1))
        .rechunk()  # pl.format panics where its columns lie in different parts, as a shift leaves them
    )
    # the same name: one child registered twice, which is asked elsewhere
    bad = rows.filter(
        pl.col("gap").is_between(int(n.get("twins", 3)) + 1, int(n.get("days", 210)) - 1)
        & ~pl.col("namesake")
    )
    return failing(bad, "ngay_sinh", pl.format("{} ngày sau {}", pl.col("gap"), pl.col("elder")))


def _told_of_marriages(records: pl.DataFrame) -> pl.LazyFrame:
    """Return ``record``, ``told``: what a marriage record says of the marriage's end."""
    said = pl.concat_str([pl.col("tinh_trang").fill_null(""), pl.col("ghi_chu").fill_null("")], separator=" ")
    return records.lazy().filter(pl.col("register") == "KH").select("record", told=said)


def _second_marriage(
    records: pl.DataFrame, mentions: pl.DataFrame, _n: dict[str, Any], _as_of: dt.date | None
) -> pl.DataFrame:
    """A marriage of a person, known by the 12-digit number, whose earlier one no note or death ends."""
    wed = mentions.lazy().filter(pl.col("role").is_in(["chong", "vo"]) & (pl.col("register") == "KH"))
    rows = (
        wed.drop_nulls(["personal_id", "registered_earliest", "spouse_key"])
        .filter(pl.col("personal_id").is_duplicated())
        .join(_told_of_marriages(records), on="record", how="left", maintain_order="left")
        .with_columns(ended=pl.col("told").str.contains(ENDED))
        .unique(["personal_id", "record_id"], keep="first", maintain_order=True)
        .sort("personal_id", "registered_earliest", "record_id")
        .with_columns(
            pl.col("ended", "spouse_key", "spouse_id", "record_id")
            .shift(1)
            .over("personal_id")
            .name.prefix("last_")
        )
    )
    died = mentions.select("role", "personal_id").filter(pl.col("role") == "nkt")["personal_id"].drop_nulls()
    widowed = pl.col("last_spouse_id").is_in(died.unique().implode()).fill_null(value=False)
    open_ = (pl.col("last_ended") == False) & ~widowed & (pl.col("last_spouse_key") != pl.col("spouse_key"))  # noqa: E712
    return failing(rows.filter(open_), "registered_earliest", pl.col("last_record_id"), "tinh_trang")


def _born_after_death(
    _records: pl.DataFrame, mentions: pl.DataFrame, n: dict[str, Any], _as_of: dt.date | None
) -> pl.DataFrame:
    """A child born after its mother's death, or more than 300 days after its father's (Luật HNGĐ Điều 88)."""
    parents = by_paper(mentions.lazy().filter(pl.col("role").is_in(["me", "cha"])))
    known = parents.join(days_of_death(mentions), on=["paper", "name_key"], how="inner", maintain_order="left")  # fmt: skip
    children = (
        mentions.lazy().filter(pl.col("role") == "nks").select(*ROW, born="birth_earliest", ngay="ngay_sinh")
    )
    after = (pl.col("born") - pl.col("died_last")).dt.total_days()
    most = pl.when(pl.col("role") == "cha").then(pl.lit(int(n.get("days", 300)))).otherwise(pl.lit(0))
    bad = known.join(once(children), on=ROW, how="inner", maintain_order="left").filter(after > most)
    return failing(once(bad), "ngay", pl.format("{} chết {}", pl.when(pl.col("role") == "cha").then(pl.lit("cha")).otherwise(pl.lit("mẹ")), day("died_last")), "ngay_sinh")  # fmt: skip


def _born_after_divorce(
    records: pl.DataFrame, mentions: pl.DataFrame, n: dict[str, Any], _as_of: dt.date | None
) -> pl.DataFrame:
    """A child of a couple born more than 300 days after the day on which a note of their marriage ends it."""
    text = pl.col("told").str.extract(r"(?i)(?:ly|li)\s*hôn[^0-9]*(?:số[^,]*?)?ngày\s*(\d{1,2}[./-]\d{1,2}[./-]\d{4})", 1)  # fmt: skip
    parts = text.str.extract_groups(r"(\d+)\D(\d+)\D(\d+)").struct
    ends = pl.date(*(parts.field(str(place)).cast(pl.Int32, strict=False) for place in (3, 2, 1)))
    ended = (
        _told_of_marriages(records)
        .filter(text.is_not_null())
        .with_columns(ended=ends)
        .drop_nulls("ended")
        .select("record", "ended")
    )
    couples = (
        mentions.lazy()
        .filter((pl.col("role") == "chong") & (pl.col("register") == "KH"))
        .join(ended, on="record", how="inner", maintain_order="left")
        .select(
            father_key="name_key",
            mother_key="spouse_key",
            f_first=pl.col("birth_earliest").dt.year(),
            f_last=pl.col("birth_latest").dt.year(),
            m_first=pl.col("spouse_birth_earliest").dt.year(),
            m_last=pl.col("spouse_birth_latest").dt.year(),
            ended="ended",
            wed="record_id",
        )
        .drop_nulls()
    )
    children = (
        mentions.lazy()
        .filter(pl.col("role") == "nks")
        .join(couples, on=["father_key", "mother_key"], how="inner", maintain_order="left")
    )
    same = [
        (pl.col(f"{who}_birth_earliest").dt.year() <= pl.col(f"{short}_last"))
        & (pl.col(f"{short}_first") <= pl.col(f"{who}_birth_latest").dt.year())
        for who, short in (("father", "f"), ("mother", "m"))
    ]
    after = (pl.col("birth_earliest") - pl.col("ended")).dt.total_days() > int(n.get("days", 300))
    bad = once(children.filter(after & pl.all_horizontal(same)))
    return failing(bad, "ngay_sinh", pl.format("{}, bản ghi {}", day("ended"), pl.col("wed")))


def _after_own_death(
    _records: pl.DataFrame, mentions: pl.DataFrame, _n: dict[str, Any], _as_of: dt.date | None
) -> pl.DataFrame:
    """Somebody marries, recognises a child or is certified after the death that the same registers hold."""
    living = by_paper(mentions.lazy().filter(pl.col("role").is_in(["chong", "vo", "cm", "nxn"])))
    bad = living.join(days_of_death(mentions), on=["paper", "name_key"], how="inner", maintain_order="left")
    bad = bad.filter(pl.col("registered_earliest") > pl.col("died_last"))
    return failing(once(bad), day("registered_earliest"), day("died_last"), "ngay_dang_ky")


CHECKS: dict[str, Check] = {
    "name_with_digit": _name_with_digit,
    "name_characters": _name_characters,
    "name_of_one_word": _name_of_one_word,
    "number_against_person": _number_against_person,
    "number_of_two": _number_of_two,
    "siblings": _siblings,
    "second_marriage": _second_marriage,
    "born_after_death": _born_after_death,
    "born_after_divorce": _born_after_divorce,
    "after_own_death": _after_own_death,
}
"""Rule id → its function."""
