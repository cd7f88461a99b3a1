"""The stage: links, mentions, residents and records in; the table of discrepancies out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from reconcile.compare import catalogue as catalogues
from reconcile.compare.births import ASKED, births_not_registered, residents_without_birth
from reconcile.compare.causes import cause_of
from reconcile.compare.dates import compare_births
from reconcile.compare.doubles import population_doubles
from reconcile.compare.events import (
    active_after_death,
    compare_deaths,
    compare_parents_lives,
    deaths_not_registered,
)
from reconcile.compare.existence import (
    not_in_population,
    repeated_marriages,
    repeated_registrations,
)
from reconcile.compare.identity import discrepancy_ids, person_key
from reconcile.compare.lists import compare_ethnicities, compare_nationalities
from reconcile.compare.messages import write_sentences
from reconcile.compare.names import compare_names
from reconcile.compare.notes import mark_noted
from reconcile.compare.numbers import compare_numbers, repeated_numbers
from reconcile.compare.owners import kind_of_registration, propose_owners
from reconcile.compare.pairs import Pairs, looked_up, pair_up
from reconcile.compare.places import compare_number_provinces, compare_places
from reconcile.compare.relatives import compare_parents
from reconcile.compare.sex import compare_sexes
from reconcile.compare.spouse import compare_certificates, compare_marriages
from reconcile.compare.systematic import GROUPS, find_causes
from reconcile.compare.systematic_records import compared_records, exposed_records
from reconcile.schema import DISCREPANCIES

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable

    from reconcile.compare.catalogue import Catalogue

COMPARISONS: tuple[Callable[[Pairs], pl.DataFrame], ...] = (
    compare_names,
    compare_births,
    compare_sexes,
    compare_numbers,
    repeated_numbers,
    compare_ethnicities,
    compare_nationalities,
    compare_parents,
    compare_places,
    compare_number_provinces,
    active_after_death,
    compare_parents_lives,
    repeated_marriages,
)
"""What is compared for every linked mention, one module per compared thing."""

EVENT_COMPARISONS: tuple[Callable[[Pairs, pl.DataFrame], pl.DataFrame], ...] = (
    compare_deaths,
    compare_marriages,
    compare_certificates,
)
"""What needs the record beside the pair: its notes and the state it tells."""

_SEVERITY_ORDER = {name: place for place, name in enumerate(reversed(catalogues.SEVERITIES))}


def discrepancies(
    links: pl.DataFrame,
    mentions: pl.DataFrame,
    residents: pl.DataFrame,
    records: pl.DataFrame,
    *,
    catalogue: Catalogue | None = None,
    as_of: dt.date | None = None,
) -> pl.DataFrame:
    """Say what differs between each linked mention and its resident, how gravely, and who is proposed to act.

    ``links``, ``mentions`` (normalized), ``residents`` (normalized), ``records``: the canonical tables. Only links
    of tier ``match`` give differences between fields. ``catalogue``: see ``catalogue.load``. ``as_of``: the day of
    the run; nothing later is expected in the extract.

    Returns DISCREPANCIES, what a clerk should do first on top within each commune, with three columns behind:
    ``variant`` (the light in which the code is seen), ``minutes`` (estimate) and ``changes_number`` (putting it
    right breaks the structure of the 12-digit number).
    """
    return discrepancies_with_causes(links, mentions, residents, records, catalogue=catalogue, as_of=as_of)[0]


def discrepancies_with_causes(
    links: pl.DataFrame,
    mentions: pl.DataFrame,
    residents: pl.DataFrame,
    records: pl.DataFrame,
    *,
    catalogue: Catalogue | None = None,
    as_of: dt.date | None = None,
    after_each: Callable[[], None] = lambda: None,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return ``discrepancies`` and the table of common causes (``systematic.GROUPS``), one row per group.

    ``after_each`` is called after each comparison: who keeps the tables on the disk can let go of what was read.
    """
    catalogue = catalogue or catalogues.load()
    cases, pairs = pair_up(links, mentions, residents)
    compared: list[pl.DataFrame] = []
    for compare in COMPARISONS:
        compared.append(compare(pairs))
        after_each()
    for compare_event in EVENT_COMPARISONS:
        compared.append(compare_event(pairs, records))
        after_each()
    found = pl.concat(
        [
            *compared,
            deaths_not_registered(pairs, records, links),
            not_in_population(cases, mentions, as_of=as_of),
            repeated_registrations(cases, mentions, residents, records),
        ]
    )
    missing = pl.concat(
        [
            births_not_registered(residents_without_birth(links, residents.select(ASKED), records)),
            population_doubles(residents, pairs),
        ],
        how="diagonal",
    )
    return _finish(found, missing, cases, pairs, links, records, catalogue)


def _finish(
    found: pl.DataFrame,
    missing: pl.DataFrame,
    cases: pl.DataFrame,
    pairs: Pairs,
    links: pl.DataFrame,
    records: pl.DataFrame,
    catalogue: Catalogue,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Turn findings, and ``missing`` births that have no record, into the table of discrepancies: origin, severity, sentence, owner, id, cause, order."""
    behind = {"variant": pl.String, "minutes": pl.Float64, "changes_number": pl.Boolean}
    if found.is_empty() and missing.is_empty():
        nothing = DISCREPANCIES.empty().with_columns(
            pl.lit(None, dtype=dtype).alias(name) for name, dtype in behind.items()
        )
        return nothing, pl.DataFrame(schema=GROUPS)
    rows = pl.concat([_with_origin(found, cases, links, pairs.mentions), missing], how="diagonal_relaxed")
    rows = rows.with_columns(
        discrepancy_ids(rows.with_columns(person=_persons(rows, pairs.residents))), cause=cause_of()
    )
    first = rows["discrepancy_id"].is_first_distinct()
    rows = rows if first.all() else rows.filter(first)
    rows = mark_noted(write_sentences(rows, catalogue), records, catalogue)
    rows = propose_owners(rows, catalogue)
    compared, record = compared_records(links, records, pairs)
    rows = rows.with_columns(record=record.gather(rows["pair"]))
    rows = rows.drop("civil_key", "population_key", "detail", "evidence", "kind", "default", "pair")
    rows, causes = find_causes(rows, compared, exposed_records(pairs, record))
    order = rows.select(
        pl.arg_sort_by(
            [
                pl.col("commune_code"),
                pl.col("severity").replace_strict(_SEVERITY_ORDER, return_dtype=pl.Int8),
                *(pl.col(name) for name in ("order", "code", "source_file", "source_row", "record_id", "role", "field", "discrepancy_id")),
            ],
            nulls_last=True,
        )
    ).to_series()  # fmt: skip
    table = DISCREPANCIES.conform(rows).select(*DISCREPANCIES.names, *behind)
    return table[order], causes


def _with_origin(
    found: pl.DataFrame, cases: pl.DataFrame, links: pl.DataFrame, mentions: pl.DataFrame
) -> pl.DataFrame:
    """Add the record, the person and what the owner rules look at; in the order of the links."""
    found = found.sort("pair", "field", "code", maintain_order=True)
    origin = ["record_id", "source_file", "source_row", "register", "role", "resident_id", "population_row"]
    context = ["registered_earliest", "registered_latest", "commune_code", "loai_dang_ky"]
    rows = looked_up(found, links, found["pair"], origin)
    rows = looked_up(rows, mentions, cases["mention"].gather(found["pair"]), context)
    return rows.with_columns(kind=kind_of_registration(pl.col("loai_dang_ky"))).drop("loai_dang_ky")


def _persons(rows: pl.DataFrame, residents: pl.DataFrame) -> pl.Series:
    """Return what tells the person apart in an id; not the row number where there is anything better."""
    named = (
        "resident_id",
        "population_row",
        "personal_id",
        "old_id",
        "name_key",
        "birth_earliest",
        "birth_latest",
    )
    unnumbered = (
        residents.select(named)
        .filter(pl.col("resident_id").str.starts_with("row:"))
        .select(
            "population_row",
            unnumbered=pl.concat_str(
                [
                    pl.col(name).cast(pl.String).fill_null("")
                    for name in ("personal_id", "old_id", "name_key", "birth_earliest", "birth_latest")
                ],
                separator="|",
            ),
        )
    )
    return (
        rows.select("resident_id", "population_row")
        .join(unnumbered, on="population_row", how="left", maintain_order="left")
        .select(person=person_key(pl.col("resident_id"), pl.col("unnumbered")))
        .to_series()
    )
