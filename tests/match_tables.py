"""Small registers and extracts for matching: as written, then normalised. All persons are invented."""

from __future__ import annotations

from typing import Any

import polars as pl

from reconcile import schema
from reconcile.match.evidence import FIELDS
from reconcile.match.levels import UNKNOWN, Levels
from reconcile.normalize.tables import normalize_mentions, normalize_records, normalize_residents

PLACE = "xã Cẩm Vũ, huyện Cẩm Giàng, tỉnh Hải Dương"


def residents(*people: dict[str, Any]) -> pl.DataFrame:
    rows = [
        {"population_row": i + 2, "resident_id": p.get("so_dinh_danh") or f"row:{i + 2}"} | p
        for i, p in enumerate(people)
    ]
    return normalize_residents(schema.RESIDENTS.conform(pl.DataFrame(rows, infer_schema_length=None)))


def mentions(*people: dict[str, Any]) -> pl.DataFrame:
    """Each dict is one mention; ``role`` and ``record`` (a name for the record) say where it stands, ``ngay_dang_ky`` when."""
    rows = []
    days = {}
    for i, p in enumerate(people):
        p = dict(p)
        role = p.pop("role", "nks")
        register = next(r for r, roles in schema.MENTION_ROLES.items() if role in roles)
        record = p.pop("record", f"r{i}")
        days[f"{register}.{record}"] = p.pop("ngay_dang_ky", "01.06.2005")
        number = sorted({q.get("record", f"r{j}") for j, q in enumerate(people)}).index(record)
        rows.append(
            {
                "record_id": f"{register}.{record}",
                "source_file": "so.csv",
                "source_row": number + 2,
                "register": register,
                "role": role,
            }
            | p
        )
    frame = schema.MENTIONS.conform(pl.DataFrame(rows, infer_schema_length=None))
    origin = frame.select("record_id", "source_file", "source_row", "register").unique(maintain_order=True)
    books = origin.with_columns(
        ngay_dang_ky=pl.col("record_id").replace_strict(days), noi_dang_ky=pl.lit(PLACE)
    )
    return normalize_mentions(frame, normalize_records(schema.RECORDS.conform(books)))


def crowd(count: int, seed: int = 0) -> list[dict[str, Any]]:
    """Return invented strangers, so that common and rare names have frequencies."""
    family = ["Nguyễn", "Trần", "Lê", "Phạm", "Vũ", "Đào", "Bùi"]
    middle = ["Văn", "Hữu", "Đức", "Quang", "Minh"]
    given = ["Hùng", "Dũng", "Long", "Sơn", "Tuấn", "Hải", "Bình", "Nam", "Khoa", "Phúc", "Thành"]
    people = []
    for i in range(count):
        k = (i + seed) * 7919
        name = f"{family[k % 7]} {middle[(k // 7) % 5]} {given[(k // 35) % 11]}"
        people.append(
            {
                "ho_ten": name.upper(),
                "ngay_sinh": f"{k % 28 + 1:02d}/{k % 12 + 1:02d}/{1950 + k % 55}",
                "gioi_tinh": "Nam",
                "dan_toc": "Kinh",
                "so_dinh_danh": f"0300{(50 + k % 55) % 100:02d}{100000 + i:06d}",
                "noi_dang_ky_khai_sinh": PLACE,
                "que_quan": PLACE,
                "ho_ten_cha": f"{family[k % 7]} Văn {given[(k // 11) % 11]}",
                "ho_ten_me": f"{family[(k // 3) % 7]} Thị {given[(k // 13) % 11]}",
            }
        )
    return people


def codes(field: str, levels: Levels) -> list[str | None]:
    """Return the codes of a field's levels, None where nothing is known."""
    return [None if level == UNKNOWN else FIELDS[field][level] for level in levels[field]]
