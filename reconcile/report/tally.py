"""The numbers of one workbook's first sheet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from reconcile.report import layout
from reconcile.report.wording import SEVERITIES, wording, words
from reconcile.schema import REGISTERS

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True, slots=True)
class Tally:
    """What *Tổng hợp* says.

    ``rows``: sheet key → all rows; ``work``: rows that ask for a decision, that is without those only told
    (*Để biết*); ``minutes``: of one row that asks. ``severities``: severity code → rows of *Sai lệch*;
    ``groups``: its rows that decide a whole group. ``facts``: label, number, remark.
    """

    heading: str
    caption: str
    footer: str
    rows: dict[str, int]
    work: dict[str, int]
    minutes: dict[str, float]
    severities: dict[str, int]
    groups: int
    facts: list[tuple[str, int, str]]


def told_only() -> str:
    """Return the word for rows that ask for no decision."""
    return words("severity")["info"]


def tally(frames: dict[str, pl.DataFrame], facts: dict[str, Any], caption: str, footer: str) -> Tally:
    """Count one workbook's rows. ``facts``: name, registers, tiers of the commune (``workbook.commune_facts``)."""
    rows = {key: frame.height for key, frame in frames.items()}
    asking = {key: _asking(frame) for key, frame in frames.items()}
    severities, groups = _severities(frames[layout.DISCREPANCIES.key])
    return Tally(
        heading=facts.get("name") or "Chưa rõ xã",
        caption=caption,
        footer=footer,
        rows=rows,
        work={key: frame.height for key, frame in asking.items()},
        minutes=_minutes(asking),
        severities=severities,
        groups=groups,
        facts=_facts(facts, rows),
    )


def _asking(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the rows that ask for a decision."""
    return frame.filter(frame["muc_do"] != told_only()) if "muc_do" in frame.columns else frame


def _minutes(frames: dict[str, pl.DataFrame]) -> dict[str, float]:
    """Return sheet key → minutes of one row: the mean of the catalogue's figures, else the one of the wording."""
    assumed = {key: float(value) for key, value in wording()["minutes"].items()}
    minutes: dict[str, float] = {}
    for key, value in assumed.items():
        frame = frames[key]
        known = None if frame.is_empty() else frame["minutes"].mean()
        minutes[key] = round(known, 1) if isinstance(known, float) else value
    return minutes


def _severities(rows: pl.DataFrame) -> tuple[dict[str, int], int]:
    """Return severity code → rows, and the rows that decide a group."""
    if rows.is_empty():
        return {}, 0
    counted = dict(rows.group_by("muc_do").len().iter_rows())
    names = words("severity")
    return {code: counted.get(names[code], 0) for code in SEVERITIES}, sum(
        n for word, n in counted.items() if word not in names.values()
    )


def _facts(facts: dict[str, Any], rows: dict[str, int]) -> list[tuple[str, int, str]]:
    """Return label, number, remark for *Kết quả đối chiếu*."""
    registers: dict[str, int] = facts.get("registers", {})
    tiers: dict[str, int] = facts.get("tiers", {})
    names = words("register")
    people = sum(tiers.values())

    def share(number: int) -> str:
        return (
            f"{number / people:.1%}".replace(".", ",").replace("%", " %") + " số người phải tìm"
            if people
            else ""
        )

    known = [*REGISTERS, *sorted(set(registers) - set(REGISTERS))]
    listed = ", ".join(f"{names.get(r, r).lower()} {registers[r]}" for r in known if r in registers)
    return [
        ("Bản ghi trong sổ", sum(registers.values()), listed),
        ("Người phải tìm", people, "mỗi bản ghi nhắc đến một hay nhiều người"),
        ("Đã tìm thấy chắc chắn", tiers.get("match", 0), share(tiers.get("match", 0))),
        ("Phải xác nhận", tiers.get("review", 0), share(tiers.get("review", 0))),
        ("Chưa tìm thấy", tiers.get("none", 0), share(tiers.get("none", 0)) + ", kể cả cha mẹ"),
        ("Dòng, ô không đọc được", rows[layout.UNREADABLE.key], "xem trang Không đọc được"),
    ]
