"""Linking units: several at once, since numbering the extract costs more than a commune's links, yet each by itself.

Mentions compete for a resident within their unit only, and the model is frozen, so the links of a unit don't depend on
the units it is worked on with.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl

from reconcile.match import Model, link, load_settings
from reconcile.match.duplicates import SCHEMA as DUPLICATES
from reconcile.match.model import prior
from reconcile.match.settings import Settings
from reconcile.nightly.keys import KEPT, entry, second_name, write_json
from reconcile.nightly.loading import LOADED, mentions_of_units
from reconcile.nightly.population import extract_of, residents_of
from reconcile.nightly.registers import by
from reconcile.protection.files import read_table, write_table
from reconcile.schema import CANDIDATES, LINKS, NORMALIZED_MENTIONS, RECORDS, REJECTED, ROLES

CLAIM = ("record_id", "role", "register", "source_file", "source_row", "commune_code", "loai_dang_ky", "name_key",
         "birth_earliest", "birth_latest", "mother_key", "father_key")  # fmt: skip
"""What other units may have to know of a birth or a death."""

ONCE = ("nks", "nkt")
"""Roles that a person has once in life."""


def settings_of(task: dict[str, Any]) -> Settings:
    """Return the matching rules with the thresholds of the workspace."""
    from dataclasses import replace

    rules = load_settings()
    chosen = {k: v for k, v in task["thresholds"].items() if v is not None}
    return replace(rules, thresholds=rules.thresholds | chosen)


def learn_model(task: dict[str, Any]) -> dict[str, Any]:
    """Learn the model on ``task['units']`` and keep it in ``task['out']``."""
    rules = settings_of(task)
    mentions = mentions_of_units(task["units"])
    learned = link(
        mentions,
        residents_of(Path(task["population"])),
        settings=rules,
        extract=extract_of(task.get("encoded"), task.get("keys")),
        within="unit",
        labels=read_table(task["labels"]),
    ).model
    roles = {role: learned.roles.get(role) or prior(rules, role) for role in ROLES}
    with entry(Path(task["out"])) as folder:
        Model(roles, learned.residents, learned.rules_version).save(folder / "model.json")
        write_json(folder / "learned.json", {"mentions": mentions.height})
    return {"mentions": mentions.height}


def link_units(task: dict[str, Any]) -> dict[str, Any]:
    """Link the mentions of ``task['units']`` with the extract; one cache entry per unit.

    Writes links, candidates, duplicates and claims (``CLAIM`` and the link of births and deaths) beside second names of
    the loaded tables. Returns unit → number of mentions.
    """
    units = task["units"]
    mentions = mentions_of_units(units)
    frozen = Path(task["model"])
    pins = read_table(task["pins"]) if task.get("pins") else None
    matched = link(
        mentions,
        residents_of(Path(task["population"])),
        settings=settings_of(task),
        extract=extract_of(task.get("encoded"), task.get("keys")),
        decisions=pins,
        model=Model.load(frozen / "model.json"),
        within="unit",
    )
    keys = ["record_id", "role", "source_file", "source_row"]
    whose = mentions.select(*keys, "unit").unique(keys, keep="first", maintain_order=True)
    links = LINKS.conform(matched.links).with_columns(mentions["unit"])
    candidates = CANDIDATES.conform(matched.candidates).join(
        whose, on=keys, how="left", maintain_order="left"
    )
    owners = whose.select("record_id", "unit").unique("record_id", keep="first", maintain_order=True)
    tables = {
        "links": links,
        "candidates": candidates,
        "duplicates": matched.duplicates.join(owners, on="record_id", how="left", maintain_order="left"),
        "claims": _claims(mentions, links),
    }
    own = {name: by(frame, "unit") for name, frame in tables.items()}
    for unit, of in units.items():
        with entry(Path(of["out"])) as folder:
            for name, frame in tables.items():
                part = own[name].get((unit,), frame.clear())
                write_table(part.drop("unit"), folder / f"{name}.parquet", **KEPT)
            for name in LOADED:
                second_name(Path(of["loaded"]) / f"{name}.parquet", folder / f"{name}.parquet")
    return {"mentions": {unit: found.height for (unit,), found in sorted(own["links"].items())}}


def _claims(mentions: pl.DataFrame, links: pl.DataFrame) -> pl.DataFrame:
    """Return births and deaths with whom they were linked to."""
    known = pl.concat(
        [
            mentions.select(*CLAIM, "unit"),
            links.select(
                "resident_id", "population_row", "probability", "tier", "match_pass", "match_weight"
            ),
        ],
        how="horizontal",
    )
    return known.filter(pl.col("role").is_in(ONCE))


def link_nothing(out: Path) -> None:
    """Write the entry of a unit without any record: what could not be read, and nothing else, is told of it."""
    mentions = NORMALIZED_MENTIONS.empty()
    tables = {
        "records": RECORDS.empty(),
        "mentions": mentions,
        "rejected": REJECTED.empty(),
        "links": LINKS.empty(),
        "candidates": CANDIDATES.empty(),
        "duplicates": pl.DataFrame(schema=DUPLICATES),
        "claims": _claims(mentions.with_columns(unit=pl.lit(None, pl.String)), LINKS.empty()).drop("unit"),
    }
    with entry(out) as folder:
        for name, frame in tables.items():
            write_table(frame, folder / f"{name}.parquet", **KEPT)
