"""Which tables of a file are read, and why the others are not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconcile.ingest.mapping import recognise
from reconcile.ingest.rejects import FileProblem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconcile.ingest.headers import Fit
    from reconcile.ingest.profiles import Profile
    from reconcile.ingest.table import RawTable

_HIDDEN = "trang tính bị ẩn"
_UNKNOWN = "dòng tiêu đề không khớp mẫu nào"
_COPY = "là bản sao theo mẫu khác của trang {name}"


@dataclass(frozen=True, slots=True)
class Chosen:
    """One table with its header, or why it is not read."""

    table: RawTable
    fit: Fit | None
    problem: FileProblem | None = None


def choose_tables(
    tables: Sequence[RawTable], profiles: Sequence[Profile], others: Sequence[Profile] = ()
) -> list[Chosen]:
    """Return every table of a file that has something to say, in the order of the workbook.

    A hidden sheet is read only where no visible one fits. Of two sheets that hold one register in the layouts
    of two sources under the names that these sources prefer (``DL_GOC`` beside ``DL Import``), the first
    source counts. ``others``: profiles of the other kind of input. Where some sheet fits, sheets without any known header (lookup lists) are passed over.
    """
    judged = [_judge(table, profiles, others) for table in tables]
    usable = [c for c in judged if c.fit is not None and not c.fit.missing]
    visible = [c for c in usable if not c.table.hidden]
    result: list[Chosen] = []
    for chosen in judged:
        why = _why_not(chosen, usable, visible)
        if why is None:
            result.append(chosen)
        elif why:
            result.append(Chosen(chosen.table, None, FileProblem("SHEET_NOT_READ", why=why)))
    return result


def _judge(table: RawTable, profiles: Sequence[Profile], others: Sequence[Profile]) -> Chosen:
    try:
        return Chosen(table, recognise(table, profiles, others))
    except FileProblem as error:
        return Chosen(table, None, error)


def _why_not(chosen: Chosen, usable: list[Chosen], visible: list[Chosen]) -> str | None:
    """Return why a table is not read, "" where that is not worth a word, None where it is read or told as it is."""
    if not usable:
        return None
    if chosen.fit is None:
        nothing_known = chosen.problem is not None and chosen.problem.words.get("nearest") == "không có"
        return "" if nothing_known else _UNKNOWN
    if chosen.table.hidden and visible:
        return _HIDDEN
    if _preferred(chosen.fit, chosen.table):
        for other in usable:
            if (
                other is not chosen
                and other.fit is not None
                and other.fit.layout.register_ == chosen.fit.layout.register_
                and other.fit.profile.priority < chosen.fit.profile.priority
                and _preferred(other.fit, other.table)
            ):
                return _COPY.format(name=other.table.sheet)
    return None


def _preferred(fit: Fit, table: RawTable) -> bool:
    return (table.sheet or "").strip().casefold() in {name.casefold() for name in fit.profile.sheets}
