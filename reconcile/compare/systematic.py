"""One cause behind many differences: a book keyed with day and month swapped, years off by one, names without marks.

Rows of one kind are counted in every group that shares a hand or a page (book, book and year, file, signer, clerk,
commune and year). A group is told when it holds far more of the kind than the rest of its register does: binomial
tail with the base rate outside the group, Bonferroni over all groups and kinds looked at, and a floor on number,
share and lift, so that none is invented on clean data. Only records in which the cause could show are counted: day
and month change places unseen after the 12th, l and n only in names that have them. Each row belongs to the group
that explains it best.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from reconcile.compare.systematic_counts import CELL, SharedPlaces

if TYPE_CHECKING:
    from reconcile.compare.pairs import Pairs

ALPHA = 0.001
"""Chance of inventing any group at all in one run."""

FEWEST = 3
"""Records a group must have: fewer are cheaper to decide one by one."""

SHARE = {"l_n": 0.15, "dialect": 0.05}
USUAL_SHARE = 0.25
"""Share of the group's records with the cause, of those that could show it. A consonant is not always confused."""

LIFT = 5.0
"""How many times the base rate."""

_GROUPS = (
    ("book", ("register", "commune_code", "book_year", "book")),
    ("file", ("source_file",)),
    ("year", ("register", "commune_code", "book_year")),
    ("clerk", ("register", "commune_code", "nguoi_thuc_hien")),
    ("signer", ("register", "commune_code", "nguoi_ky")),
)
"""What may share a cause, the narrowest first: at equal explanation the narrower group is told."""


@dataclass(frozen=True, slots=True)
class Cause:
    """A kind of difference that one hand or one machine makes again and again."""

    key: str
    title: str
    decision: str


CAUSES = {
    "swapped": Cause("swapped", "đảo ngày và tháng", "đổi lại ngày và tháng cho cả nhóm sau khi soát vài dòng với sổ gốc"),
    "year_shift": Cause("year_shift", "năm sinh trong sổ lệch đều so với dân cư, số năm lệch", "soát vài dòng với sổ gốc rồi sửa năm cho cả nhóm"),
    "no_marks": Cause("no_marks", "họ tên không có dấu", "nhập lại họ tên có dấu cho cả nhóm theo sổ gốc"),
    "l_n": Cause("l_n", "nhầm l và n", "soát lại phụ âm đầu của cả nhóm với sổ gốc"),
    "dialect": Cause("dialect", "nhầm phụ âm ch/tr, s/x, d/gi/r", "soát lại phụ âm đầu của cả nhóm với sổ gốc"),
    "shifted_column": Cause("shifted_column", "giá trị nằm lệch cột", "mở lại tệp, dời các cột về đúng chỗ rồi nhập lại cả nhóm"),
    "default_date": Cause("default_date", "ngày sinh mặc định", "thống nhất một cách xử lý ngày mặc định cho cả nhóm"),
    "same_code": Cause("same_code", "cùng một loại sai lệch", "tìm nguyên nhân chung rồi xử lý cả nhóm một lần"),
}  # fmt: skip
"""Cause → its Vietnamese name and the one decision proposed for the whole group."""

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


def compared_records(links: pl.DataFrame, records: pl.DataFrame) -> pl.DataFrame:
    """Return the records with at least one linked mention, with what a common cause may lie in."""
    linked = links.filter(pl.col("tier") == "match")["record_id"]
    columns = [
        "record_id",
        "register",
        "commune_code",
        "source_file",
        "book",
        "book_year",
        "nguoi_ky",
        "nguoi_thuc_hien",
    ]
    first = records.select(
        pl.col("record_id").is_first_distinct() & pl.col("record_id").is_in(linked.implode())
    ).to_series()
    return records.select(columns).filter(first)


def exposed_records(pairs: Pairs) -> pl.DataFrame:
    """Return ``record_id``, ``cause`` of the linked records in which *swapped* or *l_n* could show at all.

    A record may stand there more than once.
    """
    rows = pairs.take(["record_id", "name_key"], ["name_key", "birth_earliest", "birth_latest"])
    day, month = pl.col("p_birth_earliest").dt.day(), pl.col("p_birth_earliest").dt.month()
    full = pl.col("p_birth_earliest") == pl.col("p_birth_latest")
    has = [pl.col(name).str.contains(r"(?:^| )(?:l|n[^gh])") for name in ("c_name_key", "p_name_key")]
    could = {"swapped": full & (day <= 12) & (day != month), "l_n": pl.any_horizontal(has)}
    # the persons of a record follow each other
    again = (pl.col("record_id") == pl.col("record_id").shift()).fill_null(value=False)
    return pl.concat(
        rows.filter(shows).select(record_id="c_record_id", cause=pl.lit(cause)).filter(~again)
        for cause, shows in could.items()
    )


def find_causes(
    found: pl.DataFrame, compared: pl.DataFrame, exposed: pl.DataFrame | None = None
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Find common causes. Returns ``(found with systematic filled, groups)``.

    ``found``: discrepancies with ``cause`` (see ``cause_of``) and record_id. ``compared``: one row per record that
    was compared, with record_id and the columns of ``_GROUPS``. ``exposed``: see ``exposed_records``; causes that do
    not stand there could show in every record.
    """
    shared = SharedPlaces.of(compared, _GROUPS)
    hits = found.select("cause", record=shared.rows(found["record_id"]))
    kinds = hits.drop_nulls().unique()
    if exposed is None or exposed.is_empty():
        exposed = pl.DataFrame(schema=kinds.schema)
    else:
        exposed = exposed.select("cause", record=shared.rows(exposed["record_id"])).drop_nulls()
        # a hit shows that the cause could show, also where a relative's name carries it
        could = kinds.filter(pl.col("cause").is_in(exposed["cause"].unique().implode()))
        exposed = pl.concat([exposed, could]).unique()
    totals = shared.registers.alias("register").value_counts(name="all")
    narrower = _per_register(shared, exposed, "narrow_all")
    per_kind = _per_register(shared, kinds, "all_hits")
    table = (
        shared.counted(kinds, exposed)
        .filter(pl.col("records") >= FEWEST)
        .join(totals, on="register")
        .join(narrower, on=["cause", "register"], how="left")
        .join(per_kind, on=["cause", "register"])
        .with_columns(all=pl.coalesce("narrow_all", "all"))
        .sort("cause", "group", "where", "register")
    )
    chosen = _significant(table.with_columns(known=pl.lit(0), known_all=pl.lit(0)))
    if not chosen.is_empty():
        # books that are explained no longer count as what happens elsewhere: a small book then stands out too
        chosen = _significant(_without_explained(table, shared, kinds, chosen))
    return _assign(found, hits, shared, kinds, chosen)


def _per_register(shared: SharedPlaces, kinds: pl.DataFrame, name: str) -> pl.DataFrame:
    """Count rows of ``kinds`` (cause, record) per cause and register, as column ``name``."""
    register = shared.registers.gather(kinds["record"]).alias("register")
    return kinds.with_columns(register).group_by("cause", "register").agg(pl.len().alias(name))


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


def _significant(table: pl.DataFrame) -> pl.DataFrame:
    """Keep the groups that chance does not explain, with base rate and log10 of the tail's probability."""
    tested = max(table.height, 1)
    limit = math.log10(ALPHA / tested)
    rows = []
    for row in table.iter_rows(named=True):
        outside = row["all"] - row["compared"]
        # one hit is added to the rest, so that a kind seen nowhere else does not look impossible
        hits = row["all_hits"] - row["known_all"] - (row["records"] - row["known"])
        base = (hits + 1) / (outside + 1) if outside > 0 else 0.02
        base = min(max(base, 1e-4), 0.5)
        share = row["records"] / row["compared"]
        if share < SHARE.get(row["cause"], USUAL_SHARE) or share < LIFT * base:
            continue
        log_p = log10_tail(row["records"], row["compared"], base)
        if log_p <= limit:
            rows.append((row["group"], row["where"], row["cause"], row["commune_code"], row["records"], row["compared"], base, log_p))  # fmt: skip
    schema = {
        "group": pl.String,
        "where": pl.String,
        "cause": pl.String,
        "commune_code": pl.String,
        "records": pl.UInt32,
        "compared": pl.UInt32,
        "base_rate": pl.Float64,
        "log10_p": pl.Float64,
    }
    return pl.DataFrame(rows, schema=schema, orient="row")


def log10_tail(hits: int, trials: int, rate: float) -> float:
    """Return an upper bound of log10 P(at least ``hits`` of ``trials``), Chernoff–Hoeffding: never too small."""
    share = hits / trials
    if share <= rate:
        return 0.0
    divergence = share * math.log(share / rate)
    if share < 1:
        divergence += (1 - share) * math.log((1 - share) / (1 - rate))
    return -trials * divergence / math.log(10)


def _assign(
    found: pl.DataFrame,
    hits: pl.DataFrame,
    shared: SharedPlaces,
    kinds: pl.DataFrame,
    chosen: pl.DataFrame,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Give each row to the group that explains it best: the highest share, then the narrowest.

    ``hits``: cause and row of the record of each row of ``found``; ``kinds``: the distinct ones.
    """
    if chosen.is_empty():
        return found.with_columns(systematic=pl.lit(None, dtype=pl.String)), pl.DataFrame(schema=GROUPS)
    narrow = {name: place for place, (name, _) in enumerate(_GROUPS)}
    chosen = chosen.with_columns(
        _share=pl.col("records") / pl.col("compared"),
        _narrow=pl.col("group").replace_strict(narrow, return_dtype=pl.Int8),
        systematic=pl.Series(
            [_group_id(*row) for row in chosen.select("cause", "group", "where").iter_rows()], dtype=pl.String
        ),
    )
    best = (
        shared.members(kinds, chosen)
        .sort(["record", "cause", "_share", "_narrow", "systematic"], descending=[False, False, True, False, False])
        .unique(["record", "cause"], keep="first", maintain_order=True)
        .select("record", "cause", "systematic")
    )  # fmt: skip
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
    "file": "tệp {0}",
    "year": "sổ năm {2}",
    "clerk": "các dòng của cùng một người nhập",
    "signer": "các dòng của cùng một người ký",
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


def cause_of() -> pl.Expr:
    """Return the cause that a row may share with others, null where its kind needs no common look.

    Reads code, variant, evidence, detail, civil_key, population_key.
    """
    code, detail = pl.col("code"), pl.col("detail").str.to_lowercase()
    civil_year = pl.col("civil_key").str.slice(0, 4).cast(pl.Int32, strict=False)
    population_year = pl.col("population_key").str.slice(0, 4).cast(pl.Int32, strict=False)
    without = pl.col("evidence").is_in(["register_without_marks", "population_without_marks"])
    initial = detail.str.extract_groups(r"“([ln])[^/]*/([ln])").struct
    names = code.is_in(["PARENT_NAME", "SPOUSE_NAME"]) | code.str.starts_with("NAME_")
    shift = civil_year - population_year
    folded = [pl.col(key).str.replace_all(r"(^| )l", "${1}n") for key in ("civil_key", "population_key")]
    l_n = names & (folded[0] == folded[1]) & (pl.col("civil_key") != pl.col("population_key"))
    return (
        pl.when(code == "DOB_DAY_MONTH_SWAPPED")
        .then(pl.lit("swapped"))
        .when((code == "DOB_YEAR") & (shift.abs() <= 3))
        .then(pl.format("year_shift:{}", shift))
        .when(names & without)
        .then(pl.lit("no_marks"))
        .when(l_n)
        .then(pl.lit("l_n"))
        .when((code == "NAME_DIALECT") & (initial.field("1") != initial.field("2")))
        .then(pl.lit("l_n"))
        .when(code == "NAME_DIALECT")
        .then(pl.lit("dialect"))
        .when(code == "VALUE_UNREADABLE")
        .then(pl.lit("shifted_column"))
        .when((code == "DOB_PLACEHOLDER") & pl.col("variant").is_not_null())
        .then(pl.lit("default_date"))
        .when(code.is_in(["DOB_DAY", "DOB_MONTH", "SEX", "ETHNICITY", "NATIONALITY"]))
        .then(pl.format("same_code:{}", code))
    )
