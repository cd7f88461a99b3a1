"""The scorecard's files: numbers equal SQL over the measures, one self-contained page, and what a browser makes of it."""

from __future__ import annotations

import datetime as dt
import html
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import polars as pl
import pytest
from quality_browser import dom, needs_browser, printed
from quality_data import invented_history

from reconcile.problems import ReconcileError
from reconcile.quality.history import days_kept, history, keep
from reconcile.quality.publish import write_scorecard
from reconcile.quality.settings import Office
from reconcile.quality.words import number, percent, signed

LAST = dt.date(2026, 11, 20)
COMMUNES = 12


@pytest.fixture(scope="module")
def measures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("history") / "measures"
    for frame in invented_history(COMMUNES, 12, LAST):
        keep(folder, frame)
    return folder


@pytest.fixture(scope="module")
def office() -> Office:
    return Office(
        "Huyện Mẫu",
        kind="district",
        names={f"{10000 + n:05d}": f"Xã Mẫu Số {n}" for n in range(COMMUNES + 1)},
    )


@pytest.fixture(scope="module")
def card(
    measures: Path, office: Office, tmp_path_factory: pytest.TempPathFactory
) -> tuple[dict[str, Any], Path]:
    out = tmp_path_factory.mktemp("card") / "scorecard"
    return write_scorecard(measures, out, office), out


def rows_of(measures: Path, query: str, day: dt.date = LAST) -> list[tuple[Any, ...]]:
    with duckdb.connect() as sql:
        sql.execute(f"CREATE VIEW m AS SELECT * FROM read_parquet('{measures}/{day:%Y-%m-%d}.parquet')")
        return sql.execute(query).fetchall()


def test_every_share_on_page_workbook_and_json_equals_sql(
    measures: Path, card: tuple[dict[str, Any], Path]
) -> None:
    _, out = card
    told = json.loads((out / "scorecard.json").read_text(encoding="utf-8"))
    page = html.unescape((out / "index.html").read_text(encoding="utf-8"))
    sheet = openpyxl.load_workbook(out / "scorecard.xlsx", read_only=True)["Tổng hợp"]
    book = {row[1]: row[2:4] for row in sheet.iter_rows(min_row=2, values_only=True)}
    query = "SELECT measure_id, sum(numerator)::BIGINT, sum(denominator)::BIGINT FROM m GROUP BY ALL"
    expected = {measure: (n, d) for measure, n, d in rows_of(measures, query)}
    assert len(told["area"]["dimensions"]) == 6
    for row in told["area"]["dimensions"]:
        n, d = expected[row["measure"]]
        assert (row["numerator"], row["denominator"]) == (n, d)
        assert tuple(book[row["title"]]) == (n, d)
        assert f"{number(n)} trong {number(d)} {row['unit']}" in page
        assert percent(n / d) in page


def test_changes_equal_sql_over_the_earlier_days(measures: Path, card: tuple[dict[str, Any], Path]) -> None:
    made, _ = card
    query = "SELECT sum(numerator)::BIGINT FROM m WHERE measure_id = 'records'"
    row = next(r for r in made["changes"] if r["title"] == "Bản ghi đã nhập")
    days = {"now": LAST, "yesterday": dt.date(2026, 11, 19), "week_ago": dt.date(2026, 11, 13)}
    assert {k: row[k] for k in days} == {k: rows_of(measures, query, day)[0][0] for k, day in days.items()}


def test_rules_codes_and_books_equal_sql(measures: Path, card: tuple[dict[str, Any], Path]) -> None:
    area = card[0]["area"]
    rules = {
        (m, r): bad
        for m, r, bad in rows_of(
            measures,
            """SELECT measure_id, rule, sum(denominator - numerator)::BIGINT AS bad FROM m
            WHERE measure_id IN ('field_filled', 'rule_passed', 'field_agrees') GROUP BY ALL HAVING bad > 0""",
        )
    }
    assert {(r["measure"], r["rule"]): r["failing"] for r in area["rules"]} == rules
    codes = dict(
        rows_of(
            measures,
            "SELECT rule, sum(numerator)::BIGINT FROM m WHERE measure_id = 'discrepancies' GROUP BY ALL",
        )
    )
    assert {c["code"]: c["total"] for c in area["codes"]} == codes
    books = {
        (register, period): (n, ready)
        for register, period, n, ready in rows_of(
            measures,
            """SELECT register, period, sum(numerator) FILTER (measure_id = 'records')::BIGINT,
            sum(numerator) FILTER (measure_id = 'ready')::BIGINT FROM m
            WHERE measure_id IN ('records', 'ready') GROUP BY ALL""",
        )
    }
    assert {(b["register"], b["period"]): (b["records"], b["ready"]) for b in area["books"]} == books


def test_each_commune_equals_sql_and_the_tiny_one_is_not_shamed(
    measures: Path, card: tuple[dict[str, Any], Path]
) -> None:
    made, out = card
    query = "SELECT commune, sum(numerator)::BIGINT, sum(denominator)::BIGINT FROM m WHERE measure_id = 'agreeing' GROUP BY ALL"
    for commune, n, d in rows_of(measures, query):
        row = next(r for r in made["communes"][commune]["dimensions"] if r["measure"] == "agreeing")
        assert (row["numerator"], row["denominator"]) == (n, d)
    assert made["communes"]["10000"]["need"]["cases"] == 0
    assert next(iter(made["communes"])) == "10001", "the commune that needs most help stands first"
    assert len(list(out.glob("xa-*.html"))) == COMMUNES


def test_a_commune_that_rests_keeps_its_last_state(tmp_path: Path, office: Office) -> None:
    first, second = invented_history(3, 2, LAST)
    keep(tmp_path, first)
    keep(tmp_path, second.filter(pl.col("commune") != "10002"))
    past = history(tmp_path)
    assert past is not None
    assert past.days == days_kept(tmp_path)
    assert set(past.now["commune"]) == {"10000", "10001", "10002"}
    records = past.trend.filter((pl.col("measure_id") == "records") & (pl.col("commune") == "10002"))
    assert records["numerator"].n_unique() == 1
    assert records["day"].to_list() == past.days


def test_measuring_a_day_again_replaces_it(tmp_path: Path) -> None:
    (first,) = invented_history(2, 1, LAST)
    keep(tmp_path, first)
    keep(tmp_path, first.with_columns(pl.col("numerator") * 0).filter(pl.col("dimension") == "volume"))
    past = history(tmp_path)
    assert past is not None
    assert past.now.filter(pl.col("measure_id") == "records")["numerator"].sum() == 0
    ledger = first.filter(pl.col("measure_id") == "decisions")["numerator"].sum()
    assert past.now.filter(pl.col("measure_id") == "decisions")["numerator"].sum() == ledger


def test_without_any_measure_the_next_step_is_told(tmp_path: Path, office: Office) -> None:
    with pytest.raises(ReconcileError, match="reconcile nightly"):
        write_scorecard(tmp_path / "none", tmp_path / "out", office)


def test_a_misspelt_target_is_refused() -> None:
    with pytest.raises(ReconcileError, match="agreeing"):
        Office("X", targets={"agreing": 0.9})


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.99999, "99,9 %"), (1.0, "100,0 %"), (0.12345, "12,3 %"), (None, "–"), (0.0, "0,0 %")],
)
def test_shares_are_written_as_vietnamese_do(value: float | None, text: str) -> None:
    assert percent(value).replace("\u00a0", " ") == text


def test_differences_carry_their_sign() -> None:
    assert [signed(1234), signed(-5), signed(0), signed(-0.0123, points=True).replace("\u00a0", " ")] == [
        "+1.234",
        "−5",
        "không đổi",
        "−1,2 điểm",
    ]


def test_every_rule_has_a_vietnamese_title_without_values() -> None:
    from reconcile.compare.validation import load
    from reconcile.quality.words import rule_title

    titles = {rule: rule_title("rule_passed", rule) for rule in load()}
    assert [
        r
        for r, title in titles.items()
        if r in title or "{" in title or len(title) < 8 or title.endswith("(")
    ] == []


class Reader(HTMLParser):
    """Collects what a page loads, its headings, and the labels that assistive software needs."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.headings: list[int] = []
        self.nameless: list[str] = []
        self.ids: list[str] = []
        self.text = ""
        self.hidden = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        if "id" in told:
            self.ids.append(str(told["id"]))
        if tag in {"script", "img", "iframe", "source", "video"} and told.get("src"):
            self.loads.append(str(told["src"]))
        if tag == "link":
            self.loads.append(str(told.get("href")))
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag == "svg" and not (told.get("role") == "img" and told.get("aria-label")):
            self.nameless.append("svg")
        if tag == "th" and not told.get("scope"):
            self.nameless.append("th")
        if tag == "a" and str(told.get("href", "")).startswith(("http", "//")):
            self.loads.append(str(told["href"]))
        self.hidden = tag in {"style", "script"}

    def handle_data(self, data: str) -> None:
        if not self.hidden:
            self.text += data + " "


@pytest.mark.parametrize("name", ["index.html", "xa-10000.html", "xa-10001.html"])
def test_pages_are_self_contained_and_accessible(card: tuple[dict[str, Any], Path], name: str) -> None:
    text = (card[1] / name).read_text(encoding="utf-8")
    page = Reader(text)
    assert set(page.loads) <= {"data:,"}
    assert not re.search(r"url\(|@import|fetch\(|XMLHttpRequest", text)
    assert '<html lang="vi">' in text
    assert page.headings[0] == 1
    assert page.headings.count(1) == 1
    assert all(b <= a + 1 for a, b in zip(page.headings, page.headings[1:], strict=False)), (
        "no level is skipped"
    )
    assert page.nameless == []
    assert len(page.ids) == len(set(page.ids))
    assert "Cách đọc" in page.text
    assert not re.search(r"\b\d{12}\b", page.text)


CSS = (Path(__file__).resolve().parent.parent / "reconcile/quality/templates/page.css").read_text(
    encoding="utf-8"
)


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize(
    ("ink", "ground"),
    [("ink", "#ffffff"), ("quiet", "#ffffff"), ("head", "#ffffff"), ("link", "#ffffff"), ("met", "met-bg"), ("missed", "missed-bg"), ("open", "open-bg"), ("met", "#ffffff"), ("missed", "#ffffff")],
)  # fmt: skip
def test_text_stands_out_from_its_ground(ink: str, ground: str) -> None:
    colours = dict(re.findall(r"--([a-z-]+):(#[0-9a-f]{6})", CSS))
    light, dark = sorted((luminance(colours.get(c, c)) for c in (ink, ground)), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 4.5, "WCAG 2.1 AA"


PROBE = """<script>addEventListener("load", function () {
  var told = {}, find = document.getElementById("find"), state = document.getElementById("state");
  function visible() { return Array.from(document.querySelectorAll("#communes tbody tr")).filter(function (r) { return !r.hidden; }).map(function (r) { return r.dataset.code; }); }
  told.all = visible();
  find.value = "mau so 1"; find.dispatchEvent(new Event("input")); told.found = visible(); told.status = document.getElementById("told").textContent;
  find.value = ""; find.dispatchEvent(new Event("input"));
  state.value = "missed"; state.dispatchEvent(new Event("change")); told.missed = visible();
  state.value = ""; state.dispatchEvent(new Event("change"));
  var heads = document.querySelectorAll("#communes thead th"); heads[1].querySelector("button").click(); told.most = visible(); told.sort = heads[1].getAttribute("aria-sort");
  heads[1].querySelector("button").click(); told.least = visible();
  told.overflow = document.documentElement.scrollWidth - document.documentElement.clientWidth;
  var out = document.createElement("pre"); out.id = "probe"; out.textContent = JSON.stringify(told); document.body.appendChild(out);
});</script></body>"""


class TestBrowser:
    pytestmark = needs_browser

    @pytest.mark.parametrize("wide", [1280, 500])
    def test_filter_sort_and_width(
        self, card: tuple[dict[str, Any], Path], tmp_path: Path, wide: int
    ) -> None:
        made, out = card
        probed = tmp_path / "index.html"
        page = (out / "index.html").read_text(encoding="utf-8")
        probed.write_text(page.replace("</body>", PROBE), encoding="utf-8")
        shown, log = dom(probed, wide=wide)
        found = re.search(r'<pre id="probe">(.*?)</pre>', shown, re.DOTALL)
        assert found, log
        told = json.loads(html.unescape(found[1]))
        total = {c: sum(b["records"] for b in one["books"]) for c, one in made["communes"].items()}
        assert told["all"] == list(made["communes"])
        assert set(told["found"]) == {"10001", "10010", "10011"}
        assert told["status"] == f"3 trong {COMMUNES} xã"
        assert set(told["missed"]) == {c for c, one in made["communes"].items() if one["need"]["missed"]}
        assert told["most"] == sorted(total, key=lambda c: (-total[c], c))
        assert told["least"] == sorted(total, key=lambda c: (total[c], c))
        assert told["sort"] == "descending"
        assert told["overflow"] <= 0, "nothing sticks out sideways"
        assert "CONSOLE" not in log, log

    def test_everything_is_there_without_scripts(self, card: tuple[dict[str, Any], Path]) -> None:
        made, out = card
        text = Reader((out / "index.html").read_text(encoding="utf-8").split("<script>")[0]).text
        assert all(one["name"] in text for one in made["communes"].values())

    def test_print_holds_all_communes_and_no_tools(
        self, card: tuple[dict[str, Any], Path], tmp_path: Path
    ) -> None:
        import shutil
        import subprocess

        if shutil.which("pdftotext") is None:
            pytest.skip("poppler is not installed; scripts/system-packages installs it")
        made, out = card
        printed(out / "index.html", tmp_path / "page.pdf")
        text = subprocess.run(
            ["pdftotext", "-layout", str(tmp_path / "page.pdf"), "-"],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        assert all(one["name"] in text for one in made["communes"].values())
        assert "Tìm xã" not in text
