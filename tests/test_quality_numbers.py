"""Every number of the scorecard and of the Friday report equals independent SQL over the measures' Parquet files.

Page, workbook, JSON, table and letter are read as files; nothing of the program's own sums is used to expect them.
"""

from __future__ import annotations

import datetime as dt
import html
import json
import math
import re
from collections import defaultdict
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import docx
import duckdb
import openpyxl
import polars as pl
import pytest
from quality_data import invented_history

from reconcile.quality.history import keep
from reconcile.quality.publish import write_scorecard
from reconcile.quality.settings import Office, Plan
from reconcile.quality.weekly_publish import write_weekly

LAST, YESTERDAY, WEEK_AGO = dt.date(2026, 11, 20), dt.date(2026, 11, 19), dt.date(2026, 11, 13)
COMMUNES = 5
HEADS = ("complete", "valid", "unique", "agreeing", "register_right", "fresh")
PERIODS = ("-2005", "2006-2012", "2013-2015", "2016-2018", "2019-")
PLANNED = [
    (f"{10000 + n}", r, p, 3, 2000) for n in range(COMMUNES) for r in ("KS", "KH", "KT") for p in PERIODS
]

Key = tuple[Any, ...]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("numbers")
    for frame in invented_history(COMMUNES, 9, LAST):
        keep(folder / "measures", frame)
    columns = ["commune", "register", "period", "books", "records"]
    plan = Plan(deadline=dt.date(2027, 3, 31), totals=pl.DataFrame(PLANNED, schema=columns, orient="row"))
    names = {f"{10000 + n}": f"Xã Mẫu Số {n}" for n in range(COMMUNES)}
    office = Office("Huyện Mẫu", "district", names, plan=plan)
    write_scorecard(folder / "measures", folder / "card", office)
    write_weekly(folder / "measures", folder / "weekly", office, until=LAST)
    return folder


def rows(made: Path, query: str) -> list[Key]:
    """Run SQL over today's measures ``m``, once for every commune and once for all (``*``); ``y``, ``w``: earlier days."""
    with duckdb.connect() as sql:
        for name, day in (("m", LAST), ("y", YESTERDAY), ("w", WEEK_AGO)):
            file = f"read_parquet('{made}/measures/{day}.parquet')"
            sql.execute(
                f"CREATE VIEW {name} AS SELECT * FROM {file} UNION ALL SELECT * REPLACE ('*' AS commune) FROM {file}"
            )
        return sql.execute(query).fetchall()


def table(made: Path, query: str, keys: int) -> dict[Key, Key]:
    return {row[:keys]: row[keys:] for row in rows(made, query)}


@pytest.fixture(scope="module")
def told(made: Path) -> dict[str, Any]:
    card = json.loads((made / "card" / "scorecard.json").read_text(encoding="utf-8"))
    return {"*": card["area"], **card["communes"], "card": card}


def cards(told: dict[str, Any]) -> list[tuple[str, Any]]:
    return [(code, one) for code, one in told.items() if code != "card"]


SHARES = """SELECT commune, measure_id, sum(numerator)::BIGINT, sum(denominator)::BIGINT FROM {0}
    WHERE denominator IS NOT NULL GROUP BY ALL"""


def interval(n: int, d: int) -> tuple[float, float]:
    """The score interval, solved from its definition |p - share| = z * sqrt(p (1 - p) / d)."""
    z, share = 1.959963984540054, n / d
    a, b, c = 1 + z * z / d, -(2 * share + z * z / d), share * share
    root = math.sqrt(max(0.0, b * b - 4 * a * c))
    return max(0.0, (-b - root) / (2 * a)), min(1.0, (-b + root) / (2 * a))


def test_shares_intervals_changes_and_trends(made: Path, told: dict[str, Any]) -> None:
    now, yesterday, week = (table(made, SHARES.format(day), 2) for day in "myw")
    daily = {day: pl.read_parquet(made / "measures" / f"{day}.parquet") for day in
             (LAST - dt.timedelta(days=n) for n in range(9))}  # fmt: skip
    checked = 0
    for code, one in cards(told):
        for row in [*one["dimensions"], *one["others"]]:
            n, d = now.get((code, row["measure"]), (0, 0))
            assert (row["numerator"], row["denominator"]) == (n, d)
            if not d:
                continue
            assert row["share"] == pytest.approx(n / d, abs=1e-6)
            assert (row["low"], row["high"]) == pytest.approx(interval(n, d), abs=2e-6)
            checked += 1
            for key, before in (("day_change", yesterday), ("week_change", week)):
                if key in row and (code, row["measure"]) in before and before[code, row["measure"]][1]:
                    n0, d0 = before[code, row["measure"]]
                    assert row[key] == pytest.approx(n / d - n0 / d0, abs=2e-6)
        for row in one["dimensions"]:
            for day, share in row["trend"]:
                frame = daily[dt.date.fromisoformat(day)].filter(pl.col("measure_id") == row["measure"])
                mine = frame if code == "*" else frame.filter(pl.col("commune") == code)
                assert share == pytest.approx(mine["numerator"].sum() / mine["denominator"].sum(), abs=2e-6)
    assert checked > 50


def test_cuts_by_register_and_period(made: Path, told: dict[str, Any]) -> None:
    for cut in ("register", "period"):
        expected = table(
            made,
            f"""SELECT commune, {cut}, dimension, sum(numerator)::BIGINT, sum(denominator)::BIGINT FROM m
            WHERE measure_id IN {HEADS} GROUP BY ALL HAVING sum(denominator) > 0""",
            3,
        )
        shown = {
            (code, row["key"], dimension): (s["numerator"], s["denominator"])
            for code, one in cards(told)
            for row in one["cuts"]
            if row["cut"] == cut
            for dimension, s in row["shares"].items()
            if s
        }
        assert shown == expected


def test_rules_and_where_they_fail(made: Path, told: dict[str, Any]) -> None:
    query = """SELECT commune, measure_id, rule, sum(numerator)::BIGINT, sum(denominator)::BIGINT FROM m
        WHERE measure_id IN ('field_filled', 'rule_passed', 'field_agrees') GROUP BY ALL HAVING sum(denominator) > sum(numerator)"""
    expected = table(made, query, 3)
    shown = {
        (code, r["measure"], r["rule"]): (r["numerator"], r["denominator"])
        for code, one in cards(told)
        for r in one["rules"]
    }
    assert shown == expected
    for r in told["*"]["rules"]:
        assert r["failing"] == r["denominator"] - r["numerator"]
        by_place = {
            c: d - n
            for (c, m, rule), (n, d) in expected.items()
            if c != "*" and (m, rule) == (r["measure"], r["rule"])
        }
        assert {p["commune"]: p["failing"] for p in r["places"]}.items() <= by_place.items()
        assert [p["failing"] for p in r["places"]] == sorted(by_place.values(), reverse=True)[:5]


def test_discrepancies_causes_books_decisions_and_signatures(made: Path, told: dict[str, Any]) -> None:
    codes = table(
        made,
        "SELECT commune, rule, source, sum(numerator)::BIGINT FROM m WHERE measure_id = 'discrepancies' GROUP BY ALL",
        3,
    )
    shown = {
        (code, c["code"], owner): (c[owner],)
        for code, one in cards(told) for c in one["codes"] for owner in ("tu_phap", "cong_an", "xac_minh") if c[owner]
    }  # fmt: skip
    assert shown == codes
    assert all(
        c["total"] == c["tu_phap"] + c["cong_an"] + c["xac_minh"] for _, o in cards(told) for c in o["codes"]
    )

    causes = table(
        made,
        """SELECT commune, rule, sum(numerator) FILTER (measure_id = 'cause_groups')::BIGINT,
        sum(numerator) FILTER (measure_id = 'cause_rows')::BIGINT FROM m WHERE dimension = 'causes' GROUP BY ALL""",
        2,
    )
    assert {
        (c, k["code"]): (k["groups"], k["rows"]) for c, one in cards(told) for k in one["causes"]
    } == causes

    books = table(
        made,
        """SELECT commune, register, period, """
        + ", ".join(
            f"coalesce(sum(numerator) FILTER ({test}), 0)::BIGINT"
            for test in (
                "measure_id = 'books'", "measure_id = 'records'", "rule = 'agreeing'", "rule = 'differing'",
                "rule = 'review'", "rule = 'missing'", "measure_id = 'scans'", "measure_id = 'ready'",
            )
        )
        + " FROM m WHERE measure_id IN ('books', 'records', 'scans', 'ready', 'state') GROUP BY ALL",
        3,
    )  # fmt: skip
    keys = ("books", "records", "agreeing", "differing", "review", "missing", "scans", "ready")
    assert {
        (code, b["register"], b["period"]): tuple(b[k] or 0 for k in keys)
        for code, one in cards(told) for b in one["books"]
    } == books  # fmt: skip

    counts = table(
        made,
        """SELECT commune, measure_id, rule, sum(numerator)::BIGINT FROM m
        WHERE measure_id IN ('decisions', 'age', 'conclusions', 'decided_in_week', 'carried_out') GROUP BY ALL""",
        3,
    )
    assert {
        (code, measure, rule): (n,)
        for code, one in cards(told)
        for measure in ("decisions", "age", "conclusions", "decided_in_week", "carried_out")
        for rule, n in one["decisions"][measure].items()
    } == counts
    earlier = {key: table(made, f"SELECT commune, rule, sum(numerator)::BIGINT FROM {view} WHERE measure_id = 'decisions' GROUP BY ALL", 2)
               for key, view in (("yesterday", "y"), ("last_week", "w"))}  # fmt: skip
    for key, expected in earlier.items():
        assert {(c, r): (n,) for c, one in cards(told) for r, n in one["decisions"][key].items()} == expected

    signed = table(
        made,
        """SELECT commune, measure_id, rule, sum(numerator)::BIGINT FROM m
        WHERE dimension = 'approval' GROUP BY ALL HAVING sum(numerator) > 0""",
        3,
    )
    states = {
        (c, "book_state", s): (n,)
        for c, o in cards(told) if o["approval"] for s, n in o["approval"]["books"].items() if n
    }  # fmt: skip
    records = {
        (c, k, ""): (o["approval"][k],)
        for c, o in cards(told) if o["approval"] for k in ("approved", "converted") if o["approval"][k]
    }  # fmt: skip
    assert states | records == signed


def test_volume_pace_need_and_what_is_left(made: Path, told: dict[str, Any]) -> None:
    query = "SELECT commune, sum(numerator)::BIGINT FROM {} WHERE measure_id = 'records' GROUP BY ALL"
    now, yesterday, week = (table(made, query.format(day), 1) for day in "myw")
    opened = table(
        made,
        "SELECT commune, sum(numerator)::BIGINT FROM m WHERE measure_id = 'decisions' AND rule = 'open' GROUP BY ALL",
        1,
    )
    ready = table(
        made, "SELECT commune, sum(numerator)::BIGINT FROM m WHERE measure_id = 'ready' GROUP BY ALL", 1
    )
    for code, one in cards(told):
        records = one["records"]
        assert (records["now"], records["yesterday"], records["week_ago"]) == (
            now[code,][0], yesterday[code,][0], week[code,][0],
        )  # fmt: skip
        assert one["open"] == opened.get((code,), (0,))[0]
        assert one["left"] == now[code,][0] - ready[code,][0]
        units = COMMUNES if code == "*" else 1
        assert (one["pace"]["done"], one["pace"]["total"]) == (now[code,][0], units * 15 * 2000)
        first = pl.read_parquet(made / "measures" / "2026-11-12.parquet").filter(
            pl.col("measure_id") == "records"
        )
        begun = (first if code == "*" else first.filter(pl.col("commune") == code))["numerator"].sum()
        assert one["pace"]["per_day"] == pytest.approx((now[code,][0] - begun) / 6, abs=1e-5), (
            "13, 16 to 20 November"
        )
        lacking = [
            max(1, round(r["target"] * r["denominator"] - r["numerator"])) for r in one["dimensions"]
            if r["denominator"] >= 30 and interval(r["numerator"], r["denominator"])[1] < r["target"]
        ]  # fmt: skip
        assert one["need"]["cases"] == sum(lacking)


class Tables(HTMLParser):
    """Reads a page as section → rows of cells, and section → facts."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.section = ""
        self.rows: dict[str, list[list[str]]] = defaultdict(list)
        self.cell: list[str] | None = None
        self.deep = 0
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "section":
            self.section = dict(attrs).get("id") or ""
        elif tag == "tr" or tag == "dt":
            self.rows[self.section].append([])
        if tag in ("td", "th", "dt", "dd"):
            self.cell = []
        self.deep += tag == "details"

    def handle_endtag(self, tag: str) -> None:
        self.deep -= tag == "details"
        if tag in ("td", "th", "dt", "dd") and self.cell is not None:
            self.rows[self.section][-1].append(" ".join("".join(self.cell).replace("\u00a0", " ").split()))
            self.cell = None

    def handle_data(self, data: str) -> None:
        in_drill = self.deep and self.section == "quy-tac"
        if self.cell is not None and not in_drill:
            self.cell.append(data)


def dots(value: float) -> str:
    return f"{round(value):,}".replace(",", ".")


def per_cent(n: float, d: float = 1) -> str:
    value = n / d * 100
    return f"{99.9 if value < 100 and round(value, 1) >= 100 else value:.1f} %".replace(".", ",")


def test_every_table_of_the_page_shows_the_numbers_of_sql(made: Path, told: dict[str, Any]) -> None:
    """The JSON was held to SQL above; here each printed cell is held to SQL, or to the JSON where that was checked."""
    shown = Tables((made / "card" / "index.html").read_text(encoding="utf-8")).rows
    now = table(made, SHARES.format("m"), 2)
    area = told["*"]

    body = {row[0]: row[1:] for row in shown["sai-lech"][1:]}
    assert body == {
        **{
            c["title"]: [dots(c[k]) for k in ("tu_phap", "cong_an", "xac_minh", "total")]
            for c in area["codes"]
        },
        "Tổng": [dots(sum(c[k] for c in area["codes"])) for k in ("tu_phap", "cong_an", "xac_minh", "total")],
    }
    for row, r in zip(shown["quy-tac"][1:], area["rules"][:15], strict=True):
        assert row[0].startswith(r["title"])
        assert row[2:5] == [
            dots(r["failing"]),
            dots(r["denominator"]),
            per_cent(r["numerator"], r["denominator"]),
        ]
    keys = ("books", "records", "agreeing", "differing", "missing", "ready")
    for row, b in zip(shown["so"][1:-1], area["books"], strict=True):
        assert [row[2], row[3], *row[5:]] == [dots(b[k]) for k in keys]
    assert [c for c in shown["so"][-1][1:] if c] == [dots(sum(b[k] for b in area["books"])) for k in keys]

    for row in shown["cac-xa"][1:]:
        code, one = next((c, o) for c, o in cards(told) if o["name"] == row[0])
        shares = [now.get((code, m), (0, 0)) for m in HEADS]
        total, ready = (sum(b[k] for b in one["books"]) for k in ("records", "ready"))
        cells = [re.sub(r" [✕?]$", "", c) for c in row[1:]]
        assert cells == [
            dots(total), *(per_cent(n, d) if d else "–" for n, d in shares),
            dots(one["open"]), dots(one["need"]["cases"]), per_cent(ready, total),
        ]  # fmt: skip
    assert len(shown["cac-xa"]) == COMMUNES + 1

    changes = {row[0]: row[1] for row in shown["thay-doi"][1:]}
    for title, rule in (
        ("Kết luận đã nhận", "returned"),
        ("Kết luận không dùng được", "refused"),
        ("Đã sửa xong", "applied"),
    ):
        assert changes[title] == dots(area["decisions"]["decisions"][rule])
    assert changes["Bản ghi đã nhập"] == dots(area["records"]["now"])
    facts = {row[0]: row[1] for row in shown["ket-luan"]}
    assert facts["Chưa có kết luận"] == dots(area["open"])
    assert facts["đến thứ Sáu 20/11/2026"] == dots(area["decisions"]["decided_in_week"]["2026-11-20"])
    signed = {row[0]: row[1] for row in shown["phe-duyet"]}
    assert signed["Bản ghi đã phê duyệt"] == dots(area["approval"]["approved"])
    plan = {row[0]: row[1] for row in shown["ke-hoach"]}
    done, total = area["pace"]["done"], COMMUNES * 15 * 2000
    assert plan["Đã nhập"] == f"{dots(done)} bản ghi trong {dots(total)} ({per_cent(done, total)})"
    assert plan["Còn lại"] == dots(total - done)
    cuts = [row for row in shown["sau-mat"] if row[0] in ("Khai sinh", "2016–2018")]
    for row, key in zip(cuts, ("KS", "2016-2018"), strict=True):
        shares = next(r["shares"] for r in area["cuts"] if r["key"] == key).values()
        wanted = [
            f"{per_cent(s['numerator'], s['denominator'])}{dots(s['numerator'])} / {dots(s['denominator'])}"
            for s in shares
        ]
        assert row[1:] == wanted


def test_every_sheet_of_the_workbook(made: Path, told: dict[str, Any]) -> None:
    book = openpyxl.load_workbook(made / "card" / "scorecard.xlsx", read_only=True)
    sheets = {
        name: [list(r) for r in book[name].iter_rows(min_row=2, values_only=True)] for name in book.sheetnames
    }
    by_code = [("", told["*"]), *((c, o) for c, o in cards(told) if c != "*")]
    assert [r[2:4] for r in sheets["Tổng hợp"]] == [
        [d["numerator"], d["denominator"]] for d in told["*"]["dimensions"]
    ]
    assert {r[0]: (r[2], r[-2], r[-1]) for r in sheets["Các xã"]} == {
        c: (o["records"]["now"], o["open"], sum(b["ready"] for b in o["books"])) for c, o in by_code if c
    }
    assert [(r[1], r[3]) for r in sheets["Lỗi"]] == [(r["rule"], r["failing"]) for r in told["*"]["rules"]]
    assert [[r[0] or "", r[3], *r[4:]] for r in sheets["Sai lệch"]] == [
        [code, c["code"], c["tu_phap"], c["cong_an"], c["xac_minh"], c["total"]]
        for code, o in by_code
        for c in o["codes"]
    ]
    keys = ("books", "records", "agreeing", "differing", "review", "missing", "scans", "ready")
    assert [r[4:] for r in sheets["Sổ và giai đoạn"]] == [
        [b[k] for k in keys] for _, o in by_code for b in o["books"]
    ]
    assert [r[5:7] for r in sheets["Theo loại sổ, giai đoạn"]] == [
        [s["numerator"], s["denominator"]]
        for _, o in by_code
        for r in o["cuts"]
        for s in r["shares"].values()
        if s
    ]
    assert [r[4:6] for r in sheets["Số đo khác"]] == [
        [r["numerator"], r["denominator"]] for _, o in by_code for r in o["others"]
    ]
    assert [r[2:] for r in sheets["Phê duyệt"]] == [
        [*o["approval"]["books"].values(), o["approval"]["approved"], o["approval"]["converted"]]
        for _, o in by_code
        if o["approval"]
    ]
    raw = rows(
        made,
        "SELECT commune, measure_id, register, source, sum(numerator)::BIGINT, sum(denominator)::BIGINT FROM m WHERE commune <> '*' GROUP BY ALL",
    )
    assert sorted([tuple("" if v is None else v for v in r) for r in sheets["Số đo"]]) == sorted(
        tuple("" if v is None else v for v in (*r[:5], r[5] or 0)) for r in raw
    )


WEEKLY = """SELECT commune, register, period,
    {sums}
    FROM m WHERE register <> '' GROUP BY ALL"""
WEEKLY_COLUMNS = {
    "Số quyển": "measure_id = 'books'",
    "Đã nhập (lũy kế)": "measure_id = 'records'",
    "Đã có PDF": "measure_id = 'scans'",
    "Đã đối chiếu dân cư": "measure_id = 'records'",
    "Khớp": "measure_id = 'state' AND rule = 'agreeing'",
    "Sai lệch (bản ghi)": "measure_id = 'state' AND rule = 'differing'",
    "Sai lệch: họ tên": "measure_id = 'differing_in' AND rule = 'ho_ten'",
    "Sai lệch: ngày sinh": "measure_id = 'differing_in' AND rule = 'ngay_sinh'",
    "Chờ xác nhận người": "measure_id = 'state' AND rule = 'review'",
    "Chưa tìm thấy trong dân cư": "measure_id = 'state' AND rule = 'missing'",
    "Tư pháp đã xử lý": "measure_id = 'carried_out' AND source = 'tu_phap'",
    "Đã chuyển công an": "measure_id = 'conclusions' AND rule = 'Sửa dân cư'",
    "Công an đã xử lý": "measure_id = 'carried_out' AND source = 'cong_an'",
    "Đủ điều kiện phê duyệt": "measure_id = 'ready'",
    "Đã phê duyệt": "measure_id = 'approved'",
    "Đã chuyển chính thức": "measure_id = 'converted'",
}


def test_every_column_of_the_friday_table_and_letter(made: Path) -> None:
    sums = ", ".join(
        f"coalesce(sum(numerator) FILTER ({test}), 0)::BIGINT" for test in WEEKLY_COLUMNS.values()
    )
    expected = {
        key: dict(zip(WEEKLY_COLUMNS, v, strict=True))
        for key, v in table(made, WEEKLY.format(sums=sums), 3).items()
    }
    before = table(
        made,
        "SELECT commune, register, period, sum(numerator)::BIGINT FROM w WHERE measure_id = 'records' GROUP BY ALL",
        3,
    )
    folder = made / "weekly" / "2026-11-20"
    sheet = openpyxl.load_workbook(folder / "bao-cao_khu-vuc.xlsx")["Báo cáo"]
    lines = list(sheet.iter_rows(values_only=True))
    start = next(i for i, line in enumerate(lines) if line[3] == "STT")
    titles = lines[start]
    found = [dict(zip(titles, line, strict=True)) for line in lines[start + 2 :] if line[1]]
    assert len(found) == COMMUNES * 15
    added: dict[str, int] = defaultdict(int)
    for line in found:
        key = (line["Mã xã"], line["Mã sổ"], line["Mã giai đoạn"])
        want = expected[key] | {
            "Tổng số trường hợp": 2000,
            "Nhập trong tuần": expected[key]["Đã nhập (lũy kế)"] - before[key][0],
            "Còn lại": max(0, 2000 - expected[key]["Đã nhập (lũy kế)"]),
        }
        assert {title: 0 if line[title] in (None, "…", "") else line[title] for title in want} == want
        assert line["Tỷ lệ %"] == pytest.approx(want["Đã nhập (lũy kế)"] / 2000)
        for title, n in want.items():
            added[title] += n
    total = next(
        dict(zip(titles, line, strict=True)) for line in lines[start + 2 :] if line[4] == "Tổng cộng"
    )
    assert {title: total[title] for title in added} == dict(added)
    summary = list(
        openpyxl.load_workbook(folder / "bao-cao_khu-vuc.xlsx")["Tổng hợp"].iter_rows(values_only=True)
    )
    births = next(dict(zip(summary[0], line, strict=True)) for line in summary if line[0] == "Cộng khai sinh")
    assert births["Khớp"] == sum(v["Khớp"] for (c, r, _), v in expected.items() if r == "KS" and c != "*")

    letter = docx.Document(str(folder / "bao-cao_khu-vuc.docx"))
    grid = [[cell.text for cell in row.cells] for row in letter.tables[1].rows]
    shown = {row[0]: dict(zip(grid[0][1:], row[1:], strict=True)) for row in grid[1:]}
    names = {"Tổng số": "Tổng số trường hợp", "Đã nhập": "Đã nhập (lũy kế)", "Sai lệch": "Sai lệch (bản ghi)",
             "Chờ xác nhận": "Chờ xác nhận người", "Chưa tìm thấy": "Chưa tìm thấy trong dân cư",
             "Đủ điều kiện": "Đủ điều kiện phê duyệt"}  # fmt: skip
    assert shown["Tổng cộng"] == {title: dots(added[names.get(title, title)]) for title in grid[0][1:]}
    for register, name in (("KS", "Khai sinh"), ("KH", "Kết hôn"), ("KT", "Khai tử")):
        for title in ("Khớp", "Sai lệch", "Đã phê duyệt"):
            want = sum(
                v[names.get(title, title)] for (c, r, _), v in expected.items() if r == register and c != "*"
            )
            assert shown[name][title] == dots(want)
    text = html.unescape("\n".join(p.text for p in letter.paragraphs)).replace("\u00a0", " ")
    done, planned = added["Đã nhập (lũy kế)"], added["Tổng số trường hợp"]
    for sentence in (
        (
            f"Tổng số trường hợp phải số hóa: {dots(planned)}; đã nhập lũy kế: {dots(done)} ({per_cent(done, planned)}); "
            f"nhập trong tuần: {dots(added['Nhập trong tuần'])}; còn lại: {dots(added['Còn lại'])}."
        ),
        f"Bản ghi đã có bản quét PDF: {dots(added['Đã có PDF'])}; đã import: ….",
        f"khớp: {dots(added['Khớp'])}; sai lệch: {dots(added['Sai lệch (bản ghi)'])}",
        (
            f"phía tư pháp {dots(added['Tư pháp đã xử lý'])}; đã chuyển công an {dots(added['Đã chuyển công an'])}, công an đã "
            f"xử lý {dots(added['Công an đã xử lý'])}."
        ),
        (
            f"Đủ điều kiện phê duyệt: {dots(added['Đủ điều kiện phê duyệt'])}; đã phê duyệt: {dots(added['Đã phê duyệt'])}; đã "
            f"chuyển chính thức vào Cơ sở dữ liệu hộ tịch điện tử: {dots(added['Đã chuyển chính thức'])}."
        ),
    ):
        assert sentence in text
