"""Patterns: the distinct combinations of comparison levels. There are thousands where there are millions of pairs."""

from __future__ import annotations

import polars as pl

from reconcile.match.evidence import codes_of
from reconcile.match.numbers import ODD


class Patterns:
    """The patterns of some pairs: ``of`` (u32, the pattern of each pair) and ``levels`` (one row per pattern)."""

    def __init__(self, levels: pl.DataFrame) -> None:
        word = pl.lit(0, pl.UInt64)
        for field in levels.columns:
            word = (word + pl.col(field).fill_null(255).cast(pl.UInt64) + 1) * pl.lit(ODD, pl.UInt64)
        words = levels.select(word=word)
        first = words["word"].arg_unique()
        met = words.select(pl.col("word").gather(first)).with_columns(first.alias("first")).sort("word")
        numbered = met.select("word").with_row_index("pattern")
        self.of: pl.Series = words.join(numbered, on="word", how="left", maintain_order="left")["pattern"]
        self.levels = levels.select(pl.all().gather(met["first"]))

    def counts(self, chance: pl.Series | None = None) -> dict[str, list[float]]:
        """Return for each field how often each level occurs, each pair weighted by ``chance`` where given."""
        weight = chance if chance is not None else pl.repeat(1.0, self.of.len(), eager=True)
        of_pattern = (
            pl.DataFrame({"pattern": self.of, "weight": weight})
            .group_by("pattern")
            .agg(pl.col("weight").sum())
            .sort("pattern")
        )
        weights = self.levels.with_columns(of_pattern["weight"].alias("weight"))
        result = {}
        for field in self.levels.columns:
            counted = weights.drop_nulls(field).group_by(field).agg(pl.col("weight").sum()).sort(field)
            by_level = dict(counted.iter_rows())
            # rounded: sums over threads differ in the last digits
            result[field] = [round(float(by_level.get(i, 0.0)), 3) for i in range(len(codes_of(field)))]
        return result

    def gain(self, before: dict[str, list[float]], after: dict[str, list[float]]) -> pl.Series:
        """Return what each pair's weight (log2) changes where one table of shares replaces another in all its fields."""
        total = pl.lit(0.0, pl.Float64)
        for field in before:
            table = pl.DataFrame({"a": after[field], "b": before[field]}).select(
                g=pl.col("a").clip(_FLOOR).log(2) - pl.col("b").clip(_FLOOR).log(2)
            )["g"]
            total = total + pl.lit(table).gather(pl.col(field)).fill_null(0.0)
        return self.levels.select(g=total)["g"].gather(self.of)


_FLOOR = 1e-9
