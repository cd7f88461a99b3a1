"""Measures of a run agree with independent SQL over the Parquet outputs; intervals and verdicts; decisions."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import duckdb
import polars as pl
import pytest

from reconcile.quality.decided import friday_of, measure_decisions
from reconcile.quality.intervals import verdict, wilson
from reconcile.quality.knowledge import knowledge, period_of
from reconcile.quality.measures import measure_run
from reconcile.quality.tables import MEASURES, RunFrames

DAY = dt.date(2026, 11, 20)


@pytest.fixture(scope="module")
def outputs(commune: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    from reconcile.run import run

    out = tmp_path_factory.mktemp("quality") / "out"
    run(commune / "civil", commune / "population.parquet", out, as_of=DAY, workbook=False)
    return out


@pytest.fixture(scope="module")
def measured(outputs: Path) -> pl.DataFrame:
    tables = {
        name: pl.read_parquet(outputs / f"{name}.parquet") for name in ("links", "discrepancies", "rejected")
    }
    return measure_run(RunFrames(**tables), run_id="r1", day=DAY)


def one(measured: pl.DataFrame, measure: str, **cut: str) -> tuple[int, int]:
    rows = measured.filter(pl.col("measure_id") == measure)
    for column, value in cut.items():
        rows = rows.filter(pl.col(column) == value)
    return int(rows["numerator"].sum()), int(rows["denominator"].sum())


SQL = {
    # measure → numerator and denominator straight from the files that a run leaves
    "found": "SELECT count(*) FILTER (tier = 'match'), count(*) FROM links",
    "agreeing": """
        WITH bad AS (SELECT DISTINCT record_id, role FROM found WHERE severity <> 'info'
            AND code NOT IN ('NOT_IN_POPULATION', 'NO_BIRTH_RECORD', 'DUPLICATE_REGISTRATION'))
        SELECT count(*) FILTER (bad.record_id IS NULL), count(*)
        FROM links LEFT JOIN bad USING (record_id, role) WHERE tier = 'match'""",
    "unique": """
        WITH ids AS (SELECT record_id FROM links UNION SELECT record_id FROM found WHERE record_id IS NOT NULL)
        SELECT count(*) FILTER (record_id NOT IN
            (SELECT record_id FROM found WHERE code = 'DUPLICATE_REGISTRATION' AND record_id IS NOT NULL)), count(*)
        FROM ids""",
    "ready": """
        WITH ids AS (SELECT record_id FROM links UNION SELECT record_id FROM found WHERE record_id IS NOT NULL),
        busy AS (SELECT record_id FROM found WHERE severity <> 'info' AND record_id IS NOT NULL
            UNION SELECT record_id FROM links WHERE tier = 'review' AND role NOT IN ('me', 'cha'))
        SELECT count(*) FILTER (record_id NOT IN (SELECT record_id FROM busy)), count(*) FROM ids""",
    "discrepancies": "SELECT count(*), 0 FROM found WHERE severity <> 'info' AND record_id IS NOT NULL",
    "records": "SELECT count(DISTINCT record_id), 0 FROM (SELECT record_id FROM links UNION SELECT record_id FROM found)",
    "books": """
        SELECT count(*), 0 FROM (SELECT DISTINCT split_part(record_id, '.', 2), split_part(record_id, '.', 1),
            try_cast(split_part(record_id, '.', 3) AS INT), try_cast(split_part(record_id, '.', 4) AS INT) AS book
            FROM links WHERE book IS NOT NULL)""",
    "cause_rows": "SELECT count(*), 0 FROM found WHERE systematic IS NOT NULL AND severity <> 'info'",
}  # fmt: skip


@pytest.mark.parametrize("measure", SQL)
def test_each_measure_agrees_with_sql_over_the_outputs(
    outputs: Path, measured: pl.DataFrame, measure: str
) -> None:
    with duckdb.connect() as sql:
        sql.execute("SET threads = 1")
        for view, file in (("links", "links"), ("found", "discrepancies")):
            path = str(outputs / f"{file}.parquet")
            sql.execute(f"CREATE VIEW {view} AS SELECT * FROM read_parquet('{path}')")
        expected = sql.execute(SQL[measure]).fetchall()[0]
    assert one(measured, measure) == expected


def test_states_of_records_add_up_to_all_records(measured: pl.DataFrame) -> None:
    cut = ["commune", "register", "period"]
    totals = (
        measured.filter(pl.col("measure_id") == "records").group_by(cut).agg(pl.sum("numerator").alias("all"))
    )
    states = measured.filter(pl.col("measure_id") == "state").group_by(cut).agg(pl.sum("numerator"))
    joined = totals.join(states, on=cut)
    assert joined.height == totals.height > 5
    assert (joined["all"] == joined["numerator"]).all()


def test_no_measure_holds_a_person_and_shares_stay_within_bounds(
    outputs: Path, measured: pl.DataFrame
) -> None:
    assert measured.columns == MEASURES.names
    people = set(pl.read_parquet(outputs / "links.parquet")["resident_id"].drop_nulls())
    words = {value for name in ("rule", "source", "run_id", "commune") for value in measured[name].unique()}
    assert not words & people
    shares = measured.filter(pl.col("denominator").is_not_null())
    assert (shares["numerator"] <= shares["denominator"]).all()


def test_settled_questions_no_longer_count_as_differing(outputs: Path) -> None:
    links = pl.read_parquet(outputs / "links.parquet")
    found = pl.read_parquet(outputs / "discrepancies.parquet")
    mention = pl.format("{}|{}|", pl.col("record_id").fill_null(""), pl.col("role").fill_null(""))
    cases = pl.concat([found["discrepancy_id"], found.select(mention).to_series()])
    before = measure_run(RunFrames(links, found), run_id="r", day=DAY)
    after = measure_run(RunFrames(links, found), run_id="r", day=DAY, settled=cases)
    assert one(before, "agreeing")[0] < one(after, "agreeing")[0] == one(after, "agreeing")[1]
    assert one(after, "discrepancies") == (0, 0)


def test_an_empty_run_has_no_measure() -> None:
    from reconcile.schema import DISCREPANCIES, LINKS

    assert measure_run(RunFrames(LINKS.empty(), DISCREPANCIES.empty()), run_id="r", day=DAY).is_empty()


@pytest.mark.parametrize(
    ("year", "period"),
    [
        (1953, "-2005"),
        (2005, "-2005"),
        (2006, "2006-2012"),
        (2013, "2013-2015"),
        (2018, "2016-2018"),
        (2026, "2019-"),
        (None, ""),
    ],
)
def test_periods_follow_the_plans(year: int | None, period: str) -> None:
    frame = pl.DataFrame({"y": [year]}, schema={"y": pl.Int64})
    assert frame.select(period_of(pl.col("y"))).item() == period


@pytest.mark.parametrize(
    ("good", "of", "low", "high"),
    # Newcombe 1998, table of the score interval without continuity correction
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
        (0, 0, 0.0, 1.0),
    ],
)
def test_the_interval_is_wilsons(good: int, of: int, low: float, high: float) -> None:
    assert wilson(good, of) == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize(
    ("good", "of", "told"),
    [
        (98, 100, "met"),
        (2, 3, "open"),       # three rows never shame a commune
        (850, 1000, "missed"),
        (97, 100, "open"),
        (0, 0, "none"),
    ],
)  # fmt: skip
def test_a_target_is_missed_only_beyond_doubt(good: int, of: int, told: str) -> None:
    assert verdict(good, of, 0.98) == told


def test_measures_and_headlines_are_declared_for_all_six_dimensions() -> None:
    assert [knowledge().headline(d).dimension for d in knowledge().dimensions] == list(knowledge().dimensions)


CASES = {
    "case_id": pl.String,
    "record_id": pl.String,
    "commune_code": pl.String,
    "first_seen": pl.Date,
    "decided": pl.Boolean,
}
DECIDED = ("decision_id", "case_id", "kind", "record_id", "role", "commune_code", "field", "conclusion", "correct_value", "civil_value", "population_value", "decided_at")  # fmt: skip


def decided(*rows: tuple[str | None, ...]) -> pl.DataFrame:
    whole = [
        (
            str(n),
            case,
            kind,
            f"KS.10543.2010.01.{n}",
            "nks",
            "10543",
            field,
            conclusion,
            value,
            civil,
            population,
            at,
        )
        for n, (case, kind, field, conclusion, value, civil, population, at) in enumerate(rows)
    ]
    return pl.DataFrame(whole, schema=dict.fromkeys(DECIDED, pl.String), orient="row")


def test_decisions_tell_which_side_was_right_and_what_is_left() -> None:
    decisions = decided(
        ("a", "discrepancy", "ho_ten", "Sửa dân cư", None, "X", "Y", "2026-11-14T08:00:00+07:00"),
        (
            "b",
            "discrepancy",
            "ho_ten",
            "Sửa dân cư",
            "Z",
            "X",
            "Y",
            "2026-11-13T08:00:00+07:00",
        ),  # both were wrong
        ("c", "discrepancy", "ngay_sinh", "Sửa hộ tịch", "Y", "X", "Y", "2026-11-20T23:00:00+07:00"),
        ("d", "discrepancy", "ngay_sinh", "Cả hai đúng", None, "X", "Y", "2026-11-16T08:00:00+07:00"),
        ("e", "pair", None, "Đúng cùng người", None, None, None, "2026-11-16T08:00:00+07:00"),
        ("f", "pair", None, "Không cùng người", None, None, None, "2026-11-16T08:00:00+07:00"),
    )
    standing = pl.DataFrame(
        [
            ("b", "KS.10543.2010.01.1", "10543", dt.date(2026, 11, 1), True),
            ("g", "KS.10543.2010.01.9", "10543", dt.date(2026, 11, 19), False),
            ("h", "KH.10543.1999.01.9", "10543", dt.date(2026, 10, 1), False),
        ],
        schema=CASES,
        orient="row",
    )
    measured = measure_decisions(decisions, standing, day=DAY, run_id="")
    assert one(measured, "register_right") == (2, 4)
    assert one(measured, "population_right") == (2, 4)
    assert one(measured, "pair_right") == (1, 2)
    assert one(measured, "fresh") == (1, 2)
    assert one(measured, "decisions", rule="open")[0] == 2
    assert one(measured, "decisions", rule="waiting")[0] == 1
    assert one(measured, "decisions", rule="applied")[0] == 2
    assert one(measured, "decided_in_week", rule="2026-11-20")[0] == 5
    assert one(measured, "decided_in_week", rule="2026-11-13")[0] == 1
    assert set(measured["commune"]) == {"10543"}


@pytest.mark.parametrize("day", range(14, 21))
def test_the_reporting_week_ends_on_friday(day: int) -> None:
    frame = pl.DataFrame({"d": [dt.date(2026, 11, day)]})
    assert frame.select(friday_of(pl.col("d")).cast(pl.Date)).item() == dt.date(2026, 11, 20)
