"""One mention against one resident: what is said, how gravely, who should act, and under which id."""

from __future__ import annotations

import polars as pl
import pytest
from compare_tables import compare, links, mentions, records, residents

from reconcile.compare import discrepancies
from reconcile.schema import DISCREPANCIES

PERSON = {
    "ho_ten": "Nguyễn Văn Bình",
    "ngay_sinh": "15.05.1990",
    "gioi_tinh": "Nam",
    "so_dinh_danh": "030090001234",
    "dan_toc": "Kinh",
    "quoc_tich": "Việt Nam",
    "ho_ten_cha": "Nguyễn Văn Hòa",
    "ho_ten_me": "Lê Thị Lan",
}


def only(frame: pl.DataFrame) -> dict:
    assert frame.height == 1, frame.select("field", "code").rows()
    return frame.to_dicts()[0]


def test_two_equal_persons_differ_in_nothing() -> None:
    found = compare(PERSON, PERSON)
    assert found.is_empty()
    assert found.columns[: len(DISCREPANCIES.names)] == DISCREPANCIES.names


@pytest.mark.parametrize(
    ("civil", "population"),
    [
        ({"ho_ten": "NGUYỄN VĂN BÌNH"}, {"ho_ten": "Nguyễn  Văn Bình "}),
        ({"ho_ten": "Nguyễn Thị Hoà"}, {"ho_ten": "Nguyễn Thị Hòa"}),
        ({"ho_ten": "Nguyễn Thị Thuỷ"}, {"ho_ten": "NGUYỄN THỊ THỦY"}),
        ({"ho_ten": "Ðỗ Văn Ðức"}, {"ho_ten": "Đỗ Văn Đức"}),
        ({"ho_ten": "Nguyeenx Vawn Bình"}, {"ho_ten": "Nguyễn Văn Bình"}),
        ({"ngay_sinh": "5.6.1990"}, {"ngay_sinh": "05/06/1990"}),
        ({"ngay_sinh": "19900605"}, {"ngay_sinh": "1990-06-05"}),
        ({"gioi_tinh": "1"}, {"gioi_tinh": "Nam"}),
        ({"so_dinh_danh": "30090001234.0"}, {"so_dinh_danh": "030090001234"}),
        ({"so_dinh_danh": None}, {}),
        ({"dan_toc": None}, {}),
        ({}, {"dan_toc": None, "quoc_tich": None, "ho_ten_cha": None}),
        ({"ho_ten_me": "LÊ THỊ LAN"}, {"ho_ten_me": "Lê Thị Lan"}),
    ],
)
def test_what_is_not_a_discrepancy_is_never_shown(civil: dict, population: dict) -> None:
    assert compare(PERSON | civil, PERSON | population).is_empty()


def test_the_sentence_is_the_one_a_clerk_understands() -> None:
    found = only(compare(PERSON | {"ho_ten": "Nguyễn Văn Bính"}, PERSON))
    assert found["message"] == (
        "Họ tên khác dấu thanh ở chữ “Bính/Bình”: sổ ghi “Nguyễn Văn Bính”, dân cư ghi “Nguyễn Văn Bình”."
    )
    assert (found["civil_value"], found["population_value"]) == ("Nguyễn Văn Bính", "Nguyễn Văn Bình")


def test_a_mother_is_named_as_such() -> None:
    found = only(compare(PERSON | {"role": "me", "ho_ten": "Nguyễn Văn Bính"}, PERSON))
    assert found["message"].startswith("Người mẹ: ")


@pytest.mark.parametrize(
    ("change", "owner", "reason"),
    [
        ({}, "xac_minh", "trước năm 2016"),
        ({"ngay_dang_ky": "10.06.2016"}, "cong_an", "từ 01/01/2016 là nguồn"),
        ({"ngay_dang_ky": "10.06.2017", "loai_dang_ky": "2"}, "xac_minh", "Đăng ký lại"),
        ({"ngay_dang_ky": "10.06.2016", "role": "me"}, "xac_minh", "Hai cơ quan"),
        ({"ngay_sinh_bang_chu": "mười lăm tháng năm năm 1990"}, "tu_phap", "bằng chữ giống dân cư"),
    ],
)
def test_the_owner_follows_the_law_and_the_evidence(change: dict, owner: str, reason: str) -> None:
    civil = PERSON | {"ngay_sinh": "16.05.1990", "so_dinh_danh": None} | change
    found = compare(civil, PERSON).filter(pl.col("code") == "DOB_DAY").to_dicts()[0]
    assert found["owner"] == owner
    assert reason in found["owner_reason"]


def test_the_register_is_never_proposed_to_follow_the_population() -> None:
    found = only(compare(PERSON | {"ngay_sinh": "15.05.1989", "so_dinh_danh": None}, PERSON))
    assert (found["code"], found["owner"]) == ("DOB_YEAR", "tu_phap")
    assert "soát lại dòng nhập với sổ gốc" in found["owner_reason"]
    assert "không tự sửa sổ theo dân cư" in found["owner_reason"]


def test_only_links_of_tier_match_are_compared() -> None:
    civil, population = mentions(PERSON | {"gioi_tinh": "Nữ"}), residents(PERSON)
    found = discrepancies(links(civil, population, tier="review"), civil, population, records(civil))
    assert found.is_empty()


def test_the_id_survives_a_change_of_writing_and_of_rows() -> None:
    a = only(compare(PERSON | {"ho_ten": "Nguyễn Văn Bính"}, PERSON))
    b = only(
        compare(
            PERSON | {"ho_ten": "NGUYỄN VĂN BÍNH", "source_file": "other.csv", "source_row": 9},
            PERSON | {"ho_ten": "nguyễn  văn bình", "population_row": 77},
        )
    )
    c = only(compare(PERSON | {"ho_ten": "Nguyễn Văn Bỉnh"}, PERSON))
    assert a["discrepancy_id"] == b["discrepancy_id"] != c["discrepancy_id"]


def test_the_id_of_a_person_without_number_does_not_hang_on_the_row() -> None:
    nobody = PERSON | {"so_dinh_danh": None}
    a, b = (
        only(
            compare(
                nobody | {"gioi_tinh": "Nữ"}, nobody | {"population_row": row, "resident_id": f"row:{row}"}
            )
        )
        for row in (5, 6)
    )
    assert a["discrepancy_id"] == b["discrepancy_id"]


def test_the_gravest_stands_first() -> None:
    found = compare(PERSON | {"gioi_tinh": "Nữ", "ho_ten": "Nguyễn Văn Bính", "ngay_sinh": "05.1990"}, PERSON)
    assert found["severity"].to_list() == ["critical", "minor", "info"]
