"""Link every mention of the registers to a resident of the extract, or to nobody, or to a clerk."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from reconcile.match.blocking import candidate_pairs, prepare, without
from reconcile.match.columns import Columns
from reconcile.match.decisions import pins
from reconcile.match.departed import with_departed
from reconcile.match.duplicates import duplicates
from reconcile.match.encode import encode
from reconcile.match.expectation_maximisation import believe, learn, sibling_counts
from reconcile.match.found import Found, found
from reconcile.match.household import couples, with_kin_told
from reconcile.match.labels import read_labels
from reconcile.match.model import Model, RoleModel
from reconcile.match.parallel import at_once, worth
from reconcile.match.passes import settle
from reconcile.match.relations import expect, last_seen
from reconcile.match.results import (
    DECIDED,
    candidates_frame,
    certain,
    links_frame,
    weighed,
)
from reconcile.match.scoring import assign_role, compare_pairs
from reconcile.match.second_round import ROLES as AGAIN
from reconcile.match.second_round import ask_again, firm, heard, inform
from reconcile.match.settings import Settings, load_settings
from reconcile.match.side import Coded
from reconcile.match.term_frequencies import TermFrequencies
from reconcile.schema import ROLES

if TYPE_CHECKING:
    from reconcile.match.decisions import Pins
    from reconcile.match.extract import Extract
    from reconcile.match.labels import Labels
    from reconcile.match.settings import Pass


_LAST = "nkt"


@dataclass(frozen=True, slots=True)
class MatchResult:
    """What matching found.

    ``links``: LINKS, one row per mention in the mentions' order. ``candidates``: CANDIDATES of the review tier.
    ``duplicates``: record_id, other_record_id, role, resident_id, reason – two records of one event.
    ``model``: the learned model, to be kept with the run. ``evidence``: the weights behind every ``match`` and its
    runner-up (``results.candidates_frame``), empty unless asked for.
    """

    links: pl.DataFrame
    candidates: pl.DataFrame
    duplicates: pl.DataFrame
    model: Model
    evidence: pl.DataFrame


@dataclass(frozen=True, slots=True)
class _Given:
    """What every role is linked with: both sides, the mentions of each role, the rules, what people decided and judged, how rare values are, how
    brothers and sisters are called.
    """

    coded: Coded
    asking: dict[str, pl.Series]
    rules: Settings
    decided: Pins
    judged: Labels
    terms: TermFrequencies
    siblings: dict[str, list[float]]
    believed: dict[str, RoleModel]
    explained: bool


def link(
    mentions: pl.DataFrame | pl.LazyFrame,
    residents: pl.DataFrame | pl.LazyFrame,
    *,
    settings: Settings | None = None,
    extract: Extract | None = None,
    decisions: pl.DataFrame | None = None,
    labels: pl.DataFrame | None = None,
    model: Model | None = None,
    within: str | None = None,
    families: str | None = None,
    explained: bool = False,
) -> MatchResult:
    """Find the resident of every mention.

    ``mentions``: NORMALIZED_MENTIONS, ``residents``: NORMALIZED_RESIDENTS, in memory or scanned; of what is scanned a
    few columns at a time are held. ``extract``: the same
    residents as ``encode_extract`` numbered them before. ``decisions``: what people decided
    before (record_id, role, resident_id, judgement ``same`` or ``different``); they outrank every pass. ``labels``: judged pairs of the same columns to learn from; they decide nothing.
    ``model``: a saved model to use instead of learning one. ``within``: a column of ``mentions``; mentions compete
    for a resident only with those of the same value, so that with a saved model of all roles the links of one value
    depend on its own mentions alone. ``families``: a column of ``mentions``; links tell of each other's relatives only
    within one value of it (by default that of ``within``). ``explained``: keep the evidence of every match, not only of what a clerk has to
    see. The result depends on nothing else.

    First the certain passes of every role, so that each role can lean on the links of the others; then, role by
    role, family passes, blocks, weights and assignment; then a second round for whoever is still open in a record
    whose other persons are linked by now (``second_round``); deaths come last.
    """
    rules = settings or load_settings()
    books, people = Columns.of(mentions), Columns.of(residents)
    coded = encode(books, people, extract=extract, within=within, families=families, extras=rules.extras)
    decided = pins(decisions, books, people)
    judged = read_labels(labels, books, people)
    asking = rows_by_role(coded)
    known = model.roles if model else {}
    settled, (terms, siblings, believed), _ = at_once(
        lambda: _settle_all(coded, asking, rules, decided),
        lambda: _believe_all(coded, asking, rules, known),
        lambda: prepare(coded, rules.blocks) if worth(books.height) else None,
        rows=people.height,
    )
    given = _Given(coded, asking, rules, decided, judged, terms, siblings, believed, explained)
    links = {role: pairs.select("m", "r") for role, pairs in settled.items()}
    roles: dict[str, Found] = {}
    models: dict[str, RoleModel] = {}

    def find(role: str, given: _Given) -> None:
        roles[role], models[role] = _link_role(given, role, settled[role], links, known.get(role))
        links[role] = roles[role].links

    for role in settled:
        if role != _LAST:
            find(role, given)
    sure = _sure(roles, rules)
    _second_round(given, roles, links, sure, models)
    # who died is asked last, when all other records say who was still alive and who is whose child
    if _LAST in settled:
        told = with_kin_told(last_seen(coded, links), sure)
        find(_LAST, replace(given, coded=with_departed(told, _LAST)))
    everything = pl.concat([pl.DataFrame(schema=DECIDED), *(role.ranked for role in roles.values())])
    shown = [role.shown for role in roles.values()]
    behind = [frame for role in roles.values() for frame in role.reasons]
    twice, links_found, candidates, evidence = at_once(
        lambda: duplicates(books, people, coded, everything, rules),
        lambda: links_frame(books, people, everything, rules),
        lambda: candidates_frame(books, people, shown),
        lambda: candidates_frame(books, people, behind),
        rows=books.height,
    )
    return MatchResult(
        links=links_found,
        candidates=candidates,
        duplicates=twice,
        model=Model(models, people.height, rules.version),
        evidence=evidence,
    )


def rows_by_role(coded: Coded) -> dict[str, pl.Series]:
    """Return the mentions (u32) that have a name, of each role that has any."""
    table = coded.mentions.table
    named = table["name"].is_not_null().to_numpy()
    role_of = table["role"].to_physical().to_numpy()
    of = {role: np.flatnonzero(named & (role_of == number)) for number, role in enumerate(ROLES)}
    return {role: pl.Series("m", rows.astype(np.uint32)) for role, rows in of.items() if rows.size}


def _settle_all(
    coded: Coded, asking: dict[str, pl.Series], rules: Settings, decided: Pins
) -> dict[str, pl.DataFrame]:
    """Return what decisions and the first certain passes settle, per role of ``asking`` (role → its mentions)."""
    found = at_once(
        *(partial(_settle, coded, rows, role, rules, rules.passes, decided) for role, rows in asking.items()),
        rows=coded.mentions.table.height,
    )
    return dict(zip(asking, found, strict=True))


def _believe_all(
    coded: Coded, asking: dict[str, pl.Series], rules: Settings, known: dict[str, RoleModel]
) -> tuple[TermFrequencies, dict[str, list[float]], dict[str, RoleModel]]:
    """Return term frequencies, how siblings are called, and what is believed of each role before anybody is linked.

    Nothing is believed of roles that are ``known``, and of the dead only when links tell who lived on.
    """
    terms = TermFrequencies(coded.residents, rules)
    siblings = {} if known.keys() >= asking.keys() else sibling_counts(coded)
    believed = {
        role: believe(coded, rows, role, rules, terms, siblings)
        for role, rows in asking.items()
        if role not in known and role != _LAST
    }
    return terms, siblings, believed


def _settle(
    coded: Coded, rows: pl.Series, role: str, rules: Settings, passes: tuple[Pass, ...], decided: Pins
) -> pl.DataFrame:
    """Decisions, then certain passes. Returns m, r, pass (index into the rules' passes; decisions come after them)."""
    exclusive = rules.roles[role].exclusive
    by_hand = decided.of_role(rows).with_columns(pl.lit(len(rules.passes) + 1, pl.UInt8).alias("pass"))
    free = without(rows, by_hand["m"])
    found = decided.without_different(settle(coded, free, passes, role, exclusive=exclusive))
    if exclusive and not by_hand.is_empty():
        scope = coded.mentions.table["scope"]
        held = by_hand.select("r", scope.gather(by_hand["m"]))
        found = found.with_columns(scope.gather(found["m"])).join(held, on=["r", "scope"], how="anti")
        found = found.drop("scope")
    return pl.concat([by_hand, found]).sort("m")


def _link_role(
    given: _Given, role: str, settled: pl.DataFrame, links: dict[str, pl.DataFrame], known: RoleModel | None
) -> tuple[Found, RoleModel]:
    """Link what the first passes left open; return what was found and the model.

    ``settled``: what they found (m, r, pass); ``links``: role → m, r of all that is linked so far; ``known``: the role's
    model, if it is not to be learned.
    """
    rules, decided, terms = given.rules, given.decided, given.terms
    exclusive = rules.roles[role].exclusive
    coded = expect(given.coded, role, links)
    rows = given.asking[role]
    open_rows = without(rows, settled["m"])
    by_family = settle(coded, open_rows, rules.passes, role, exclusive=exclusive, family=True)
    settled = pl.concat([settled, decided.without_different(by_family)]).sort("m")
    open_rows = without(rows, settled["m"])
    found_there = candidate_pairs(coded, open_rows, rules.blocks, role, rules.limits)
    pairs = decided.without_different(found_there)
    # comparing needs no model: it goes on while the model is learned
    compared = compare_pairs(coded, pairs, role, rules)
    believed = known or given.believed.get(role) or believe(coded, rows, role, rules, terms, given.siblings)
    model = known or learn(coded, rows, settled, pairs, role, rules, terms, believed, given.judged)
    ranked = assign_role(coded, compared, role, settled, rules, model, terms)
    everything = pl.concat([certain(settled, rules), weighed(ranked, rules)])
    return found(coded, everything, role, rules, model, terms, explained=given.explained), model


def _sure(roles: dict[str, Found], rules: Settings) -> dict[str, pl.DataFrame]:
    """Return the sure links of the first round, role → m, r: others of the family lean on these alone.

    Were it all links, one false link would find itself confirmed by those that followed from it.
    """
    return {role: firm(found_there.ranked, rules) for role, found_there in roles.items()}


def _second_round(
    given: _Given,
    roles: dict[str, Found],
    links: dict[str, pl.DataFrame],
    sure: dict[str, pl.DataFrame],
    models: dict[str, RoleModel],
) -> None:
    """Ask again who is still open, now that all links are there; put what is found into ``roles`` and ``links``."""
    rules, terms = given.rules, given.terms
    pairs = couples(given.coded, sure)
    for role in AGAIN:
        if role not in roles:
            continue
        informed = inform(given.coded, role, links, pairs)
        told = heard(informed, role)
        if told.is_empty():
            continue
        model = models[role]
        again, ranked = ask_again(
            informed, role, told, roles[role].ranked, rules, model, terms, given.decided
        )
        later = found(informed, weighed(ranked, rules), role, rules, model, terms, explained=given.explained)
        roles[role] = roles[role].revised(again, later)
        links[role] = roles[role].links
