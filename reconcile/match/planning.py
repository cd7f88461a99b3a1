"""What matching would cost before it runs: what the certain passes settle, the pairs that each key makes, its worst blocks."""

from __future__ import annotations

import polars as pl

from reconcile.match.blocking import plan as plan_role
from reconcile.match.encode import encode
from reconcile.match.linking import rows_by_role
from reconcile.match.passes import settle
from reconcile.match.settings import Settings, load_settings
from reconcile.schema import ROLES

_BLOCKS = {
    "role": pl.String, "block": pl.String, "keys": pl.Int64, "pairs": pl.Int64, "skipped_keys": pl.Int64,
    "kept_pairs": pl.Int64, "worst_mentions": pl.Int64, "worst_residents": pl.Int64,
}  # fmt: skip
_PASSES = {"role": pl.String, "pass": pl.String, "settled": pl.Int64, "mentions": pl.Int64}


def plan(
    mentions: pl.DataFrame, residents: pl.DataFrame, *, settings: Settings | None = None
) -> pl.DataFrame:
    """Return one row per role and block for normalized mentions and residents; no pair is made.

    Columns: role, block, keys, pairs, skipped_keys, kept_pairs, worst_mentions, worst_residents. ``pairs`` are those
    of the mentions that no certain pass settles.
    """
    return _planned(mentions, residents, settings or load_settings())[1]


def describe_plan(
    mentions: pl.DataFrame, residents: pl.DataFrame, *, settings: Settings | None = None
) -> str:
    """Return the plan in words, role by role: passes with what they settle, keys with their pairs and worst blocks."""
    rules = settings or load_settings()
    passes, blocks = _planned(mentions, residents, rules)
    titles = {p.name: p for p in rules.passes}
    keys = {b.name: b for b in rules.blocks}
    lines = [f"{mentions.height:,} persons named in the registers, {residents.height:,} residents."]
    for role, meaning in ROLES.items():
        own = passes.filter(pl.col("role") == role)
        if own.is_empty():
            continue
        named, settled = own["mentions"][0], int(own["settled"].sum())
        lines += ["", f"{role} – {meaning}: {named:,} named, {settled:,} settled by certain passes"]
        lines += [
            f"  {row['settled']:>11,}  {titles[row['pass']].title}" for row in own.iter_rows(named=True)
        ]
        left = blocks.filter(pl.col("role") == role)
        lines.append(f"  The other {named - settled:,} are compared with residents who share a key:")
        lines.append("        pairs  left out  worst block            key")
        for row in left.sort("kept_pairs", "block", descending=[True, False]).iter_rows(named=True):
            worst = f"{row['worst_mentions'] or 0:,} × {row['worst_residents'] or 0:,}"
            over = row["pairs"] - row["kept_pairs"]
            what = keys[row["block"]].describe().split(": ", 1)[1]
            lines.append(f"  {row['kept_pairs']:>11,} {over:>9,}  {worst:<22} {row['block']}: {what}")
        lines.append(
            f"  {int(left['kept_pairs'].sum()):>11,} in all, pairs that share several keys counted several times"
        )
    many, large = rules.limits["residents_per_block"], rules.limits["pairs_per_block"]
    lines += [
        "",
        f"Left out: keys of more than {many:,} residents or {large:,} pairs; finer keys meet these mentions.",
    ]
    lines.append("Passes and keys that lean on links of the same record (quan_he) show nothing before a run.")
    return "\n".join(lines)


def _planned(
    mentions: pl.DataFrame, residents: pl.DataFrame, rules: Settings
) -> tuple[pl.DataFrame, pl.DataFrame]:
    coded = encode(mentions, residents, extras=rules.extras)
    passes, blocks = [pl.DataFrame(schema=_PASSES)], [pl.DataFrame(schema=_BLOCKS)]
    for role, rows in rows_by_role(coded).items():
        settled = settle(coded, rows, rules.passes, role, exclusive=rules.roles[role].exclusive)
        passes.append(_settled(rows, settled, role, rules))
        left = rows.filter(~rows.is_in(settled["m"].implode()))
        costs = plan_role(coded, left, rules.blocks, role, rules.limits)
        blocks.append(costs.select(pl.lit(role).alias("role"), pl.all()).cast(_BLOCKS))  # type: ignore[arg-type]
    return pl.concat(passes), pl.concat(blocks)


def _settled(rows: pl.Series, settled: pl.DataFrame, role: str, rules: Settings) -> pl.DataFrame:
    counts = dict(settled["pass"].value_counts().iter_rows())
    here = [(i, p) for i, p in enumerate(rules.passes) if role in p.roles and not p.leans_on_family]
    lines = [(role, rule.name, counts.get(i, 0), rows.len()) for i, rule in here]
    return pl.DataFrame(lines, schema=_PASSES, orient="row")
