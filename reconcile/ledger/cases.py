"""The questions of one run as a table, and what became of them from run to run."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import polars as pl

from reconcile.ledger.tables import CASE_EVENTS, CASES
from reconcile.report import layout
from reconcile.report.doubles import asked_doubles
from reconcile.report.facts import OWN_SHEET, PARENT_ROLES, addresses
from reconcile.report.rows_registers import asked_faults, fault_id

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconcile.report.tables import ReportTables

VALUES = (
    ("name_key", "ho_ten"),
    ("birth_earliest", "ngay_sinh"),
    ("birth_latest", None),
    ("sex", None),
    ("personal_id", "so_dinh_danh"),
    ("old_id", "so_cmnd"),
    ("father_key", "ho_ten_cha"),
    ("mother_key", "ho_ten_me"),
    ("spouse_key", "ho_ten_vo_chong"),
)
"""What a judgement about a person rests on: comparable column, and the written one that stands in for it."""

_TELLING = [column for pair in VALUES for column in pair if column is not None]

STATE = ("civil_key", "population_key", "civil_value", "population_value", "systematic", "code", "severity")
"""A question is asked anew when one of these changes; its place in a file may change freely."""


def cases_of(tables: ReportTables) -> pl.DataFrame:
    """Return CASES: one row per row of the clerks' workbooks, with the id that the row carries.

    Pure: the tables of one run in, a table out, sorted by kind and id.
    """
    whole = tables.conformed()
    records = whole.records.unique("record_id", keep="first", maintain_order=True).select(
        "record_id", "source_file", record_commune="commune_code"
    )
    asked_about = whole.links.filter(pl.col("tier") != "match").select("record_id", "role")
    told_about = whole.discrepancies.filter(pl.col("code") == "NOT_IN_POPULATION").select("record_id", "role")
    people = _digests(
        whole.mentions.select("record_id", "role", *_TELLING).join(
            pl.concat([asked_about, told_about]), on=["record_id", "role"], how="semi"
        ),
        ["record_id", "role"],
        "civil_key",
    )
    found = whole.discrepancies
    link_people = ["record_id", "role"]
    differing = found.filter(~pl.col("code").fill_null("").is_in(OWN_SHEET)).with_columns(
        case_id="discrepancy_id", kind=pl.lit("discrepancy")
    )

    review = whole.links.filter(pl.col("tier") == "review").select(*link_people, linked="resident_id")
    pair = (
        review.join(whole.candidates.select(*link_people, "resident_id"), on=link_people, how="left")
        .with_columns(resident_id=pl.coalesce("resident_id", "linked"), kind=pl.lit("pair"))
        .with_columns(case_id=_joined("record_id", "role", "resident_id"))
        .join(people, on=link_people, how="left")
        .join(
            _digests(
                _named(whole.residents, whole.candidates["resident_id"], review["linked"]),
                ["resident_id"],
                "population_key",
            ),
            on="resident_id",
            how="left",
        )
    )

    missing = found.filter(pl.col("code") == "NOT_IN_POPULATION").drop("resident_id")
    nobody = whole.links.filter(pl.col("tier") == "none").select(link_people)
    absent = (
        nobody.join(missing, on=link_people, how="full", coalesce=True)
        .filter(~pl.col("role").is_in(PARENT_ROLES) | pl.col("discrepancy_id").is_not_null())
        .with_columns(kind=pl.lit("absent"), case_id=pl.format("{}|{}|", "record_id", "role"))
        .join(people, on=link_people, how="left")
    )

    asked = whole.residents_without_birth
    assert asked is not None
    said = found.filter(pl.col("code") == "NO_BIRTH_RECORD")
    resident = (
        pl.concat([said.select("resident_id", "commune_code"), asked.select("resident_id", "commune_code")])
        .drop_nulls("resident_id")
        .with_columns(kind=pl.lit("resident"), case_id=pl.format("||{}", "resident_id"))
        .join(
            _digests(
                _named(whole.residents, said["resident_id"], asked["resident_id"]),
                ["resident_id"],
                "population_key",
            ),
            on="resident_id",
            how="left",
        )
    )

    duplicate = asked_doubles(whole).with_columns(
        kind=pl.lit("duplicate"),
        case_id=pl.coalesce("discrepancy_id", _joined("record_id", "other_record_id")),
    )

    faulty = whole.records.filter(pl.col("record_id").is_in(whole.validation["record_id"].unique().implode()))
    faults = asked_faults(whole.validation, addresses(faulty)).with_columns(
        kind=pl.lit("fault"), case_id=fault_id(), code="rule_id", civil_value="value", civil_key="value"
    )

    rejected = whole.rejected.with_columns(
        kind=pl.lit("unreadable"),
        case_id=_joined("source_file", "source_sheet", "source_row", "column", "code"),
        civil_value="value",
        record_id=pl.lit(None, dtype=pl.String),
    ).join(_file_communes(whole.records), on="source_file", how="left")
    rejected = rejected.with_columns(commune_code=pl.coalesce("commune_code", "file_commune"))

    parts = [
        CASES.conform(p).select(CASES.names)
        for p in (differing, pair, absent, resident, duplicate, faults, rejected)
    ]
    return (
        pl.concat(parts)
        .join(records.select("record_id", "record_commune"), on="record_id", how="left")
        .with_columns(
            commune_code=pl.coalesce("record_commune", "commune_code", pl.lit(layout.UNKNOWN_COMMUNE))
        )
        .select(CASES.names)
        .unique("case_id", keep="first", maintain_order=True)
        .sort("kind", "case_id")
    )


def _named(residents: pl.DataFrame, *ids: pl.Series) -> pl.DataFrame:
    """Return the residents of these ids; digests of all others would be made in vain."""
    return residents.select("resident_id", *_TELLING).filter(
        pl.col("resident_id").is_in(pl.concat([i.drop_nulls() for i in ids]).unique().implode())
    )


def _joined(*names: str) -> pl.Expr:
    return pl.concat_str([pl.col(n).cast(pl.String).fill_null("") for n in names], separator="|")


def _file_communes(records: pl.DataFrame) -> pl.DataFrame:
    """Return the commune of each file whose records all belong to one."""
    return (
        records.drop_nulls("commune_code")
        .group_by("source_file")
        .agg(pl.col("commune_code").n_unique().alias("n"), file_commune=pl.col("commune_code").min())
        .filter(pl.col("n") == 1)
        .select("source_file", "file_commune")
    )


def _digests(people: pl.DataFrame, keys: Sequence[str], name: str) -> pl.DataFrame:
    """Return the digest of what is known of each person; each distinct text hashed once."""
    text = pl.concat_str(
        [
            (
                pl.coalesce(pl.col(key).cast(pl.String), pl.col(written))
                if written
                else pl.col(key).cast(pl.String)
            ).fill_null("")
            for key, written in VALUES
        ],
        separator="\x1f",
    )
    rows = people.unique(keys, keep="first", maintain_order=True).select(*keys, text.alias("_text"))
    texts = rows["_text"].unique()
    table = pl.DataFrame(
        {"_text": texts, name: [hashlib.blake2b(t.encode(), digest_size=8).hexdigest() for t in texts]},
        schema={"_text": pl.String, name: pl.String},
    )
    return rows.join(table, on="_text", how="left", maintain_order="left").drop("_text")


def current_cases(events: pl.DataFrame, until: int | None = None) -> pl.DataFrame:
    """Return CASES and ``entry`` of what is asked now, or was asked when entry ``until`` had been written."""
    seen = events if until is None else events.filter(pl.col("entry") <= until)
    last = seen.sort("entry", "line").unique("case_id", keep="last", maintain_order=True)
    return last.filter(pl.col("event") == "open").select(*CASES.names, "entry")


def changes(before: pl.DataFrame, now: pl.DataFrame, communes: list[str] | None, run_id: str) -> pl.DataFrame:
    """Return CASE_EVENTS from the questions ``before`` to those of a run that covered ``communes``.

    Raises nothing: a case of a commune that was not covered is taken too, but only covered communes close cases.
    """
    scope = before if communes is None else before.filter(pl.col("commune_code").is_in(communes))
    state = [pl.col(c).fill_null("\x00") for c in (*STATE, "commune_code")]
    known = before.select("case_id", _before=pl.concat_str(state, separator="\x1f"))
    opened = (
        now.with_columns(_now=pl.concat_str(state, separator="\x1f"))
        .join(known, on="case_id", how="left", maintain_order="left")
        .filter(pl.col("_before").is_null() | (pl.col("_before") != pl.col("_now")))
        .with_columns(event=pl.lit("open"))
    )
    closed = scope.join(now, on="case_id", how="anti", maintain_order="left").with_columns(
        event=pl.lit("close")
    )
    both = pl.concat([opened.select(*CASES.names, "event"), closed.select(*CASES.names, "event")])
    return CASE_EVENTS.conform(both.sort("event", "case_id").with_columns(run_id=pl.lit(run_id)))
