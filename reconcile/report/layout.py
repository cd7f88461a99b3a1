"""The clerk's workbook as an agreement between the one that writes it and the one that reads it back.

Sheet and column keys, hidden ids, the conclusions a clerk may choose, and the checksum that tells a stale or
altered file. Writing (``workbook.py``) and reading back (``apply``) both import this module and nothing else
of each other. Row 1 of every sheet is the header; rows follow without a gap.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

FORMAT_VERSION = "1"
"""Raised whenever a reader of older workbooks would misread a newer one."""

UNKNOWN_COMMUNE = "khong-ro"
"""Commune code in file names for records whose commune is unknown."""

CONCLUSIONS = (
    "Sửa hộ tịch",
    "Sửa dân cư",
    "Cả hai đúng",
    "Không cùng người",
    "Đúng cùng người",
    "Cần xác minh",
)
"""The conclusions a clerk may choose, in the order of *Sai lệch*."""

CONCLUSIONS_IDENTITY = (
    "Đúng cùng người",
    "Không cùng người",
    "Cần xác minh",
    "Sửa hộ tịch",
    "Sửa dân cư",
    "Cả hai đúng",
)
"""The same conclusions where the question is who somebody is: the likely answers first."""

LIST_SHEET = "_danh_muc"
"""Hidden sheet with the drop-down lists: column A ``CONCLUSIONS``, column B ``CONCLUSIONS_IDENTITY``."""

STAMP_SHEET = "_dau_kiem_tra"
"""Hidden sheet of two columns, key and value: see ``stamp``."""

OVERVIEW_SHEET = "Tổng hợp"
GUIDE_SHEET = "Hướng dẫn"

ID_KEY = "ma"
FINGERPRINT_KEY = "dau"
EDIT_KEYS = ("ket_luan", "gia_tri_dung", "ghi_chu", "nguoi_xu_ly")


@dataclass(frozen=True, slots=True)
class SheetColumn:
    """One column: key in the code, header in the workbook, width in characters, and what it is for.

    ``kind``: ``hidden`` (id, fingerprint), ``shown`` (text), ``marked`` (text whose differing letters are
    marked), ``edit`` (the clerk writes), ``link`` (a file to open).
    """

    key: str
    title: str
    width: float
    kind: str = "shown"


@dataclass(frozen=True, slots=True)
class SheetLayout:
    """One sheet of rows: ``key`` in the code, ``title`` on the tab, what a row is, and its columns in order.

    ``frozen`` counts the columns (hidden ones included) that stay on screen; ``empty`` is the sentence that
    stands in for rows.
    """

    key: str
    title: str
    columns: tuple[SheetColumn, ...]
    empty: str
    frozen: int
    identity: bool = False
    optional: bool = False

    def index(self, key: str) -> int:
        """Return the position (from 0) of a column; KeyError if there is none."""
        for position, column in enumerate(self.columns):
            if column.key == key:
                return position
        raise KeyError(key)

    def has(self, key: str) -> bool:
        """Tell whether the sheet has this column."""
        return any(c.key == key for c in self.columns)

    @property
    def fingerprinted(self) -> tuple[str, ...]:
        """Keys of the columns that the fingerprint covers: what the engine wrote and the clerk must not change."""
        return tuple(c.key for c in self.columns if c.kind in ("shown", "marked"))


_HIDDEN = (SheetColumn(ID_KEY, "Mã", 3, "hidden"), SheetColumn(FINGERPRINT_KEY, "Dấu", 3, "hidden"))
_ADDRESS = (SheetColumn("so_quyen", "Quyển sổ", 10.5), SheetColumn("so", "Số", 7.5))
_EDIT = (
    SheetColumn("ket_luan", "Kết luận", 15, "edit"),
    SheetColumn("gia_tri_dung", "Giá trị đúng", 14, "edit"),
    SheetColumn("ghi_chu", "Ghi chú", 18, "edit"),
    SheetColumn("nguoi_xu_ly", "Người xử lý", 11, "edit"),
)
_SOURCE = (
    SheetColumn("ngay_dang_ky", "Ngày đăng ký", 12),
    SheetColumn("trang_so", "Trang", 7),
    SheetColumn("ban_quet", "Bản quét", 10, "link"),
    SheetColumn("nguon", "Tệp nguồn", 40),
    SheetColumn("dong", "Dòng", 7),
)

_DISCREPANCY_VALUES = (
    SheetColumn("nguoi", "Người trong sổ", 17.5),
    SheetColumn("muc", "Nội dung", 9.5),
    SheetColumn("ho_tich", "Sổ hộ tịch ghi", 18, "marked"),
    SheetColumn("dan_cu", "Dân cư ghi", 18, "marked"),
    SheetColumn("giai_thich", "Giải thích", 36.5),
    SheetColumn("de_nghi", "Đề nghị\nxử lý", 11),
)
_DISCREPANCY_REST = (
    SheetColumn("ly_do", "Vì sao đề nghị như vậy", 75),
    SheetColumn("so_dinh_danh", "Số định danh (dân cư)", 15),
    SheetColumn("ngay_sinh_dan_cu", "Ngày sinh (dân cư)", 12),
    *_SOURCE,
)

DISCREPANCIES = SheetLayout(
    "sai_lech",
    "Sai lệch",
    (
        *_HIDDEN,
        SheetColumn("muc_do", "Mức độ", 12.5),
        *_ADDRESS,
        *_DISCREPANCY_VALUES,
        *_EDIT,
        *_DISCREPANCY_REST,
    ),
    "Không có sai lệch nào cần xem xét.",
    frozen=5,
)

GROUP_ROWS = SheetLayout(
    "chi_tiet_nhom",
    "Chi tiết nhóm",
    (
        *_HIDDEN,
        SheetColumn("nhom", "Nhóm", 11),
        *_ADDRESS,
        *_DISCREPANCY_VALUES,
        *_EDIT,
        *_DISCREPANCY_REST,
    ),
    "Không có nhóm sai lệch cùng nguyên nhân.",
    frozen=5,
    optional=True,
)

REVIEW = SheetLayout(
    "can_xac_nhan",
    "Cần xác nhận",
    (
        *_HIDDEN,
        *_ADDRESS,
        SheetColumn("vai", "Là ai trong sổ", 9.5),
        SheetColumn("thu_tu", "Khả năng", 6),
        SheetColumn("ho_ten", "Họ tên\n(sổ hộ tịch)", 16.5, "marked"),
        SheetColumn("ho_ten_dc", "Họ tên\n(dân cư)", 16.5, "marked"),
        SheetColumn("ngay_sinh", "Ngày sinh\n(sổ hộ tịch)", 10.5, "marked"),
        SheetColumn("ngay_sinh_dc", "Ngày sinh\n(dân cư)", 10.5, "marked"),
        SheetColumn("nguoi_than", "Cha, mẹ, vợ chồng\n(sổ hộ tịch)", 21.5, "marked"),
        SheetColumn("nguoi_than_dc", "Cha, mẹ, vợ chồng\n(dân cư)", 21.5, "marked"),
        SheetColumn("ly_do", "Giống và khác", 23),
        *_EDIT,
        SheetColumn("gioi_tinh", "Giới tính\n(sổ / dân cư)", 11),
        SheetColumn("so_dinh_danh", "Số định danh\n(sổ hộ tịch)", 15),
        SheetColumn("so_dinh_danh_dc", "Số định danh\n(dân cư)", 15),
        SheetColumn("noi", "Nơi sinh, quê, nơi ở\n(sổ hộ tịch)", 75),
        SheetColumn("noi_dc", "Nơi sinh, quê, nơi ở\n(dân cư)", 75),
        *_SOURCE,
    ),
    "Không có trường hợp nào phải xác nhận là cùng một người hay không.",
    frozen=4,
    identity=True,
)

NOT_FOUND = SheetLayout(
    "chua_tim_thay",
    "Chưa tìm thấy",
    (
        *_HIDDEN,
        SheetColumn("muc_do", "Mức độ", 11),
        *_ADDRESS,
        SheetColumn("vai", "Là ai trong sổ", 12),
        SheetColumn("ho_ten", "Họ tên", 20),
        SheetColumn("ngay_sinh", "Ngày sinh", 11),
        SheetColumn("gioi_tinh", "Giới tính", 8),
        SheetColumn("nguoi_than", "Cha, mẹ, vợ chồng", 24),
        SheetColumn("giai_thich", "Giải thích", 30),
        *_EDIT,
        SheetColumn("so_dinh_danh", "Số định danh", 15),
        SheetColumn("noi", "Nơi sinh, quê, nơi ở", 75),
        *_SOURCE,
    ),
    "Mọi người trong sổ đều đã có trong dữ liệu dân cư hoặc đang chờ xác nhận.",
    frozen=5,
    identity=True,
)

WITHOUT_BIRTH = SheetLayout(
    "chua_khai_sinh",
    "Dân cư chưa có khai sinh",
    (
        *_HIDDEN,
        SheetColumn("so_dinh_danh", "Số định danh", 15),
        SheetColumn("ho_ten", "Họ tên", 20),
        SheetColumn("ngay_sinh", "Ngày sinh", 11),
        SheetColumn("gioi_tinh", "Giới\ntính", 6),
        SheetColumn("nguoi_than", "Cha, mẹ, vợ chồng", 24),
        SheetColumn("noi", "Nơi đăng ký khai sinh,\nnơi thường trú", 42),
        SheetColumn("giai_thich", "Giải thích", 32),
        *_EDIT,
        SheetColumn("dong", "Dòng (tệp dân cư)", 10),
    ),
    "Không có người dân nào phải tìm thêm bản ghi khai sinh.",
    frozen=4,
    identity=True,
)

DUPLICATES = SheetLayout(
    "nghi_trung",
    "Nghi trùng",
    (
        *_HIDDEN,
        *_ADDRESS,
        SheetColumn("so_quyen_kia", "Quyển kia", 11),
        SheetColumn("so_kia", "Số kia", 7.5),
        SheetColumn("nguoi", "Người trong sổ", 22, "marked"),
        SheetColumn("nguoi_kia", "Người trong sổ kia", 22, "marked"),
        SheetColumn("ngay_sinh", "Ngày sinh", 11),
        SheetColumn("ngay_sinh_kia", "Ngày sinh kia", 11),
        SheetColumn("giai_thich", "Vì sao nghi trùng", 32),
        *_EDIT,
        SheetColumn("ngay_dang_ky", "Ngày đăng ký", 12),
        SheetColumn("ngay_dang_ky_kia", "Ngày đăng ký kia", 12),
        SheetColumn("ban_quet", "Bản quét", 10, "link"),
        SheetColumn("nguon", "Tệp nguồn", 40),
        SheetColumn("dong", "Dòng", 7),
    ),
    "Không có trường hợp nào nghi đăng ký hai lần.",
    frozen=4,
    identity=True,
)

BOOK_FAULTS = SheetLayout(
    "loi_trong_so",
    "Lỗi trong sổ",
    (
        *_HIDDEN,
        SheetColumn("muc_do", "Mức độ", 11),
        *_ADDRESS,
        SheetColumn("nguoi", "Người trong sổ", 22),
        SheetColumn("muc", "Nội dung", 14),
        SheetColumn("gia_tri", "Sổ ghi", 18),
        SheetColumn("giai_thich", "Vì sao phải xem lại", 40),
        *_EDIT,
        *_SOURCE,
    ),
    "Không có dòng nào trong sổ trái quy tắc.",
    frozen=5,
)

UNREADABLE = SheetLayout(
    "khong_doc_duoc",
    "Không đọc được",
    (
        *_HIDDEN,
        SheetColumn("nguon", "Tệp nguồn", 26),
        SheetColumn("trang_tinh", "Trang\ntính", 9),
        SheetColumn("dong", "Dòng", 7),
        SheetColumn("loai_so", "Loại sổ", 10),
        SheetColumn("cot", "Cột", 13),
        SheetColumn("gia_tri", "Giá trị trong ô", 16),
        SheetColumn("giai_thich", "Sai ở đâu", 32),
        SheetColumn("cach_sua", "Cách sửa", 30),
        SheetColumn("con_dung", "Dòng này", 12),
        SheetColumn("ghi_chu", "Ghi chú", 15, "edit"),
        SheetColumn("nguoi_xu_ly", "Người xử lý", 11, "edit"),
    ),
    "Mọi dòng đều đọc được.",
    frozen=2,
)

ROW_SHEETS = (
    DISCREPANCIES,
    GROUP_ROWS,
    REVIEW,
    NOT_FOUND,
    WITHOUT_BIRTH,
    DUPLICATES,
    BOOK_FAULTS,
    UNREADABLE,
)
"""The sheets made of rows, in the order of their tabs (between *Tổng hợp* and *Hướng dẫn*)."""

DECIDED_SHEETS = (DISCREPANCIES, REVIEW, NOT_FOUND, WITHOUT_BIRTH, DUPLICATES, BOOK_FAULTS)
"""The sheets whose *Kết luận* counts as work to do. *Chi tiết nhóm* holds exceptions only."""


# ids ------------------------------------------------------------------------------------------------------

GROUP_PREFIX = "nhom:"
"""Marks the id of a row that decides a whole group: ``nhom:<systematic id>``."""


FAULT_PREFIX = "loi:"


def mention_id(record_id: str, role: str, resident_id: str | None) -> str:
    """Return the hidden id of a question about one person: ``record_id|role|resident_id``."""
    return f"{record_id}|{role}|{resident_id or ''}"


def fault_id(rule_id: str, record_id: str, role: str | None) -> str:
    """Return the hidden id of a row of *Lỗi trong sổ*: ``loi:rule_id|record_id|role``."""
    return f"{FAULT_PREFIX}{rule_id}|{record_id}|{role or ''}"


# checksums ------------------------------------------------------------------------------------------------

_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f\ufffe\uffff]")
_BLANKS = re.compile(r"\s+")
MAX_CELL = 32_000


def cell_text(value: str | None) -> str:
    """Return the text as a cell can hold it: no control characters, at most ``MAX_CELL`` characters."""
    if not value:
        return ""
    if not value.isprintable():
        value = _CONTROL.sub(" ", value)
    return value[:MAX_CELL]


def _shown(value: str | None) -> str:
    """Fold away what spreadsheet programs change by themselves when they save: kinds of blanks, Unicode form."""
    return _BLANKS.sub(" ", unicodedata.normalize("NFC", cell_text(value))).strip()


def fingerprint(sheet_key: str, row_id: str, values: Sequence[str | None]) -> str:
    """Return 16 hexadecimal digits over the id and the shown values of one row (``SheetLayout.fingerprinted``).

    It stays the same when a clerk sorts, filters or writes in the editable cells, and changes when a value
    that the engine wrote was overwritten or ids and values were sorted apart.
    """
    text = "\x1f".join([FORMAT_VERSION, sheet_key, row_id, *map(_shown, values)])
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


def checksum(run_id: str, commune: str, fingerprints: Iterable[str]) -> str:
    """Return the checksum of a workbook: run, commune and every row's fingerprint, whatever their order."""
    digest = hashlib.blake2b(f"{FORMAT_VERSION}\x1f{run_id}\x1f{commune}".encode(), digest_size=16)
    for one in sorted(fingerprints):
        digest.update(one.encode())
    return digest.hexdigest()


def stamp(run_id: str, commune: str, as_of: str, rows: dict[str, int], check: str) -> list[tuple[str, str]]:
    """Return the rows of the hidden sheet: key and value, all text."""
    return [
        ("format_version", FORMAT_VERSION),
        ("run_id", run_id),
        ("commune_code", commune),
        ("as_of", as_of),
        *((f"rows.{key}", str(count)) for key, count in rows.items()),
        ("checksum", check),
    ]
