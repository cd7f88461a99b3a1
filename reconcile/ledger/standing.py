"""What decisions mean for the next run: which pairs are settled, which questions are not asked again, which reopen.

Pure: frames of decisions and questions in, frames out. ``decisions`` is always what ``Ledger.decisions()`` gives.
"""

from __future__ import annotations

import polars as pl

from reconcile.ledger.tables import CASES, DECISIONS

SAME, DIFFERENT = "Đúng cùng người", "Không cùng người"
UNSURE = "Cần xác minh"
SIDES = ("Sửa hộ tịch", "Sửa dân cư", "Cả hai đúng")

PIN_SCHEMA = {"record_id": pl.String, "role": pl.String, "resident_id": pl.String, "judgement": pl.String}
STANDING = {"case_id": pl.String, "standing": pl.String, "decision_id": pl.String, "remark": pl.String}

FINAL = {
    "discrepancy": (*SIDES, DIFFERENT),
    "pair": (SAME, DIFFERENT),
    "absent": SIDES,
    "resident": SIDES,
    "duplicate": (*SIDES, SAME, DIFFERENT),
    "fault": SIDES,
}
"""Kind of question → the conclusions that settle it. *Cần xác minh* never does: somebody has to come back to it."""


def with_undone(rows: pl.DataFrame, journal: pl.DataFrame | None = None) -> pl.DataFrame:
    """Return the decisions proper (no undoings, no remarks) with ``undone``, the ISO time of the undoing or null."""
    del journal
    undone = rows.filter(pl.col("undoes").is_not_null()).select(decision_id="undoes", undone="decided_at")
    decided = rows.filter(pl.col("conclusion").is_not_null() & pl.col("undoes").is_null())
    undone = undone.unique("decision_id", keep="first", maintain_order=True)
    return decided.join(undone, on="decision_id", how="left", maintain_order="left").with_columns(
        decided_at=pl.col("decided_at").str.slice(0, 19).str.to_datetime("%Y-%m-%dT%H:%M:%S", strict=False)
    )


BOOK = "book"
"""Kind of an officer's signature under a whole register book: kept like a decision, but it answers no question."""


def current_decisions(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the decisions that count: the last one of each question that is not undone. Signatures are left out."""
    return _current(with_undone(rows).filter(pl.col("kind") != BOOK))


def current_signatures(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the signatures that count: the last one of each book that is not undone."""
    return _current(with_undone(rows).filter(pl.col("kind") == BOOK))


def _current(decided: pl.DataFrame) -> pl.DataFrame:
    return (
        decided.filter(pl.col("undone").is_null())
        .sort("entry", "line")
        .unique("case_id", keep="last", maintain_order=True)
    )


def pins_of(decisions: pl.DataFrame) -> pl.DataFrame:
    """Return the pairs that people judged outright: record_id, role, resident_id, judgement ``same|different``.

    *Đúng cùng người* and *Không cùng người* on differences, on candidates, and on persons not found (then the
    number that the clerk wrote). Sorted; one row per pair.
    """
    judged = decisions.filter(
        pl.col("kind").is_in(["discrepancy", "pair", "absent"])
        & pl.col("conclusion").is_in([SAME, DIFFERENT])
        & pl.col("resident_id").is_not_null()
        & pl.col("role").is_not_null()
    )
    return _pairs(judged.with_columns(judgement=_judgement()))


def labels(decisions: pl.DataFrame) -> pl.DataFrame:
    """Return every pair that people judged, also those where saying which side is right implies the same person."""
    judged = decisions.filter(
        pl.col("resident_id").is_not_null()
        & pl.col("role").is_not_null()
        & (
            (
                pl.col("kind").is_in(["discrepancy", "pair", "absent"])
                & pl.col("conclusion").is_in([SAME, DIFFERENT])
            )
            | ((pl.col("kind") == "discrepancy") & pl.col("conclusion").is_in(SIDES))
        )
    )
    return _pairs(judged.with_columns(judgement=_judgement()))


def _judgement() -> pl.Expr:
    return pl.when(pl.col("conclusion") == DIFFERENT).then(pl.lit("different")).otherwise(pl.lit("same"))


def _pairs(judged: pl.DataFrame) -> pl.DataFrame:
    """One row per pair; the later decision stands last and counts (two that contradict are refused when applied)."""
    return (
        judged.sort("entry", "line")
        .unique(["record_id", "role", "resident_id"], keep="last", maintain_order=True)
        .sort("entry", "line")
        .select(list(PIN_SCHEMA))
    )


def standing(cases: pl.DataFrame, decisions: pl.DataFrame) -> pl.DataFrame:
    """Say of every question that somebody decided before how it stands.

    ``cases``: CASES of this run. Returns case_id, ``standing`` (``settled``: not asked again; ``pending``: *Cần xác
    minh* or a conclusion that leaves the question open, asked again with the remark; ``reopened``: decided, but one
    of the values is another now), decision_id and ``remark``, one Vietnamese sentence, for the last two.
    """
    cases = CASES.conform(cases).select(CASES.names)
    own = decisions.filter(pl.col("kind") != "group")
    if own.is_empty() or cases.is_empty():
        return pl.DataFrame(schema=STANDING)
    asked = ["case_id", "kind", "record_id", "role", "resident_id", "field"]
    asked += ["civil_value", "population_value", "civil_key", "population_key"]
    told = own.select(
        "case_id", "decision_id", "conclusion", "correct_value", "note", "decided_by", "decided_at",
        was_civil="civil_value", was_population="population_value",
        was_civil_key="civil_key", was_population_key="population_key",
    )  # fmt: skip
    same_id = cases.select(asked).join(told, on="case_id", how="inner")
    moved = _moved(cases.select(asked), own, told)
    changed = pl.any_horizontal(
        pl.col("was_civil_key").ne_missing(pl.col("civil_key")),
        pl.col("was_population_key").ne_missing(pl.col("population_key")),
    )
    final = pl.any_horizontal(
        (pl.col("kind") == kind) & pl.col("conclusion").is_in(conclusions)
        for kind, conclusions in FINAL.items()
    )
    rows = pl.concat(
        [
            same_id.with_columns(
                standing=pl.when(changed)
                .then(pl.lit("reopened"))
                .when(final)
                .then(pl.lit("settled"))
                .otherwise(pl.lit("pending"))
            ),
            moved.with_columns(standing=pl.lit("reopened")),
        ],
        how="diagonal",
    )
    return (
        rows.with_columns(remark=_remark())
        .with_columns(
            remark=pl.when(pl.col("standing") == "settled").then(None).otherwise(pl.col("remark")),
        )
        .unique("case_id", keep="first", maintain_order=True)
        .select(list(STANDING))
        .sort("case_id")
    )


def _moved(cases: pl.DataFrame, own: pl.DataFrame, told: pl.DataFrame) -> pl.DataFrame:
    """Return differences whose earlier question (same person, same field, other values) was decided and is gone."""
    gone = own.filter((pl.col("kind") == "discrepancy") & (pl.col("conclusion") != UNSURE)).join(
        cases, on="case_id", how="anti", maintain_order="left"
    )
    last = (
        gone.sort("entry", "line")
        .unique(["record_id", "role", "field"], keep="last", maintain_order=True)
        .select("record_id", "role", "field", earlier="case_id")
    )
    fresh = cases.filter(pl.col("kind") == "discrepancy").join(
        own.select("case_id"), on="case_id", how="anti", maintain_order="left"
    )
    return fresh.join(last, on=["record_id", "role", "field"], how="inner").join(
        told.rename({"case_id": "earlier"}), on="earlier", how="inner"
    )


def _remark() -> pl.Expr:
    """Say what was concluded, by whom and when, and what changed since."""
    who = (
        pl.when(pl.col("decided_by").is_not_null())
        .then(pl.format(" ({})", "decided_by"))
        .otherwise(pl.lit(""))
    )
    said = pl.format(
        "Ngày {} đã kết luận “{}”{}", pl.col("decided_at").dt.strftime("%d/%m/%Y"), "conclusion", who
    )
    value = pl.when(pl.col("correct_value").is_not_null()).then(
        pl.format(", giá trị đúng “{}”", "correct_value")
    )
    civil = _now_reads("sổ hộ tịch", "was_civil", "civil_value")
    population = _now_reads("dân cư", "was_population", "population_value")
    differs = pl.concat_str([civil, population], separator="; ", ignore_nulls=True)
    reopened = (
        pl.when(differs.str.len_chars() > 0)
        .then(pl.format(", nay hỏi lại vì {}.", differs))
        .otherwise(pl.lit(", nay hỏi lại vì thông tin của một trong hai bên đã thay đổi."))
    )
    note = pl.when(pl.col("note").is_not_null()).then(pl.format(": {}", "note")).otherwise(pl.lit(""))
    tail = pl.when(pl.col("standing") == "reopened").then(reopened).otherwise(pl.format("{}.", note))
    return pl.concat_str(said, value.fill_null(""), tail)


def _now_reads(side: str, was: str, now: str) -> pl.Expr:
    return pl.when(pl.col(was).ne_missing(pl.col(now))).then(
        pl.format(
            f"{side} trước ghi “{{}}”, nay ghi “{{}}”",
            pl.col(was).fill_null("(trống)"),
            pl.col(now).fill_null("(trống)"),
        )
    )


def settle(
    discrepancies: pl.DataFrame, decisions: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Split DISCREPANCIES into ``(open, settled, reopened)`` by what was decided; order kept, nothing lost.

    ``open``: asked, with ``remark`` where something was concluded that leaves the question open. ``settled``: not
    asked again. ``reopened``: decided once, but a value changed since; ``remark`` says which. Persons not found and
    residents without a birth record are recognised by their person, all others by discrepancy_id.
    """
    by_person = pl.col("code").is_in(["NOT_IN_POPULATION"])
    by_resident = pl.col("code").is_in(["NO_BIRTH_RECORD"])
    keyed = discrepancies.with_columns(
        _case=pl.when(by_person & pl.col("record_id").is_not_null())
        .then(pl.format("{}|{}|", "record_id", "role"))
        .when(by_resident)
        .then(pl.format("||{}", "resident_id"))
        .otherwise("discrepancy_id"),
        _kind=pl.when(by_person).then(pl.lit("absent")).when(by_resident).then(pl.lit("resident"))
        .otherwise(pl.lit("discrepancy")),
    )  # fmt: skip
    known = decisions.select("case_id", _ck="civil_key", _pk="population_key").unique("case_id")
    cases = (
        keyed.select(pl.all().exclude("case_id", "kind"))
        .rename({"_case": "case_id", "_kind": "kind"})
        .join(known, on="case_id", how="left", maintain_order="left")
        .with_columns(civil_key="_ck", population_key="_pk")
    )
    stands = standing(CASES.conform(cases).select(CASES.names), decisions)
    rows = keyed.join(
        stands.select(_case="case_id", standing="standing", remark="remark"),
        on="_case",
        how="left",
        maintain_order="left",
    ).drop("_case", "_kind")
    state = pl.col("standing").fill_null("open")
    return (
        rows.filter(state.is_in(["open", "pending"])).drop("standing"),
        rows.filter(state == "settled").drop("standing", "remark"),
        rows.filter(state == "reopened").drop("standing"),
    )


def empty_decisions() -> pl.DataFrame:
    """Return the frame that an empty ledger gives."""
    return with_undone(DECISIONS.empty())
