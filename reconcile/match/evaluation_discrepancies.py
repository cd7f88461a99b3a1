"""Precision and recall of the found discrepancies against the true ones, field by field and code by code."""

from __future__ import annotations

from typing import Any

import polars as pl

from reconcile.match.evaluation_keys import KEY, aligned, ratio

EXISTENCE = (
    "NOT_IN_POPULATION",
    "NO_BIRTH_RECORD",
    "DUPLICATE_REGISTRATION",
    "ID_DUPLICATE",
    "ID_TWO_NUMBERS",
)
"""Codes about whole records, judged apart: they need no pair."""
OF_RESIDENTS = ("NO_BIRTH_RECORD", "ID_DUPLICATE", "ID_TWO_NUMBERS")
"""Of these, codes about a row of the extract, whatever record it is told beside."""
STRUCTURE = ("ID_STRUCTURE_SEX", "ID_STRUCTURE_YEAR")
"""Wrong parts of the resident's number, which a book with the right number shows as another number."""
GENTLE = ("DOB_PARTIAL",)
"""Differences that may be told for information or not at all: neither missed nor a false alarm."""
ONCE = ("SEX", "ID_STRUCTURE_SEX", "ID_STRUCTURE_YEAR", "ID_PROVINCE")
"""Faults of the resident's own row, seen by each of its mentions: telling one of them is enough."""
WRITING = ("nfd", "eth", "blanks", "case", "tone_place", "telex", "no_zero", "as_float")
"""Kinds of truth ``errors`` that only concern writing and must not be told."""
PAIR = [*KEY, "population_row"]


def evaluate_discrepancies(
    discrepancies: pl.DataFrame,
    truth_discrepancies: pl.DataFrame,
    links: pl.DataFrame | None = None,
    truth: pl.DataFrame | None = None,
) -> dict[str, Any]:
    """Return recall, precision and accuracy of codes per field, over pairs that are right.

    A difference is found where the same mention, person and field are named; its code is right where it is the same.
    With ``links`` only pairs that the run made (tier match) are asked for, so that matching is not judged twice; with
    ``truth`` (links) differences told about wrong pairs are left out, and writing-only pairs are watched: a name or
    number that differs in nothing but writing must bring no discrepancy (``writing_only``).
    """
    whole = truth if truth is not None else truth_discrepancies
    told = aligned(discrepancies, whole)
    linked = aligned(links, whole)
    assert told is not None
    keep = [*PAIR, "field", "code"]
    found = told.filter(~pl.col("code").is_in(EXISTENCE)).select(keep)
    wanted = truth_discrepancies.filter(~pl.col("code").is_in(EXISTENCE)).select(keep)
    if truth is not None and "errors" in truth.columns:
        wanted = _one_fault(wanted, truth)
    if truth is not None:
        right = truth.filter(pl.col("population_row").is_not_null()).select(PAIR)
        found = found.join(right, on=PAIR, how="semi", maintain_order="left")
    if linked is not None:
        made = linked.filter(pl.col("tier") == "match").select(PAIR)
        wanted = wanted.join(made, on=PAIR, how="semi", maintain_order="left")
        found = found.join(made, on=PAIR, how="semi", maintain_order="left")
    on = [*PAIR, "field"]
    fields = []
    for field in sorted(set(found["field"].unique()) | set(wanted["field"].unique())):
        fields.append(
            {
                "field": field,
                **_field(found.filter(pl.col("field") == field), wanted.filter(pl.col("field") == field), on),
            }
        )
    report: dict[str, Any] = {
        "all": _field(found, wanted, on),
        "by_field": fields,
        "codes": _codes(found, wanted, on),
        "existence": _existence(told, truth_discrepancies),
    }
    if truth is not None and "errors" in truth.columns:
        report["writing_only"] = _writing_only(found, wanted, truth, linked)
    return report


def _one_fault(wanted: pl.DataFrame, truth: pl.DataFrame) -> pl.DataFrame:
    """Give ID_DIFFERENT the code of the resident's wrong structure where that is all that differs.

    The book has the right number then, without a mistake of its own: both rows tell one fact about one resident.
    """
    faults = (
        wanted.filter(pl.col("code").is_in(STRUCTURE))
        .sort("population_row", "code")
        .select("population_row", fault="code")
        .unique("population_row", keep="first", maintain_order=True)
    )
    field, kind = (pl.element().str.split(":").list.get(place) for place in (0, -1))
    own = pl.col("errors").list.eval((field == "so_dinh_danh") & ~kind.is_in(WRITING)).list.any()
    clean = (
        truth.filter(~own.fill_null(value=False)).select(PAIR).unique().with_columns(clean=pl.lit(value=True))
    )
    both = wanted.join(faults, on="population_row", how="left", maintain_order="left").join(
        clean, on=PAIR, how="left", maintain_order="left"
    )
    same = (pl.col("code") == "ID_DIFFERENT") & (pl.col("field") == "so_dinh_danh") & pl.col("clean")
    code = pl.when(same).then(pl.coalesce("fault", "code")).otherwise("code")
    return both.with_columns(code.alias("code")).drop("fault", "clean")


def _field(found: pl.DataFrame, wanted: pl.DataFrame, on: list[str]) -> dict[str, Any]:
    serious = wanted.filter(~pl.col("code").is_in(GENTLE))
    once = pl.col("code").is_in(ONCE)
    resident = ["population_row", "field"]
    hit = pl.concat(
        [
            serious.filter(~once).join(found.select(on).unique(), on=on, how="semi"),
            serious.filter(once).join(found.select(resident).unique(), on=resident, how="semi"),
        ]
    )
    told = found.filter(~pl.col("code").is_in(GENTLE)).unique(on, maintain_order=True)
    true = told.join(wanted.select(on).unique(), on=on, how="semi")
    same = pl.concat(
        [
            serious.filter(~once).join(found.select(*on, "code").unique(), on=[*on, "code"], how="semi"),
            serious.filter(once).join(
                found.select(*resident, "code").unique(), on=[*resident, "code"], how="semi"
            ),
        ]
    )
    return {
        "wanted": serious.height,
        "told": told.height,
        "recall": ratio(hit.height, serious.height),
        "precision": ratio(true.height, told.height),
        "code_right": ratio(same.height, hit.height),
    }


def _codes(found: pl.DataFrame, wanted: pl.DataFrame, on: list[str]) -> list[dict[str, Any]]:
    said = found.unique(on, maintain_order=True).select(*on, said="code")
    table = wanted.join(said, on=on, how="left", maintain_order="left").group_by("code", "said").len("count")
    return table.sort("code", "count", "said", descending=[False, True, False], nulls_last=True).to_dicts()


def _existence(told: pl.DataFrame, wanted: pl.DataFrame) -> list[dict[str, Any]]:
    rows = []
    for code in EXISTENCE:
        keys = ["population_row"] if code in OF_RESIDENTS else KEY
        mine = told.filter(pl.col("code") == code).select(keys).unique()
        true = wanted.filter(pl.col("code") == code).select(keys).unique()
        both = true.join(mine, on=keys, how="semi").height
        rows.append(
            {
                "code": code,
                "wanted": true.height,
                "told": mine.height,
                "recall": ratio(both, true.height),
                "precision": ratio(both, mine.height),
            }
        )
    return rows


def _writing_only(
    found: pl.DataFrame, wanted: pl.DataFrame, truth: pl.DataFrame, linked: pl.DataFrame | None
) -> dict[str, Any]:
    """Pairs whose every mark is one of writing: how many were told to differ in that field."""
    marks = (
        truth.filter(pl.col("population_row").is_not_null())
        .select(*PAIR, "errors")
        .explode("errors")
        .drop_nulls("errors")
    )
    marks = marks.with_columns(
        pl.col("errors").str.split(":").list.last().alias("kind"),
        pl.col("errors").str.split(":").list.first().str.strip_prefix("population.").alias("field"),
    )
    written = marks.filter(pl.col("kind").is_in(WRITING)).select(*PAIR, "field").unique()
    if linked is not None:
        made = linked.filter(pl.col("tier") == "match").select(PAIR)
        written = written.join(made, on=PAIR, how="semi")
    written = written.join(wanted.select(*PAIR, "field"), on=[*PAIR, "field"], how="anti")
    alarms = written.join(
        found.filter(~pl.col("code").is_in(GENTLE)).select(*PAIR, "field").unique(),
        on=[*PAIR, "field"],
        how="semi",
    )
    return {
        "pairs": written.height,
        "false_alarms": alarms.height,
        "share": ratio(alarms.height, written.height),
    }


def format_discrepancies(report: dict[str, Any]) -> str:
    """Return the report as plain text."""

    def percent(value: float | None) -> str:
        return "     –" if value is None else f"{value:6.1%}"

    lines = ["Discrepancies            wanted     told   recall  precision  code right"]
    for row in [{"field": "all", **report["all"]}, *report["by_field"]]:
        lines.append(
            f"  {row['field']:<22} {row['wanted']:>6} {row['told']:>8}   {percent(row['recall'])}     {percent(row['precision'])}      {percent(row['code_right'])}"
        )
    for row in report["existence"]:
        lines.append(
            f"  {row['code']:<22} {row['wanted']:>6} {row['told']:>8}   {percent(row['recall'])}     {percent(row['precision'])}"
        )
    if "writing_only" in report:
        row = report["writing_only"]
        lines.append(
            f"  writing only: {row['false_alarms']} false alarms in {row['pairs']} pairs ({percent(row['share']).strip()})"
        )
    return "\n".join(lines)
