"""Speed and memory of reading names, decoding texts and comparing names.

``python benchmarks/normalize_names.py [ROWS]`` – names drawn from the lists of the synthetic registers, by weight.
"""

from __future__ import annotations

import csv
import random
import resource
import sys
import time
from typing import TYPE_CHECKING, Any

import polars as pl

from reconcile.normalize.columns_names import names, texts
from reconcile.normalize.distance import compare_name_pairs
from reconcile.normalize.encodings import encode
from reconcile.resources import rules_path

if TYPE_CHECKING:
    from collections.abc import Callable


def weighted(file: str, column: str) -> tuple[list[str], list[float]]:
    with rules_path("synthetic", file).open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    return [row[column] for row in rows], [float(row["weight"]) for row in rows]


def people(count: int, seed: int = 20221122) -> pl.Series:
    """Draw names: half of them of four words, half of all in capitals."""
    dice = random.Random(seed)
    columns = [
        dice.choices(*weighted(file, column), k=count)
        for file, column in (
            ("family_names.csv", "family"),
            ("middle_names.csv", "middle"),
            ("given_names.csv", "given"),
        )
    ]
    cells = []
    for family, middle, given in zip(*columns, strict=True):
        inner = f"{dice.choice(('Thị', 'Văn'))} {middle}" if dice.random() < 0.5 else middle
        name = f"{family} {inner} {given}"
        cells.append(name.upper() if dice.random() < 0.5 else name)
    return pl.Series("ho_ten", cells)


def timed(what: str, rows: int, work: Callable[[], Any]) -> None:
    start = time.perf_counter()
    work()
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"| {what} | {rows:,} | {seconds:.2f} | {rows / seconds:,.0f} | {peak:,.0f} |")


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_600_000
    cells = people(count)
    print(f"{cells.n_unique():,} distinct names, {pl.thread_pool_size()} threads\n")
    print("| work | rows | seconds | rows/s | peak MB so far |\n|---|---:|---:|---:|---:|")
    timed("texts(): clean Unicode", count, lambda: texts(cells))
    timed("names()", count, lambda: names(cells))
    timed("names(), again", count, lambda: names(cells))
    legacy = pl.Series([encode(x, "tcvn3") for x in cells.head(50_000)])
    timed("texts(): TCVN3 by vote", len(legacy), lambda: texts(legacy))
    keys = names(cells.head(400_000))["key"]
    a, b = keys.head(200_000), keys.tail(200_000)
    timed("compare_name_pairs(): strangers", len(a), lambda: compare_name_pairs(a, b))


if __name__ == "__main__":
    main()
