"""Small real files for the tests of ingest: written with the libraries that offices use, invented people only."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
import xlsxwriter

from reconcile.ingest.profiles import load_profiles

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconcile.ingest.profiles import Layout, Profile

FIXTURES = Path(__file__).parent.parent / "fixtures"

HEADER = [
    "so",
    "quyenSo",
    "ngayDangKy",
    "noiDangKy",
    "nksHoTen",
    "nksGioiTinh",
    "nksNgaySinh",
    "meHoTen",
    "meNgaySinh",
    "chaHoTen",
    "chaNgaySinh",
]
PLACE = "xã Cẩm Định, huyện Cẩm Giàng, tỉnh Hải Dương"


def birth(number: int, name: str = "", **cells: str) -> list[str]:
    """One birth record under HEADER; ``cells`` replaces cells by column code."""
    row = {
        "so": f"{number:02d}",
        "quyenSo": "01/2016",
        "ngayDangKy": "15.03.2016",
        "noiDangKy": PLACE,
        "nksHoTen": name or f"NGUYỄN VĂN {LETTERS[number % len(LETTERS)]}",
        "nksGioiTinh": "1",
        "nksNgaySinh": "02.03.2016",
        "meHoTen": "Trần Thị Bé",
        "meNgaySinh": "05.1990",
        "chaHoTen": "Nguyễn Văn Tý",
        "chaNgaySinh": "1984",
    }
    return list((row | cells).values())


LETTERS = ("AN", "BÌNH", "CƯỜNG", "DŨNG", "ĐỨC", "GIANG", "HÒA", "KHÁNH", "LÂM", "MINH")


def xlsx(
    path: Path,
    rows: Sequence[Sequence[object] | None],
    *,
    sheet: str = "DL Import",
    top: int = 0,
    left: int = 0,
) -> Path:
    """Write rows of cells; None is an empty row; ``top`` and ``left`` leave rows and columns free."""
    with xlsxwriter.Workbook(str(path)) as book:
        page = book.add_worksheet(sheet)
        date = book.add_format({"num_format": "dd/mm/yyyy"})
        for r, row in enumerate(rows, top):
            for c, cell in enumerate(row or [], left):
                if hasattr(cell, "year"):
                    page.write_datetime(r, c, cell, date)
                elif isinstance(cell, str):
                    page.write_string(r, c, cell)
                elif cell is not None:
                    page.write(r, c, cell)
    return path


def csv_file(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


def parquet(path: Path, header: Sequence[str], rows: Sequence[Sequence[object]]) -> Path:
    pl.DataFrame(rows, schema=list(header), orient="row").write_parquet(path)
    return path


def layout_of(profile: str, register: str) -> tuple[Profile, Layout]:
    found = next(p for p in load_profiles() if p.name == profile)
    return found, next(item for item in found.layouts if item.register_ == register)


def balanced(files: Sequence[dict[str, object]]) -> bool:
    """Rows read = rows used + rows rejected, in every table."""
    return all(f["rows_read"] == f["rows_used"] + f["rows_rejected"] for f in files)  # type: ignore[operator]


def codes(got: object) -> list[tuple[int | None, str]]:
    frame = got.rejected  # type: ignore[attr-defined]
    return frame.select("source_row", "code").rows()
