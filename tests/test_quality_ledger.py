"""Measures of the ledger after real decisions came back through apply, recomputed by independent SQL over its file."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest
import report_data
from apply_books import (
    ABSENT_CHILD,
    DEAD,
    FIRST_CANDIDATE,
    GROUP,
    LATER,
    PARTIAL,
    SWAPPED,
    TONE,
    UNREADABLE,
    WITHOUT_BIRTH,
    Office,
)

from reconcile.quality.office import ledger_measures
from reconcile.workspace import Workspace, init_workspace

DAY = dt.date(2026, 12, 10)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """An office whose clerks answered twice, had answers refused, put one right, and corrected one register."""
    made = init_workspace(tmp_path_factory.mktemp("ledger") / "ws")
    office = Office(made.root)
    first = office.clerk("mot.xlsx")
    first.write(TONE, conclusion="Sửa hộ tịch", by="An").write(PARTIAL, conclusion="Cả hai đúng", by="An")
    first.write(GROUP, conclusion="Sửa dân cư", by="An").write(
        FIRST_CANDIDATE, conclusion="Đúng cùng người", by="An"
    )
    first.write(DEAD, conclusion="Sửa hộ tịch", by="An").write(
        ABSENT_CHILD, conclusion="Cả hai đúng", by="An"
    )
    done = office.apply(first.save())
    assert done.counted("refused") == 2, [o.reason for o in done.outcomes]
    second = office.clerk("hai.xlsx", done.copies[0])
    second.write(DEAD, conclusion="Sửa dân cư", by="An").write(
        WITHOUT_BIRTH, conclusion="Cần xác minh", note="mời"
    )
    second.write(SWAPPED, conclusion="Sửa dân cư", value="09.09.2016", note="sổ gốc", by="An")
    office.apply(second.save(), now=LATER)
    # The register was corrected: the next run does not ask any more.
    corrected = dataclasses.replace(
        office.tables, discrepancies=office.tables.discrepancies.filter(pl.col("discrepancy_id") != TONE)
    )
    office.publish("20261201-ffffffff", corrected)
    return made


@pytest.fixture(scope="module")
def measured(workspace: Workspace) -> pl.DataFrame:
    frame = ledger_measures(workspace, day=DAY)
    assert frame is not None
    return frame


VIEWS = """
CREATE VIEW dec AS SELECT * FROM l.decisions WHERE conclusion IS NOT NULL AND undoes IS NULL
    AND kind NOT IN ('group', 'note', 'book') AND decision_id NOT IN (SELECT undoes FROM l.decisions WHERE undoes IS NOT NULL);
CREATE VIEW cur AS SELECT * FROM dec QUALIFY row_number() OVER (PARTITION BY case_id ORDER BY entry DESC, line DESC) = 1;
CREATE VIEW asked AS SELECT * FROM (SELECT * FROM l.case_events QUALIFY
    row_number() OVER (PARTITION BY case_id ORDER BY entry DESC, line DESC) = 1) WHERE event = 'open' AND kind <> 'unreadable';
CREATE VIEW undecided AS SELECT a.* FROM asked a WHERE coalesce(severity, '') <> 'info' AND NOT EXISTS (SELECT 1 FROM cur c
    WHERE c.case_id = a.case_id AND c.civil_key IS NOT DISTINCT FROM a.civil_key
    AND c.population_key IS NOT DISTINCT FROM a.population_key);
CREATE VIEW since AS SELECT u.case_id, any_value(u.record_id) AS record_id,
    date '2026-12-10' - min(CAST(substr(j.at, 1, 10) AS DATE)) AS days
    FROM undecided u JOIN l.case_events e ON e.case_id = u.case_id AND e.event = 'open'
    JOIN l.journal j ON j.entry = e.entry GROUP BY u.case_id;
"""

SQL: dict[tuple[str, str], str] = {
    # measure and rule ("" = all) → numerator and denominator straight from the ledger's tables
    ("decisions", "open"): "SELECT count(*), 0 FROM undecided",
    ("decisions", "returned"): "SELECT count(*), 0 FROM cur",
    ("decisions", "applied"): """SELECT count(*), 0 FROM cur WHERE conclusion IN ('Sửa hộ tịch', 'Sửa dân cư')
        AND case_id NOT IN (SELECT case_id FROM asked)""",
    ("decisions", "waiting"): """SELECT count(*), 0 FROM cur WHERE conclusion IN ('Sửa hộ tịch', 'Sửa dân cư')
        AND case_id IN (SELECT case_id FROM asked)""",
    ("decisions", "refused"): """SELECT count(*), 0 FROM (SELECT j.entry, unnest(from_json(facts->'refused',
            '[{"case_id": "VARCHAR"}]')).case_id AS case_id FROM l.journal j WHERE (facts->'refused') IS NOT NULL) r
        WHERE NOT EXISTS (SELECT 1 FROM cur c WHERE c.case_id = r.case_id AND c.entry > r.entry)""",
    ("register_right", ""): """SELECT count(*) FILTER (conclusion = 'Cả hai đúng' OR (conclusion = 'Sửa dân cư'
            AND coalesce(correct_value, civil_value) = civil_value)), count(*) FROM cur
        WHERE kind <> 'pair' AND conclusion IN ('Sửa hộ tịch', 'Sửa dân cư', 'Cả hai đúng')""",
    ("population_right", ""): """SELECT count(*) FILTER (conclusion = 'Cả hai đúng' OR (conclusion = 'Sửa hộ tịch'
            AND coalesce(correct_value, population_value) = population_value)), count(*) FROM cur
        WHERE kind <> 'pair' AND conclusion IN ('Sửa hộ tịch', 'Sửa dân cư', 'Cả hai đúng')""",
    ("pair_right", ""): "SELECT count(*) FILTER (conclusion = 'Đúng cùng người'), count(*) FROM cur WHERE kind = 'pair'",
    ("fresh", ""): "SELECT count(*) FILTER (days <= 14), count(*) FROM since",
    ("age", "<=30"): "SELECT count(*), 0 FROM since WHERE days BETWEEN 15 AND 30",
    ("decided_in_week", "2026-11-27"): """SELECT count(*), 0 FROM cur
        WHERE CAST(decided_at[:10] AS DATE) BETWEEN date '2026-11-21' AND date '2026-11-27'""",
    ("conclusions", "Sửa dân cư"): "SELECT count(*), 0 FROM cur WHERE conclusion = 'Sửa dân cư'",
    ("carried_out", ""): """SELECT count(*), 0 FROM cur WHERE conclusion IN ('Sửa hộ tịch', 'Sửa dân cư')
        AND case_id NOT IN (SELECT case_id FROM asked)""",
}  # fmt: skip


@pytest.mark.parametrize("key", SQL, ids="-".join)
def test_each_measure_of_the_ledger_equals_sql_over_its_file(
    workspace: Workspace, measured: pl.DataFrame, key: tuple[str, str]
) -> None:
    measure, rule = key
    with duckdb.connect() as sql:
        sql.execute(f"ATTACH '{workspace.ledger_path}' AS l (READ_ONLY)")
        sql.execute(VIEWS)
        expected = sql.execute(SQL[key]).fetchall()[0]
    rows = measured.filter((pl.col("measure_id") == measure) & ((pl.col("rule") == rule) | (rule == "")))
    assert (int(rows["numerator"].sum()), int(rows["denominator"].fill_null(0).sum())) == expected
    assert max(expected) > 0, "the office of this test does everything that is measured"


def test_a_refused_answer_is_counted_until_it_is_put_right(workspace: Workspace, tmp_path: Path) -> None:
    office = Office(init_workspace(tmp_path / "ws").root)

    def refused() -> list[tuple[Any, ...]]:
        with office.ledger() as ledger:
            return ledger.refused().select("case_id", "commune_code").rows()

    done = office.apply(office.clerk().write(TONE, conclusion="Sửa").save())
    assert refused() == [(TONE, report_data.CAM_GIANG)]
    with office.ledger() as ledger:
        entries = ledger.journal().height
        facts = json.loads(ledger.journal()["facts"][-1])
    assert set(facts["refused"][0]) == {"file", "sheet", "row", "case_id", "commune_code"}, (
        "no value of a row"
    )
    office.apply(office.folder / "tra.xlsx")
    with office.ledger() as ledger:
        assert ledger.journal().height == entries, "the same refusal is not written again"
    office.apply(
        office.clerk("tra_chua-nhan.xlsx", done.copies[0]).write(TONE, conclusion="Sửa dân cư").save(),
        now=LATER,
    )
    assert refused() == []


def test_a_refused_answer_drops_out_when_its_row_is_emptied_or_no_longer_asked(tmp_path: Path) -> None:
    office = Office(init_workspace(tmp_path / "ws").root)
    office.apply(office.clerk().write(TONE, conclusion="Sửa").write(DEAD, conclusion="x").save())
    with office.ledger() as ledger:
        assert ledger.refused().height == 2
    office.apply(office.clerk().write(DEAD, conclusion="x").save())
    with office.ledger() as ledger:
        assert ledger.refused()["case_id"].to_list() == [DEAD]
    without = office.tables.discrepancies.filter(pl.col("discrepancy_id") != DEAD)
    office.publish("20261201-ffffffff", dataclasses.replace(office.tables, discrepancies=without))
    with office.ledger() as ledger:
        assert ledger.refused().is_empty()


def test_unreadable_cells_and_remarks_ask_for_no_decision(
    measured: pl.DataFrame, workspace: Workspace
) -> None:
    with duckdb.connect() as sql:
        sql.execute(f"ATTACH '{workspace.ledger_path}' AS l (READ_ONLY)")
        assert sql.execute(
            "SELECT count(*) FROM l.case_events WHERE case_id = ?", [UNREADABLE]
        ).fetchall() > [(0,)]
    assert set(measured["dimension"]) == {"accuracy", "timeliness", "decisions"}
