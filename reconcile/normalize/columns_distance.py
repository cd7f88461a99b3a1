"""Compare many pairs of name keys: distinct word pairs are compared once, the names' codes follow by columns.

Pairs with as many words on both sides, none of them out of its place, are settled in columns; the rest (words
missing or moved) go through ``compare_names`` once per distinct pair. Both give the same answer.
"""

from __future__ import annotations

import polars as pl

from reconcile.normalize.alphabet import plain
from reconcile.normalize.distance import DIFFERENT, FAMILY, GIVEN, KINDS, MIDDLE, compare_names, compare_words

_MOST_WORDS = 6
_DIFFERENT = KINDS.index(DIFFERENT)


def pairs(a: pl.Series, b: pl.Series) -> pl.DataFrame:
    """Compare row by row: frame of ``kind`` and ``similarity``, null where a key is null."""
    rows = pl.DataFrame({"a": a.cast(pl.String), "b": b.cast(pl.String)})
    distinct = rows.drop_nulls().unique()
    same = distinct.filter(pl.col("a") == pl.col("b")).with_columns(
        kind=pl.lit("equal"), similarity=pl.lit(1.0)
    )
    other = distinct.filter(pl.col("a") != pl.col("b")).with_columns(
        aw=pl.col("a").str.split(" "), bw=pl.col("b").str.split(" ")
    )
    size = pl.col("aw").list.len()
    level = size.eq(pl.col("bw").list.len()) & (size <= _MOST_WORDS)
    answers, left = [same], [other.filter(~level).select("a", "b")]
    for count in range(1, _MOST_WORDS + 1):
        group = other.filter(level & (size == count))
        if group.height:
            done = _straight(group, count)
            answers.append(done.filter("settled").drop("settled"))
            left.append(done.filter(~pl.col("settled")).select("a", "b"))
    rest = pl.concat(left)
    results = [compare_names(x, y) for x, y in rest.iter_rows()]
    answers.append(
        rest.with_columns(
            pl.Series("kind", [r.kind for r in results], dtype=pl.String),
            pl.Series("similarity", [r.similarity for r in results], dtype=pl.Float64),
        )
    )
    joined = rows.join(pl.concat(answers), on=["a", "b"], how="left", maintain_order="left")
    return joined.select("kind", "similarity")


def _straight(group: pl.DataFrame, count: int) -> pl.DataFrame:
    """Settle pairs of ``count`` words each: a, b, kind, similarity, settled (false = needs an alignment)."""
    a_ascii, b_ascii = (~group[side].str.contains(r"[^\x00-\x7f]") for side in ("a", "b"))
    unmarked = (a_ascii != b_ascii).alias("u")
    words = pl.DataFrame(
        {
            "x": group["aw"].explode(),
            "y": group["bw"].explode(),
            "u": unmarked.to_frame().select(pl.col("u").repeat_by(count).explode())["u"],
        }
    )
    found = words.join(_word_pairs(words.unique()), on=["x", "y", "u"], how="left", maintain_order="left")
    every = range(count)
    wide = group.select("a", "b").with_columns(
        *(
            found[name].gather_every(count, i).alias(f"{name}{i}")
            for name in ("rank", "sim", "xp", "yp")
            for i in every
        )
    )
    off = [pl.col(f"rank{i}") == _DIFFERENT for i in every]
    moved = pl.any_horizontal(
        [pl.lit(value=False)] + [pl.col(f"xp{i}") == pl.col(f"yp{j}") for i in every for j in every if i != j]
    )
    inner = pl.any_horizontal([pl.lit(value=False), *off[1:-1]])
    worst = pl.max_horizontal(f"rank{i}" for i in every).replace_strict(
        dict(enumerate(KINDS)), return_dtype=pl.String
    )
    if count == 1:
        kind = worst
    else:
        kind = (
            pl.when(off[0] & off[-1])
            .then(pl.lit(DIFFERENT))
            .when(off[-1])
            .then(pl.when(inner).then(pl.lit(DIFFERENT)).otherwise(pl.lit(GIVEN)))
            .when(off[0])
            .then(pl.when(inner).then(pl.lit(DIFFERENT)).otherwise(pl.lit(FAMILY)))
            .when(inner)
            .then(pl.lit(MIDDLE))
            .otherwise(worst)
        )
    total = pl.sum_horizontal(f"sim{i}" for i in every) + pl.col(f"sim{count - 1}")
    return wide.select("a", "b", kind=kind, similarity=(total / (count + 1)).round(4), settled=~moved)


def _word_pairs(distinct: pl.DataFrame) -> pl.DataFrame:
    rows = []
    for x, y, u in distinct.select("x", "y", "u").iter_rows():
        word = compare_words(x, y, unmarked=u)
        rows.append((x, y, u, KINDS.index(word.kind), word.similarity, plain(x), plain(y)))
    schema = {
        "x": pl.String,
        "y": pl.String,
        "u": pl.Boolean,
        "rank": pl.UInt8,
        "sim": pl.Float64,
        "xp": pl.String,
        "yp": pl.String,
    }
    return pl.DataFrame(rows, schema=schema, orient="row")
