"""What a file really is, by its first bytes, against what its ending says."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

from reconcile.ingest.limits import limits
from reconcile.ingest.rejects import FileProblem

if TYPE_CHECKING:
    from pathlib import Path

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_KINDS = {
    "xlsx": ("sổ Excel mới (.xlsx)", "Đổi đuôi tên thành .xlsx rồi gửi lại."),
    "xls": ("sổ Excel cũ (.xls)", "Đổi đuôi tên thành .xls, hoặc mở bằng Excel và lưu lại dạng .xlsx."),
    "zip": ("tệp nén zip", "Giải nén rồi đưa tệp Excel bên trong vào thư mục."),
    "parquet": ("tệp Parquet", "Đổi đuôi tên thành .parquet rồi gửi lại."),
    "html": ("trang web (HTML)", "Mở bằng Excel rồi lưu lại dạng .xlsx."),
    "xml": ("bảng XML", "Mở bằng Excel rồi lưu lại dạng .xlsx."),
    "pdf": ("tệp PDF", "Nhập liệu từ bản PDF vào mẫu Excel; không đổi đuôi tên."),
    "image": ("tệp ảnh", "Nhập liệu từ ảnh vào mẫu Excel; không đổi đuôi tên."),
    "gzip": ("tệp nén gzip", "Giải nén rồi đưa tệp bên trong vào thư mục."),
    "text": (
        "văn bản (có thể là CSV)",
        "Nếu là CSV thì đổi đuôi tên thành .csv; nếu không thì lưu lại dạng .xlsx.",
    ),
    "binary": ("dữ liệu nhị phân không rõ loại", "Kết xuất lại tệp từ phần mềm gốc."),
}
_EXPECTED = {
    ".xlsx": {"xlsx"},
    ".xlsm": {"xlsx"},
    ".xls": {"xls"},
    ".parquet": {"parquet"},
    ".csv": {"text"},
    ".tsv": {"text"},
    ".txt": {"text"},
}


def kind_of(path: Path) -> str:
    """Return what the content is: xlsx, xls, encrypted, damaged-xlsx, zip, parquet, html, xml, pdf, image, gzip, text, binary."""
    with path.open("rb") as handle:
        start = handle.read(4096)
    if start.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _kind_of_zip(path)
    if start.startswith(_OLE):
        return "encrypted" if _ENCRYPTED in path.read_bytes() else "xls"
    for magic, kind in (
        (b"PAR1", "parquet"),
        (b"%PDF", "pdf"),
        (b"\x1f\x8b", "gzip"),
        (b"\x89PNG", "image"),
        (b"\xff\xd8\xff", "image"),
    ):
        if start.startswith(magic):
            return kind
    text = start.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if text.startswith((b"<html", b"<!doctype html", b"<table", b"<meta", b"<head", b"<style")):
        return "html"
    if text.startswith(b"<?xml"):
        return "html" if b"<html" in text else "xml"
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "text"
    return "text" if _is_text(start) else "binary"


def _is_text(start: bytes) -> bool:
    encoding = _utf16(start)
    text = start.decode(encoding or "latin-1", errors="ignore")
    control = sum(1 for letter in text if ord(letter) < 9 or 13 < ord(letter) < 32)
    return control <= len(text) // 50


def _utf16(start: bytes) -> str | None:
    """Return which UTF-16 the bytes are by their zeros, None where they are not."""
    low, high = start[1::2].count(0), start[0::2].count(0)
    if max(low, high) <= len(start) // 5:
        return None
    return "utf-16-le" if low > high else "utf-16-be"


def _kind_of_zip(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
            if not any(name.startswith("xl/") for name in names):
                return "zip"
            _check_bomb(archive)
            return "xlsx"
    except zipfile.BadZipFile:
        return "damaged-xlsx"


def _check_bomb(archive: zipfile.ZipFile) -> None:
    bounds = limits().workbook
    total = 0
    for member in archive.infolist():
        total += member.file_size
        ratio = member.file_size // max(1, member.compress_size)
        if member.file_size > bounds.ratio_from_megabytes * 1_000_000 and ratio > bounds.max_ratio:
            raise FileProblem("ZIP_BOMB", found=ratio, limit=bounds.max_ratio)
    if total > bounds.max_unpacked_megabytes * 1_000_000:
        raise FileProblem(
            "TOO_LARGE",
            what="dung lượng khi mở ra (MB)",
            found=total // 1_000_000,
            limit=bounds.max_unpacked_megabytes,
        )


def check_content(path: Path) -> None:
    """Raise FileProblem where the content is not what the ending says, is protected, or is damaged."""
    kind = kind_of(path)
    ending = path.suffix.casefold()
    if kind == "encrypted":
        raise FileProblem("PASSWORD")
    if kind == "damaged-xlsx" and ending in {".xlsx", ".xlsm"}:
        raise FileProblem("DAMAGED_WORKBOOK")
    if kind in _EXPECTED[ending]:
        return
    if kind == "binary" and ending in {".xlsx", ".xlsm", ".xls"}:
        raise FileProblem("DAMAGED_WORKBOOK")
    if kind == "binary" and ending == ".parquet":
        raise FileProblem("DAMAGED_PARQUET")
    words, fix = _KINDS["zip" if kind == "damaged-xlsx" else kind]
    raise FileProblem("NOT_WHAT_IT_SAYS", ending=ending, kind=words, fix=fix)
