"""What the clerk reads: whose relative, which side lacks a word, and when the number is at stake."""

from __future__ import annotations

import pytest
from compare_tables import compare, links, mentions, records, residents

from reconcile.compare import discrepancies


@pytest.mark.parametrize(
    ("number", "breaks"),
    [
        (
            "030090001234",
            False,
        ),  # states 1990 as the register does: correcting the population leaves it whole
        ("030091001234", True),  # states the population's 1991
        (None, True),
    ],
)
def test_correcting_the_year_breaks_the_number_only_where_it_states_the_wrong_one(
    number: str | None, breaks: bool
) -> None:
    found = compare(
        {"ho_ten": "Nguyễn Văn Bình", "ngay_sinh": "02.05.1990"},
        {"ho_ten": "Nguyễn Văn Bình", "ngay_sinh": "02/05/1991", "so_dinh_danh": number},
    )
    assert found.filter(code="DOB_YEAR")["changes_number"].to_list() == [breaks]


@pytest.mark.parametrize(
    ("role", "words"), [("chong", "Họ tên vợ khác nhau"), ("vo", "Họ tên chồng khác nhau")]
)
def test_a_husband_has_a_wife(role: str, words: str) -> None:
    civil = {"register": "KH", "role": role, "ho_ten": "Lê An", "ho_ten_vo_chong": "Phạm Thị Hoan"}
    found = compare(
        civil, {"ho_ten": "Lê An", "ho_ten_vo_chong": "Phạm Thị Hoàn", "marital_status": "married"}
    )
    assert words in found.filter(code="SPOUSE_NAME")["message"][0]


def test_the_side_that_lacks_a_word_is_named() -> None:
    (message,) = compare({"ho_ten": "Bùi Thị Cúc"}, {"ho_ten": "Bùi Thị Hồng Cúc"})["message"]
    assert message.startswith("Sổ thiếu chữ đệm “Hồng”")
    (message,) = compare({"ho_ten": "Bùi Thị Hồng Cúc"}, {"ho_ten": "Bùi Thị Cúc"})["message"]
    assert message.startswith("Dân cư thiếu chữ đệm “Hồng”")


def test_a_code_for_the_sex_is_shown_with_its_word() -> None:
    (row,) = compare(
        {"ho_ten": "Lê An", "gioi_tinh": "2"}, {"ho_ten": "Lê An", "gioi_tinh": "Nam"}
    ).to_dicts()
    assert (row["civil_value"], row["population_value"]) == ("Nữ (2)", "Nam")


@pytest.mark.parametrize(
    ("mother", "owner"), [("030160000001", "tu_phap"), ("030160000009", "cong_an"), (None, "xac_minh")]
)
def test_the_number_of_somebody_in_the_population_outweighs_nobodys(mother: str | None, owner: str) -> None:
    civil = mentions({"ho_ten": "Lê An", "so_dinh_danh_me": "030160000009"})
    child = {"ho_ten": "Lê An", "so_dinh_danh_me": "030160000001"}
    others = [{"ho_ten": "Trần Thị Ba", "so_dinh_danh": mother}] if mother else []
    population = residents(child, *others)
    found = discrepancies(links(civil, population.head(1)), civil, population, records(civil))
    assert found.filter(code="PARENT_ID")["owner"].to_list() == [owner]
