"""Which unit the rows of a file are given to, and which residents a unit's report speaks of."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from reconcile.nightly.registers import grouped
from reconcile.nightly.units import Entry, plan_units
from reconcile.report.responsible import keeper

DAY = dt.date(2026, 11, 22)

Place = tuple[str | None, str | None, str | None]


def told(places: set[Place]) -> dict[str, Any]:
    return {"places": grouped(places), "reports": [{"rows_used": 10}]}


@pytest.mark.parametrize(
    ("places", "whole"),
    [
        ({("10918", "2010-05-01", None), ("10918", None, None)}, True),
        (
            {("10903", "2010-05-01", "10903"), ("10903", "2025-08-01", "10903")},
            True,
        ),  # one code, two communes
        ({("10933", "2010-05-01", "10930"), ("10933", "2010-05-01", None)}, False),  # split: the folder tells
        ({("10918", "2010-05-01", None), ("10930", "2010-05-01", None)}, False),
        ({(None, "2010-05-01", None)}, True),
        ({("99999", None, "10888"), ("10888", None, None)}, False),
    ],
)
def test_every_place_goes_to_the_unit_that_keeps_its_books(places: set[Place], whole: bool) -> None:
    units = plan_units([Entry("a", "1", Path("a"), told(places))], DAY)
    expected: dict[str, set[Place]] = {}
    for code, month, folder in places:
        written = dt.date.fromisoformat(month) if month else None
        unit = keeper(code, written, folder, DAY) if code else "khong-ro"
        expected.setdefault(unit, set()).add((code, month, folder))
    assert units.keys() == expected.keys()
    for code, unit in units.items():
        assert unit.files[0]["whole"] is whole
        assert set(unit.task()["places"]) == (set() if whole else expected[code])
        assert unit.places == {(commune, folder) for commune, _, folder in expected[code]}
    assert sum(u.rows for u in units.values()) == pytest.approx(10)


def test_rows_of_an_extract_out_of_order_are_found_as_those_in_order(tmp_path: Path) -> None:
    """With who shares a number with them or seems to be the same person, and without those of other units."""
    from reconcile.nightly.population import BIRTHS, IN_DOUBT, RESIDENTS, births_by_unit
    from reconcile.nightly.reporting import _concerned
    from reconcile.schema import NORMALIZED_RESIDENTS

    rows = [
        {"population_row": n, "birth_registration_unit": "10918" if n % 3 else None} for n in range(2, 12)
    ]
    ordered = NORMALIZED_RESIDENTS.conform(pl.DataFrame(rows, schema_overrides={"population_row": pl.UInt32}))
    links = pl.DataFrame({"population_row": [3, 6, None]}, schema={"population_row": pl.UInt32})
    found = []
    for name, residents in (("ordered", ordered), ("other", ordered.reverse())):
        folder = tmp_path / name
        folder.mkdir()
        residents.rechunk().write_ipc(folder / RESIDENTS, compression="uncompressed")
        births_by_unit(residents).write_parquet(folder / BIRTHS)
        pairs = [(a, b) for one in ((3, 11), (7, 8), (9, 10)) for a in one for b in one]
        doubt = pl.DataFrame(
            pairs, schema=dict.fromkeys(("population_row", "other_row"), pl.UInt32), orient="row"
        )
        doubt.write_parquet(folder / IN_DOUBT)
        for codes in (["10918"], []):
            kept = _concerned(folder, [links, links.clear()], codes, [9])
            found.append(sorted(kept["population_row"].to_list()))
    assert found == [[2, 3, 4, 5, 6, 7, 8, 9, 10, 11], [3, 6, 9, 10, 11]] * 2
