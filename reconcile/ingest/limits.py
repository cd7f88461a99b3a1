"""Bounds of what is read at all, from ``rules/limits.toml``."""

from __future__ import annotations

from functools import lru_cache

from pydantic import BaseModel, ConfigDict, PositiveInt, ValidationError

from reconcile.problems import ReconcileError
from reconcile.rules import load_rules


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class FileLimits(_Strict):
    """Bounds of files and folders."""

    max_megabytes: PositiveInt
    max_files: PositiveInt


class WorkbookLimits(_Strict):
    """Bounds of workbooks; ``max_ratio`` is unpacked : packed size of one member of the zip."""

    max_unpacked_megabytes: PositiveInt
    max_ratio: PositiveInt
    ratio_from_megabytes: PositiveInt
    max_rows: PositiveInt
    max_columns: PositiveInt
    max_font_cells: PositiveInt


class TextLimits(_Strict):
    """Bounds of CSV and Parquet files."""

    max_rows: PositiveInt
    max_columns: PositiveInt
    max_cell_characters: PositiveInt


class Limits(_Strict):
    """All bounds."""

    file: FileLimits
    workbook: WorkbookLimits
    text: TextLimits


@lru_cache(maxsize=1)
def limits() -> Limits:
    """Return the bounds of ``rules/limits.toml``. Raises ReconcileError naming every wrong key."""
    try:
        return Limits.model_validate(load_rules("limits.toml"))
    except ValidationError as error:
        faults = "\n".join(
            f"- {'.'.join(str(part) for part in fault['loc'])}: {fault['msg']}" for fault in error.errors()
        )
        raise ReconcileError(
            f"rules/limits.toml can't be used:\n{faults}\nGive a whole number above 0."
        ) from error
