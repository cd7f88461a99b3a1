"""The golden set of differences: tests/cases/discrepancies.csv, each pair reasoned by hand before it was run.

``also`` sets further values: ``c.<column>=…`` in the register, ``p.<column>=…`` in the population, split by ``|``.
An empty code means that the pair must not be shown to a clerk.
"""

from __future__ import annotations

import csv
from functools import lru_cache
from pathlib import Path

import polars as pl
import pytest
from compare_tables import links, mentions, records, residents

from reconcile.compare import discrepancies

CASES = list(csv.DictReader((Path(__file__).parent / "cases" / "discrepancies.csv").open(encoding="utf-8")))
NEUTRAL = {"ho_ten": "Nguyễn Văn Bình"}


def side(case: dict[str, str], prefix: str) -> dict[str, str | None]:
    """Written values of one side of a case."""
    field = {"tinh_trang_song": "ngay_chet"}.get(case["field"], case["field"])
    value = case["civil" if prefix == "c" else "population"]
    written: dict[str, str | None] = NEUTRAL | {field: value or None}
    if prefix == "c":
        written |= {"role": case["role"], "ngay_dang_ky": case["registered"], "loai_dang_ky": case["kind"]}
    for setting in filter(None, case["also"].split("|")):
        key, _, other = setting.partition("=")
        if key.startswith(f"{prefix}."):
            written[key[2:]] = other
    return written


@lru_cache(maxsize=1)
def found() -> dict[int, list[tuple[str, str]]]:
    """Compare all cases in one go: case number → (code, owner) of its field.

    Numbers that cases repeat are no duplicates of each other, so every case is a population of its own there.
    """
    civil = mentions(*(side(case, "c") for case in CASES))
    population = residents(*(side(case, "p") for case in CASES))
    table = discrepancies(links(civil, population), civil, population, records(civil))
    out: dict[int, list[tuple[str, str]]] = {}
    table = table.filter(~pl.col("code").is_in(["ID_DUPLICATE", "DUPLICATE_REGISTRATION"]))
    for row, field, code, owner in table.select("source_row", "field", "code", "owner").iter_rows():
        if field == CASES[row - 2]["field"]:
            out.setdefault(row - 2, []).append((code, owner))
    return out


def test_the_golden_set_is_large_enough_to_mean_something() -> None:
    assert len(CASES) >= 300
    assert len({case["code"] for case in CASES}) >= 25


@pytest.mark.parametrize("number", range(len(CASES)), ids=lambda n: f"{n + 2}-{CASES[n]['field']}")
def test_a_pair_is_judged_as_reasoned(number: int) -> None:
    case = CASES[number]
    expected = [(case["code"], case["owner"])] if case["code"] else []
    assert found().get(number, []) == expected, case["note"]
