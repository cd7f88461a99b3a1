"""The same births in the other layouts: the police's sheet, a MISA export, an extract of the shared system."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from reconcile.normalize.alphabet import compose
from reconcile.normalize.encodings import encode
from reconcile.synthetic.files import CREATED

if TYPE_CHECKING:
    from collections.abc import Sequence

POLICE = [
    "DC_DVNHAPHUYEN",
    "DC_DVNHAPXA",
    "SO",
    "QUYENSO",
    "TRANGSO",
    "NGAYDANGKY",
    "LOAIDANGKY",
    "NOIDANGKY",
    "NGUOIKY",
    "CHUCVUNGUOIKY",
    "NGUOITHUCHIEN",
    "GHICHU",
    "NKSSODINHDANH",
    "NKSHOTEN",
    "NKSGIOITINH",
    "NKSNGAYSINH",
    "NKSNGAYSINHBANGCHU",
    "NKSNOISINH",
    "NKSNOISINHDVHC",
    "NKSQUEQUAN",
    "NKSDANTOC",
    "NKSQUOCTICH",
    "NKSQUOCTICHKHAC",
    "NKSLOAIKHAISINH",
    "NKSMATTICH",
    "NKSMATTICHGHICHUTUYENBO",
    "NKSMATTICHCANCUTUYENBO",
    "NKSMATTICHGHICHUHUYTUYENBO",
    "NKSMATTICHCANCUHUYTUYENBO",
    "NKSHANCHENANGLUCHANHVI",
    "NKSHANCHENANGLUCHANHVIGHICHUTUYENBO",
    "NKSHANCHENANGLUCHANHVICANCUTUYENBO",
    "NKSHANCHENANGLUCHANHVIGHICHUHUYTUYENBO",
    "NKSHANCHENANGLUCHANHVICANCUHUYTUYENBO",
    "MESODINHDANHCANHAN",
    "MEHOTEN",
    "MENGAYSINH",
    "MEDANTOC",
    "MEQUOCTICH",
    "MEQUOCTICHKHAC",
    "MELOAICUTRU",
    "MENOICUTRU",
    "MELOAIGIAYTOTUYTHAN",
    "MESOGIAYTOTUYTHAN",
    "CHASODINHDANHCANHAN",
    "CHAHOTEN",
    "CHANGAYSINH",
    "CHADANTOC",
    "CHAQUOCTICH",
    "CHAQUOCTICHKHAC",
    "CHALOAICUTRU",
    "CHANOICUTRU",
    "CHALOAIGIAYTOTUYTHAN",
    "CHASOGIAYTOTUYTHAN",
    "NYCHOTEN",
    "NYCQUANHE",
    "NYCLOAIGIAYTOTUYTHAN",
    "NYCGIAYTOKHAC",
    "NYCSOGIAYTOTUYTHAN",
    "NYCNGAYCAPGIAYTOTUYTHAN",
    "NYCNOICAPGIAYTOTUYTHAN",
]

MISA = {
    "Số": "so",
    "Quyển số": "quyenSo",
    "Ngày đăng ký": "ngayDangKy",
    "Họ và tên": "nksHoTen",
    "Giới tính": "nksGioiTinh",
    "Ngày sinh": "nksNgaySinh",
    "Nơi sinh": "nksNoiSinh",
    "Dân tộc": "nksDanToc",
    "Quốc tịch": "nksQuocTich",
    "Quê quán": "nksQueQuan",
    "Họ tên cha": "chaHoTen",
    "Năm sinh cha": "chaNgaySinh",
    "Nơi cư trú cha": "chaNoiCuTru",
    "Họ tên mẹ": "meHoTen",
    "Năm sinh mẹ": "meNgaySinh",
    "Nơi cư trú mẹ": "meNoiCuTru",
    "Người ký": "nguoiKy",
    "Ghi chú": "ghiChu",
}
"""Header → column of the template. The real columns of MISA are not public: these are the words of the printed forms."""

SHARED = {
    "Số đăng ký": "so",
    "Quyển số": "quyenSo",
    "Ngày đăng ký": "ngayDangKy",
    "Nơi đăng ký": "noiDangKy",
    "Số định danh cá nhân": "nksSoDinhDanh",
    "Họ, chữ đệm, tên": "nksHoTen",
    "Giới tính": "nksGioiTinh",
    "Ngày, tháng, năm sinh": "nksNgaySinh",
    "Nơi sinh": "nksNoiSinh",
    "Quê quán": "nksQueQuan",
    "Dân tộc": "nksDanToc",
    "Quốc tịch": "nksQuocTich",
    "Họ, chữ đệm, tên người mẹ": "meHoTen",
    "Năm sinh người mẹ": "meNgaySinh",
    "Số định danh người mẹ": "meSoDinhDanhCaNhan",
    "Họ, chữ đệm, tên người cha": "chaHoTen",
    "Năm sinh người cha": "chaNgaySinh",
    "Số định danh người cha": "chaSoDinhDanhCaNhan",
}


def _renamed(frame: pl.DataFrame, headers: dict[str, str]) -> pl.DataFrame:
    words = {"1": "Nam", "2": "Nữ"}
    chosen = frame.select(pl.col(column).alias(header) for header, column in headers.items())
    sexes = [c for c in chosen.columns if c == "Giới tính"]
    return chosen.with_columns(pl.col(c).replace(words) for c in sexes)


def slashed(frame: pl.DataFrame) -> pl.DataFrame:
    """Return ``frame`` with dates as dd/mm/yyyy."""
    dates = [c for c in frame.columns if "NGAY" in c.upper()]
    return frame.with_columns(pl.col(c).str.replace_all(".", "/", literal=True) for c in dates)


def police_sheet(births: pl.DataFrame) -> pl.DataFrame:
    """Return births of the newer template as the police's 61-column sheet (header in capitals, dd/mm/yyyy)."""
    by_name = {c.upper(): c for c in births.columns}
    frame = births.select(
        (pl.col(by_name[c]) if c in by_name else pl.lit(None, dtype=pl.String)).alias(c) for c in POLICE
    )
    return slashed(frame)


def shared_extract(births: pl.DataFrame) -> pl.DataFrame:
    """Return births as an extract of the shared register system: Vietnamese headers, dd/mm/yyyy."""
    frame = _renamed(births, SHARED)
    return frame.with_columns(
        pl.col(c).str.replace_all(".", "/", literal=True) for c in ("Ngày đăng ký", "Ngày, tháng, năm sinh")
    )


def _as_date(text: str | None) -> date | None:
    parts = (text or "").replace("/", ".").split(".")
    return (
        date(int(parts[2]), int(parts[1]), int(parts[0]))
        if len(parts) == 3 and int(parts[2]) < 2100
        else None
    )


def write_misa(births: pl.DataFrame, path: Path, *, font: str = "Times New Roman") -> None:
    """Write births as a MISA-like workbook: title lines, Vietnamese headers, true dates.

    With a TCVN3 ``font`` (``.VnTime``) every text is stored in that encoding, titles and headers too.
    """
    import xlsxwriter

    legacy = font.startswith(".Vn")

    def put(text: str) -> str:
        return encode(compose(text), "tcvn3") if legacy else text

    frame = _renamed(births, MISA)
    with xlsxwriter.Workbook(path) as book:
        book.set_properties({"created": CREATED})
        plain = book.add_format({"font_name": font})
        bold = book.add_format({"font_name": font, "bold": True})
        dated = book.add_format({"font_name": font, "num_format": "dd/mm/yyyy"})
        page = book.add_worksheet("Sheet1")
        titles = (
            "Phần mềm quản lý hộ tịch MISA",
            "DANH SÁCH ĐĂNG KÝ KHAI SINH",
            "Từ ngày 01/01/2016 đến ngày 31/12/2018",
        )
        for row, title in enumerate(titles):
            page.write_string(row, 0, put(title), bold)
        for column, name in enumerate(["STT", *frame.columns]):
            page.write_string(4, column, put(name), bold)
        for number, values in enumerate(frame.iter_rows(), start=1):
            page.write_number(4 + number, 0, number, plain)
            for column, (name, value) in enumerate(zip(frame.columns, values, strict=True), start=1):
                day = _as_date(value) if name.startswith("Ngày") else None
                if day is not None:
                    page.write_datetime(4 + number, column, datetime(day.year, day.month, day.day), dated)  # noqa: DTZ001
                elif value is not None:
                    page.write_string(4 + number, column, put(value), plain)


def write_template(frame: pl.DataFrame, path: Path, sheet: str, *, notes: Sequence[str] = ()) -> None:
    """Write a workbook of the Ministry's template: blue header, ``notes`` = columns whose header has a second line."""
    import xlsxwriter

    with xlsxwriter.Workbook(path) as book:
        book.set_properties({"created": CREATED})
        style: Any = book.add_format({"bg_color": "#0070C0", "font_color": "#FFFFFF", "text_wrap": True})
        page = book.add_worksheet(sheet)
        for column, name in enumerate(frame.columns):
            page.write_string(0, column, f"{name}\ni=[1,2,3,4,5,6]" if name in notes else name, style)
        for number, row in enumerate(frame.iter_rows(), start=1):
            for column, value in enumerate(row):
                if value is not None:
                    page.write_string(number, column, value)
