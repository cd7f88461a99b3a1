"""The scorecard as data: what the page, the workbook and the JSON all show, so that they can't disagree."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import polars as pl

from reconcile.quality import cuts, sections
from reconcile.quality.intervals import FEWEST
from reconcile.quality.sections import AREA
from reconcile.quality.workdays import Pace, pace

if TYPE_CHECKING:
    from reconcile.quality.history import History
    from reconcile.quality.settings import Office

PACE_DAYS = 28
"""Days back over which the pace is taken."""


def scorecard(past: History, office: Office) -> dict[str, Any]:
    """Return the whole scorecard: ``area`` (one card), ``communes`` (code → card, in the order of need)."""
    now = past.now
    parts = {
        "dimensions": sections.dimensions(now, past, office),
        "rules": sections.rules(now, office),
        "codes": sections.codes(now),
        "causes": sections.causes(now, office),
        "books": sections.books(now),
        "cuts": cuts.by_register_and_period(now),
        "others": cuts.other_shares(now, office),
    }
    signed = cuts.approvals(now)
    decided = sections.decisions(now, past)
    entered = sections.counts_over_time(past, "records")
    yesterday, week_ago = sections.earlier_days(past)
    codes = sorted({c for part in parts.values() for c in part if c != AREA})
    configured = sorted(set(office.names) - set(codes))
    cards: dict[str, dict[str, Any]] = {
        code: {
            "commune": code,
            "name": office.area if code == AREA else office.name(code),
            **{name: part.get(code, []) for name, part in parts.items()},
            "decisions": decided[code],
            "approval": signed.get(code, {}),
            "pace": asdict(
                _pace(code, past.day, entered.get(code, {}), office, len(codes) + len(configured))
            ),
            "records": _series(entered.get(code, {}), past.day, yesterday, week_ago),
        }
        for code in [AREA, *codes]
    }
    for card in cards.values():
        card["open"] = _open(card)
        card["need"] = need(card)
        card["left"] = _left(card)
    order = sorted(codes, key=lambda c: (-cards[c]["need"]["cases"], -cards[c]["open"], c))
    return {
        "area": cards[AREA],
        "communes": {code: cards[code] for code in order},
        "day": past.day,
        "yesterday": yesterday,
        "week_ago": week_ago,
        "nights": len(past.days),
        "first_day": past.days[0],
        "runs": sorted(set(now["run_id"].to_list()) - {""})[-1:],
        "silent": [{"commune": c, "name": office.name(c)} for c in configured],
        "kind": office.kind,
        "changes": changes(cards[AREA]),
        "movers": movers({code: cards[code] for code in order}),
    }


def _pace(commune: str, day: dt.date, line: dict[dt.date, int], office: Office, units: int) -> Pace:
    earlier = [d for d in sorted(line) if day - dt.timedelta(days=PACE_DAYS) <= d < day]
    since = (earlier[0], line[earlier[0]]) if earlier else None
    plan = office.plan
    area = commune == AREA
    return pace(
        day,
        line.get(day, 0),
        plan.total(None if area else commune),
        since,
        deadline=plan.deadline,
        planned_per_day=plan.per_day * (units if area else 1),
    )


def _series(
    line: dict[dt.date, int], day: dt.date, yesterday: dt.date | None, week_ago: dt.date | None
) -> dict[str, Any]:
    return {
        "now": line.get(day, 0),
        "yesterday": None if yesterday is None else line.get(yesterday),
        "week_ago": None if week_ago is None else line.get(week_ago),
        "trend": sorted(line.items()),
    }


def _open(card: dict[str, Any]) -> int:
    """Return the questions that nobody has answered: as the ledger counts them, else as the run found them."""
    states = card["decisions"].get("decisions", {})
    if "open" in states or "returned" in states:
        return int(states.get("open", 0))
    return sum(row["total"] for row in card["codes"])


def _left(card: dict[str, Any]) -> int:
    """Return records that can't be approved yet."""
    return sum(row["records"] - row["ready"] for row in card["books"])


def need(card: dict[str, Any]) -> dict[str, Any]:
    """Say whether a commune needs help: targets missed beyond doubt, and how many cases would have to be put right.

    ``cases`` counts, over the dimensions whose whole interval lies below the target, the cases that are lacking to
    reach it: effort, not a rank of percentages, so that three rows never shame a small commune.
    """
    missed = [row for row in card["dimensions"] if row["verdict"] == "missed"]
    lacking = [
        {
            "dimension": row["dimension_title"],
            "cases": max(1, round(row["target"] * row["denominator"] - row["numerator"])),
            "share": row["share"],
            "target": row["target"],
            "help": row["help"],
        }
        for row in missed
    ]
    lacking.sort(key=lambda r: (-r["cases"], r["dimension"]))
    few = [row["dimension_title"] for row in card["dimensions"] if row["verdict"] == "open"]
    return {"missed": lacking, "cases": sum(r["cases"] for r in lacking), "few": few}


def changes(card: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the area's numbers today, yesterday and a week ago. ``good``: +1 more is better, -1 fewer, 0 neither."""
    states = card["decisions"]
    rows = [
        {"title": "Bản ghi đã nhập", "good": 1}
        | {k: card["records"][k] for k in ("now", "yesterday", "week_ago")}
    ]
    for key, title, good in (
        ("returned", "Kết luận đã nhận", 1),
        ("applied", "Đã sửa xong", 1),
        ("waiting", "Đã kết luận, chưa sửa xong", -1),
        ("open", "Sai lệch chưa có kết luận", -1),
        ("refused", "Kết luận không dùng được", -1),
    ):
        now = states.get("decisions", {}).get(key)
        before = states.get("yesterday", {}).get(key)
        earlier = states.get("last_week", {}).get(key)
        if (now, before, earlier) != (None, None, None):
            known = bool(states.get("yesterday")), bool(states.get("last_week"))
            rows.append(
                {"title": title, "good": good, "now": now or 0}
                | {
                    "yesterday": before or 0 if known[0] else None,
                    "week_ago": earlier or 0 if known[1] else None,
                }
            )
    approval = card["approval"]
    if approval:
        lapsed = approval["books"]["lapsed"]
        rows += [
            {"title": title, "good": good, "now": now, "yesterday": None, "week_ago": None}
            for title, good, now in (
                ("Bản ghi đã được phê duyệt", 1, approval["approved"]),
                ("Quyển sổ ký rồi lại thay đổi", -1, lapsed),
            )
            if now
        ]
    if len(rows) == 1:
        rows.append(
            {
                "title": "Sai lệch phải xem",
                "good": -1,
                "now": card["open"],
                "yesterday": None,
                "week_ago": None,
            }
        )
    return rows


def movers(cards: dict[str, Any], shown: int = 5) -> dict[str, list[dict[str, Any]]]:
    """Return the largest changes of a commune's share within a week, worse and better, beyond what chance does.

    A change is told where it exceeds the half width of today's interval and rests on ``FEWEST`` cases.
    """
    found = [
        {
            "commune": code,
            "name": card["name"],
            "dimension": row["dimension_title"],
            "title": row["title"],
            "share": row["share"],
            "change": row["week_change"],
        }
        for code, card in cards.items()
        for row in card["dimensions"]
        if row["week_change"] is not None
        and row["denominator"] >= FEWEST
        and abs(row["week_change"]) > (row["high"] - row["low"]) / 2
    ]
    found.sort(key=lambda r: (r["change"], r["commune"], r["dimension"]))
    return {
        "worse": [r for r in found if r["change"] < 0][:shown],
        "better": [r for r in reversed(found) if r["change"] > 0][:shown],
    }


def as_json(card: dict[str, Any]) -> dict[str, Any]:
    """Return the scorecard with days as text and no trend longer than a number a day."""

    def plain(value: Any) -> Any:
        if isinstance(value, dict):
            return {str(k): plain(v) for k, v in value.items()}
        if isinstance(value, list | tuple):
            return [plain(v) for v in value]
        if isinstance(value, dt.date):
            return value.isoformat()
        return round(value, 6) if isinstance(value, float) else value

    return dict(plain(card))


def total(frame: pl.DataFrame, measure: str) -> int:
    """Return the sum of a measure's numerators."""
    return int(frame.filter(pl.col("measure_id") == measure)["numerator"].sum())
