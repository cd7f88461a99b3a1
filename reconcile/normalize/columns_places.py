"""Whole columns of places: each distinct part is read once, each distinct address of parts is decided once.

Millions of addresses consist of some ten thousand distinct parts, and of fewer sequences of parts that name a
unit once villages are left out. Only those meet Python; the rest is splitting and joining.
"""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from typing import TYPE_CHECKING, cast

import polars as pl
import pyarrow as pa

from reconcile.normalize.collecting import no_collecting
from reconcile.normalize.dispatch import column_value, reading_dtypes
from reconcile.normalize.distinct import distinct
from reconcile.normalize.gazetteer import LEVELS
from reconcile.normalize.places import Decision, as_day, decide, read_place, reading_of
from reconcile.normalize.places_parts import STEPS, USUAL, Token, joined, part_tokens, trim

if TYPE_CHECKING:
    from collections.abc import Callable

SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "code": pl.String,
    "level": pl.String,
    "notes": pl.List(pl.String),
    "doubtful": pl.Boolean,
    "unit_id": pl.String,
    "current": pl.List(pl.String),
}


# what a step would change at all: single blanks and lone commas stay as they are
_NEEDED = {STEPS[2][0]: r"[.\u00a0]|\s\s|[^\S ]", STEPS[3][0]: r"[;|/\\–—‐-]|\s,|,\s|,,"}


def _where(text: pl.Series, pattern: str, change: Callable[[pl.Series], pl.Series]) -> pl.Series:
    """Apply a costly change only to the texts that hold ``pattern``; most hold none."""
    mask = text.str.contains(pattern).fill_null(value=False)
    if not mask.any():
        return text
    changed = change(text.filter(mask))
    return text.clone().scatter(mask.arg_true(), changed)  # scatter writes in place


def _prepared(text: pl.Series) -> pl.Series:
    """Do what ``places_parts.prepare`` does, for a column."""
    out = _where(text, r"[^\x00-\x{2ff}\x{1ea0}-\x{1ef9}]", lambda part: part.str.normalize("NFC"))
    out = out.str.to_lowercase()
    out = _where(out, r"\s\s|[^\S ]", lambda part: part.str.replace_all(r"\s+", " "))
    out = pl.select(pl.lit(" ") + out.str.strip_chars() + pl.lit(" ")).to_series()
    changes = joined() | USUAL
    out = out.str.replace_many(list(changes), list(changes.values()), leftmost=True)
    for pattern, replacement in STEPS:
        filled = replacement.replace("$1", "${1}").replace("$2", "${2}")
        needed = _NEEDED.get(pattern, pattern)
        out = _where(out, needed, lambda part, p=pattern, r=filled: part.str.replace_all(p, r))  # type: ignore[misc]
    return out


def _cores(values: pl.Series) -> pl.Series:
    """Return the core (tokens joined, null where nothing names a place) of each text."""
    if values.is_empty():
        return pl.Series("core", [], dtype=pl.String)
    pieces = _prepared(values).str.split(",")
    split = distinct(pieces.explode().str.strip_chars())
    read = ["|".join(f"{t.word}:{t.key}" for t in part_tokens(part)) or None for part in split.values]
    tokens = pl.Series(read, dtype=pl.String).gather(split.codes)
    ends = pieces.list.len().cum_sum().cast(pl.Int64)
    offsets = pl.concat([pl.Series([0], dtype=pl.Int64), ends]).to_arrow()
    lists = pa.LargeListArray.from_arrays(offsets, tokens.to_arrow().cast(pa.large_string()))
    cores = cast("pl.Series", pl.from_arrow(lists)).list.join("|", ignore_nulls=True)
    return cores.replace("", None).alias("core")


@lru_cache(maxsize=200_000)
def _token(piece: str) -> Token:
    return Token(*piece.split(":", 1))


def _tokens(core: str) -> tuple[Token, ...]:
    return trim([_token(piece) for piece in core.split("|")])


@no_collecting()
def _decided(texts: pl.Series, days: pl.Series) -> tuple[list[Decision], pl.Series]:
    """Decide each distinct sequence of parts and day once: the decisions, and per row the index into them."""
    split = distinct(texts)
    cores = distinct(_cores(split.values))
    rows = pl.DataFrame({"core": cores.codes.gather(split.codes), "day": days.cast(pl.Date)})
    keys = rows.unique().sort("core", "day")
    tokens = [_tokens(core) for core in cores.values]
    decisions = [decide(() if core is None else tokens[core], day) for core, day in keys.iter_rows()]
    answered = rows.join(
        keys.with_row_index("number"), on=["core", "day"], how="left", nulls_equal=True, maintain_order="left"
    )
    return decisions, answered["number"]


def _once(answers: list[tuple[object, ...]]) -> tuple[list[int], pl.Series]:
    """Return the positions of the distinct answers, and for each answer the index into these."""
    known: dict[tuple[object, ...], int] = {}
    numbers = [known.setdefault(answer, len(known)) for answer in answers]
    first = dict(zip(reversed(numbers), range(len(numbers) - 1, -1, -1), strict=True))
    return [first[number] for number in range(len(known))], pl.Series(numbers, dtype=pl.UInt32)


def places(series: pl.Series, dates: pl.Series | None = None) -> pl.DataFrame:
    """Read a column of places; ``dates`` (pl.Date, same length, may hold nulls) are the days they speak of.

    Returns one row per value: ``code`` (of the smallest certain unit at its time), ``level``, ``notes``,
    ``doubtful``, ``unit_id`` and ``current`` (codes of today's units). A null or blank text gives nulls.
    """
    days = _days(None, len(series)) if dates is None else dates
    decisions, numbers = _decided(series.cast(pl.String), days)
    at, once = _once([(d.unit and d.unit.unit_id, d.notes, d.doubtful) for d in decisions])
    answers = []
    for decision in (decisions[i] for i in at):
        unit, today = decision.unit, decision.today
        answers.append(
            (
                decision.code,
                LEVELS[unit.level] if unit else None,
                decision.reasons,
                decision.doubtful,
                unit.unit_id if unit else None,
                [one.code for one in today] if unit else [],
            )
        )
    table = pl.DataFrame(answers, schema=SCHEMA, orient="row")
    return table.select(pl.all().gather(once.gather(numbers)))


def place_readings(values: pl.Series, *, date: pl.Series | dt.date | str | None = None) -> pl.DataFrame:
    """Read a column for ``normalize.place``: the fields of ``PlaceReading``, one row per value."""
    texts = values.cast(pl.String)
    if isinstance(date, pl.Series) and date.dtype == pl.String:
        date = pl.Series([as_day(text) for text in date.to_list()], dtype=pl.Date)
    days = date if isinstance(date, pl.Series) else _days(as_day(date), len(values))
    decisions, numbers = _decided(texts, days)
    fields = {name: dtype for name, dtype in reading_dtypes(read_place).items() if name != "input"}
    # the readings of a sequence of parts are kept once, so their identity tells equal ones
    at, once = _once([(d.unit and d.unit.unit_id, d.notes, d.doubtful, *map(id, d.best)) for d in decisions])
    answers = [reading_of(None, decisions[i]) for i in at]
    rows = [{name: column_value(getattr(answer, name)) for name in fields} for answer in answers]
    table = pl.DataFrame(rows, schema=fields)
    return pl.concat(
        [texts.alias("input").to_frame(), table.select(pl.all().gather(once.gather(numbers)))],
        how="horizontal",
    )


def _days(day: dt.date | None, height: int) -> pl.Series:
    return pl.Series([day], dtype=pl.Date).new_from_index(0, height)
