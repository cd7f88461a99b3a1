"""The truth: which resident each mention means, and every difference that a comparison ought to find."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from reconcile.synthetic.clerks import FIELDS
from reconcile.synthetic.rows import ROLES
from reconcile.synthetic.truth_lives import absent_relatives, lives
from reconcile.synthetic.truth_relatives import RELATIVES, events, relatives, told

if TYPE_CHECKING:
    from reconcile.synthetic.extract import Extract
    from reconcile.synthetic.world import World

DISCREPANCY = {
    "source_file": pl.String,
    "source_row": pl.UInt32,
    "register": pl.String,
    "role": pl.String,
    "population_row": pl.UInt32,
    "field": pl.String,
    "code": pl.String,
    "civil_value": pl.String,
    "population_value": pl.String,
    "systematic": pl.String,
}
"""Columns of the true discrepancies. No source file: a resident without a birth record."""

POPULATION_COLUMN = {
    "ho_ten": "hoTen",
    "ngay_sinh": "ngaySinh",
    "gioi_tinh": "gioiTinh",
    "so_dinh_danh": "soDinhDanh",
    "dan_toc": "danToc",
    "quoc_tich": "quocTich",
    "noi_dang_ky_khai_sinh": "noiDangKyKhaiSinh",
    "ho_ten_cha": "chaHoTen",
    "ho_ten_me": "meHoTen",
    "ho_ten_vo_chong": "voChongHoTen",
    "so_dinh_danh_cha": "chaSoDinhDanh",
    "so_dinh_danh_me": "meSoDinhDanh",
    "tinh_trang_hon_nhan": "tinhTrangHonNhan",
}
SEX_BY_ROLE = ("me", "cha", "chong", "vo")
"""Roles that say the sex themselves."""
STRUCTURE = ("ID_STRUCTURE_SEX", "ID_STRUCTURE_YEAR", "ID_PROVINCE")
"""Wrong parts of the extract's number: seen by the row's own sex, date and place, whether it holds a number or not."""


def true_links(
    world: World, extract: Extract, written: pl.DataFrame, mistakes: pl.DataFrame, register: str
) -> pl.DataFrame:
    """Return one row per mention: where it stands, whom it means, why nobody is there, and what went wrong.

    ``row``, ``pid`` stay for the next step. A mention without a name written is no mention.
    """
    people = world.persons.select("pid", "died", "born")
    known = extract.frame.select(
        "pid",
        "population_row",
        pl.coalesce(
            "soDinhDanh", pl.concat_str(pl.lit("row:"), pl.col("population_row").cast(pl.String))
        ).alias("resident_id"),
    )
    theirs = extract.mistakes.group_by("pid").agg(
        pl.concat_str(pl.lit("population."), "field", pl.lit(":"), "kind").sort().alias("theirs")
    )
    ours = mistakes.group_by("row", "role").agg(
        pl.concat_str("field", pl.lit(":"), "kind").sort().alias("ours")
    )
    parts = []
    for role in ROLES[register]:
        part = written.filter(pl.col(FIELDS[register][role]["ho_ten"]).is_not_null()).select(
            "source_file",
            "source_row",
            pl.lit(register).alias("register"),
            pl.lit(role).alias("role"),
            pl.col(role).alias("pid"),
            "row",
            "book_year",
        )
        parts.append(part)
    links = pl.concat(parts).filter(pl.col("pid").is_not_null())
    for table, keys in ((people, ["pid"]), (known, ["pid"]), (ours, ["row", "role"]), (theirs, ["pid"])):
        links = links.join(table, on=keys, how="left", maintain_order="left")
    empty = pl.lit([], dtype=pl.List(pl.String))
    here = pl.col("population_row").is_not_null()
    return links.select(
        "source_file",
        "source_row",
        "register",
        "role",
        "resident_id",
        "population_row",
        pl.when(here)
        .then(None)
        .when(pl.col("born") > world.extract)
        .then(pl.lit("born_after"))
        .when(pl.col("died") <= world.extract)
        .then(pl.lit("died"))
        .otherwise(pl.lit("moved"))
        .alias("why_absent"),
        pl.concat_list(
            pl.col("ours").fill_null(empty),
            pl.when(here).then(pl.col("theirs").fill_null(empty)).otherwise(empty),
        ).alias("errors"),
        "book_year",
        "pid",
        "row",
    )


def true_discrepancies(
    extract: Extract, written: pl.DataFrame, mistakes: pl.DataFrame, links: pl.DataFrame, register: str
) -> pl.DataFrame:
    """Return every difference to be found between the rows of one register and the extract."""
    here = links.filter(pl.col("population_row").is_not_null())
    keys = ["source_file", "source_row", "register", "role", "population_row", "row", "pid"]
    ours = mistakes.filter(pl.col("code").is_not_null()).select(
        "row", "role", "field", ours="code", systematic="systematic"
    )
    ours = ours.unique(["row", "role", "field"], keep="last", maintain_order=True)
    theirs = extract.mistakes.filter(pl.col("code").is_not_null() & (pl.col("field") != "ngay_chet")).select(
        "pid", "field", theirs="code", their_cause="systematic"
    )
    a = here.select(keys).join(ours, on=["row", "role"], how="inner", maintain_order="left")
    b = here.select(keys).join(theirs, on="pid", how="inner", maintain_order="left")
    both = a.join(b, on=[*keys, "field"], how="full", coalesce=True, maintain_order="left_right").select(
        *keys,
        "field",
        "systematic",
        pl.when(pl.col("ours").is_null())
        .then("theirs")
        .when(
            pl.col("theirs").is_null() | (pl.col("ours") == "DOB_PARTIAL") | ~pl.col("field").eq("ngay_sinh")
        )
        .then("ours")
        .otherwise(pl.lit("DOB_DIFFERENT"))
        .alias("code"),
        "their_cause",
    )
    # a village's default date is the cause only where it is what shows
    cause = pl.when(pl.col("code") == "DOB_PLACEHOLDER").then("their_cause")
    both = _visible(both, written, register).with_columns(
        pl.coalesce("systematic", cause).alias("systematic")
    )
    both = both.drop("their_cause")
    parts = [
        both,
        relatives(extract, mistakes, here, written, keys, register),
        events(extract, here, written, keys),
        lives(extract, here, written, keys, register),
    ]
    if register in ("KS", "CMC"):
        parts.append(absent_relatives(links, written, keys, register))
    if "repeated" in written.columns:
        who = "nks" if register == "KS" else "nkt"
        twice = written.filter(pl.col(who).is_in(written.filter("repeated")[who].implode())).select("row")
        parts.append(
            links.filter(pl.col("role") == who)
            .join(twice, on="row", how="semi", maintain_order="left")
            .select(told(keys, "ban_ghi", "DUPLICATE_REGISTRATION"))
        )
    if register == "KS":
        parts.append(
            links.filter((pl.col("role") == "nks") & pl.col("population_row").is_null()).select(
                told(keys, "ton_tai", "NOT_IN_POPULATION")
            )
        )
    return _with_values(pl.concat(parts), extract, written, register)


def _visible(found: pl.DataFrame, written: pl.DataFrame, register: str) -> pl.DataFrame:
    """Drop what the row does not show: a field that is not written, a day or month where only the year stands."""
    parts = []
    for role, fields in FIELDS[register].items():
        part = found.filter(pl.col("role") == role)
        for field in part["field"].unique().sort().to_list():
            chosen = part.filter(pl.col("field") == field)
            if field == "so_dinh_danh":
                parts.append(_numbers(chosen, written, register, role))
                continue
            if field == "gioi_tinh" and role in SEX_BY_ROLE:
                parts.append(chosen)
                continue
            column = "noiDangKy" if field == "noi_dang_ky_khai_sinh" and role == "nks" else fields.get(field)
            if column is None:
                continue
            shown = written.select("row", pl.col(column).alias("_shown"))
            chosen = chosen.join(shown, on="row", how="left", maintain_order="left")
            chosen = chosen.filter(pl.col("_shown").is_not_null())
            if field == "ngay_sinh":
                chosen = _dates(chosen, parent=register == "KS" and role != "nks")
            parts.append(chosen.drop("_shown"))
    return pl.concat(parts) if parts else found.clear()


def _dates(chosen: pl.DataFrame, *, parent: bool) -> pl.DataFrame:
    """What a partial date shows. The law asks for a parent's year only: nothing less is a difference there."""
    full = pl.col("_shown").str.contains(r"\d+\D\d+\D\d+")
    by_year = pl.col("code").is_in(["DOB_YEAR", "DOB_DIFFERENT"])
    if parent:
        code = pl.when(~full & by_year).then(pl.lit("DOB_YEAR")).otherwise("code")
        return chosen.filter(full | by_year).with_columns(code.alias("code"))
    code = pl.when(~full & (pl.col("code") != "DOB_YEAR")).then(pl.lit("DOB_PARTIAL")).otherwise("code")
    return chosen.with_columns(code.alias("code"))


def _numbers(chosen: pl.DataFrame, written: pl.DataFrame, register: str, role: str) -> pl.DataFrame:
    """Numbers: wrong in the book or missing in the extract where one is written; wrong in its structure always."""
    column = FIELDS[register][role].get("so_dinh_danh", f"{role}SoGiayToTuyThan")
    shown = written.select("row", _number=pl.col(column), _birth=pl.col(FIELDS[register][role]["ngay_sinh"]))
    chosen = chosen.join(shown, on="row", how="left", maintain_order="left")
    has = (pl.col("_number").str.len_bytes() > 9).fill_null(value=False)
    # another person's number is told of the resident, and here where the book has the right one
    chosen = chosen.filter(has | (pl.col("code") != "ID_DUPLICATE"))
    has = (pl.col("_number").str.len_bytes() > 9).fill_null(value=False)
    chosen = chosen.with_columns(
        pl.when(pl.col("code") == "ID_DUPLICATE").then(pl.lit("ID_DIFFERENT")).otherwise("code").alias("code")
    )
    structure = pl.col("code").is_in(STRUCTURE)
    province = (pl.col("code") != "ID_PROVINCE") | pl.lit(value=role == "nks")
    year = (pl.col("code") != "ID_STRUCTURE_YEAR") | pl.col("_birth").is_not_null()
    chosen = chosen.filter(has | (structure & province & year))
    # where the book has a number too, a wrong province or, in an event, any wrong part shows as another number
    compared = has & (structure if register != "KS" else pl.col("code") == "ID_PROVINCE")
    chosen = chosen.with_columns(
        pl.when(compared).then(pl.lit("ID_DIFFERENT")).otherwise("code").alias("code")
    )
    return chosen.drop("_number", "_birth")


def _with_values(found: pl.DataFrame, extract: Extract, written: pl.DataFrame, register: str) -> pl.DataFrame:
    parts = []
    for (role, field), part in found.group_by("role", "field", maintain_order=True):
        source = FIELDS[register][str(role)].get(str(field))
        for own, other, name, _ in RELATIVES.get(register, ()):
            if own == role and name == field:
                source = FIELDS[register][other]["so_dinh_danh" if name.startswith("so_") else "ho_ten"]
        if field == "noi_dang_ky_khai_sinh":
            source = "noiDangKy"
        target = POPULATION_COLUMN.get(str(field))
        civil = written.select(
            "row", (pl.col(source) if source else pl.lit(None, dtype=pl.String)).alias("civil_value")
        )
        theirs = extract.frame.select(
            "population_row",
            (pl.col(target) if target else pl.lit(None, dtype=pl.String)).alias("population_value"),
        )
        parts.append(
            part.join(civil, on="row", how="left", maintain_order="left").join(
                theirs, on="population_row", how="left", maintain_order="left"
            )
        )
    if not parts:
        return pl.DataFrame(schema=DISCREPANCY)
    whole = pl.concat(parts)
    # both sides can make the same mistake: then there is no difference
    alike = pl.col("civil_value").str.to_lowercase() == pl.col("population_value").str.to_lowercase()
    whole = whole.filter(~(pl.col("field").str.starts_with("ho_ten") & alike).fill_null(value=False))
    return whole.select(pl.col(name).cast(dtype) for name, dtype in DISCREPANCY.items())


def without_birth_record(world: World, extract: Extract, births: pl.DataFrame) -> pl.DataFrame:
    """Return one NO_BIRTH_RECORD row per resident of whom the books ought to tell and no birth row does.

    Asked are those whose row of the extract gives a commune of the area as place of registration and who were born
    since that commune's first birth book.
    """
    first = births.group_by("unit").agg(first=pl.col("book_year").min())
    rows = (
        extract.frame.filter(
            ~pl.col("pid").is_in(births["nks"].unique().implode()) & pl.col("noiDangKyKhaiSinh").is_not_null()
        )
        .join(world.persons.filter("native").select("pid", "unit"), on="pid", maintain_order="left")
        .join(first, on="unit", maintain_order="left")
        .filter(pl.from_epoch("born", time_unit="d").dt.year() >= pl.col("first"))
    )
    # of people from elsewhere the extract may give a commune of the area by mistake
    strangers = world.persons.filter(~pl.col("native")).select("pid")
    moved = extract.mistakes.filter(pl.col("field") == "noi_dang_ky_khai_sinh").select("pid")
    since = first.select(pl.col("first").max()).item() or 0
    wrong = (
        extract.frame.join(moved, on="pid", how="semi", maintain_order="left")
        .join(strangers, on="pid", how="semi", maintain_order="left")
        .filter(pl.from_epoch("born", time_unit="d").dt.year() >= since)
    )
    rows = pl.concat([rows.select("population_row"), wrong.select("population_row")])
    return of_residents(
        rows.select("population_row", field=pl.lit("ton_tai"), code=pl.lit("NO_BIRTH_RECORD"))
    )


def of_residents(rows: pl.DataFrame) -> pl.DataFrame:
    """Return ``population_row``, ``field``, ``code`` as true discrepancies without a record."""
    return rows.select(
        (pl.col(name) if name in rows.columns else pl.lit(None)).cast(dtype).alias(name)
        for name, dtype in DISCREPANCY.items()
    )


def without_death_record(extract: Extract, children: pl.DataFrame, deaths: pl.DataFrame) -> pl.DataFrame:
    """Return one NO_DEATH_RECORD row per birth of a resident whom the extract calls dead and no death row means.

    ``children``: the true links of the births. ``deaths``: the rows of deaths.
    """
    dead = extract.frame.filter(
        pl.col("ngayChet").is_not_null() & ~pl.col("pid").is_in(deaths["nkt"].unique().implode())
    ).select("pid", population_value="ngayChet")
    rows = children.filter((pl.col("role") == "nks") & pl.col("population_row").is_not_null()).join(
        dead, on="pid", how="inner", maintain_order="left"
    )
    rows = rows.with_columns(field=pl.lit("tinh_trang_song"), code=pl.lit("NO_DEATH_RECORD"))
    return rows.select(
        (pl.col(name) if name in rows.columns else pl.lit(None)).cast(dtype).alias(name)
        for name, dtype in DISCREPANCY.items()
    )
