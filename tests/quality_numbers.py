"""An invented area with its scorecard and Friday report, and SQL over its measures to hold every number against.

Nothing of the program's own sums is used to expect a number.
"""

from __future__ import annotations

import datetime as dt
import json
import math
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
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


def measure(folder: Path) -> Path:
    """Keep nine nights of measures in ``folder``; write the scorecard into ``card`` and the report into ``weekly``."""
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


def told_by(made: Path) -> dict[str, Any]:
    """Return scorecard.json by commune, ``*`` for the area, ``card`` for the whole."""
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


def dots(value: float) -> str:
    return f"{round(value):,}".replace(",", ".")


def per_cent(n: float, d: float = 1) -> str:
    value = n / d * 100
    return f"{99.9 if value < 100 and round(value, 1) >= 100 else value:.1f} %".replace(".", ",")
