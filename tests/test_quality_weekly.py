"""The Friday report: numbers equal SQL, what people wrote survives, what was sent is frozen, pace and working days."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import docx
import duckdb
import openpyxl
import polars as pl
import pytest
from quality_data import invented_history

from reconcile.publishing import file_sha256
from reconcile.quality.decided import register_cleared
from reconcile.quality.history import keep
from reconcile.quality.readiness import readiness
from reconcile.quality.settings import Office, Plan
from reconcile.quality.tables import RunFrames
from reconcile.quality.weekly import columns
from reconcile.quality.weekly_publish import write_weekly
from reconcile.quality.weekly_workbook import FIRST_ROW, TABLE_SHEET, TEXT_SHEET, TITLES
from reconcile.quality.workdays import after_working_days, holidays, is_working, pace, week_of, working_days
from reconcile.schema import DISCREPANCIES, LINKS

FRIDAY = dt.date(2026, 11, 20)
NEXT = dt.date(2026, 11, 27)


@pytest.fixture
def measures(tmp_path: Path) -> Path:
    folder = tmp_path / "measures"
    for frame in invented_history(3, 16, NEXT):
        keep(folder, frame)
    return folder


@pytest.fixture
def office() -> Office:
    totals = pl.DataFrame(
        {"commune": ["10001"], "register": ["KS"], "period": ["-2005"], "books": [9], "records": [5000]}
    )
    plan = Plan(deadline=dt.date(2027, 3, 31), totals=totals)
    return Office(
        "Huyện Mẫu", kind="district", names={f"1000{n}": f"Xã Mẫu {n}" for n in range(3)}, plan=plan
    )


def table(file: Path) -> list[dict[str, Any]]:
    sheet = openpyxl.load_workbook(file)[TABLE_SHEET]
    names = ["commune", "register", "period", "number", "unit", "kind", "time", *(c.key for c in columns())]
    rows = [dict(zip(names, r, strict=False)) for r in sheet.iter_rows(min_row=FIRST_ROW, values_only=True)]
    return [r for r in rows if r["register"]]


def fill(file: Path, sheet: str, row: int, column: int, value: object) -> None:
    book = openpyxl.load_workbook(file)
    book[sheet].cell(row, column, value)
    book.save(file)


def test_the_report_equals_sql_over_the_measures(measures: Path, office: Office, tmp_path: Path) -> None:
    write_weekly(measures, tmp_path / "weekly", office, until=FRIDAY)
    shown = table(tmp_path / "weekly" / "2026-11-20" / "bao-cao_khu-vuc.xlsx")
    with duckdb.connect() as sql:
        for view, day in (("now", "2026-11-20"), ("before", "2026-11-13")):
            sql.execute(f"CREATE VIEW {view} AS SELECT * FROM read_parquet('{measures}/{day}.parquet')")
        expected = sql.execute(
            """SELECT commune, register, period,
                sum(numerator) FILTER (measure_id = 'records')::BIGINT,
                sum(numerator) FILTER (measure_id = 'records')::BIGINT - (SELECT sum(numerator) FROM before b WHERE
                    b.measure_id = 'records' AND (b.commune, b.register, b.period) = (n.commune, n.register, n.period))::BIGINT,
                coalesce(sum(numerator) FILTER (measure_id = 'state' AND rule = 'agreeing'), 0)::BIGINT,
                coalesce(sum(numerator) FILTER (measure_id = 'state' AND rule = 'differing'), 0)::BIGINT,
                sum(numerator) FILTER (measure_id = 'ready')::BIGINT
            FROM now n WHERE register <> '' GROUP BY commune, register, period
            HAVING sum(numerator) FILTER (measure_id = 'records') > 0"""
        ).fetchall()
    keys = ("commune", "register", "period", "entered", "entered_week", "agreeing", "differing", "ready")
    assert sorted(tuple(r[k] for k in keys) for r in shown) == sorted(expected)
    planned = next(r for r in shown if (r["commune"], r["register"], r["period"]) == ("10001", "KS", "-2005"))
    assert planned["left"] == 5000 - planned["entered"]
    assert planned["percent"] == pytest.approx(planned["entered"] / 5000)


def test_what_people_wrote_survives_and_what_was_sent_is_frozen(
    measures: Path, office: Office, tmp_path: Path
) -> None:
    out = tmp_path / "weekly"
    write_weekly(measures, out, office, until=dt.date(2026, 11, 16))
    own, area = (out / "2026-11-20" / f"bao-cao_{n}.xlsx" for n in ("10001", "khu-vuc"))
    fill(own, TEXT_SHEET, 2, 3, "Thiếu máy quét khổ A3.")
    by_hand = len(TITLES) + 1 + next(n for n, c in enumerate(columns()) if c.key == "approved")
    fill(area, TABLE_SHEET, FIRST_ROW, by_hand, 7)
    sent = write_weekly(measures, out, office, until=FRIDAY, send=True)
    hashes = {f: file_sha256(f) for f in sent.files}
    assert table(area)[0]["approved"] == 7
    letter = "\n".join(p.text for p in docx.Document(str(area.with_suffix(".docx"))).paragraphs)
    assert "Xã Mẫu 1: Thiếu máy quét khổ A3." in letter

    # Nothing changed: nothing is written. Then a number of that Friday changes.
    again = write_weekly(measures, out, office, until=FRIDAY)
    assert (again.frozen, again.corrections, again.files) == (True, 0, [])
    changed = pl.read_parquet(measures / "2026-11-20.parquet").with_columns(
        pl.when((pl.col("measure_id") == "records") & (pl.col("commune") == "10002"))
        .then(pl.col("numerator") + 1)
        .otherwise("numerator")
        .alias("numerator")
    )
    keep(measures, changed)
    corrected = write_weekly(measures, out, office, until=FRIDAY)
    assert corrected.corrections > 0
    assert {f: file_sha256(f) for f in hashes} == hashes, "what was sent stays as it was sent"

    following = write_weekly(measures, out, office, until=NEXT)
    assert not following.frozen
    new = out / "2026-11-27" / "bao-cao_khu-vuc.xlsx"
    assert "Đính chính" in openpyxl.load_workbook(new).sheetnames
    text = "\n".join(p.text for p in docx.Document(str(new.with_suffix(".docx"))).paragraphs)
    assert "Thiếu máy quét khổ A3." in text
    assert "ĐÍNH CHÍNH SỐ LIỆU ĐÃ BÁO CÁO" in text
    was = {(r["commune"], r["register"], r["period"]): r["entered"] for r in table(area)}
    for row in table(new):
        assert row["entered"] == was[row["commune"], row["register"], row["period"]] + row["entered_week"]


def test_the_letter_has_the_form_of_an_administrative_report(
    measures: Path, office: Office, tmp_path: Path
) -> None:
    write_weekly(measures, tmp_path / "weekly", office, until=FRIDAY)
    letter = docx.Document(str(tmp_path / "weekly" / "2026-11-20" / "bao-cao_khu-vuc.docx"))
    head = " ".join(c.text for row in letter.tables[0].rows for c in row.cells)
    assert "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM" in head
    assert "Độc lập - Tự do - Hạnh phúc" in head
    assert "ngày 20 tháng 11 năm 2026" in head
    body = "\n".join(p.text for p in letter.paragraphs)
    assert "(Tuần từ 14/11/2026 đến 20/11/2026)" in body
    assert "Nơi nhận" in " ".join(c.text for c in letter.tables[-1].rows[0].cells)
    assert letter.styles["Normal"].font.name == "Times New Roman"


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (dt.date(2026, 11, 20), True),
        (dt.date(2026, 11, 21), False),   # Saturday
        (dt.date(2026, 2, 16), False),    # the eve of Tết Bính Ngọ
        (dt.date(2026, 2, 17), False),    # Tết
        (dt.date(2026, 2, 20), False),    # fourth day
        (dt.date(2026, 2, 23), True),
        (dt.date(2026, 9, 2), False),
        (dt.date(2027, 4, 16), False),    # Giỗ Tổ Hùng Vương
    ],
)  # fmt: skip
def test_working_days_know_weekends_and_holidays(day: dt.date, works: bool) -> None:
    assert is_working(day) is works


def test_the_plan_of_the_province_takes_its_74_days() -> None:
    start = dt.date(2022, 11, 20)
    end = after_working_days(start, 74)
    assert working_days(start + dt.timedelta(days=1), end) == 74
    assert pytest.approx(1_730_000, rel=0.01) == 235 * 100 * 74
    assert len(holidays(2026)) == 11


@pytest.mark.parametrize(
    ("done", "total", "since", "per_day", "late"),
    [
        (1000, 2000, (dt.date(2026, 11, 13), 500), 100.0, False),
        (1000, 9000, (dt.date(2026, 11, 13), 500), 100.0, True),
        (1000, None, (dt.date(2026, 11, 13), 500), 100.0, None),
        (1000, 2000, None, None, None),
        (2000, 2000, (dt.date(2026, 11, 13), 2000), 0.0, False),
        (1000, 2000, (dt.date(2026, 11, 13), 1000), 0.0, True),
    ],
)
def test_pace_and_forecast(
    done: int, total: int | None, since: tuple[dt.date, int] | None, per_day: float | None, late: bool | None
) -> None:
    told = pace(FRIDAY, done, total, since, deadline=dt.date(2026, 12, 31), planned_per_day=100)
    assert (told.per_day, told.late) == (per_day, late)
    if total == 2000 and since and done == 1000 and per_day:
        assert told.finish == dt.date(2026, 12, 4)
        assert told.needed == pytest.approx(1000 / 29)


def test_the_week_runs_from_saturday_to_friday() -> None:
    assert week_of(dt.date(2026, 11, 21)) == (dt.date(2026, 11, 21), dt.date(2026, 11, 27))
    assert week_of(FRIDAY) == (dt.date(2026, 11, 14), FRIDAY)


def frames(*differing: str) -> RunFrames:
    ids = ["KS.10543.2010.01.1", "KS.10543.2010.01.2", "KS.10543.2011.02.1"]
    links = LINKS.conform(pl.DataFrame({"record_id": ids, "register": "KS", "role": "nks", "tier": "match"}))
    found = pl.DataFrame(
        {"discrepancy_id": [f"d-{i}" for i in differing], "record_id": list(differing)},
        schema={"discrepancy_id": pl.String, "record_id": pl.String},
    ).with_columns(
        code=pl.lit("SEX"), severity=pl.lit("major"), role=pl.lit("nks"), field=pl.lit("gioi_tinh")
    )
    return RunFrames(links, DISCREPANCIES.conform(found))


def test_a_book_is_ready_when_nothing_in_it_is_open() -> None:
    books = readiness(frames("KS.10543.2010.01.2"))
    assert books.select("year", "records", "ready", "why").rows() == [
        (2010, 2, 1, "1 bản ghi còn sai lệch chưa xử lý"),
        (2011, 1, 1, ""),
    ]


@pytest.mark.parametrize(
    ("conclusion", "ready"), [("Sửa dân cư", 2), ("Cả hai đúng", 2), ("Sửa hộ tịch", 1), ("Cần xác minh", 1)]
)
def test_a_row_waits_only_for_what_the_register_must_put_right(conclusion: str, ready: int) -> None:
    cleared = register_cleared(
        pl.DataFrame({"case_id": ["d-KS.10543.2010.01.2"], "conclusion": [conclusion]})
    )
    assert readiness(frames("KS.10543.2010.01.2"), cleared=cleared)["ready"][0] == ready
