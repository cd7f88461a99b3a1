"""12-digit numbers: what is told once, what beside it, and what else shares a cause with a wrong year."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest
from compare_tables import compare, links, mentions, records, residents

from reconcile.compare import discrepancies
from reconcile.compare.causes import cause_of

PERSON = {"ho_ten": "Nguyễn Thị Hoa", "gioi_tinh": "Nữ", "ngay_sinh": "05.03.2002"}


def codes(civil: dict[str, Any], population: dict[str, Any]) -> set[str]:
    found = compare(PERSON | civil, PERSON | population)
    return set(found.filter(pl.col("field") == "so_dinh_danh")["code"])


@pytest.mark.parametrize(
    ("civil", "population", "told"),
    [
        ("030302693927", "030302693927", set()),
        ("030302693927", "030303693927", {"ID_STRUCTURE_YEAR"}),  # the book's is the right one: one fact
        ("030302693927", "030202693927", {"ID_STRUCTURE_SEX"}),
        (
            "030302693928",
            "030303693927",
            {"ID_STRUCTURE_YEAR", "ID_DIFFERENT"},
        ),  # its last digit is another fact
        ("079302693927", "030303693927", {"ID_STRUCTURE_YEAR", "ID_DIFFERENT"}),
        ("030302693928", "030302693927", {"ID_DIFFERENT"}),
    ],
)
def test_a_wrong_structure_hides_no_other_difference(civil: str, population: str, told: set[str]) -> None:
    assert codes({"so_dinh_danh": civil}, {"so_dinh_danh": population}) == told


@pytest.mark.parametrize(
    ("stated", "told"),
    [
        ("030302693927", set()),  # as the population: DOB_YEAR says it
        ("030300693927", set()),  # as the register: it may be the population's date that is wrong
        ("030303693927", {"ID_STRUCTURE_YEAR"}),  # as neither
    ],
)
def test_a_number_with_a_third_year_is_told_though_the_dates_differ(stated: str, told: set[str]) -> None:
    assert codes({"ngay_sinh": "05.03.2000"}, {"so_dinh_danh": stated}) == told


def test_a_third_year_that_another_record_confirms_is_not_told() -> None:
    birth = PERSON | {"ngay_sinh": "05.03.2000"}
    marriage = PERSON | {"ngay_sinh": "05.03.2003", "register": "KH", "role": "vo", "record_id": "KH.1"}
    civil = mentions(birth, marriage)
    population = residents(PERSON | {"so_dinh_danh": "030303693927"})
    linked = links(civil, pl.concat([population, population]))
    found = discrepancies(linked, civil, population, records(civil))
    assert "ID_STRUCTURE_YEAR" not in found["code"].to_list()


@pytest.mark.parametrize(
    ("kind", "place", "told"),
    [
        ("1", "xã Cẩm Phúc, huyện Cẩm Giàng, tỉnh Hải Dương", {"ID_PROVINCE"}),
        ("2", "xã Cẩm Phúc, huyện Cẩm Giàng, tỉnh Hải Dương", {"ID_PROVINCE"}),
        ("2", None, set()),  # re-registered here; where it was first registered nobody says
    ],
)
def test_the_province_of_a_re_registered_birth(kind: str, place: str | None, told: set[str]) -> None:
    here = {"noi_dang_ky_khai_sinh": "xã Cẩm Phúc, huyện Cẩm Giàng, tỉnh Hải Dương", "loai_dang_ky": kind}
    theirs = {"noi_dang_ky_khai_sinh": place, "so_dinh_danh": "079302693927"}
    assert codes(here, theirs) == told


@pytest.mark.parametrize(
    ("code", "civil", "population", "cause"),
    [
        ("DOB_YEAR", "1998-04-25", "2000-04-25", "year_shift:-2"),
        ("DOB_DIFFERENT", "1998-09-02", "2000-02-09", "year_shift:-2"),  # day and month slipped as well
        ("DOB_DIFFERENT", "2000-09-03", "2000-02-09", None),
        ("DOB_DIFFERENT", "1990-09-02", "2000-02-09", None),
    ],
)
def test_a_book_with_shifted_years(code: str, civil: str, population: str, cause: str | None) -> None:
    row = pl.DataFrame({"code": [code], "civil_key": [civil], "population_key": [population]}).with_columns(
        pl.lit(None, dtype=pl.String).alias(name) for name in ("variant", "evidence", "detail")
    )
    assert row.select(cause_of()).item() == cause
