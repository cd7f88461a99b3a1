"""``reconcile normalize`` as a user runs it: texts, lines of a file, a column of a table, JSON for programs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from reconcile.cli_normalize import Kind, guess, register
from reconcile.problems import ReconcileError

app = typer.Typer()
app.callback()(lambda: None)
register(app)

ALL = {"input", "value", "notes", "doubtful"}
KEYS = {
    "name": {"key", "plain", "phonetic"},
    "text": {"encoding"},
    "date": {"earliest", "latest", "calendar"},
    "place": {"units", "current"},
    "id": {"province", "sex", "year"},
    "number-words": set(),
}


def run(*arguments: str) -> str:
    result = CliRunner().invoke(app, ["normalize", *arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.output


def readings(*arguments: str) -> list[dict]:
    return [json.loads(line) for line in run("--json", *arguments).splitlines()]


@pytest.mark.parametrize("kind", KEYS)
def test_json_has_the_promised_keys_in_the_order_of_the_texts(kind: str) -> None:
    texts = ["Nguyễn Văn An", "15/8/1970", "?!", "mười lăm", ""]
    got = readings("--kind", kind, *texts)
    assert [reading["input"] for reading in got] == texts
    for reading in got:
        assert ALL | KEYS[kind] <= set(reading)
        assert isinstance(reading["notes"], list)
        assert isinstance(reading["doubtful"], bool)
        assert reading["value"] is not None or reading["notes"]


@pytest.mark.parametrize(
    ("kind", "text", "wanted"),
    [
        ("name", "NGUYỄN THỊ THUỶ", {"value": "Nguyễn Thị Thủy", "key": "nguyễn thị thủy", "plain": "nguyen thi thuy", "phonetic": "nguien thi thui"}),
        ("text", "NguyÔn V¨n An", {"value": "Nguyễn Văn An", "encoding": "tcvn3"}),
        ("date", "8/1970", {"value": "1970-08", "earliest": "1970-08-01", "latest": "1970-08-31", "calendar": "solar"}),
        ("date", "31/02/1970", {"value": "1970", "doubtful": True}),
        ("id", "30085001234", {"value": "030085001234", "province": "030", "sex": 1, "year": 1985}),
        ("number-words", "hai nghìn không trăm linh bốn", {"value": 2004}),
    ],
)  # fmt: skip
def test_one_text(kind: str, text: str, wanted: dict) -> None:
    (reading,) = readings("--kind", kind, text)
    assert {key: reading[key] for key in wanted} == wanted


def test_a_place_at_a_date_with_its_units() -> None:
    (before,) = readings("--kind", "place", "--date", "2010-05-01", "TT Lai Cách, Cẩm Giàng, HD")
    assert before["value"] == "10891"
    assert [unit["level"] for unit in before["units"]] == ["province", "district", "commune"]
    assert set(before["units"][0]) == {"code", "name", "level", "valid_from", "valid_to"}
    assert [unit["name"] for unit in before["current"]] == ["Phường Việt Hòa", "Phường Tứ Minh"]
    (now,) = readings("--kind", "place", "--date", "2026", "Kiến An, Hải Phòng")
    assert now["value"] == "11443"


def test_the_font_of_a_cell() -> None:
    (reading,) = readings("--kind", "text", "--font", ".VnTimeH", "h¶i d­¬ng")
    assert (reading["value"], reading["encoding"]) == ("HẢI DƯƠNG", "tcvn3")


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Nguyễn Văn An", "name"),
        ("15/8/1970", "date"),
        ("15/8/70", "date"),
        ("tháng 8 năm 1970", "date"),
        ("030 085 001234", "id"),
        ("mười lăm", "number-words"),
        ("xã Cẩm Văn, huyện Cẩm Giàng", "place"),
        ("TT Lai Cách, Cẩm Giàng, HD", "place"),
    ],
)
def test_the_kind_is_guessed_from_the_shape(text: str, kind: str) -> None:
    assert guess(text) == Kind(kind)


def test_lines_of_a_file_keep_their_order_and_blanks(tmp_path: Path) -> None:
    path = tmp_path / "lines.txt"
    path.write_text("\ufeffNguyễn Văn A\n\nTrần Thị B\n", encoding="utf-8")
    got = readings("--kind", "name", "--file", str(path))
    assert [reading["value"] for reading in got] == ["Nguyễn Văn A", None, "Trần Thị B"]


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "people.csv"
    people = ["NGUYỄN THỊ HOÀ"] * 2 + ["Nguyễn Thị Hoà"] * 3 + ["Ng. Thị B"] * 2 + ["Không rõ", "Lê An", ""]
    path.write_text("Họ tên,Số\n" + "".join(f"{name},1\n" for name in people), encoding="utf-8")
    return path


def test_a_column_shows_what_is_doubtful_then_the_readings_most_frequent_first(table: Path) -> None:
    assert run("--file", str(table), "--column", "họ tên").splitlines() == [
        "9 filled cells, 5 distinct texts, 2 distinct sure readings;",
        "3 cells (2 texts) are doubtful or can not be read.",
        "",
        "Doubtful (?) or not read (✗):",
        "?       2  Ng. Thị B  →  Ng. Thị B  [NAME_ABBREVIATED]",
        "✗       1  Không rõ  →  –  [NAME_NO_INFORMATION]",
        "",
        "Readings  ←  as written:",
        "        5  Nguyễn Thị Hòa  ←  Nguyễn Thị Hoà | NGUYỄN THỊ HOÀ",
        "        1  Lê An",
    ]


def test_a_column_for_programs_has_one_object_per_distinct_text(table: Path) -> None:
    got = readings("--file", str(table), "--column", "Họ tên")
    assert [(row["input"], row["count"]) for row in got][:3] == [
        ("Ng. Thị B", 2),
        ("Không rõ", 1),
        ("Nguyễn Thị Hoà", 3),
    ]
    assert sum(row["count"] for row in got) == 9


def test_places_are_shown_with_names_and_times() -> None:
    shown = run("--kind", "place", "TT Lai Cách, Cẩm Giàng, HD")
    assert "Thị trấn Lai Cách (10891, 1998-09-24 – 2025-07-01)" in shown
    assert "Phường Tứ Minh (10891, 2025-07-01 – today)" in shown


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "Give at least one TEXT"),
        (["--column", "Họ tên"], "give --file as well"),
        (["--file", "nowhere.txt"], "There is no file nowhere.txt"),
        (["--kind", "place", "--date", "30/06/1985", "Hà Nội"], "Write it as 1985-06-30"),
    ],
)
def test_what_is_wrong_is_told_with_the_way_out(arguments: list[str], told: str) -> None:
    with pytest.raises(ReconcileError, match=told):
        run(*arguments)


def test_a_missing_column_is_told_with_those_there_are(table: Path) -> None:
    with pytest.raises(ReconcileError, match="Its columns: Họ tên, Số"):
        run("--file", str(table), "--column", "Ngày sinh")
