"""Common causes: found where a book has one, never invented."""

from __future__ import annotations

import random

import polars as pl
import pytest

from reconcile.compare.systematic import find_causes, log10_tail

BOOKS, SIZE = 40, 50


def books(wrong: dict[int, int], stray: int = 0) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Records of 40 books of 50; ``wrong``: book → swapped dates in it; ``stray``: swapped dates anywhere."""
    rng = random.Random(7)
    rows = [
        {
            "record_id": f"KS.{book}.{n}",
            "register": "KS",
            "commune_code": "10918",
            "source_file": f"{book // 10}.xlsx",
            "book": 1,
            "book_year": 1970 + book,
            "nguoi_ky": None,
            "nguoi_thuc_hien": "một người",
        }
        for book in range(BOOKS)
        for n in range(SIZE)
    ]
    bad = [f"KS.{book}.{n}" for book, count in wrong.items() for n in range(count)]
    bad += [row["record_id"] for row in rng.sample(rows, stray)]
    found = pl.DataFrame({"record_id": bad, "cause": ["swapped"] * len(bad)}, schema={"record_id": pl.String, "cause": pl.String})  # fmt: skip
    compared = pl.DataFrame(rows, schema_overrides={"nguoi_ky": pl.String})
    return found, compared


def test_a_swapped_book_is_told_once_with_all_its_rows() -> None:
    rows, groups = find_causes(*books({12: 30}, stray=20))
    assert groups.height == 1
    group = groups.to_dicts()[0]
    assert group["where"] == "KS|10918|1982|1"
    assert group["records"] >= 30
    assert "quyển 1 năm 1982" in group["message"]
    assert "đảo ngày và tháng" in group["message"]
    assert group["decision"].startswith("Đề nghị một quyết định chung")
    assert rows["systematic"].drop_nulls().unique().to_list() == [group["systematic"]]
    assert rows.filter(pl.col("record_id").str.starts_with("KS.12."))["systematic"].null_count() == 0


@pytest.mark.parametrize("stray", [0, 20, 100, 400])
def test_none_is_invented_where_differences_fall_by_chance(stray: int) -> None:
    rows, groups = find_causes(*books({}, stray=stray))
    assert groups.is_empty()
    assert rows["systematic"].null_count() == rows.height


def test_too_few_records_are_decided_one_by_one() -> None:
    assert find_causes(*books({12: 4}))[1].is_empty()


def test_a_group_keeps_its_id_while_cause_and_place_stay() -> None:
    first, second = (find_causes(*books({12: n}))[1]["systematic"].to_list() for n in (30, 45))
    assert first == second != []


def test_the_order_of_rows_does_not_matter() -> None:
    found, compared = books({12: 30, 20: 40}, stray=30)
    one = find_causes(found, compared)[1]
    other = find_causes(found.reverse(), compared.reverse())[1]
    assert one.equals(other)


def test_the_tail_is_a_bound_on_chance() -> None:
    exact = sum(__import__("math").comb(20, k) * 0.1**k * 0.9 ** (20 - k) for k in range(8, 21))
    assert 10 ** log10_tail(8, 20, 0.1) >= exact
    assert log10_tail(2, 20, 0.1) == 0.0


def test_a_clerk_of_many_books_is_not_told_for_the_one_that_explains_it() -> None:
    found, compared = books({12: 45})
    stray = pl.DataFrame({"record_id": ["KS.3.1", "KS.4.1", "KS.5.1"], "cause": ["swapped"] * 3})
    compared = compared.with_columns(
        nguoi_thuc_hien=pl.when(pl.col("book_year").is_in([1973, 1974, 1975, 1982]))
        .then(pl.lit("người khác"))
        .otherwise("nguoi_thuc_hien")
    )
    groups = find_causes(pl.concat([found, stray]), compared)[1]
    assert groups["group"].to_list() == ["book"]


def test_one_book_of_one_file_is_told_where_a_merged_commune_has_several_of_that_number() -> None:
    found, compared = books({12: 45})
    merged = compared.with_columns(
        book_year=pl.col("book_year") // 4 * 4, source_file=pl.format("{}.xlsx", pl.col("book_year"))
    )
    groups = find_causes(found, merged)[1]
    assert groups["group"].to_list() in (["file_book"], ["file"])
    assert groups["records"].to_list() == [45]


def test_a_village_whose_dates_are_defaults_is_told_once_over_all_registers() -> None:
    _, compared = books({})
    place = pl.int_range(pl.len())
    compared = compared.with_columns(
        village=pl.format("10918|thôn {}", place % 25),
        register=pl.when(place % 3 == 0).then(pl.lit("KH")).otherwise(pl.lit("KS")),
    )
    hit = compared.filter(pl.col("village") == "10918|thôn 7").head(60)["record_id"]
    found = pl.DataFrame({"record_id": hit, "cause": ["default_date"] * len(hit)})
    rows, groups = find_causes(found, compared)
    assert groups.select("group", "records").rows() == [("village", 60)]
    assert "thôn 7" in groups["message"][0]
    assert rows["systematic"].null_count() == 0
    other = found.with_columns(cause=pl.lit("swapped"))  # no cause that lies in a village
    assert find_causes(other, compared)[1].is_empty()
