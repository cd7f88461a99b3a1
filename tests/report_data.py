"""Synthetic tables for the tests of the workbook: invented people, every sheet filled, values chosen by hand."""

from __future__ import annotations

import dataclasses
import datetime as dt
from itertools import count
from typing import Any

import polars as pl

from reconcile import schema
from reconcile.report.tables import ReportTables

AS_OF = dt.date(2026, 11, 22)
RUN_ID = "20261122-0a1b2c3d"
CAM_GIANG = "10912"
PLACE = {
    CAM_GIANG: "UBND xã Cẩm Hoàng, huyện Cẩm Giàng, tỉnh Hải Dương",
    "10915": "UBND xã Cẩm Văn, huyện Cẩm Giàng, tỉnh Hải Dương",
}


def record(
    register: str, year: int, book: int, number: int, commune: str | None = CAM_GIANG
) -> dict[str, Any]:
    return {
        "record_id": f"{register}.{commune}.{year}.{book:02}.{number}",
        "source_file": f"{commune or 'x'}/{register}.{year}.{book:02}.xlsx",
        "source_row": number + 1,
        "register": register,
        "so": f"{number:02}",
        "quyen_so": f"{book:02}/{year}",
        "trang_so": str(number),
        "ngay_dang_ky": f"15.03.{year}",
        "noi_dang_ky": PLACE.get(commune or ""),
        "number": number,
        "book": book,
        "book_year": year,
        "registered_earliest": dt.date(year, 3, 15),
        "registered_latest": dt.date(year, 3, 15),
        "commune_code": commune,
    }


def mention(of: dict[str, Any], role: str, name: str, born: str, **more: Any) -> dict[str, Any]:
    origin = {k: of[k] for k in ("record_id", "source_file", "source_row", "register", "commune_code")}
    return {**origin, "role": role, "ho_ten": name, "ngay_sinh": born, **more}


def resident(row: int, number: str, name: str, born: str, **more: Any) -> dict[str, Any]:
    return {
        "population_row": row, "resident_id": number, "so_dinh_danh": number,
        "ho_ten": name, "ngay_sinh": born, **more,
    }  # fmt: skip


def link(
    of: dict[str, Any], role: str, tier: str, person: dict[str, Any] | None, chance: float
) -> dict[str, Any]:
    origin = {k: of[k] for k in ("record_id", "source_file", "source_row", "register")}
    return {
        **origin,
        "role": role,
        "tier": tier,
        "resident_id": person and person["resident_id"],
        "population_row": person and person["population_row"],
        "probability": chance,
    }


def difference(
    ids: count[int], of: dict[str, Any], role: str, person: dict[str, Any] | None, field: str, code: str,
    severity: str, civil: str | None, population: str | None, owner: str, message: str,
    systematic: str | None = None,
) -> dict[str, Any]:  # fmt: skip
    return {
        "discrepancy_id": f"d{next(ids):04}",
        **{k: of[k] for k in ("record_id", "source_file", "source_row", "register", "commune_code")},
        "role": role,
        "resident_id": person and person["resident_id"],
        "population_row": person and person["population_row"],
        "field": field,
        "code": code,
        "severity": severity,
        "civil_value": civil,
        "population_value": population,
        "owner": owner,
        "owner_reason": "Bản ghi có từ trước năm 2016: hai cơ quan cùng xác minh (TT 01/2022 Điều 4 k.2).",
        "message": message,
        "systematic": systematic,
    }


def frame(table: schema.Table, rows: list[dict[str, Any]], **extra: Any) -> pl.DataFrame:
    return table.conform(
        pl.DataFrame(rows, schema={**table.polars, **extra} if rows else None, infer_schema_length=None)
    )


def small() -> ReportTables:
    """Two communes; the first has a row on every sheet."""
    ids = count(1)
    an = record("KS", 2016, 1, 52)
    binh = record("KS", 1985, 2, 7)
    chi = record("KS", 2016, 1, 9)
    cuoi = record("KH", 2010, 1, 3)
    tu = record("KT", 2012, 1, 11)
    group = [record("KS", 1999, 1, n) for n in range(1, 6)]
    other = record("KS", 2016, 1, 4, "10915")
    lost = record("KS", 2001, 1, 1, None)
    p_an = resident(
        2,
        "030216001234",
        "NGUYỄN THỊ HOÀ AN",
        "05/03/2016",
        sex=2,
        ho_ten_cha="NGUYỄN VĂN THỌ",
        ho_ten_me="TRẦN THỊ LỤA",
        que_quan="Cẩm Hoàng, Cẩm Giàng, Hải Dương",
    )
    p_binh = resident(3, "030085004321", "Phạm Văn Bình", "01/01/1985", sex=1)
    p_tu = resident(4, "030050000011", "Lê Thị Tư", "02/09/1950", sex=2)
    p_chong = resident(
        5,
        "030082000501",
        "Đỗ Hữu Nghĩa",
        "12/10/1982",
        sex=1,
        ho_ten_vo_chong="Vũ Thị Ngàn",
        que_quan="Cẩm Vũ",
    )
    p_chong2 = resident(6, "030083000777", "Đỗ Văn Nghĩa", "12/10/1983", sex=1)
    p_group = [
        resident(10 + n, f"03009900010{n}", f"Hoàng Văn Số {n}", f"{n:02}/10/1999", sex=1)
        for n in range(1, 6)
    ]
    p_other = resident(20, "030316000404", "Bùi Thị Xuân", "04/04/2016", sex=2)
    p_none = resident(
        21,
        "030188000909",
        "Đặng Thị Mùi",
        "09/09/1988",
        sex=2,
        noi_dang_ky_khai_sinh="Cẩm Hoàng, Cẩm Giàng, Hải Dương",
        birth_registration_unit=CAM_GIANG,
    )
    residents = [p_an, p_binh, p_tu, p_chong, p_chong2, *p_group, p_other, p_none]
    mentions = [
        mention(an, "nks", "Nguyễn Thị Hòa An", "03.05.2016", sex=2, ho_ten_cha="Nguyễn Văn Thọ", ho_ten_me="Trần Thị Lụa"),
        mention(an, "me", "Trần Thị Lụa", "1990"),
        mention(binh, "nks", "Phạm Văn Bính", "1985", sex=1),
        mention(chi, "nks", "=Cmd|'/C calc'!A0", "09.01.2016", sex=2),
        mention(cuoi, "chong", "Đỗ Hữu Nghĩa", "1982", sex=1, ho_ten_vo_chong="Vũ Thị Ngần", noi_cu_tru="Cẩm Vũ, Cẩm Giàng"),
        mention(cuoi, "vo", "Vũ Thị Ngần", "1985", sex=2),
        mention(tu, "nkt", "Lê Thị Tư", "02.09.1950", sex=2, ngay_chet="10.10.2012"),
        *(mention(r, "nks", f"Hoàng Văn Số {n}", f"10.{n:02}.1999", sex=1) for n, r in enumerate(group, start=1)),
        mention(other, "nks", "Bùi Thị Xuân", "04.04.2016", sex=2),
        mention(lost, "nks", "Trịnh Công Tâm", "2001", sex=1),
    ]  # fmt: skip
    links = [
        link(an, "nks", "match", p_an, 0.999),
        link(an, "me", "none", None, 0.0),
        link(binh, "nks", "match", p_binh, 0.97),
        link(chi, "nks", "none", None, 0.0),
        link(cuoi, "chong", "review", p_chong, 0.81),
        link(cuoi, "vo", "none", None, 0.0),
        link(tu, "nkt", "match", p_tu, 1.0),
        *(link(r, "nks", "match", p, 0.995) for r, p in zip(group, p_group, strict=True)),
        link(other, "nks", "match", p_other, 1.0),
        link(lost, "nks", "none", None, 0.0),
    ]
    swapped = "Ngày và tháng đổi chỗ cho nhau."
    discrepancies = [
        difference(ids, binh, "nks", p_binh, "ho_ten", "NAME_TONE", "minor", "Phạm Văn Bính", "Phạm Văn Bình", "xac_minh", "Tên khác dấu thanh: sổ ghi “Bính”, dân cư ghi “Bình”."),
        difference(ids, binh, "nks", p_binh, "ngay_sinh", "DOB_PARTIAL", "info", "1985", "01/01/1985", "cong_an", "Sổ chỉ có năm 1985; dân cư ghi ngày suy đoán 01/01."),
        difference(ids, an, "nks", p_an, "ngay_sinh", "DOB_DAY_MONTH_SWAPPED", "major", "03.05.2016", "05/03/2016", "xac_minh", swapped),
        difference(ids, tu, "nkt", p_tu, "tinh_trang_song", "DEAD_BUT_ALIVE", "critical", "đã chết ngày 10.10.2012", None, "cong_an", "Sổ khai tử ghi đã chết ngày 10.10.2012, dân cư vẫn ghi còn sống."),
        *(difference(ids, r, "nks", p, "ngay_sinh", "DOB_DAY_MONTH_SWAPPED", "major", f"10.{n:02}.1999", f"{n:02}/10/1999", "tu_phap", swapped, "KS.1999.01-swap") for n, (r, p) in enumerate(zip(group, p_group, strict=True), start=1)),
        difference(ids, chi, "nks", None, "ho_ten", "NOT_IN_POPULATION", "major", "=Cmd|'/C calc'!A0", None, "cong_an", "Không có ai trong dân cư có tên và ngày sinh này."),
        difference(ids, other, "nks", p_other, "dan_toc", "ETHNICITY", "minor", "Kinh", "Tày", "cong_an", "Dân tộc khác nhau."),
    ]  # fmt: skip
    candidates = [
        {**link(cuoi, "chong", "review", p_chong, 0.81), "rank": 1, "match_weight": 9.5, "evidence_ho_ten": "exact", "weight_ho_ten": 8.0, "evidence_ngay_sinh": "partial", "weight_ngay_sinh": 3.0, "evidence_vo_chong": "different", "weight_vo_chong": -1.5},
        {**link(cuoi, "chong", "review", p_chong2, 0.12), "rank": 2, "match_weight": 1.5, "evidence_ho_ten": "middle", "weight_ho_ten": 4.0, "evidence_ngay_sinh": "different", "weight_ngay_sinh": -2.5, "evidence_vo_chong": None, "weight_vo_chong": 0.0},
    ]  # fmt: skip
    rejected = [
        {"source_file": group[0]["source_file"], "source_sheet": "DL Import", "source_row": 9, "register": "KS", "column": "nksNgaySinh", "value": "31.02.1999", "code": "BAD_DATE", "reason": "Ngày 31 tháng 2 không có thật.", "advice": "Xem lại sổ giấy và sửa ô này.", "fatal": False},
        {"source_file": "10912/hong.xlsx", "register": "KS", "code": "NOT_A_WORKBOOK", "reason": "Tệp không phải là sổ Excel.", "advice": "Lưu lại ở định dạng .xlsx.", "fatal": True, "commune_code": CAM_GIANG},
    ]  # fmt: skip
    faults = [
        {"rule_id": "words_against_figures", "dimension": "consistency", "severity": "major", **{k: an[k] for k in ("record_id", "source_file", "source_row", "register", "commune_code")}, "role": "nks", "field": "ngay_sinh", "value": "03.05.2016", "message": "Ngày ghi bằng số và bằng chữ khác nhau: số ghi 03.05.2016, chữ ghi “ngày năm tháng ba”."},
    ]  # fmt: skip
    evidence = {"evidence_ho_ten": pl.String, "weight_ho_ten": pl.Float64, "evidence_ngay_sinh": pl.String, "weight_ngay_sinh": pl.Float64, "evidence_vo_chong": pl.String, "weight_vo_chong": pl.Float64}  # fmt: skip
    return ReportTables(
        records=frame(schema.RECORDS, [an, binh, chi, cuoi, tu, *group, other, lost]),
        mentions=frame(schema.NORMALIZED_MENTIONS, mentions),
        residents=frame(schema.NORMALIZED_RESIDENTS, residents),
        links=frame(schema.LINKS, links),
        candidates=frame(schema.CANDIDATES, candidates, **evidence),
        discrepancies=frame(schema.DISCREPANCIES, discrepancies),
        rejected=frame(schema.REJECTED, rejected),
        validation=frame(schema.VALIDATION, faults),
        residents_without_birth=pl.DataFrame(
            {"resident_id": [p_none["resident_id"]], "commune_code": [CAM_GIANG]}
        ),
        duplicates=pl.DataFrame(
            {
                "record_id": [an["record_id"], chi["record_id"]],
                "other_record_id": [chi["record_id"], other["record_id"]],
                "reason": ["Cùng ngày sinh, cùng cha mẹ, tên gần giống."] * 2,
            }
        ),
        systematic=pl.DataFrame(
            {
                "systematic": ["KS.1999.01-swap"],
                "message": ["Cả quyển KS 01/1999 ghi đổi chỗ ngày và tháng sinh (5 dòng)."],
                "decision": [
                    "Đề nghị một quyết định chung: đổi lại ngày và tháng cho cả nhóm sau khi soát vài dòng với sổ gốc."
                ],
            }
        ),
    )


def replace(tables: ReportTables, **changed: pl.DataFrame) -> ReportTables:
    """Return the tables with some of them exchanged."""
    return dataclasses.replace(tables, **changed)
