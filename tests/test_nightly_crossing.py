"""What one commune on demand has to know of the others is what a whole night tells it."""

from __future__ import annotations

import datetime as dt
import random

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from reconcile.match.results import MODEL_PASS
from reconcile.nightly import crossing

THRESHOLDS = {"match": 0.9, "review": 0.2}
UNITS = ["10888", "10903", "10918", "10930"]


def claims(dice: random.Random, count: int) -> pl.DataFrame:
    """Return claims of few residents, names and days, so that they meet in every way there is."""
    rows = []
    for at in range(count):
        tier = dice.choice(["match", "match", "review", "none"])
        row = dice.randint(2, count // 3) if tier != "none" else None
        born = dt.date(2000, 1, dice.randint(1, 3))
        rows.append({
            "at": at, "record_id": f"r{at}", "role": dice.choice(["nks", "nks", "nkt"]), "source_file": "f",
            "source_row": at, "name_key": dice.choice([*"abcdefghijkl", None]), "birth_earliest": born,
            "birth_latest": born, "mother_key": dice.choice(["me", None]), "father_key": None,
            "resident_id": f"p{row}" if row else None, "population_row": row,
            "probability": dice.choice([0.95, 0.6, 0.3]), "tier": tier,
            "match_pass": dice.choice([MODEL_PASS, "P1"]), "unit": dice.choice(UNITS),
        })  # fmt: skip
    schema = {"at": pl.UInt32, "source_row": pl.UInt32, "population_row": pl.UInt32, "unit": pl.Enum(UNITS),
              "father_key": pl.String}  # fmt: skip
    return pl.DataFrame(rows, schema_overrides=schema, infer_schema_length=None)


def told(
    of: pl.DataFrame, born: pl.DataFrame, doubt: pl.DataFrame, unit: str
) -> tuple[pl.DataFrame, pl.DataFrame]:
    changed = crossing.compete(of, THRESHOLDS)
    known = crossing.foreign(crossing.after(of, changed), born, doubt)
    return changed.drop("at").filter(pl.col("unit") == unit), known.filter(pl.col("to") == unit)


@pytest.mark.parametrize("seed", range(12))
def test_a_commune_on_demand_is_told_what_a_whole_night_tells_it(seed: int) -> None:
    dice = random.Random(seed)
    every = claims(dice, 60)
    born = pl.DataFrame(
        {"population_row": range(2, 21), "to": [dice.choice(UNITS) for _ in range(19)]},
        schema={"population_row": pl.UInt32, "to": pl.Enum(UNITS)},
    )
    doubt = pl.DataFrame(
        {"population_row": [2, 2, 5], "to": dice.sample(UNITS, 3)},
        schema_overrides={"population_row": pl.UInt32},
    )
    for unit in UNITS:
        whole = told(every, born, doubt, unit)
        some = crossing.bearing_on(every, born, doubt, {unit})
        assert some.height < every.height
        for one, other in zip(whole, told(some, born, doubt, unit), strict=True):
            assert_frame_equal(one, other)
        assert whole[0].height + whole[1].height > 0
