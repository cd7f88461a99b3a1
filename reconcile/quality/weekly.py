"""The numbers of the Friday report (domain: weekly duty of communes and districts): pure, frames in, rows out."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import polars as pl

from reconcile.quality.history import summed
from reconcile.quality.knowledge import knowledge
from reconcile.quality.words import period_title, word
from reconcile.schema import REGISTERS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from reconcile.quality.settings import Office


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the report: key, title, and whether people fill it in (the software can't know it)."""

    key: str
    title: str
    by_hand: bool = False


def columns() -> tuple[Column, ...]:
    """Return the columns of the report after unit, register and period."""
    groups = [
        Column(f"group_{key}", f"Sai lệch: {one['title'].lower()}") for key, one in knowledge().groups.items()
    ]
    return (
        Column("books", "Số quyển"),
        Column("total", "Tổng số trường hợp"),
        Column("entered", "Đã nhập (lũy kế)"),
        Column("entered_week", "Nhập trong tuần"),
        Column("scans", "Đã có PDF"),
        Column("imported", "Đã import", by_hand=True),
        Column("compared", "Đã đối chiếu dân cư"),
        Column("agreeing", "Khớp"),
        Column("differing", "Sai lệch (bản ghi)"),
        *groups,
        Column("review", "Chờ xác nhận người"),
        Column("missing", "Chưa tìm thấy trong dân cư"),
        Column("settled_justice", "Tư pháp đã xử lý"),
        Column("sent_police", "Đã chuyển công an"),
        Column("settled_police", "Công an đã xử lý"),
        Column("ready", "Đủ điều kiện phê duyệt"),
        Column("approved", "Đã phê duyệt", by_hand=True),
        Column("converted", "Đã chuyển chính thức", by_hand=True),
        Column("left", "Còn lại"),
        Column("percent", "Tỷ lệ %"),
    )


KEY = ("commune", "register", "period")

COUNTED = {
    ("books", ""): "books",
    ("records", ""): "entered",
    ("scans", ""): "scans",
    ("state", "agreeing"): "agreeing",
    ("state", "differing"): "differing",
    ("state", "review"): "review",
    ("state", "missing"): "missing",
    ("ready", ""): "ready",
    ("conclusions", "Sửa dân cư"): "sent_police",
    ("approved", ""): "approved",
    ("converted", ""): "converted",
}
"""Measure and rule → column, where the numerator is the number."""


MEASURED = "measured"
"""Key of a row's list of hand-written columns that were measured all the same: their cells are not for people."""


@dataclass(frozen=True, slots=True)
class Week:
    """One reporting week of one office: Saturday to Friday, both included, and its rows.

    A row has ``KEY``, the titles and the keys of ``columns``; None = not known. ``difficulties``: commune → text.
    """

    friday: dt.date
    rows: list[dict[str, Any]]
    difficulties: dict[str, str] = field(default_factory=dict)

    @property
    def saturday(self) -> dt.date:
        """First day of the week."""
        return self.friday - dt.timedelta(days=6)


def week_rows(
    now: pl.DataFrame,
    office: Office,
    *,
    entered_before: Mapping[tuple[str, str, str], int],
    by_hand: Mapping[tuple[str, str, str], Mapping[str, int]],
) -> list[dict[str, Any]]:
    """Return the report's rows: one per commune, register and period that was measured or is planned.

    ``entered_before``: records that the report of the week before gave as entered, so that this week and all weeks
    together add up. ``by_hand``: what people filled in.
    """
    found: dict[tuple[str, str, str], dict[str, Any]] = defaultdict(dict)
    for row in summed(now, *KEY, "measure_id", "rule", "source").iter_rows(named=True):
        cell = found[row["commune"], row["register"], row["period"]]
        n, measure, rule = row["numerator"], row["measure_id"], row["rule"]
        key = COUNTED.get((measure, rule))
        if measure == "differing_in":
            key = f"group_{rule}"
        elif measure == "carried_out":
            key = {"tu_phap": "settled_justice", "cong_an": "settled_police"}.get(row["source"])
        if key:
            cell[key] = cell.get(key, 0) + n
    planned = (
        {}
        if office.plan.totals is None
        else {
            (row["commune"], row["register"], row["period"]): row
            for row in office.plan.totals.iter_rows(named=True)
        }
    )
    keys = sorted({k for k, cell in found.items() if cell.get("entered")} | set(planned), key=_order)
    return [
        _row(
            key,
            found.get(key, {}),
            planned.get(key),
            office,
            entered_before.get(key, 0),
            by_hand.get(key, {}),
        )
        for key in keys
    ]


def _order(key: tuple[str, str, str]) -> tuple[Any, ...]:
    registers = [*REGISTERS]
    periods = [p.key for p in knowledge().periods]
    register = registers.index(key[1]) if key[1] in registers else len(registers)
    period = periods.index(key[2]) if key[2] in periods else len(periods)
    return key[0], register, period, key


def _row(
    key: tuple[str, str, str],
    cell: dict[str, Any],
    planned: dict[str, Any] | None,
    office: Office,
    before: int,
    by_hand: Mapping[str, int],
) -> dict[str, Any]:
    commune, register, period = key
    entered = cell.get("entered", 0)
    total = planned["records"] if planned else None
    row: dict[str, Any] = {
        "commune": commune,
        "register": register,
        "period": period,
        "name": office.name(commune),
        "register_title": word("register", register),
        "period_title": period_title(period),
        **{c.key: cell.get(c.key, 0) for c in columns() if not c.by_hand},
        # What officers signed counts before what somebody wrote into the report.
        **{c.key: cell.get(c.key, by_hand.get(c.key)) for c in columns() if c.by_hand},
        MEASURED: sorted(c.key for c in columns() if c.by_hand and c.key in cell),
    }
    row |= {
        "books": cell.get("books", 0) or (planned["books"] if planned else 0),
        "total": total,
        "scans": cell.get("scans"),
        "compared": entered,
        "entered_week": entered - before,
        "left": None if total is None else max(0, total - entered),
        "percent": None if not total else entered / total,
    }
    return row


def added(rows: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """Return the sums of rows; None where no row knows the number. The share is worked out again."""
    listed = list(rows)
    sums: dict[str, Any] = {}
    for column in columns():
        known = [r[column.key] for r in listed if r[column.key] is not None]
        sums[column.key] = sum(known) if known else None
    planned = [r for r in listed if r["total"] is not None]
    total = sum(r["total"] for r in planned)
    sums["percent"] = sum(min(r["entered"], r["total"]) for r in planned) / total if total else None
    return sums


def corrections(sent: list[dict[str, Any]], now: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return every number that differs from the one sent: unit, register, period, column, sent, now."""
    measured = {key for row in now for key in row.get(MEASURED, ())}
    shown = [c for c in columns() if (not c.by_hand or c.key in measured) and c.key != "percent"]
    old = {tuple(r[k] for k in KEY): r for r in sent}
    new = {tuple(r[k] for k in KEY): r for r in now}
    found: list[dict[str, Any]] = []
    for key in sorted({*old, *new}):
        before, after = old.get(key), new.get(key)
        told = after or before or {}
        found += [
            {k: told[k] for k in (*KEY, "name", "register_title", "period_title")}
            | {"column": c.key, "title": c.title}
            | {"sent": before[c.key] if before else None, "now": after[c.key] if after else None}
            for c in shown
            if (before[c.key] if before else None) != (after[c.key] if after else None)
        ]
    return found


def standings(rows: list[dict[str, Any]]) -> dict[str, list[str]]:
    """Return the units by how far they are: done, from half, from a tenth, below, not started; unknown totals apart."""
    by_unit: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        by_unit[row["commune"]].append(row)
    found: dict[str, list[str]] = {
        "Đã xong": [], "Từ 50 % trở lên": [], "Từ 10 % đến dưới 50 %": [], "Dưới 10 %": [], "Chưa triển khai": [],
        "Chưa rõ tổng số": [],
    }  # fmt: skip
    for unit in by_unit.values():
        sums, name = added(unit), unit[0]["name"]
        share = sums["percent"]
        if not sums["entered"]:
            found["Chưa triển khai"].append(name)
        elif share is None:
            found["Chưa rõ tổng số"].append(name)
        elif share >= 1:
            found["Đã xong"].append(name)
        elif share >= 0.5:
            found["Từ 50 % trở lên"].append(name)
        else:
            found["Từ 10 % đến dưới 50 %" if share >= 0.1 else "Dưới 10 %"].append(name)
    return found
