"""Every number of scorecard.json equals independent SQL over the measures' Parquet files."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from quality_numbers import COMMUNES, HEADS, LAST, SHARES, cards, interval, table


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
