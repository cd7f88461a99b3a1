"""A synthetic commune, district or province with its truth. No person in it is real.

``make`` builds it in memory; ``Synthetic.write`` puts it into a folder that ``reconcile run`` can read.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import polars as pl

from reconcile.synthetic.demo import Demo, make_demo

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["EXTRACT", "Demo", "Synthetic", "make", "make_demo"]

EXTRACT = date(2026, 6, 30)
"""Day of the population extract unless another is asked for."""


@dataclass(slots=True)
class Synthetic:
    """The made data: ``population``, ``civil`` (file name → frame) and the truth about both."""

    population: pl.DataFrame
    civil: dict[str, pl.DataFrame]
    truth_links: pl.DataFrame
    truth_discrepancies: pl.DataFrame

    def write(self, folder: Path, format: str = "parquet") -> None:  # noqa: A002
        """Write ``folder``/civil/<commune>/…, population.<format> and truth/*.parquet."""
        from reconcile.synthetic.files import write_synthetic

        write_synthetic(self, folder, format)


def make(
    residents: int = 10_000,
    mix: str = "development",
    seed: int = 1,
    *,
    area: str = "camgiang",
    communes: int | None = None,
    extract: date = EXTRACT,
    format: str = "parquet",  # noqa: A002 - the word of the command line
    years: tuple[int, int] | None = None,
) -> Synthetic:
    """Make a synthetic area. Same arguments, same result, whatever the number of threads.

    ``area``: camgiang (19 communes), haiduong (211) or haiduong235 (those of 12/2019 to 12/2024, the extract of that
    time), ``communes``: at most so many of them. ``mix``: a mix of mistakes of ``rules/synthetic/mixes.toml``. ``years``: only the books of these years, both included. ``format``
    is the ending of the file names: parquet, csv, xlsx, or mixed (workbooks and CSV).
    """
    from reconcile.synthetic.assemble import assemble  # Polars work is loaded on first use

    return assemble(
        residents, mix, seed, area=area, communes=communes, extract_day=extract, format=format, years=years
    )
