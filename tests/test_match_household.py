"""What other records tell: a couple named elsewhere, children whom the extract does not know, who was alive. Per scope."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import polars as pl
import pytest
from match_tables import codes, crowd, mentions, residents

from reconcile.match import link
from reconcile.match.encode import encode
from reconcile.match.evidence import APPLICANT, FAMILY, FIELDS, compare
from reconcile.match.expectation_maximisation import sibling_counts
from reconcile.match.household import alive_on, couples, with_kin_told
from reconcile.match.relations import last_seen
from reconcile.match.second_round import inform
from reconcile.schema import ROLES

ROWS = {"m": pl.UInt32, "r": pl.UInt32}
MAN = {
    "ho_ten": "ĐÀO VĂN KHOÁT",
    "ngay_sinh": "02/03/1941",
    "gioi_tinh": "Nam",
    "so_dinh_danh": "030041000011",
}
WOMAN = {
    "ho_ten": "BÙI THỊ THOA",
    "ngay_sinh": "01/05/1943",
    "gioi_tinh": "Nữ",
    "so_dinh_danh": "030143000012",
}
NAMESAKE = {
    "ho_ten": "BÙI THỊ THOA",
    "ngay_sinh": "07/08/1943",
    "gioi_tinh": "Nữ",
    "so_dinh_danh": "030143000019",
}


def family(record: str, child: str) -> list[dict[str, Any]]:
    return [
        {"role": "nks", "record": record, "ho_ten": child, "ngay_sinh": "01.02.1970"},
        {"role": "cha", "record": record, "ho_ten": "Đào Văn Khoát", "ngay_sinh": "1941"},
        {"role": "me", "record": record, "ho_ten": "Bùi Thị Thoa", "ngay_sinh": "1943"},
    ]


BOOKS = mentions(*family("a", "Đào Trọng Khiêm"), *family("b", "Đào Thị Út"))
FIRST = {
    "cha": pl.DataFrame({"m": [1, 4], "r": [0, 0]}, schema=ROWS),
    "me": pl.DataFrame({"m": [2], "r": [1]}, schema=ROWS),
}
"""Both fathers are linked, of the mothers only the one of record a."""


@pytest.mark.parametrize(
    ("within", "resident", "expected"),
    [
        (None, 1, "couple"),  # record a names these two as parents
        (None, 2, None),  # that no book names the namesake beside him is no disagreement
        ("source_row", 1, None),  # … nor does another scope's record say anything here
    ],
)
def test_a_couple_named_in_another_record_is_a_couple_here(
    within: str | None, resident: int, expected: str | None
) -> None:
    books = BOOKS.with_columns(pl.col("source_row").cast(pl.String))
    coded = encode(books, residents(MAN, WOMAN, NAMESAKE), within=within)
    coded = inform(coded, "me", FIRST, couples(coded, FIRST))
    pair = pl.DataFrame({"m": [5], "r": [resident]}, schema=ROWS)
    assert codes(FAMILY, compare(coded.mentions, coded.residents, pair, "me")) == [expected]


def test_a_spouse_whom_the_extract_names_outweighs_the_couple_of_the_books() -> None:
    """The extract's number is the stronger word, and what it contradicts the books may still confirm."""
    other = MAN | {"so_dinh_danh_vo_chong": "030143000019"}
    coded = encode(BOOKS, residents(other, WOMAN, NAMESAKE | {"so_dinh_danh_vo_chong": "030041000011"}))
    coded = inform(coded, "me", FIRST, couples(coded, FIRST))
    pairs = pl.DataFrame({"m": [5, 5], "r": [1, 2]}, schema=ROWS)
    levels = compare(coded.mentions, coded.residents, pairs, "me")
    assert codes(FAMILY, levels) == ["couple", "confirmed"]


@pytest.mark.parametrize(
    ("applicant", "relation", "within", "expected"),
    [
        ("Đào Trọng Khiêm", "Con", None, "relative"),  # a child whom only a book of births knows
        ("Đào Chọng Khiêm", "Con", None, "alike"),
        ("Bùi Thị Thoa", "Vợ", None, "relative"),
        ("Bùi Thị Thoa", "Con", None, "other_relative"),
        ("Hoàng Văn Lạ", "Con", None, None),  # the book need not name all children
        ("Đào Trọng Khiêm", "Con", "source_row", None),  # another scope's book is not heard
    ],
)
def test_the_books_tell_who_reported_the_death(
    applicant: str, relation: str, within: str | None, expected: str | None
) -> None:
    dead = {"role": "nkt", "record": "c", "ho_ten": "Đào Văn Khoát", "nguoi_khai": applicant}
    books = mentions(*family("a", "Đào Trọng Khiêm"), dead | {"quan_he_nguoi_khai": relation})
    coded = encode(books, residents(MAN), within=within)
    coded = with_kin_told(coded, {"cha": FIRST["cha"].head(1)})
    pair = pl.DataFrame({"m": [3], "r": [0]}, schema=ROWS)
    assert codes(APPLICANT, compare(coded.mentions, coded.residents, pair, "nkt")) == [expected]


@pytest.mark.parametrize(("within", "known"), [(None, True), ("source_row", False)])
def test_who_was_alive_is_told_by_records_of_the_own_scope_only(within: str | None, known: bool) -> None:
    books = mentions(
        *family("a", "Đào Trọng Khiêm"), {"role": "nkt", "record": "c", "ho_ten": "Đào Văn Khoát"}
    )
    coded = last_seen(encode(books, residents(MAN), within=within), {"cha": FIRST["cha"].head(1)})
    days = alive_on(coded.mentions, pl.Series([3], dtype=pl.UInt32), pl.Series([0], dtype=pl.UInt32))
    assert days.is_not_null().to_list() == [known]


def test_brothers_are_known_by_the_names_of_both_parents_and_their_home() -> None:
    parents = {"ho_ten_cha": "ĐÀO VĂN CỐN", "ho_ten_me": "LÊ THỊ XUYẾN"}
    home = {"que_quan": "xã Cẩm Vũ, huyện Cẩm Giàng, tỉnh Hải Dương"}
    brother = {"ho_ten": "ĐÀO VĂN KHÁNG", "so_dinh_danh": "030045000013"}
    dead = {
        "role": "nkt",
        "ho_ten": "Đào Văn Khoát",
        "nguoi_khai": "Đào Văn Kháng",
        "quan_he_nguoi_khai": "Em",
    }
    pair = pl.DataFrame({"m": [0], "r": [0]}, schema=ROWS)
    for of_brother, expected in ((parents | home, "relative"), (parents, "unsettled")):
        coded = encode(mentions(dead), residents(MAN | parents | home, brother | of_brother))
        assert codes(APPLICANT, compare(coded.mentions, coded.residents, pair, "nkt")) == [expected]


def two_children() -> pl.DataFrame:
    """The father has his number in both records, the mother in the first one only."""
    first, second = family("a", "Đào Trọng Khiêm"), family("b", "Đào Thị Út")
    for who in (first[1], second[1]):
        who["so_dinh_danh"] = "030041000011"
    first[2]["so_dinh_danh"] = "030143000012"
    return mentions(*first, *second)


def test_a_mother_among_namesakes_is_found_by_the_other_child_s_record() -> None:
    """In record a her number says who she is; in record b nothing does but the father, and the couple of record a."""
    books = two_children()
    people = residents(MAN, WOMAN, NAMESAKE, *crowd(60))
    links = link(books, people).links
    mothers = links.filter(pl.col("role") == "me")
    assert mothers["resident_id"].to_list() == ["030143000012", "030143000012"]
    assert mothers["tier"].to_list() == ["match", "match"]
    alone = link(books.tail(3), people).links.filter(pl.col("role") == "me")
    assert alone["tier"].to_list() != ["match"]


def test_what_a_second_round_says_replaces_the_first_and_its_evidence_adds_up() -> None:
    books = two_children()
    found = link(books, residents(MAN, WOMAN, NAMESAKE, *crowd(60)), explained=True)
    keys = ["record_id", "role", "rank"]
    assert not found.evidence.select(keys).is_duplicated().any()
    weights = [c for c in found.evidence.columns if c.startswith("weight_")]
    told = found.evidence.select("match_weight", sum=pl.sum_horizontal(weights))
    assert ((told["match_weight"] - told["sum"]).abs() < 0.05).all()


def test_dates_of_brothers_and_sisters_are_read_off_the_extract() -> None:
    """Twins, and two children born two years apart."""
    parents = {"ho_ten_cha": "ĐÀO VĂN CỐN", "ho_ten_me": "LÊ THỊ XUYẾN"}
    days = ("01/05/1980", "01/05/1980", "03/06/1982")
    people = [
        parents | {"ho_ten": f"ĐÀO VĂN {name}", "ngay_sinh": day, "so_dinh_danh": f"03008000001{i}"}
        for i, (name, day) in enumerate(zip(("MỘT", "HAI", "BA"), days, strict=True))
    ]
    counts = sibling_counts(encode(mentions({"ho_ten": "Lê Văn Ba"}), residents(*people)))["ngay_sinh"]
    seen = dict(zip(FIELDS["ngay_sinh"], counts, strict=True))
    assert seen["exact"] == 1
    assert seen["near_year"] == 1
    assert sum(counts) == 2


def test_a_unit_s_links_depend_on_its_own_records_alone() -> None:
    """With all records in one unit the second mother is found; in a unit of its own record b is as if it stood alone."""
    people = residents(MAN, WOMAN, NAMESAKE, *crowd(60))
    books = two_children().with_columns(unit=pl.col("source_row").cast(pl.String))
    model = link(books, people).model
    model = replace(model, roles={role: model.roles.get(role) or model.roles["me"] for role in ROLES})
    columns = ["record_id", "role", "resident_id", "tier", "probability"]
    together = link(books, people, model=model, within="unit").links.select(columns)
    apart = [link(books.slice(start, 3), people, model=model, within="unit").links for start in (0, 3)]
    assert together.equals(pl.concat(apart).select(columns))
    at_once = link(books, people, model=model).links.select(columns)
    assert not at_once.equals(together)
