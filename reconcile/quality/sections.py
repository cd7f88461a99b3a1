"""The parts of the scorecard, each worked out once for the whole area and all communes together.

Every function returns commune code → rows; ``AREA`` stands for all communes taken together.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, TypeAlias

import polars as pl

from reconcile.quality.history import summed
from reconcile.quality.intervals import verdict, wilson
from reconcile.quality.knowledge import knowledge
from reconcile.quality.tables import DIMENSIONS
from reconcile.quality.words import code_title, period_title, rule_title, word

if TYPE_CHECKING:
    import datetime as dt

    from reconcile.quality.history import History
    from reconcile.quality.settings import Office

AREA = "*"

Rows: TypeAlias = dict[str, list[dict[str, Any]]]


def doubled(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the rows of every commune and once more for the area as a whole."""
    return pl.concat([frame.with_columns(pl.lit(AREA).alias("commune")), frame])


def share_row(numerator: int, denominator: int, target: float | None) -> dict[str, Any]:
    """Return a share with its interval, target and verdict, ready to be shown or written."""
    low, high = wilson(numerator, denominator)
    return {
        "numerator": numerator,
        "denominator": denominator,
        "share": numerator / denominator if denominator else None,
        "low": low if denominator else None,
        "high": high if denominator else None,
        "target": target,
        "verdict": verdict(numerator, denominator, target),
    }


def dimensions(now: pl.DataFrame, past: History, office: Office) -> Rows:
    """Return one row per dimension that was measured: its headline with interval, verdict, changes and trend."""
    known = knowledge()
    keys = [known.headline(d).key for d in DIMENSIONS]
    wanted = doubled(now.filter(pl.col("measure_id").is_in(keys)))
    today = _by_commune(summed(wanted, "commune", "measure_id"))
    trends = trend_of(past, keys)
    yesterday, week_ago = earlier_days(past)
    rows: Rows = {}
    for commune, values in today.items():
        found = {v["measure_id"]: v for v in values}
        own = trends.get(commune, {})
        rows[commune] = []
        for dimension in DIMENSIONS:
            measure = known.headline(dimension)
            value = found.get(measure.key)
            line = own.get(measure.key, {})
            row = share_row(
                value["numerator"] if value else 0,
                (value["denominator"] or 0) if value else 0,
                office.target(measure.key),
            )
            row |= {
                "dimension": dimension,
                "measure": measure.key,
                "dimension_title": known.dimensions[dimension]["title"],
                "question": known.dimensions[dimension]["question"],
                "title": measure.title,
                "unit": measure.unit,
                "help": measure.help,
                "day_change": _change(row["share"], _share(line, yesterday)),
                "week_change": _change(row["share"], _share(line, week_ago)),
                "trend": [(day, n / d) for day, (n, d) in sorted(line.items()) if d],
            }
            rows[commune].append(row)
    return rows


def trend_of(past: History, measures: list[str]) -> dict[str, dict[str, dict[dt.date, tuple[int, int]]]]:
    """Return commune → measure → day → numerator and denominator, the area as ``AREA``."""
    frame = doubled(past.trend.filter(pl.col("measure_id").is_in(measures)))
    lines: dict[str, dict[str, dict[dt.date, tuple[int, int]]]] = defaultdict(lambda: defaultdict(dict))
    for commune, measure, day, n, d in summed(frame, "commune", "measure_id", "day").iter_rows():
        lines[commune][measure][day] = (n, d or 0)
    return lines


def earlier_days(past: History) -> tuple[dt.date | None, dt.date | None]:
    """Return the measured days to compare with: the one before the last, and that of a week before it."""
    import datetime as dt

    return past.at(past.day - dt.timedelta(days=1)), past.at(past.day - dt.timedelta(days=7))


def rules(now: pl.DataFrame, office: Office) -> Rows:
    """Return the rules that are broken, most cases first: cells missing, rules of validation, fields that differ."""
    frame = now.filter(
        pl.col("measure_id").is_in(["field_filled", "rule_passed", "field_agrees"])
        & (pl.col("denominator") > 0)
    )
    counted = summed(doubled(frame), "commune", "measure_id", "rule").filter(
        pl.col("denominator") > pl.col("numerator")
    )
    places = worst_places(frame, office)
    rows: Rows = {}
    for commune, values in _by_commune(counted).items():
        rows[commune] = sorted(
            (
                share_row(v["numerator"], v["denominator"], office.target(v["measure_id"]))
                | {
                    "measure": v["measure_id"],
                    "rule": v["rule"],
                    "dimension": knowledge().measures[v["measure_id"]].dimension,
                    "title": rule_title(v["measure_id"], v["rule"]),
                    "failing": v["denominator"] - v["numerator"],
                    "help": knowledge().measures[v["measure_id"]].help,
                    "places": places.get((v["measure_id"], v["rule"]), []) if commune == AREA else [],
                }
                for v in values
            ),
            key=lambda r: (-r["failing"], r["measure"], r["rule"]),
        )
    return rows


PLACES = 5


def worst_places(frame: pl.DataFrame, office: Office) -> dict[tuple[str, str], list[dict[str, Any]]]:
    """Return measure and rule → the communes with most failing cases."""
    counted = summed(frame, "measure_id", "rule", "commune").with_columns(
        (pl.col("denominator") - pl.col("numerator")).alias("failing")
    )
    top = (
        counted.filter(pl.col("failing") > 0)
        .sort("measure_id", "rule", "failing", "commune", descending=[False, False, True, False])
        .group_by("measure_id", "rule", maintain_order=True)
        .head(PLACES)
    )
    found: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for row in top.iter_rows(named=True):
        found[row["measure_id"], row["rule"]].append(
            {"commune": row["commune"], "name": office.name(row["commune"])}
            | {"failing": row["failing"], "denominator": row["denominator"]}
        )
    return found


def codes(now: pl.DataFrame) -> Rows:
    """Return the open discrepancies by code, with one column per owner."""
    counted = summed(
        doubled(now.filter(pl.col("measure_id") == "discrepancies")), "commune", "rule", "source"
    )
    found: dict[str, dict[str, dict[str, int]]] = defaultdict(lambda: defaultdict(dict))
    for row in counted.iter_rows(named=True):
        found[row["commune"]][row["rule"]][row["source"]] = row["numerator"]
    return {
        commune: sorted(
            (
                {"code": code, "title": code_title(code), "total": sum(owners.values())}
                | {owner: owners.get(owner, 0) for owner in ("tu_phap", "cong_an", "xac_minh")}
                for code, owners in by_code.items()
            ),
            key=lambda r: (-int(str(r["total"])), str(r["code"])),
        )
        for commune, by_code in found.items()
    }


def causes(now: pl.DataFrame, office: Office) -> Rows:
    """Return the systematic causes: code, groups, rows, and where."""
    counted = summed(doubled(now.filter(pl.col("dimension") == "causes")), "commune", "rule", "measure_id")
    found: dict[str, dict[str, dict[str, int]]] = defaultdict(lambda: defaultdict(dict))
    where: dict[str, set[str]] = defaultdict(set)
    for row in counted.iter_rows(named=True):
        found[row["commune"]][row["rule"]][row["measure_id"]] = row["numerator"]
        if row["commune"] != AREA:
            where[row["rule"]].add(row["commune"])
    return {
        commune: sorted(
            (
                {
                    "code": code,
                    "title": code_title(code),
                    "rows": counts.get("cause_rows", 0),
                    "groups": counts.get("cause_groups", 0),
                    "places": [{"commune": c, "name": office.name(c)} for c in sorted(where[code])][:PLACES],
                    "communes": len(where[code]),
                }
                for code, counts in by_code.items()
            ),
            key=lambda r: (-int(str(r["rows"])), str(r["code"])),
        )
        for commune, by_code in found.items()
    }


def books(now: pl.DataFrame) -> Rows:
    """Return one row per register and period: records, how they stand, what is ready to be approved."""
    frame = now.filter(
        pl.col("measure_id").is_in(["records", "books", "state", "ready", "scans", "complete"])
    )
    counted = summed(doubled(frame), "commune", "register", "period", "measure_id", "rule")
    found: dict[str, dict[tuple[str, str], dict[str, int]]] = defaultdict(lambda: defaultdict(dict))
    for row in counted.iter_rows(named=True):
        key = row["rule"] if row["measure_id"] == "state" else row["measure_id"]
        found[row["commune"]][row["register"], row["period"]][key] = row["numerator"]
    order = [p.key for p in knowledge().periods]
    rows: Rows = {}
    for commune, cells in found.items():
        rows[commune] = [
            {
                "register": register,
                "register_title": word("register", register),
                "period": period,
                "period_title": period_title(period),
            }
            | {
                k: counts.get(k, 0)
                for k in ("books", "records", "agreeing", "differing", "review", "missing", "ready")
            }
            | {"scans": counts.get("scans")}
            for (register, period), counts in sorted(
                cells.items(),
                key=lambda c: (_place(c[0][0], list(_registers())), _place(c[0][1], order)),
            )
        ]
    return rows


def _registers() -> dict[str, str]:
    from reconcile.schema import REGISTERS

    return REGISTERS


def _place(key: str, order: list[str]) -> int:
    return order.index(key) if key in order else len(order)


DECISION_PARTS = ("trend", "yesterday", "last_week")


def decisions(now: pl.DataFrame, past: History) -> dict[str, dict[str, Any]]:
    """Return counts of decisions by state, ages of open cases, conclusions, and decisions per week."""
    ids = ["decisions", "age", "conclusions", "decided_in_week", "carried_out"]
    frame = doubled(now.filter(pl.col("measure_id").is_in(ids)))
    found: dict[str, dict[str, Any]] = defaultdict(lambda: {key: {} for key in (*ids, *DECISION_PARTS)})
    for commune, measure, rule, n, _ in summed(frame, "commune", "measure_id", "rule").iter_rows():
        found[commune][measure][rule] = n
    yesterday, week_ago = earlier_days(past)
    states = doubled(past.trend.filter(pl.col("measure_id") == "decisions"))
    for commune, rule, day, n, _ in summed(states, "commune", "rule", "day").iter_rows():
        one = found[commune]
        one["trend"].setdefault(rule, []).append((day, n))
        if day == yesterday:
            one["yesterday"][rule] = n
        if day == week_ago:
            one["last_week"][rule] = n
    return found


def counts_over_time(past: History, measure: str) -> dict[str, dict[dt.date, int]]:
    """Return commune → day → count of a measure (``records``)."""
    frame = doubled(past.trend.filter(pl.col("measure_id") == measure))
    lines: dict[str, dict[dt.date, int]] = defaultdict(dict)
    for commune, day, n, _ in summed(frame, "commune", "day").iter_rows():
        lines[commune][day] = n
    return lines


def _by_commune(frame: pl.DataFrame) -> Rows:
    rows: Rows = defaultdict(list)
    for row in frame.iter_rows(named=True):
        rows[row["commune"]].append(row)
    return rows


def _share(line: dict[dt.date, tuple[int, int]], day: dt.date | None) -> float | None:
    if day is None or day not in line:
        return None
    numerator, denominator = line[day]
    return numerator / denominator if denominator else None


def _change(now: float | None, before: float | None) -> float | None:
    return None if now is None or before is None else now - before
