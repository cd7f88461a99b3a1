"""Groups that stand out only through others are dropped as a slow, plain way of doing it drops them."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import polars as pl
import pytest

from reconcile.compare import systematic
from reconcile.compare.systematic import find_causes

if TYPE_CHECKING:
    from reconcile.compare.systematic_counts import SharedPlaces

GROUPS = ("book", "file_book", "file", "year", "clerk", "signer", "village")


def best_of(chosen: pl.DataFrame, shared: SharedPlaces, kinds: pl.DataFrame) -> pl.DataFrame:
    """Every hit with every group it lies in, sorted, the first kept."""
    ranked = chosen.with_columns(
        _share=pl.col("records") / pl.col("compared"),
        _whole=pl.when(pl.col("records") >= 0.8 * pl.col("compared")).then("records").otherwise(0),
        _narrow=pl.col("group").replace_strict(
            {name: at for at, name in enumerate(GROUPS)}, return_dtype=pl.Int8
        ),
    )
    return (
        shared.members(kinds, ranked)
        .sort(
            ["record", "cause", "_whole", "_share", "_narrow", "systematic"],
            descending=[False, False, True, True, False, False],
        )
        .unique(["record", "cause"], keep="first", maintain_order=True)
        .select("record", "cause", "systematic")
    )


def plainly(
    chosen: pl.DataFrame, shared: SharedPlaces, kinds: pl.DataFrame, limit: float
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Work everything out again after each group that is dropped."""
    ids = [systematic._group_id(*row) for row in chosen.select("cause", "group", "where").iter_rows()]
    chosen = chosen.with_columns(systematic=pl.Series(ids))
    while True:
        best = best_of(chosen, shared, kinds)
        own = dict(best["systematic"].value_counts().iter_rows())
        weak = []
        for row in chosen.iter_rows(named=True):
            hits = own.get(row["systematic"], 0)
            if hits < row["records"]:
                left = max(row["compared"] - (row["records"] - hits), 1)
                enough = hits >= systematic.FEWEST and hits / left >= systematic.SHARE.get(
                    row["cause"], systematic.USUAL_SHARE
                )
                if not (enough and systematic.log10_tail(hits, left, row["base_rate"]) <= limit):
                    weak.append((hits, row["systematic"]))
        if not weak:
            return chosen, best
        chosen = chosen.filter(pl.col("systematic") != min(weak)[1])


def area(seed: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Some 3,000 records whose books, files, clerks, signers and villages overlap; some of each are at fault."""
    rng = random.Random(seed)
    size, books = rng.choice((12, 30)), 100
    rows = [
        {
            "record_id": f"{n}",
            "register": "KH" if n % 5 == 0 else "KS",
            "commune_code": f"{n % books % 3}",
            "source_file": f"{n % books // rng.choice((4, 7))}.xlsx",
            "book": n % books % 4,
            "book_year": 1970 + n % books // 6,
            "nguoi_ky": rng.choice((None, f"k{n % books // 9}")),
            "nguoi_thuc_hien": f"t{rng.choice((n % books // 11, n % 3))}",
            "village": f"10918|thôn {n % 17}",
        }
        for n in range(size * books)
    ]
    compared = pl.DataFrame(rows, schema_overrides={"nguoi_ky": pl.String})
    guilty = [
        (column, rng.choice(rows)[column], cause, rng.choice((0.4, 0.95)))
        for cause in ("swapped", "default_date", "no_marks", "same_code:SEX")
        for column in rng.sample(("source_file", "nguoi_ky", "nguoi_thuc_hien", "village", "book_year"), 2)
    ]
    found = [
        (row["record_id"], cause)
        for row in rows
        for column, value, cause, share in guilty
        if rng.random() < (share if row[column] == value else 0.003)
    ]
    rng.shuffle(found)
    return pl.DataFrame(found, schema=["record_id", "cause"], orient="row"), compared


@pytest.mark.parametrize("seed", range(12))
def test_the_same_groups_are_left_as_when_all_is_worked_out_again_each_time(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    found, compared = area(seed)
    fast = find_causes(found, compared)
    counts = []

    def slow(chosen: pl.DataFrame, *rest: object) -> tuple[pl.DataFrame, pl.DataFrame]:
        kept = plainly(chosen, *rest)  # type: ignore[arg-type]
        counts.extend([chosen.height, kept[0].height])
        return kept

    monkeypatch.setattr(systematic, "_by_themselves", slow)
    plain = find_causes(found, compared)
    assert counts[0] > counts[1] > 0
    assert fast[0].equals(plain[0])
    assert fast[1].equals(plain[1])
