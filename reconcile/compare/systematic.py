"""One cause behind many differences: a book keyed with day and month swapped, years off by one, names without marks.

Rows of one kind are counted in every group that shares a hand or a page (book, book and year, file, signer, clerk,
commune and year). A group is told when it holds far more of the kind than the rest of its register does: binomial
tail with the base rate outside the group, Bonferroni over all groups and kinds looked at (the same records seen as a
book and as a year are one look), and a floor on number, share and lift, so that none is invented on clean data. What
is usual in the decade of its books is not the group's own. Only records in which the cause could show are counted: day
and month change places unseen after the 12th, l and n only in names that have them. Each row belongs to the group
that explains it best.
"""

from __future__ import annotations

import hashlib
import math
from collections import defaultdict
from typing import Any

import polars as pl

from reconcile.compare.causes import CAUSES
from reconcile.compare.systematic_counts import CELL, POPULATION, SharedPlaces
from reconcile.compare.systematic_eras import with_rates_of_their_time
from reconcile.compare.systematic_ranking import Ranking

ALPHA = 0.005
"""Chance of inventing any group at all in one run, by the looks that had ``FEWEST`` records to show.

The looks that had fewer make it somewhat more: with all causes dealt out anew at random within register and decade,
7 of 300 areas of 20,000 residents got one group, beside some 60 true ones each; with 0.001 none, and one in a
hundred of the true ones, those of five or six records, was then missed.
"""

FEWEST = 3
"""Records a group must have: fewer are cheaper to decide one by one."""

SHARE = {"l_n": 0.15, "dialect": 0.05, "default_date": 0.15}
USUAL_SHARE = 0.25
"""Share of the group's records with the cause, of those that could show it. A consonant is not always confused."""

LIFT = 5.0
"""How many times the base rate."""

_GROUPS = (
    ("book", ("register", "commune_code", "book_year", "book")),
    ("file_book", ("register", "source_file", "book_year", "book")),
    ("file", ("source_file",)),
    ("year", ("register", "commune_code", "book_year")),
    ("clerk", ("register", "commune_code", "nguoi_thuc_hien")),
    ("signer", ("register", "commune_code", "nguoi_ky")),
    ("village", ("village",)),
)
"""What may share a cause, the narrowest first: at equal explanation the narrower group is told."""

_IN_POPULATION = ("village",)
"""Groups whose cause lies in the extract: their persons come from every register."""

_VILLAGE_CAUSES = ("default_date", "no_marks")
"""Causes that a hurried collection in a village leaves in the extract."""


GROUPS = {
    "systematic": pl.String,
    "cause": pl.String,
    "group": pl.String,
    "where": pl.String,
    "commune_code": pl.String,
    "rows": pl.UInt32,
    "records": pl.UInt32,
    "compared": pl.UInt32,
    "base_rate": pl.Float64,
    "log10_p": pl.Float64,
    "message": pl.String,
    "decision": pl.String,
}
"""Columns of the table of groups: one row per common cause found."""


def find_causes(
    found: pl.DataFrame, compared: pl.DataFrame, exposed: pl.DataFrame | None = None
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Find common causes. Returns ``(found with systematic filled, groups)``.

    ``found``: discrepancies with ``cause`` (see ``cause_of``) and record_id, or already ``record``, its row in
    ``compared``: one row per record that was compared, with record_id and the columns of ``_GROUPS``. ``exposed``: see ``exposed_records``; causes that do
    not stand there could show in every record.
    """
    if "village" not in compared.columns:
        compared = compared.with_columns(village=pl.lit(None, dtype=pl.String))
    shared = SharedPlaces.of(compared, _GROUPS)
    hits = found.select("cause", record=shared.rows(found))
    kinds = hits.drop_nulls().unique()
    if exposed is None or exposed.is_empty():
        exposed = pl.DataFrame(schema=kinds.schema)
    else:
        exposed = exposed.select("cause", record=shared.rows(exposed)).drop_nulls()
        # a hit shows that the cause could show, also where a relative's name carries it
        could = kinds.filter(pl.col("cause").is_in(exposed["cause"].unique().implode()))
        exposed = pl.concat([exposed, could]).unique()
    totals = shared.registers.alias("register").value_counts(name="all")
    everybody = {"register": POPULATION, "all": compared.height}
    totals = pl.concat([totals, pl.DataFrame([everybody], schema=totals.schema)])
    narrower = _per_register(shared, exposed, "narrow_all")
    per_kind = _per_register(shared, kinds, "all_hits")
    table = (
        shared.counted(kinds, exposed, _IN_POPULATION)
        .filter(pl.col("records") >= FEWEST)
        .filter((pl.col("group") != "village") | pl.col("cause").is_in(_VILLAGE_CAUSES))
        .join(totals, on="register")
        .join(narrower, on=["cause", "register"], how="left")
        .join(per_kind, on=["cause", "register"])
        .with_columns(all=pl.coalesce("narrow_all", "all"))
        .sort("cause", "group", "where", "register")
    )
    tested = max(table.select("cause", "register", "records", "compared", "which").n_unique(), 1)
    limit = math.log10(ALPHA / tested)
    chosen = _significant(table.with_columns(known=pl.lit(0), known_all=pl.lit(0)), limit)
    if not chosen.is_empty():
        # books that are explained no longer count as what happens elsewhere: a small book then stands out too
        chosen = _significant(_without_explained(table, shared, kinds, chosen), limit)
    if not chosen.is_empty():
        chosen = _standing_out(with_rates_of_their_time(chosen, shared, kinds, exposed), limit)
    if not chosen.is_empty():
        return _assign(found, hits, *_by_themselves(chosen.drop("register"), shared, kinds, limit))
    return found.with_columns(systematic=pl.lit(None, dtype=pl.String)), pl.DataFrame(schema=GROUPS)


def _per_register(shared: SharedPlaces, kinds: pl.DataFrame, name: str) -> pl.DataFrame:
    """Count rows of ``kinds`` (cause, record) per cause and register, and in all, as column ``name``."""
    register = shared.registers.gather(kinds["record"]).alias("register")
    own = kinds.with_columns(register).group_by("cause", "register").agg(pl.len().alias(name))
    whole = own.group_by("cause").agg(pl.col(name).sum())
    return pl.concat([own, whole.select("cause", pl.lit(POPULATION).alias("register"), name)])


def _without_explained(
    table: pl.DataFrame, shared: SharedPlaces, kinds: pl.DataFrame, chosen: pl.DataFrame
) -> pl.DataFrame:
    """Add ``known`` (hits in groups already found) of each group and ``known_all`` of its register."""
    explained = shared.members(kinds, chosen.select(CELL).unique()).select("cause", "record").unique()
    everywhere = _per_register(shared, explained, "known_all")
    tested = shared.members(explained, table.select(CELL).unique())
    within = tested.group_by(CELL).agg(known=pl.len())
    return (
        table.join(everywhere, on=["cause", "register"], how="left")
        .join(within, on=CELL, how="left")
        .with_columns(pl.col("known", "known_all").fill_null(0))
        .sort("cause", "group", "where", "register")
    )


def _significant(table: pl.DataFrame, limit: float) -> pl.DataFrame:
    """Keep the groups that chance does not explain, with base rate and log10 of the tail's probability."""
    outside = (pl.col("all") - pl.col("compared")).cast(pl.Int64)
    # one hit is added to the rest, so that a kind seen nowhere else does not look impossible
    hits = pl.col("all_hits") - pl.col("known_all") - (pl.col("records") - pl.col("known")).cast(pl.Int64)
    base = pl.when(outside > 0).then((hits + 1) / (outside + 1)).otherwise(0.02).clip(1e-4, 0.5)
    columns = ["group", "where", "cause", "register", "commune_code", "records", "compared"]
    return _standing_out(table.select(*columns, base_rate=base), limit)


def _standing_out(cells: pl.DataFrame, limit: float) -> pl.DataFrame:
    """Keep the groups of which chance with their ``base_rate`` has less than ``limit``; add ``log10_p``."""
    share = pl.col("records") / pl.col("compared")
    least = pl.col("cause").replace_strict(SHARE, default=USUAL_SHARE, return_dtype=pl.Float64)
    cells = cells.filter((share >= least) & (share >= LIFT * pl.col("base_rate")))
    tails = [log10_tail(*row) for row in cells.select("records", "compared", "base_rate").iter_rows()]
    cells = cells.with_columns(pl.Series("log10_p", tails, dtype=pl.Float64))
    return cells.filter(pl.col("log10_p") <= limit).with_columns(
        pl.col("records", "compared").cast(pl.UInt32)
    )


def log10_tail(hits: int, trials: int, rate: float) -> float:
    """Return an upper bound of log10 P(at least ``hits`` of ``trials``), near the truth where it is small.

    Above the mean each further term of the binomial tail is smaller than the last by at least the ratio of the first
    two (Feller, vol. 1, VI.3): the tail is no more than a geometric series.
    """
    share = hits / trials
    if share <= rate:
        return 0.0
    ways = math.lgamma(trials + 1) - math.lgamma(hits + 1) - math.lgamma(trials - hits + 1)
    first = ways + hits * math.log(rate) + (trials - hits) * math.log(1 - rate)
    ratio = (trials - hits) / (hits + 1) * rate / (1 - rate)
    return min((first - math.log(1 - ratio)) / math.log(10), 0.0)


def _by_themselves(
    chosen: pl.DataFrame, shared: SharedPlaces, kinds: pl.DataFrame, limit: float
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Drop groups that stand out only through others: a clerk of many books, one of which explains it all.

    Without the hits that better groups of the same cause have, a group must still stand out. One group is dropped at
    a time, the one with the fewest hits of its own: they return to the others.
    Returns ``chosen`` with ``systematic``, and ``record``, ``cause``, ``systematic``: the best group of each hit.
    """
    ids = [_group_id(*row) for row in chosen.select("cause", "group", "where").iter_rows()]
    chosen = chosen.with_columns(systematic=pl.Series(ids, dtype=pl.String))
    ranking = Ranking.of(chosen, shared, kinds)
    rows = defaultdict(list)
    for row in chosen.iter_rows(named=True):
        rows[row["systematic"]].append(row)

    def weak(number: int, own: int) -> bool:
        return any(_weak(own, row, limit) for row in rows[ranking.groups[number]])

    dropped = ranking.drop_weak(weak)
    gone = [ranking.groups[number] for number in sorted(dropped)]
    return chosen.filter(~pl.col("systematic").is_in(gone)), ranking.best(dropped)


def _weak(own: int, group: dict[str, Any], limit: float) -> bool:
    """Tell that a group no longer stands out with the ``own`` of its records alone."""
    if own >= group["records"]:
        return False
    left = max(group["compared"] - (group["records"] - own), 1)
    enough = own >= FEWEST and own / left >= SHARE.get(group["cause"], USUAL_SHARE)
    return not (enough and log10_tail(own, left, group["base_rate"]) <= limit)


def _assign(
    found: pl.DataFrame, hits: pl.DataFrame, chosen: pl.DataFrame, best: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Give each row to the group that explains it best: nearly all of a large one, else the highest share, then the narrowest.

    ``hits``: cause and row of the record of each row of ``found``; ``chosen``, ``best``: see ``_by_themselves``.
    """
    hits = hits.join(best, on=["record", "cause"], how="left", maintain_order="left")
    counts = (
        hits.drop_nulls("systematic")
        .group_by("systematic")
        .agg(rows=pl.len(), told=pl.col("record").n_unique())
    )
    groups = chosen.join(counts, on="systematic", how="inner").filter(pl.col("told") >= FEWEST)
    kept = pl.col("systematic").is_in(groups["systematic"].implode())
    rows = found.with_columns(hits.select(pl.when(kept).then("systematic").alias("systematic")).to_series())
    return rows, _told(groups)


def _group_id(cause: str, group: str, where: str) -> str:
    """Return an id that stays the same while cause and place stay the same; it holds no name."""
    digest = hashlib.blake2b(f"{cause}|{group}|{where}".encode(), digest_size=4).hexdigest()
    return f"{cause}-{group}-{digest}"


_WHERE = {
    "book": "quyển {3} năm {2}",
    "file_book": "quyển {3} năm {2} của tệp {1}",
    "file": "tệp {0}",
    "year": "sổ năm {2}",
    "clerk": "các dòng của cùng một người nhập",
    "signer": "các dòng của cùng một người ký",
    "village": "{1} theo dân cư",
}


_COULD = {"swapped": "có ngày sinh đảo được ", "l_n": "có tên mang chữ l hoặc n "}
"""Which records were counted, where it is not all of them."""


def _told(groups: pl.DataFrame) -> pl.DataFrame:
    """Write the sentence and the proposed decision of each group."""
    sentences, decisions = [], []
    for row in groups.iter_rows(named=True):
        kind, _, amount = row["cause"].partition(":")
        cause = CAUSES[kind]
        title = f"{cause.title} {amount}".rstrip()
        place = _WHERE[row["group"]].format(*row["where"].split("|"))
        sentences.append(
            f"Có {row['told']} trên {row['compared']} bản ghi {_COULD.get(kind, '')}ở {place} cùng một lỗi: {title}; "
            f"nơi khác chỉ khoảng {row['base_rate']:.1%}."
        )
        decisions.append(f"Đề nghị một quyết định chung: {cause.decision}.")
    out = groups.with_columns(
        pl.Series("message", sentences, dtype=pl.String),
        pl.Series("decision", decisions, dtype=pl.String),
        records=pl.col("told"),
        where=pl.when(pl.col("group").is_in(["clerk", "signer"])).then(None).otherwise("where"),
    )
    return out.select(pl.col(name).cast(dtype) for name, dtype in GROUPS.items()).sort("systematic")
