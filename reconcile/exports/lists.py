"""The lists that leave the engine, in Vietnamese: for the civil registrar, for the commune police, and what to check."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from reconcile.compare import catalogue as catalogues
from reconcile.exports.corrections import wording
from reconcile.exports.pages import Listing, write_lists, write_page
from reconcile.report.wording import words
from reconcile.schema import ROLES

if TYPE_CHECKING:
    from pathlib import Path

_HOTICH: tuple[tuple[str, str, float], ...] = (
    ("stt", "STT", 4.5), ("so_loai", "Loại sổ", 9), ("quyen_so", "Quyển số", 8.5), ("so", "Số", 6),
    ("trang_so", "Trang", 6), ("ngay_dang_ky", "Ngày đăng ký", 10.5), ("vai", "Là ai trong sổ", 12),
    ("ho_ten", "Họ tên trong sổ", 19), ("muc", "Nội dung", 13), ("now", "Đang ghi", 21), ("should", "Sửa thành", 21),
    ("note", "Căn cứ", 22), ("basis", "Cơ sở pháp lý", 22), ("warning", "Lưu ý", 18),
    ("decided_by", "Người quyết định", 10), ("decided_at", "Ngày quyết định", 11), ("cot", "Cột trong mẫu", 17),
    ("status", "Tình trạng trong tệp", 34), ("expected", "Trang quét", 30), ("record_file", "Tệp nguồn", 28),
    ("record_row", "Dòng", 7), ("resident_id", "Số định danh (dân cư)", 15),
)  # fmt: skip
_HOTICH_PRINTED = 15

_DANCU: tuple[tuple[str, str, float], ...] = (
    ("stt", "STT", 4.5), ("resident_id", "Số định danh", 14), ("ho_ten", "Họ tên (theo sổ hộ tịch)", 20),
    ("ngay_sinh", "Ngày sinh (theo sổ hộ tịch)", 11), ("muc", "Nội dung", 13), ("now", "Dân cư đang ghi", 21),
    ("should", "Sửa thành", 21), ("can_cu", "Căn cứ: bản ghi hộ tịch", 28),
    ("note", "Ghi chú của người quyết định", 20), ("basis", "Cơ sở pháp lý", 22), ("warning", "Lưu ý", 18),
    ("decided_by", "Người quyết định", 10), ("decided_at", "Ngày quyết định", 11),
)  # fmt: skip

_CELLS: tuple[tuple[str, str, float], ...] = (
    ("record_id", "Mã bản ghi", 24), ("source_file", "Tệp nguồn", 30), ("source_row", "Dòng", 7),
    ("column", "Cột", 22), ("value", "Đang ghi", 28), ("reason", "Vì sao phải xem", 50),
)  # fmt: skip

_NOT_PLACED: tuple[tuple[str, str, float], ...] = (
    ("record_id", "Mã bản ghi", 24), ("so_loai", "Loại sổ", 11), ("quyen_so", "Quyển số", 10), ("so", "Số", 7),
    ("vai", "Là ai trong sổ", 13), ("muc", "Nội dung", 18), ("now", "Đang ghi", 24), ("should", "Sửa thành", 24),
    ("status", "Vì sao chưa đưa vào mẫu", 50),
)  # fmt: skip

_SCANS: tuple[tuple[str, str, float], ...] = (
    ("reason", "Vấn đề", 46), ("book", "Quyển", 14), ("number", "Số", 8), ("expected", "Tên đúng", 34),
    ("file", "Tệp quét", 44), ("record_id", "Mã bản ghi", 24),
)  # fmt: skip


def hotich_rows(corrections: pl.DataFrame) -> pl.DataFrame:
    """Return the rows of the list of changes to the register. ``corrections`` may carry ``column``, ``why_not``,
    ``expected`` (name of the scanned page).
    """
    rows = _shown(corrections)
    why = _words("not_placed", "why_not") if "why_not" in rows.columns else pl.lit("")
    return rows.with_columns(
        pl.coalesce(why, pl.lit("")).alias("status"),
        (pl.col("column") if "column" in rows.columns else pl.lit(None, pl.String)).alias("cot"),
    )


def dancu_rows(corrections: pl.DataFrame) -> pl.DataFrame:
    """Return the rows of the list for the commune police."""
    ground = pl.concat_str(
        pl.col("so_loai"),
        pl.format(" số {}", pl.col("so")),
        pl.format(", quyển {}", pl.col("quyen_so")),
        pl.format(", đăng ký ngày {}", pl.col("ngay_dang_ky")),
        pl.format(", trang {}", pl.col("trang_so")),
        ignore_nulls=True,
    )
    unnumbered = pl.col("resident_id").str.extract(r"^row:(\d+)$", 1)
    number = (
        pl.when(unnumbered.is_not_null())
        .then(pl.format("(chưa có số; dòng {} của tệp dân cư)", unnumbered))
        .otherwise(pl.col("resident_id"))
    )
    return _shown(corrections).with_columns(ground.alias("can_cu"), number.alias("resident_id"))


def write_hotich(path: Path, rows: pl.DataFrame) -> None:
    """Write the list of changes to the register of one commune."""
    write_lists(path, [_sheet("Sửa hộ tịch", _HOTICH, rows, _HOTICH_PRINTED)])


def write_dancu(path: Path, rows: pl.DataFrame) -> None:
    """Write the list of changes to the population data of one commune."""
    write_lists(path, [_sheet("Sửa dân cư", _DANCU, rows)])


def write_checks(path: Path, not_placed: pl.DataFrame, cells: pl.DataFrame, scans: pl.DataFrame) -> None:
    """Write what has to be looked at before the books are imported: a page, so that a folder of books holds only books."""
    told = cells.with_columns(_words("cell", "why").alias("reason"))
    write_page(
        path,
        "Việc phải kiểm tra trước khi nhập",
        [
            _sheet("Chưa đưa vào mẫu", _NOT_PLACED, not_placed),
            _sheet("Ô phải xem lại", _CELLS, told),
            scan_sheet(scans),
        ],
    )


def scan_sheet(problems: pl.DataFrame) -> Listing:
    """Return the sheet of problems with scans (``scans.PROBLEMS``)."""
    return _sheet("Bản quét", _SCANS, problems.with_columns(_words("scan", "code").alias("reason")))


def write_scans(path: Path, problems: pl.DataFrame) -> None:
    """Write the list of problems with scans."""
    write_lists(path, [scan_sheet(problems)])


def _words(section: str, column: str) -> pl.Expr:
    return pl.col(column).replace_strict(wording()[section], default=pl.col(column), return_dtype=pl.String)


def _shown(corrections: pl.DataFrame) -> pl.DataFrame:
    """Add the Vietnamese words of register, role and field, and what to do where there is no plain value."""
    fields = catalogues.load().fields
    return corrections.with_columns(
        pl.int_range(1, pl.len() + 1).alias("stt"),
        pl.col("register").replace_strict(words("register"), default=pl.col("register"), return_dtype=pl.String).alias("so_loai"),
        pl.col("role").replace_strict(ROLES, default=pl.col("role"), return_dtype=pl.String).alias("vai"),
        pl.col("field").replace_strict(fields, default=pl.col("field"), return_dtype=pl.String).alias("muc"),
        pl.coalesce("should", "instead", pl.lit("(chưa ghi giá trị đúng)")).alias("should"),
        pl.coalesce("now", pl.lit("(để trống)")).alias("now"),
        pl.col("decided_at").str.slice(0, 10).alias("decided_at"),
    )  # fmt: skip


def _sheet(
    title: str, columns: tuple[tuple[str, str, float], ...], rows: pl.DataFrame, printed: int = 0
) -> Listing:
    headers = [(header, width) for _, header, width in columns]
    if rows.is_empty():
        return Listing(title, headers, [], printed)
    if "stt" in rows.columns:
        rows = rows.with_columns(pl.int_range(1, pl.len() + 1).alias("stt"))
    present = set(rows.columns)
    shown = rows.select(
        (pl.col(key).cast(pl.String) if key in present else pl.lit(None, pl.String)).alias(key)
        for key, _, _ in columns
    )
    return Listing(title, headers, shown.rows(), printed)
