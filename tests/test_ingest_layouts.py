"""Every shipped layout is recognised, however its header is written, and lands in the canonical columns."""

from __future__ import annotations

from pathlib import Path

import fastexcel
import polars as pl
import pytest
from ingest_files import HEADER, PLACE, birth, csv_file, layout_of, parquet, xlsx

from reconcile.ingest import propose_profile, read_civil, read_population
from reconcile.ingest.fonts import cell_fonts
from reconcile.ingest.fonts_xls import xls_cell_fonts
from reconcile.ingest.headers import fits, header_rows
from reconcile.ingest.profiles import choose_profiles, load_profiles, read_profiles
from reconcile.ingest.vocabulary import header_key
from reconcile.problems import ReconcileError
from reconcile.schema import MENTIONS, RECORDS, RESIDENTS

FIXTURES = Path(__file__).parent.parent / "fixtures"


@pytest.mark.parametrize(
    ("profile", "register", "columns"),
    [("hotich158", "KH", 44), ("hotich158", "KT", 48), ("hotich158", "HN", 35)],
)
def test_column_counts_are_those_of_the_template(profile: str, register: str, columns: int) -> None:
    _, layout = layout_of(profile, register)
    assert len({*layout.columns, *layout.ignored} - {"STT"}) == columns


def test_birth_layouts_have_60_and_70_columns() -> None:
    _, layout = layout_of("hotich158", "KS")
    codes = {*layout.columns, *layout.ignored}
    newer = {"STT", "nksSoDinhDanh", "meSoDinhDanhCaNhan", "chaSoDinhDanhCaNhan"}
    newer |= {code for code in codes if code.endswith("Str")}
    assert (len(codes), len(codes - newer)) == (70, 60)


@pytest.mark.parametrize(
    ("folder", "profile", "registers"),
    [
        ("hotich158", "hotich158", {"KS", "KH", "KT", "CMC", "HN"}),
        ("congan", "congan", {"KS"}),
        ("misa", "misa", {"KS"}),
        ("hotichdientu", "hotichdientu", {"KS"}),
    ],
)
def test_samples_are_read_whole(folder: str, profile: str, registers: set[str]) -> None:
    got = read_civil(FIXTURES / folder)
    assert {f["profile"] for f in got.files} == {profile}
    assert {f["register"] for f in got.files} == registers
    assert sum(f["rows_read"] for f in got.files) == got.records.height > 0
    assert got.records.columns == RECORDS.names
    assert got.mentions.columns == MENTIONS.names
    assert got.records["record_id"].is_unique().all()
    assert got.mentions["ho_ten"].null_count() == 0


@pytest.mark.parametrize("ending", ["xlsx", "csv", "parquet"])
def test_the_extract_is_read_the_same_from_every_format(ending: str) -> None:
    got = read_population(FIXTURES / "dancu" / f"dancu.{ending}")
    first = read_population(FIXTURES / "dancu" / "dancu.parquet")
    assert got.residents.columns == RESIDENTS.names
    assert got.residents["population_row"].to_list() == list(range(2, got.residents.height + 2))
    columns = ["population_row", "resident_id", "ho_ten", "ngay_sinh", "noi_cu_tru"]
    assert got.residents.select(columns).equals(first.residents.select(columns))


def test_a_legacy_font_is_read_as_unicode() -> None:
    got = read_civil(FIXTURES / "misa" / "khai_sinh_2016_vntime.xlsx")
    text = "".join(got.mentions["ho_ten"].to_list())
    assert not set("µ¶¸¹©®¬") & set(text)
    assert set("ễầạư") & set(text.lower())


@pytest.mark.parametrize(
    "cell",
    ["nksHoTen", " nksHoTen ", "NKSHOTEN", "nks Ho Ten", "nksHoTen \ni=[1,2,3,4]", "nksHọTên", "nksHoTen\n"],
)
def test_a_header_cell_counts_by_its_letters(cell: str) -> None:
    assert header_key(cell) == "nkshoten"


def _best(rows: list[list[str | None]]) -> tuple[str, dict[str, tuple[int, ...]], int]:
    width = max(len(row) for row in rows)
    padded = [row + [None] * (width - len(row)) for row in rows]
    fit = fits(header_rows(padded, 30), choose_profiles("civil"))[0]
    assert fit.plausible
    assert not fit.missing
    return fit.layout.register_, fit.fields, fit.header.row


def test_a_repeated_header_belongs_to_the_person_named_before_it() -> None:
    register, fields, _ = _best(
        [["Số", "Họ và tên", "Ngày sinh", "Họ tên mẹ", "Năm sinh", "Nơi cư trú", "Họ tên cha", "Năm sinh"]]
    )
    assert register == "KS"
    assert fields["nks.ngay_sinh"] == (2,)
    assert fields["me.ngay_sinh"] == (4,)
    assert fields["me.noi_cu_tru"] == (5,)
    assert fields["cha.ngay_sinh"] == (7,)


def test_a_title_line_above_the_header_names_the_person() -> None:
    register, fields, row = _best(
        [
            ["UBND XÃ", None, None, None, None, None, None],
            ["Số", "Bên nam", None, "Bên nữ", None, "Ngày đăng ký"],
            [None, "Họ và tên", "Ngày sinh", "Họ và tên", "Ngày sinh", None],
        ]
    )
    assert (register, row) == ("KH", 2)
    assert fields["chong.ho_ten"] == (1,)
    assert fields["vo.ngay_sinh"] == (4,)
    assert fields["ngay_dang_ky"] == (5,)


@pytest.mark.parametrize(
    ("header", "register"),
    [
        (["Số", "Họ và tên", "Ngày sinh", "Ngày chết", "Nơi chết"], "KT"),
        (["Số", "Họ và tên", "Ngày sinh", "Tình trạng hôn nhân", "Ngày cấp"], "HN"),
        (["Số", "Người nhận", "Ngày sinh", "Người được nhận", "Ngày sinh", "Loại xác nhận"], "CMC"),
        (["Số", "Họ tên chồng", "Năm sinh", "Họ tên vợ", "Năm sinh"], "KH"),
    ],
)
def test_the_register_is_told_by_its_own_columns(header: list[str | None], register: str) -> None:
    assert _best([header])[0] == register


def test_title_lines_leading_blanks_and_column_numbers_are_passed_over(tmp_path: Path) -> None:
    numbers = [f"({n})" for n in range(1, len(HEADER) + 1)]
    rows = [["SỔ ĐĂNG KÝ KHAI SINH"], None, HEADER, numbers, birth(1), None, birth(2)]
    got = read_civil(xlsx(tmp_path / "a.xlsx", rows, top=2, left=3))
    assert got.records["source_row"].to_list() == [7, 9]
    assert got.files[0]["rows_blank"] == 1


def test_persons_carry_their_parents_and_spouse(tmp_path: Path) -> None:
    got = read_civil(xlsx(tmp_path / "a.xlsx", [HEADER, birth(1)]))
    child = got.mentions.filter(role="nks").row(0, named=True)
    assert (child["ho_ten_me"], child["ngay_sinh_me"]) == ("Trần Thị Bé", "05.1990")
    assert (child["ho_ten_cha"], child["ngay_sinh_cha"]) == ("Nguyễn Văn Tý", "1984")
    assert child["noi_dang_ky_khai_sinh"] == PLACE
    assert got.mentions["role"].to_list() == ["nks", "me", "cha"]


def test_the_child_recognised_by_a_father_has_him_as_father(tmp_path: Path) -> None:
    header = "so,quyenSo,ngayDangKy,noiDangKy,loaiXacNhan,cmHoTen,cmNgaySinh,ncHoTen,ncNgaySinh"
    rows = [f"1,01/2016,01.02.2016,{PLACE.replace(',', ' -')},1,Lê Văn Tý,1980,Lê Thị Mơ,2010"]
    rows += [f"2,01/2016,01.02.2016,{PLACE.replace(',', ' -')},Con nhận mẹ,Lê Thị Sửu,1980,Lê Văn Tư,2010"]
    got = read_civil(csv_file(tmp_path / "cmc.csv", "\n".join([header, *rows])))
    child = got.mentions.filter(role="nc")
    assert child["ho_ten_cha"].to_list() == ["Lê Văn Tý", None]
    assert child["ho_ten_me"].to_list() == [None, "Lê Thị Sửu"]


def test_unknown_columns_are_counted_not_refused(tmp_path: Path) -> None:
    got = read_civil(xlsx(tmp_path / "a.xlsx", [[*HEADER, "lạ", "nycHoTen"], [*birth(1), "x", "y"]]))
    assert (got.files[0]["columns_used"], got.files[0]["columns_other"]) == (len(HEADER), 2)


def test_all_faults_of_all_profiles_are_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "one.toml").write_text(
        'name = "two"\ntitle = ""\nkind = "civil"\n[[layouts]]\nregister = "KS"\nlabel = ""\n'
        'required = ["nks.ho_tn"]\n[layouts.columns]\na = "nks.ho_ten"\nb = "me.tuoi"\n',
        encoding="utf-8",
    )
    (tmp_path / "bad.toml").write_text('name = "bad"\nkind = "other"\n', encoding="utf-8")
    with pytest.raises(ReconcileError) as told:
        read_profiles(tmp_path)
    for word in ("bad.toml", "kind", "title", "one.toml", "nks.ho_tn", "me.tuoi", "name of its file"):
        assert word in str(told.value)


def test_an_unknown_profile_name_is_told_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(ReconcileError, match="congan"):
        read_civil(tmp_path, profile="nope")


def test_shipped_profiles_cover_all_sources() -> None:
    assert {p.name for p in load_profiles()} == {"hotich158", "congan", "misa", "hotichdientu", "dancu"}


def test_a_proposed_profile_reads_the_file_it_was_made_from(tmp_path: Path) -> None:
    header = "Tên cháu bé,Sinh ngày tháng,Phái,Mẹ cháu,Bố cháu,Mã,Số ĐK,Quyển\n"
    rows = [
        f"Nguyễn Văn An,0{n}/02/2016,Nam,Trần Thị Bé,Nguyễn Văn Tý,03021600012{n},{n},01/2016"
        for n in range(1, 6)
    ]
    source = csv_file(tmp_path / "la.csv", header + "\n".join(rows))
    assert read_civil(source).records.is_empty()
    profile = tmp_path / "la.toml"
    profile.write_text(propose_profile(source), encoding="utf-8")
    got = read_civil(source, profile=str(profile))
    child = got.mentions.filter(role="nks").row(0, named=True)
    assert (child["ho_ten"], child["ngay_sinh"]) == ("Nguyễn Văn An", "01/02/2016")
    assert (child["gioi_tinh"], child["so_dinh_danh"], child["ho_ten_me"]) == (
        "Nam",
        "030216000121",
        "Trần Thị Bé",
    )


def test_the_extract_may_have_only_name_and_birth(tmp_path: Path) -> None:
    got = read_population(parquet(tmp_path / "p.parquet", ["ngaySinh", "hoTen"], [["1980", "Lê An"]]))
    assert got.residents.select("population_row", "resident_id", "ho_ten").rows() == [(2, "row:2", "Lê An")]


def test_an_old_workbook_in_a_legacy_font_is_read_like_the_new_one() -> None:
    old = read_civil(FIXTURES / "xls" / "khai_sinh_2016_vntime.xls")
    new = read_civil(FIXTURES / "misa" / "khai_sinh_2016_vntime.xlsx")
    assert old.rejected.is_empty()
    assert old.mentions.height > 40
    sheets = ["source_file", "source_sheet"]
    assert old.records.drop(sheets).equals(new.records.drop(sheets))


def test_the_fonts_of_an_old_workbook_are_those_of_the_new_one() -> None:
    """Cell by cell: both tell .VnTime for every filled cell of the same sheet, at the same place."""
    old_path, new_path = (
        FIXTURES / "xls" / "khai_sinh_2016_vntime.xls",
        FIXTURES / "misa" / "khai_sinh_2016_vntime.xlsx",
    )
    shape = pl.DataFrame(
        {f"c{n}": [None] * 40 for n in range(19)}, schema={f"c{n}": pl.String for n in range(19)}
    )
    old = xls_cell_fonts(old_path, dict.fromkeys(fastexcel.read_excel(old_path).sheet_names, shape))
    new = cell_fonts(new_path, dict.fromkeys(fastexcel.read_excel(new_path).sheet_names, shape))
    ((_, from_old),) = old.items()
    ((_, from_new),) = new.items()
    filled = [from_old[c].is_not_null() for c in from_old.columns]
    assert sum(int(column.sum()) for column in filled) > 200
    for column, here in zip(from_old.columns, filled, strict=True):
        assert from_old[column].filter(here).equals(from_new[column].filter(here), check_names=False)


def test_an_old_workbook_that_names_no_legacy_font_is_not_opened_twice(tmp_path: Path) -> None:
    plain = tmp_path / "plain.xls"
    plain.write_bytes(b"no workbook at all, and no legacy font either")
    assert xls_cell_fonts(plain, {}) == {}


def test_what_xlrd_can_not_read_is_left_to_the_vote(tmp_path: Path) -> None:
    odd = tmp_path / "odd.xls"
    odd.write_bytes(b"\xd0\xcf\x11\xe0 .VnTime and nothing that a reader could open")
    assert xls_cell_fonts(odd, {}) == {}
