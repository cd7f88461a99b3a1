"""Write the Friday reports: carry over what people wrote, freeze what was sent, tell what changed since."""

from __future__ import annotations

import datetime as dt
import json
import os
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from reconcile.problems import ReconcileError
from reconcile.protection.files import read_text, write_text
from reconcile.publishing import file_sha256
from reconcile.quality.history import History, history
from reconcile.quality.letter import Letter
from reconcile.quality.sections import AREA, counts_over_time
from reconcile.quality.weekly import KEY, Week, corrections, week_rows
from reconcile.quality.weekly_document import write_week_document
from reconcile.quality.weekly_workbook import read_by_hand, write_week_workbook
from reconcile.quality.workdays import Pace, pace, week_of

if TYPE_CHECKING:
    from pathlib import Path

    from reconcile.quality.settings import Office

SENT = "da-gui.json"
"""What was sent: numbers, difficulties, hashes of the files. Its presence freezes the week."""

AREA_NAME = "bao-cao_khu-vuc"
PACE_NIGHTS = 40

ByHand = dict[tuple[str, str, str], dict[str, int]]


@dataclass(frozen=True, slots=True)
class Written:
    """What a call of ``write_weekly`` did."""

    friday: dt.date
    files: list[Path] = field(default_factory=list)
    frozen: bool = False
    corrections: int = 0


def write_weekly(measures: Path, out: Path, office: Office, *, until: dt.date, send: bool = False) -> Written:
    """Write the reports of the week that ``until`` lies in into ``out/<Friday>``; ``send`` freezes them.

    A frozen week is never written again: numbers that differ now go into ``dinh-chinh.xlsx`` beside it and into the
    report of the next week. Raises ReconcileError where nothing was measured by then.
    """
    _, friday = week_of(until)
    past = history(measures, until=friday, nights=PACE_NIGHTS)
    if past is None:
        raise ReconcileError(
            "Nothing was measured by that day. Run reconcile nightly first, or give a later --until."
        )
    folder = out / friday.isoformat()
    before = out / (friday - dt.timedelta(days=7)).isoformat()
    sent = read_sent(folder)
    by_hand, texts = carried(folder, before)
    week = Week(
        friday,
        week_rows(
            past.now, office, entered_before=_before(measures, before, friday, office), by_hand=by_hand
        ),
        texts,
    )
    if sent is not None:
        return _frozen(folder, sent, week)
    earlier = _corrections_of(measures, before, friday - dt.timedelta(days=7), office)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    files = _write(folder, week, office, past, earlier)
    if send:
        _freeze(folder, week, files)
    return Written(friday, files, frozen=send)


def read_sent(folder: Path) -> dict[str, Any] | None:
    """Return what was sent in a week; None where it was not."""
    file = folder / SENT
    if not file.is_file():
        return None
    sent: dict[str, Any] = json.loads(read_text(file))
    return sent


def carried(folder: Path, before: Path) -> tuple[ByHand, dict[str, str]]:
    """Return what people wrote: into this week's files, else what stood in those of the week before.

    A commune's own report counts before the line of the area's report. A text that was emptied this week stays
    empty; one that was never touched is carried over.
    """
    for place in (folder, before):
        files = (
            sorted(place.glob("bao-cao_*.xlsx"), key=lambda f: (f.stem != AREA_NAME, f.stem))
            if place.is_dir()
            else []
        )
        if not files:
            continue
        numbers: ByHand = {}
        texts: dict[str, str] = {}
        for file in files:
            told, text = read_by_hand(file)
            numbers |= told
            texts |= text
        return numbers, texts
    return {}, {}


def _entered(rows: list[dict[str, Any]]) -> dict[tuple[str, str, str], int]:
    return {(r["commune"], r["register"], r["period"]): r["entered"] for r in rows}


def _before(measures: Path, before: Path, friday: dt.date, office: Office) -> dict[tuple[str, str, str], int]:
    """Return what the week before gave as entered: as it was sent, else as it was measured then."""
    sent = read_sent(before)
    if sent is not None:
        return _entered(sent["rows"])
    earlier = history(measures, until=friday - dt.timedelta(days=7), nights=PACE_NIGHTS)
    return {} if earlier is None else _entered(week_rows(earlier.now, office, entered_before={}, by_hand={}))


def _corrections_of(measures: Path, folder: Path, friday: dt.date, office: Office) -> list[dict[str, Any]]:
    """Return what is different now in the numbers that a week sent."""
    sent = read_sent(folder)
    past = history(measures, until=friday, nights=PACE_NIGHTS)
    if sent is None or past is None:
        return []
    weeks_before = folder.parent / (friday - dt.timedelta(days=7)).isoformat()
    rows = week_rows(
        past.now, office, entered_before=_before(measures, weeks_before, friday, office), by_hand={}
    )
    return corrections(sent["rows"], rows)


def _frozen(folder: Path, sent: dict[str, Any], week: Week) -> Written:
    changed = corrections(sent["rows"], week.rows)
    files: list[Path] = []
    if changed:
        file = folder / "dinh-chinh.xlsx"
        _whole(
            file,
            lambda path: write_week_workbook(
                path,
                replace(week, difficulties=sent["difficulties"]),
                letter=Letter("Đính chính"),
                single=False,
                corrected=changed,
            ),
        )
        files.append(file)
    return Written(week.friday, files, frozen=True, corrections=len(changed))


def _write(
    folder: Path, week: Week, office: Office, past: History, earlier: list[dict[str, Any]]
) -> list[Path]:
    lines = counts_over_time(past, "records")
    units = sorted({row["commune"] for row in week.rows})
    files: list[Path] = []
    for unit in [AREA, *units]:
        single = unit != AREA
        mine = (
            week
            if not single
            else Week(
                week.friday,
                [r for r in week.rows if r["commune"] == unit],
                {c: t for c, t in week.difficulties.items() if c == unit},
            )
        )
        corrected = [r for r in earlier if unit in (AREA, r["commune"])]
        stem = f"bao-cao_{unit or 'khong-ro'}" if single else AREA_NAME
        table, letter = folder / f"{stem}.xlsx", folder / f"{stem}.docx"
        speed = _pace(unit, lines.get(unit, {}), week.friday, office, len(units))
        frame = office.letter_of(unit if single else None)
        _whole(
            table,
            lambda path, m=mine, f=frame, s=single, c=corrected: write_week_workbook(
                path, m, letter=f, single=s, corrected=c
            ),
        )
        _whole(
            letter,
            lambda path, m=mine, f=frame, s=single, c=corrected, p=speed: write_week_document(
                path, m, letter=f, pace=p, corrected=c, single=s
            ),
        )
        files += [table, letter]
    return files


def _pace(unit: str, line: dict[dt.date, int], day: dt.date, office: Office, units: int) -> Pace:
    known = [d for d in sorted(line) if d <= day]
    done = line[known[-1]] if known else 0
    earlier = [d for d in known[:-1] if d >= day - dt.timedelta(days=28)]
    area = unit == AREA
    return pace(
        day,
        done,
        office.plan.total(None if area else unit),
        (earlier[0], line[earlier[0]]) if earlier else None,
        deadline=office.plan.deadline,
        planned_per_day=office.plan.per_day * (units if area else 1),
    )


def _whole(path: Path, write: Any) -> None:
    """Let ``write`` make the file under another name, then put it in its place."""
    partial = path.with_name(f".{os.getpid()}-{path.name}")
    write(partial)
    partial.chmod(0o600)
    partial.replace(path)


def _freeze(folder: Path, week: Week, files: list[Path]) -> None:
    sent = {
        "friday": week.friday.isoformat(),
        "rows": week.rows,
        "difficulties": week.difficulties,
        "files": {f.name: file_sha256(f) for f in files},
        "key": KEY,
    }
    file = folder / SENT
    _whole(file, lambda path: write_text(path, json.dumps(sent, ensure_ascii=False, indent=1)))
    for path in [*files, file]:
        path.chmod(0o400)
