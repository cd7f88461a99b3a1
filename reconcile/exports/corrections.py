"""Decisions → corrections: what one office has to change, from what to what, on what ground, in which record.

A decision without a value of its own means that the other side is right (the clerk's guide says so): *Sửa hộ tịch*
then takes the population's value, *Sửa dân cư* the register's.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import polars as pl

from reconcile.compare import catalogue as catalogues
from reconcile.exports.templates import value_rules
from reconcile.report.layout import CONCLUSIONS, UNKNOWN_COMMUNE
from reconcile.report.rows_discrepancies import NUMBER_WARNING
from reconcile.rules import load_rules

SIDES = {"hotich": CONCLUSIONS[0], "dancu": CONCLUSIONS[1]}
"""Side that has to change → the clerk's conclusion."""

WORDING = "wording/exports.toml"

DECISIONS = {
    "decision_id": pl.String, "case_id": pl.String, "kind": pl.String, "record_id": pl.String, "role": pl.String,
    "resident_id": pl.String, "field": pl.String, "code": pl.String, "conclusion": pl.String,
    "correct_value": pl.String, "civil_value": pl.String, "population_value": pl.String, "note": pl.String,
    "basis": pl.String, "decided_by": pl.String, "decided_at": pl.String, "source_file": pl.String,
    "value_source": pl.String, "group_decision": pl.String, "case_commune": pl.String, "undone": pl.String,
}  # fmt: skip
"""Columns of the ledger's decisions that are used here; all others are passed over."""

_CODE_OF = {
    "resident": "NO_BIRTH_RECORD",
    "absent": "NOT_IN_POPULATION",
    "duplicate": "DUPLICATE_REGISTRATION",
}
"""Kind of question → the code that says what is asked, where the run found no difference."""

_ADDRESS = (
    "register", "commune_code", "so", "quyen_so", "trang_so", "ngay_dang_ky",
    "number", "book", "book_year", "registered_earliest",
)  # fmt: skip

CORRECTIONS = {
    "decision_id": pl.String, "case_id": pl.String, "record_id": pl.String, "role": pl.String,
    "resident_id": pl.String, "field": pl.String, "code": pl.String, "now": pl.String, "should": pl.String,
    "plain": pl.Boolean, "instead": pl.String, "note": pl.String, "basis": pl.String, "warning": pl.String,
    "decided_by": pl.String, "decided_at": pl.String, "commune": pl.String, "ho_ten": pl.String,
    "ngay_sinh": pl.String, **dict.fromkeys(_ADDRESS[:6], pl.String), "number": pl.Int64, "book": pl.Int64,
    "book_year": pl.Int64, "registered_earliest": pl.Date, "record_file": pl.String, "record_row": pl.UInt32,
}  # fmt: skip
"""One row = one thing that one office has to change.

``note``: what the clerk went by; ``basis``: the rule that the catalogue names. ``now`` and ``should``: as written in the sources or by the clerk, null where there is none; ``plain``: the two are
values of one cell; ``instead``: what to do where they are not; ``commune``: who keeps the record today; ``commune_code``: who registered.
"""


@lru_cache(maxsize=1)
def wording() -> dict[str, Any]:
    """Return the words of the lists. Raises ReconcileError that names every missing section."""
    return load_rules(WORDING, sections=("not_placed", "cell", "scan", "instead"))


def expand_groups(decisions: pl.DataFrame, discrepancies: pl.DataFrame | None) -> pl.DataFrame:
    """Return the decisions with each decision on a group turned into one per member of the group.

    The ledger does this itself when it knows the members (``group_decision``); ``discrepancies``, of the run that
    was decided on, serve for frames that don't come from it. A member with a decision of its own keeps that one.
    A decision on a group whose members are not known stays as it is: it is told, never dropped.
    """
    followed = decisions["group_decision"].drop_nulls().unique()
    decisions = decisions.filter(
        (pl.col("kind") != "group") | ~pl.col("decision_id").is_in(followed.implode())
    )
    groups = decisions.filter(pl.col("kind") == "group")
    if groups.is_empty() or discrepancies is None or "systematic" not in discrepancies.columns:
        return decisions
    own = decisions.filter(pl.col("kind") != "group")
    key = pl.col("case_id").str.strip_prefix("nhom:")
    of_member = [
        "record_id",
        "role",
        "resident_id",
        "field",
        "code",
        "civil_value",
        "population_value",
    ]
    members = (
        discrepancies.filter(pl.col("systematic").is_not_null())
        .select("systematic", pl.col("discrepancy_id").alias("member"), *of_member)
        .unique("member", keep="first", maintain_order=True)
    )
    expanded = groups.with_columns(key.alias("systematic")).drop(of_member)
    expanded = expanded.join(members, on="systematic", how="inner", maintain_order="left")
    expanded = expanded.join(own, left_on="member", right_on="case_id", how="anti", maintain_order="left")
    known = groups.filter(~key.is_in(members["systematic"].unique().implode()))
    expanded = expanded.with_columns(pl.col("member").alias("case_id")).select(decisions.columns)
    return pl.concat([own, expanded, known])


def corrections(
    side: str,
    decisions: pl.DataFrame,
    records: pl.DataFrame,
    mentions: pl.DataFrame,
    discrepancies: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """Return CORRECTIONS of one side (``hotich``, ``dancu``), by commune, book, number and field, so that one book
    is opened once; those for the police by person.

    ``decisions``: the current decisions of the ledger. ``records`` (from ``normalize_records``, with ``keeper``, the
    commune that keeps the record today) and ``mentions`` tell the address and the person; a record that is no
    longer there leaves them null.
    """
    made = _conform(decisions)
    made = expand_groups(made.filter(pl.col("undone").fill_null("false") == "false"), discrepancies)
    made = made.filter(pl.col("conclusion") == SIDES[side])
    addresses = records.unique("record_id", keep="first", maintain_order=True).select(
        "record_id", "keeper", *_ADDRESS, record_file="source_file", record_row="source_row"
    )
    persons = mentions.unique(["record_id", "role"], keep="first", maintain_order=True).select(
        "record_id", "role", "ho_ten", "ngay_sinh"
    )
    made = made.with_columns(
        pl.coalesce(
            "code", pl.col("kind").replace_strict(_CODE_OF, default=None, return_dtype=pl.String)
        ).alias("code")
    )
    here, there = (
        ("civil_value", "population_value") if side == "hotich" else ("population_value", "civil_value")
    )
    plain = ~pl.col("code").is_in(value_rules()["no_cell"]["codes"]) & (pl.col("kind") == "discrepancy")
    plain = plain.fill_null(value=True) & pl.col("field").is_not_null()
    own = _blank_to_null("correct_value").str.normalize("NFC")
    given = pl.when(pl.col("value_source").fill_null("given") == "given").then(own)
    workbook = pl.col("source_file").str.extract(r"doi-soat_(\d{5})_", 1)
    return (
        made.with_columns(plain.alias("plain"))
        .join(addresses, on="record_id", how="left", maintain_order="left")
        .join(persons, on=["record_id", "role"], how="left", maintain_order="left")
        .with_columns(
            _blank_to_null(here).alias("now"),
            pl.when("plain").then(pl.coalesce(own, _blank_to_null(there))).otherwise(given).alias("should"),
            _instead(side).alias("instead"),
            _by_code({code: entry.basis for code, entry in _entries().items()}).alias("legal"),
            _by_code(
                {code: NUMBER_WARNING for code, entry in _entries().items() if entry.number}
            ).alias("warning"),
            pl.coalesce("keeper", "case_commune", workbook, pl.lit(UNKNOWN_COMMUNE)).alias("commune"),
        )
        .with_columns(_ground().alias("note"), pl.col("legal").alias("basis"))
        .sort(
            "commune", *(["resident_id"] if side == "dancu" else []), "register", "book_year", "book", "number", "record_id", "role", "field", "case_id",
            nulls_last=True, maintain_order=True,
        )
        .select(pl.col(name).cast(dtype) for name, dtype in CORRECTIONS.items())
    )  # fmt: skip


def _conform(decisions: pl.DataFrame) -> pl.DataFrame:
    if "commune_code" in decisions.columns:
        decisions = decisions.rename({"commune_code": "case_commune"})
    present = set(decisions.columns)
    return decisions.select(
        (pl.col(name) if name in present else pl.lit(None)).cast(dtype).alias(name)
        for name, dtype in DECISIONS.items()
    )


def _blank_to_null(column: str) -> pl.Expr:
    text = pl.col(column).str.strip_chars()
    return pl.when(text != "").then(text)


@lru_cache(maxsize=1)
def _entries() -> dict[str, catalogues.Entry]:
    catalogue = catalogues.load()
    return {code: entry for (code, variant), entry in catalogue.entries.items() if variant is None}


def _by_code(values: dict[str, str]) -> pl.Expr:
    return pl.col("code").replace_strict(values, default=None, return_dtype=pl.String)


def _ground() -> pl.Expr:
    """Return what the decision rests on: the ledger's basis, which is the clerk's note where there is one."""
    basis, note = _blank_to_null("basis"), _blank_to_null("note")
    both = pl.concat_str(basis, note, separator="; ", ignore_nulls=False)
    return pl.when(basis == note).then(note).otherwise(pl.coalesce(both, basis, note))


def _instead(side: str) -> pl.Expr:
    """Return the sentence for what is no plain value, with both values filled in."""
    text = _by_code(wording()["instead"][side])
    for gap, column in (("{so}", "civil_value"), ("{dan_cu}", "population_value")):
        text = text.str.replace_all(gap, pl.col(column).fill_null("…"), literal=True)
    return pl.when(~pl.col("plain")).then(text)
