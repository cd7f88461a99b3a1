"""What matching promises, each told by a small case."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from match_tables import PLACE, crowd, mentions, residents

from reconcile.match import Extract, Model, encode_extract, explain, link, load_settings, plan, waterfall
from reconcile.match.extract import keys_in_order
from reconcile.schema import CANDIDATES, LINKS

LINH = {
    "ho_ten": "ĐÀO NHẬT LINH",
    "ngay_sinh": "14/03/2005",
    "gioi_tinh": "Nữ",
    "so_dinh_danh": "030305004417",
    "dan_toc": "Kinh",
    "noi_dang_ky_khai_sinh": PLACE,
    "que_quan": PLACE,
    "ho_ten_cha": "ĐÀO TRỌNG KHIÊM",
    "ho_ten_me": "BÙI THỊ THOA",
    "so_dinh_danh_me": "030180001111",
}
BIRTH = {
    "ho_ten": "Đào Nhật Linh",
    "ngay_sinh": "14.03.2005",
    "gioi_tinh": "2",
    "dan_toc": "Kinh",
    "que_quan": PLACE,
    "noi_dang_ky_khai_sinh": PLACE,
    "ho_ten_cha": "Đào Trọng Khiêm",
    "ho_ten_me": "Bùi Thị Thoa",
}
STRANGERS = crowd(400)
FAMILIAR = [{k: v for k, v in p.items() if k != "so_dinh_danh"} | {"gioi_tinh": "1"} for p in STRANGERS[:150]]


def one(birth: dict[str, object], *people: dict[str, object]) -> dict[str, object]:
    """Link one birth among strangers; return its row of links."""
    result = link(mentions(birth, *FAMILIAR), residents(*people, *STRANGERS))
    return result.links.row(0, named=True)


def test_a_clean_birth_is_settled_by_a_certain_pass() -> None:
    found = one(BIRTH, LINH)
    assert found["tier"] == "match"
    assert found["resident_id"] == LINH["so_dinh_danh"]
    assert found["match_pass"] == "ho_ten_ngay_sinh_cha_me"


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"ho_ten": "DAO NHAT LINH"}, "no marks"),
        ({"ho_ten": "Đào Nhật Lình"}, "another tone"),
        ({"ho_ten": "Đào Linh"}, "middle name missing"),
        ({"ho_ten": "Đào Nhậtt Linh"}, "a letter twice"),
        ({"ngay_sinh": "03.14.2005"}, "day and month swapped"),
        ({"ngay_sinh": "2005"}, "the year only"),
        ({"ngay_sinh": "14.03.2006"}, "a year off"),
        ({"ngay_sinh": "15.03.2005"}, "a day off"),
        ({"ngay_sinh": None}, "no date at all"),
        ({"ho_ten_cha": None, "ho_ten_me": None}, "no parents"),
        ({"ho_ten_me": "Bùi Thị Thoà"}, "the mother's tone"),
        ({"gioi_tinh": None}, "no sex"),
    ],
)
def test_one_mistake_does_not_lose_the_person(change: dict[str, object], why: str) -> None:
    assert one(BIRTH | change, LINH)["resident_id"] == LINH["so_dinh_danh"], why


def test_a_brother_or_sister_is_not_the_person() -> None:
    """The child is not in the extract, its sister is: same parents, same place, other given name and date."""
    sister = LINH | {"ho_ten": "ĐÀO NHẬT THƯ", "ngay_sinh": "02/11/2007"}
    assert one(BIRTH, sister)["tier"] != "match"


def test_a_twin_is_not_the_person() -> None:
    twin = LINH | {"ho_ten": "ĐÀO NHẬT THƯ"}
    assert one(BIRTH, twin)["tier"] != "match"


def test_with_both_twins_there_each_finds_itself() -> None:
    twin = LINH | {"ho_ten": "ĐÀO NHẬT THƯ", "so_dinh_danh": "030305004418"}
    result = link(
        mentions(BIRTH | {"ho_ten": "Dao Nhat Linh"}, BIRTH | {"ho_ten": "Dao Nhat Thu"}, *FAMILIAR),
        residents(LINH, twin, *STRANGERS),
    )
    assert result.links["resident_id"].to_list()[:2] == [LINH["so_dinh_danh"], twin["so_dinh_danh"]]
    assert result.links["tier"].to_list()[:2] == ["match", "match"]


def test_two_equally_good_persons_are_left_to_a_clerk() -> None:
    """Never the lowest id: with nothing to tell two namesakes apart, a person decides."""
    bare = {k: LINH[k] for k in ("ho_ten", "ngay_sinh", "gioi_tinh", "noi_dang_ky_khai_sinh", "que_quan")}
    first, second = bare | {"so_dinh_danh": "030305000001"}, bare | {"so_dinh_danh": "030305000002"}
    birth = {k: v for k, v in BIRTH.items() if k not in {"ho_ten_cha", "ho_ten_me"}}
    result = link(mentions(birth, *FAMILIAR), residents(first, second, *STRANGERS))
    assert result.links["tier"][0] == "review"
    shown = result.candidates.filter(pl.col("record_id") == result.links["record_id"][0])
    assert sorted(shown["resident_id"]) == ["030305000001", "030305000002"]
    assert shown["probability"].n_unique() == 1


def test_a_birth_registered_twice_is_told_as_a_duplicate() -> None:
    result = link(mentions(BIRTH, BIRTH | {"ngay_sinh": "14.3.2005"}, *FAMILIAR), residents(LINH, *STRANGERS))
    assert result.duplicates.select("record_id", "other_record_id", "resident_id").rows() == [
        ("KS.r1", "KS.r0", LINH["so_dinh_danh"])
    ]


def test_a_mother_is_found_through_her_child() -> None:
    """Her own date is a year, her name common: the child's record in the extract says who she is."""
    mother = {
        "ho_ten": "BÙI THỊ THOA",
        "ngay_sinh": "05/05/1980",
        "gioi_tinh": "Nữ",
        "so_dinh_danh": "030180001111",
    }
    other = mother | {"so_dinh_danh": "030180002222", "ngay_sinh": "09/09/1980"}
    mentioned = {"role": "me", "record": "a", "ho_ten": "Bùi Thị Thoa", "ngay_sinh": "1980"}
    result = link(
        mentions(BIRTH | {"record": "a"}, mentioned, *FAMILIAR), residents(LINH, mother, other, *STRANGERS)
    )
    found = result.links.row(1, named=True)
    assert (found["resident_id"], found["match_pass"]) == ("030180001111", "quan_he_gia_dinh")


def test_another_mother_found_elsewhere_does_not_settle_by_number_alone() -> None:
    """The extract's number for the mother belongs to somebody of another given name: the family pass stays silent."""
    stranger = {
        "ho_ten": "LÊ THỊ CÚC",
        "ngay_sinh": "05/05/1980",
        "gioi_tinh": "Nữ",
        "so_dinh_danh": "030180001111",
    }
    mentioned = {"role": "me", "record": "a", "ho_ten": "Bùi Thị Thoa", "ngay_sinh": "1985"}
    result = link(
        mentions(BIRTH | {"record": "a"}, mentioned, *FAMILIAR), residents(LINH, stranger, *STRANGERS)
    )
    assert result.links["tier"][1] != "match"


def test_decisions_of_people_outrank_the_engine() -> None:
    other = LINH | {"so_dinh_danh": "030305009999", "ngay_sinh": "14/03/2006"}
    asked, extract = mentions(BIRTH, *FAMILIAR), residents(LINH, other, *STRANGERS)
    decided = {"record_id": ["KS.r0"], "role": ["nks"]}
    same = pl.DataFrame(decided | {"resident_id": ["030305009999"], "judgement": ["same"]})
    found = link(asked, extract, decisions=same).links.row(0, named=True)
    assert (found["resident_id"], found["match_pass"], found["probability"]) == (
        "030305009999",
        "quyet_dinh",
        1.0,
    )
    different = pl.DataFrame(decided | {"resident_id": [LINH["so_dinh_danh"]], "judgement": ["different"]})
    assert link(asked, extract, decisions=different).links["resident_id"][0] != LINH["so_dinh_danh"]


def test_the_result_has_the_canonical_shape_and_order() -> None:
    asked = mentions(BIRTH, *FAMILIAR)
    result = link(asked, residents(LINH, *STRANGERS))
    assert result.links.columns == LINKS.names
    assert result.links["record_id"].to_list() == asked["record_id"].to_list()
    assert result.candidates.columns[: len(CANDIDATES.names)] == CANDIDATES.names
    assert set(result.links["tier"]) <= {"match", "review", "none"}


def test_the_same_input_gives_the_same_answer_whatever_its_order() -> None:
    extract = residents(LINH, *STRANGERS)
    births = [
        BIRTH | {"record": "a", "ngay_sinh": "2005"},
        *({**p, "record": f"p{i}"} for i, p in enumerate(FAMILIAR)),
    ]
    forward = link(mentions(*births), extract)
    assert forward.links.equals(link(mentions(*births), extract).links)
    backward = link(mentions(*births), extract.reverse())
    key = ["record_id", "role"]
    columns = [*key, "resident_id", "tier", "probability"]
    assert forward.links.select(columns).sort(key).equals(backward.links.select(columns).sort(key))


def test_empty_sides_are_no_error() -> None:
    asked, extract = mentions(BIRTH), residents(LINH)
    assert link(asked, extract.clear()).links["tier"].to_list() == ["none"]
    assert link(asked.clear(), extract).links.is_empty()


def test_a_model_can_be_kept_and_used_again(tmp_path) -> None:  # type: ignore[no-untyped-def]
    asked, extract = mentions(BIRTH | {"ngay_sinh": "2005"}, *FAMILIAR), residents(LINH, *STRANGERS)
    first = link(asked, extract)
    first.model.save(tmp_path / "model.json")
    again = link(asked, extract, model=Model.load(tmp_path / "model.json"))
    assert again.links.equals(first.links)


def test_a_candidate_explains_itself_without_personal_data() -> None:
    sister = LINH | {"ho_ten": "ĐÀO NHẬT THƯ", "ngay_sinh": "14/03/2006"}
    twin = sister | {"so_dinh_danh": "030306004419", "ho_ten": "ĐÀO NHẬT LIÊN"}
    result = link(mentions(BIRTH | {"ngay_sinh": None}, *FAMILIAR), residents(sister, twin, *STRANGERS))
    pair = {"evidence_ho_ten": "marks", "weight_ho_ten": 8.25, "evidence_cha": None}
    sentences = explain(pair)
    assert sentences[0] == "Họ tên: khác dấu – ủng hộ mạnh (+8,2)."
    assert "cha" in sentences[-1]
    picture = waterfall(pair)
    assert picture.startswith("<svg")
    assert "+8,2" in picture
    for row in result.candidates.iter_rows(named=True):
        assert not any("LINH" in s.upper().split() for s in explain(row))


def test_the_plan_tells_the_cost_before_any_pair_is_made() -> None:
    costs = plan(mentions(BIRTH | {"ngay_sinh": "2004"}, *FAMILIAR), residents(LINH, *STRANGERS))
    assert costs.filter(pl.col("block") == "cha_me")["pairs"].item() >= 1
    assert (costs["kept_pairs"] <= costs["pairs"]).all()


def test_an_extract_that_was_numbered_and_kept_gives_the_same_links() -> None:
    people = residents(
        LINH,
        LINH | {"ho_ten": "ĐÀO NHẬT LAN", "ten_goi_khac": "Đào Nhật Mai", "so_dinh_danh": None},
        *STRANGERS,
    )
    kept = Extract.of(encode_extract(people).frames())
    ordered = replace(kept, keys=dict(keys_in_order(kept, load_settings())))
    assert {("number", "name"), ("mother_number",)} <= ordered.keys.keys()
    assert not any("other_name" in parts for parts in ordered.keys)  # their numbers come with the mentions
    unknown = BIRTH | {
        "ho_ten": "Đào Nhật Mai",
        "noi_dang_ky_khai_sinh": "xã Ngọc Liên, huyện Cẩm Giàng, tỉnh Hải Dương",
    }
    for births in (
        mentions(BIRTH, *FAMILIAR),
        mentions(unknown, BIRTH | {"ho_ten": "Đào Nhật Lynh"}, *FAMILIAR),
    ):
        anew = link(births, people)
        for extract in (kept, ordered):
            again = link(births, people, extract=extract)
            assert again.links.equals(anew.links)
            assert again.candidates.equals(anew.candidates)
            assert again.model.to_json() == anew.model.to_json()


def test_tables_may_be_read_column_by_column(tmp_path: Path) -> None:
    """A province's registers need not fit into memory: the same links come of files that are scanned."""
    books, people = mentions(BIRTH, *FAMILIAR), residents(LINH, *STRANGERS)
    held = link(books, people, explained=True)
    for name, frame in (("mentions", books), ("residents", people)):
        frame.write_parquet(tmp_path / f"{name}.parquet")
    scanned = [pl.scan_parquet(tmp_path / f"{name}.parquet") for name in ("mentions", "residents")]
    read = link(scanned[0], scanned[1], explained=True)
    assert read.links.equals(held.links)
    assert read.evidence.equals(held.evidence)
    assert read.model == held.model
