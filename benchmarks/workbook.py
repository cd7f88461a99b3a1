"""Time the writing of workbooks: ``python benchmarks/workbook.py --communes 235 --rows 1000``.

Rows are synthetic and use everything a workbook has: marked letters, drop-downs, candidates, missing persons.
"""

from __future__ import annotations

import argparse
import datetime as dt
import random
import tempfile
import time
from pathlib import Path

import polars as pl

from reconcile import schema
from reconcile.report.tables import ReportTables
from reconcile.report.workbook import write_workbooks

FAMILY = ["Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Vũ", "Đặng", "Bùi"]
MIDDLE = ["Văn", "Thị", "Hữu", "Đức", "Minh", "Thu"]
GIVEN = ["Hoà", "Thuỷ", "Lan", "Hằng", "Bình", "Tuấn", "Hùng", "Ngân", "Giang", "Phương"]


def tables(communes: int, rows: int) -> ReportTables:
    """Return ``rows`` births for each commune: 7 of 10 differ, 2 are to be confirmed, 1 is not found."""
    dice = random.Random(1)

    def name() -> str:
        return f"{dice.choice(FAMILY)} {dice.choice(MIDDLE)} {dice.choice(GIVEN)}"

    count = communes * rows
    frame = pl.DataFrame({"n": pl.int_range(count, eager=True)}).with_columns(
        commune_code=(10_000 + pl.col("n") // rows).cast(pl.String),
        number=pl.col("n") % rows % 100 + 1,
        book_year=1980 + pl.col("n") % rows // 100,
        book=pl.lit(1),
        register=pl.lit("KS"),
        role=pl.lit("nks"),
        record_id=pl.format("r{}", "n"),
        source_file=pl.lit("KS.xlsx"),
        source_row=pl.col("n") % rows + 2,
        population_row=pl.col("n") + 2,
        resident_id=pl.col("n").cast(pl.String).str.zfill(12),
        tier=pl.when(pl.col("n") % 10 < 7)
        .then(pl.lit("match"))
        .when(pl.col("n") % 10 < 9)
        .then(pl.lit("review"))
        .otherwise(pl.lit("none")),
        probability=pl.lit(0.6),
        rank=pl.lit(1),
        weight_ho_ten=pl.lit(3.0),
        evidence_ho_ten=pl.lit("exact"),
        weight_cha=pl.lit(-3.0),
        evidence_cha=pl.lit("different"),
        ngay_dang_ky=pl.lit("15.03.1990"),
        noi_dang_ky=pl.lit("UBND xã Cẩm Hoàng, huyện Cẩm Giàng, tỉnh Hải Dương"),
        noi_sinh=pl.lit("trạm y tế xã Cẩm Hoàng, huyện Cẩm Giàng"),
        que_quan=pl.lit("Cẩm Hoàng, Cẩm Giàng, Hải Dương"),
        severity=pl.col("n").mod(3).replace_strict({0: "critical", 1: "major", 2: "minor"}),
        discrepancy_id=pl.format("d{}", "n"),
        code=pl.lit("NAME_GIVEN"),
        field=pl.lit("ho_ten"),
        owner=pl.lit("xac_minh"),
        owner_reason=pl.lit("Bản ghi có từ trước năm 2016: hai cơ quan cùng xác minh."),
    )
    civil = frame.with_columns(
        *(
            pl.Series(column, [name() for _ in range(count)])
            for column in ("ho_ten", "ho_ten_cha", "ho_ten_me")
        ),
        ngay_sinh=pl.lit("03.05.1990"),
    )
    people = frame.with_columns(
        *(
            pl.Series(column, [name() for _ in range(count)])
            for column in ("ho_ten", "ho_ten_cha", "ho_ten_me")
        ),
        ngay_sinh=pl.lit("05/03/1990"),
    )
    found = frame.with_columns(
        civil_value=civil["ho_ten"],
        population_value=people["ho_ten"],
        message=pl.format(
            "Họ tên khác nhau: sổ ghi “{}”, dân cư ghi “{}”.", civil["ho_ten"], people["ho_ten"]
        ),
    )
    return ReportTables(
        records=schema.RECORDS.conform(frame),
        mentions=schema.NORMALIZED_MENTIONS.conform(civil),
        residents=schema.NORMALIZED_RESIDENTS.conform(people),
        links=schema.LINKS.conform(frame),
        candidates=schema.CANDIDATES.conform(frame.filter(pl.col("tier") == "review")),
        discrepancies=schema.DISCREPANCIES.conform(found.filter(pl.col("tier") == "match")),
    )


def main() -> None:
    """Parse the arguments, write into a temporary folder, print the seconds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--communes", type=int, default=1)
    parser.add_argument("--rows", type=int, default=5000)
    arguments = parser.parse_args()
    made = tables(arguments.communes, arguments.rows)
    with tempfile.TemporaryDirectory() as folder:
        start, worked = time.perf_counter(), time.process_time()
        paths = write_workbooks(Path(folder), made, run_id="benchmark", as_of=dt.date(2026, 11, 22))
        seconds, worked = time.perf_counter() - start, time.process_time() - worked
        size = sum(p.stat().st_size for p in paths)
    print(
        f"{len(paths)} workbooks, {arguments.communes * arguments.rows:,} rows: "
        f"{seconds:.1f} s ({worked:.1f} s of CPU), {size / 1e6:.1f} MB"
    )


if __name__ == "__main__":
    main()
