"""Reasons why an input can't be used, worded in ``rules/input_problems.toml``, and the REJECTED frame."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import polars as pl

from reconcile.problems import Problem, ReconcileError
from reconcile.rules import load_rules
from reconcile.schema import REJECTED

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class Wording:
    """One reason code: is the row lost to the run, and the two Vietnamese sentences with ``{…}`` gaps."""

    fatal: bool
    reason: str
    advice: str


@lru_cache(maxsize=1)
def wordings() -> dict[str, Wording]:
    """Return all reason codes. Raises ReconcileError naming every entry that is not complete."""
    table = load_rules("input_problems.toml")
    wrong = [code for code, entry in table.items() if set(entry) != {"fatal", "reason", "advice"}]
    if wrong:
        raise ReconcileError(
            f"rules/input_problems.toml: {', '.join(wrong)}: give each code exactly fatal, reason and advice."
        )
    return {code: Wording(**entry) for code, entry in table.items()}


class FileProblem(Exception):
    """A whole file or sheet can't be used; ``code`` and the words for its gaps."""

    def __init__(self, code: str, **words: object) -> None:
        super().__init__(code)
        self.code = code
        self.words = words

    def told(self, file: str, sheet: str | None = None) -> Problem:
        """Return the worded problem of ``file``."""
        wording = wordings()[self.code]
        return Problem(
            self.code,
            wording.reason.format(**self.words),
            wording.advice.format(**self.words),
            file,
            sheet,
        )


def problem(
    code: str,
    file: str,
    *,
    sheet: str | None = None,
    row: int | None = None,
    column: str | None = None,
    **words: object,
) -> Problem:
    """Return the worded problem of one place."""
    wording = wordings()[code]
    return Problem(
        code,
        wording.reason.format(**words),
        wording.advice.format(**words),
        file,
        sheet,
        row,
        column,
    )


def as_rejected(problems: Iterable[Problem], register: str | None = None) -> pl.DataFrame:
    """Return problems as REJECTED rows (no cell value)."""
    rows = [
        {
            "source_file": p.file,
            "source_sheet": p.sheet,
            "source_row": p.row,
            "register": register,
            "column": p.column,
            "code": p.code,
            "reason": p.reason,
            "advice": p.advice,
            "fatal": wordings()[p.code].fatal,
        }
        for p in problems
    ]
    return REJECTED.conform(pl.DataFrame(rows)) if rows else REJECTED.empty()


def reject_rows(
    frame: pl.DataFrame,
    where: pl.Expr,
    code: str,
    *,
    column: str | None = None,
    value: str | None = None,
    **words: object,
) -> pl.DataFrame:
    """Return REJECTED rows for the rows of ``frame`` where ``where`` holds.

    ``frame`` carries source_file, source_sheet, source_row and register; ``column`` is the header as
    written, ``value`` the column of ``frame`` that holds the cell. A word that is an expression is filled
    in row by row.
    """
    wording = wordings()[code]
    hit = frame.filter(where)
    if hit.is_empty():
        return REJECTED.empty()
    return REJECTED.conform(
        hit.select(
            "source_file",
            "source_sheet",
            "source_row",
            "register",
            pl.lit(column).cast(pl.String).alias("column"),
            (pl.col(value) if value else pl.lit(None)).cast(pl.String).alias("value"),
            pl.lit(code).alias("code"),
            _worded(wording.reason, words).alias("reason"),
            _worded(wording.advice, words).alias("advice"),
            pl.lit(wording.fatal).alias("fatal"),
            (pl.col("folder_commune") if "folder_commune" in frame.columns else pl.lit(None))
            .cast(pl.String)
            .alias("commune_code"),
        )
    )


def _worded(text: str, words: dict[str, object]) -> pl.Expr:
    varying = {name: word for name, word in words.items() if isinstance(word, pl.Expr)}
    plain = {name: word for name, word in words.items() if name not in varying}
    if not varying:
        return pl.lit(text.format(**plain))
    marks = {name: f"\x00{name}\x00" for name in varying}
    pieces = text.format(**plain, **marks).split("\x00")
    return pl.concat_str(
        [varying[piece].cast(pl.String) if piece in varying else pl.lit(piece) for piece in pieces]
    )
