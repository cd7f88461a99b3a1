"""From tables of official facts to our gazetteer: dated units and their successions. Used by scripts/build-places."""

from __future__ import annotations

import itertools
from typing import Any

import polars as pl

from reconcile.normalize.places_text import tidy_name

REFORM = "2025-07-01"
"""Day the district level ended and the new communes began (NQ 202/2025/QH15, NQ 1669/NQ-UBTVQH15)."""

FIRST_LIST = "2004-08-31"
"""Day of the statistics office's first full list: what stands in it is older, by how much no list says."""

UNIT_COLUMNS = [
    "unit_id",
    "level",
    "code",
    "name",
    "type",
    "parent_id",
    "valid_from",
    "valid_to",
    "certainty",
    "source",
]
LINK_COLUMNS = ["from_unit", "to_unit", "date", "kind", "certainty", "source"]
_TYPES = ("Thành phố", "Thị xã", "Thị trấn", "Đặc khu", "Tỉnh", "Quận", "Huyện", "Phường", "Xã")
_NEVER = "9999-12-31"
_EVER = "0001-01-01"


def _type_of(name: str) -> str:
    return next((t for t in _TYPES if name.casefold().startswith(t.casefold())), "")


def _overlaps(a: dict[str, Any], b: dict[str, Any]) -> tuple[str, str] | None:
    """Return the common stretch of two rows (both half-open), or None."""
    start, end = max(a["from"], b["from"]), min(a["to"], b["to"])
    return (start, end) if start < end else None


def _identify(rows: list[dict[str, Any]]) -> None:
    """Number the successive identities of each code: another name or type is another unit, another parent is not.

    The reform made every unit anew, also where name and code went on.
    """
    rows.sort(key=lambda r: (r["level"], r["code"], r["from"]))
    previous: dict[str, Any] | None = None
    number = 0
    for row in rows:
        same_code = previous is not None and (previous["level"], previous["code"]) == (
            row["level"],
            row["code"],
        )
        if not same_code or previous is None:
            number = 1
        elif (previous["name"], previous["to"]) != (row["name"], row["from"]) or row["from"] == REFORM:
            number += 1
        row["unit_id"] = f"{row['code']}-{number}"
        previous = row


def _listed(intervals: pl.DataFrame) -> list[dict[str, Any]]:
    rows = []
    for r in intervals.iter_rows(named=True):
        name = tidy_name(r["name"])
        level = int(r["level"])
        rows.append({
            "level": level, "code": r["gso_code"], "name": name, "type": _type_of(name),
            "parent": (None, r["province_code"], r["district_code"])[level - 1],
            "from": r["valid_from"] or _EVER, "to": r["valid_to_excl"] or _NEVER, "certainty": "listed",
            "source": "GSO",
        })  # fmt: skip
    return rows


def _reformed(mapping: pl.DataFrame) -> list[dict[str, Any]]:
    base = {"from": REFORM, "to": _NEVER, "certainty": "table", "source": "NQ202/GSO-map"}
    provinces = mapping.select("new_province_code", "new_province").unique().sort("new_province_code")
    communes = (
        mapping.select("new_code", "new_name", "new_province_code").unique().sort("new_code", "new_name")
    )
    rows = []
    for code, raw in provinces.iter_rows():
        name = tidy_name(raw)
        rows.append({"level": 1, "code": code, "name": name, "type": _type_of(name), "parent": None} | base)
    seen: set[tuple[str, str]] = set()
    for code, raw, province in communes.iter_rows():
        name = tidy_name(raw)
        if (code, name) in seen:  # one unit in two spellings of the source
            continue
        seen.add((code, name))
        rows.append(
            {"level": 3, "code": code, "name": name, "type": _type_of(name), "parent": province} | base
        )
    return rows


def _attach(rows: list[dict[str, Any]], parents: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Cut each row at the days its parent changed identity and give every piece its parent's unit id."""
    by_code: dict[str, list[dict[str, Any]]] = {}
    for parent in parents:
        by_code.setdefault(parent["code"], []).append(parent)
    out = []
    for row in rows:
        pieces: list[dict[str, Any]] = []
        for parent in by_code.get(row["parent"], []):
            common = _overlaps(row, parent)
            if common is None:
                continue
            if pieces and pieces[-1]["parent_id"] == parent["unit_id"] and pieces[-1]["to"] == common[0]:
                pieces[-1]["to"] = common[1]
            else:
                pieces.append(row | {"from": common[0], "to": common[1], "parent_id": parent["unit_id"]})
        out.extend(pieces or [row | {"parent_id": None}])
    return out


def _join_equal(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Join neighbouring rows that say the same."""
    rows.sort(key=lambda r: (r["unit_id"], r["from"]))
    out: list[dict[str, Any]] = []
    for row in rows:
        last = out[-1] if out else None
        if last and (last["unit_id"], last["parent_id"], last["to"]) == (
            row["unit_id"],
            row["parent_id"],
            row["from"],
        ):
            last["to"] = row["to"]
        else:
            out.append(row)
    return out


def build_units(intervals: pl.DataFrame, mapping: pl.DataFrame, older: pl.DataFrame) -> pl.DataFrame:
    """Return the table of units: one row per unit and stretch of time under one parent.

    ``unit_id`` is the identity (code, name, type over one stretch of time); a code alone is none: the office
    reuses it. A unit kept by hand replaces the listed one of the same id. Empty ``valid_from``: already in the first list of 31/08/2004. Empty ``valid_to``: still in force.
    """
    listed, new = _listed(intervals), _reformed(mapping)
    everything = listed + new
    _identify(everything)
    provinces = [r | {"parent_id": None} for r in everything if r["level"] == 1]
    districts = _attach([r for r in everything if r["level"] == 2], provinces)
    communes = _attach([r for r in everything if r["level"] == 3 and r["from"] != REFORM], districts)
    communes += _attach([r for r in everything if r["level"] == 3 and r["from"] == REFORM], provinces)
    rows = _join_equal(provinces + districts + communes)
    table = pl.DataFrame(
        [
            (r["unit_id"], r["level"], r["code"], r["name"], r["type"], r["parent_id"],
             None if r["from"] == _EVER else r["from"], None if r["to"] == _NEVER else r["to"],
             r["certainty"], r["source"])
            for r in rows
        ],
        schema=dict.fromkeys(UNIT_COLUMNS, pl.String) | {"level": pl.Int64},
        orient="row",
    )  # fmt: skip
    by_hand = older.select(pl.col(c).cast(pl.Int64) if c == "level" else pl.col(c) for c in UNIT_COLUMNS)
    table = table.join(by_hand.select("unit_id").unique(), on="unit_id", how="anti")
    return pl.concat([table, by_hand]).sort("level", "unit_id", "valid_from", nulls_last=False)


def _changes_of_code(units: pl.DataFrame) -> list[tuple[str | None, ...]]:
    """Successions inside one code before the reform: the office kept the code, so the unit went on, renamed or grown."""
    spans = (
        units.filter(pl.col("code").is_not_null())
        .group_by("level", "code", "unit_id")
        .agg(
            pl.col("valid_from").fill_null(_EVER).min().alias("from"),
            pl.col("valid_to").fill_null(_NEVER).max().alias("to"),
        )
        .sort("level", "code", "from", "unit_id")
    )
    links: list[tuple[str | None, ...]] = []
    rows = spans.rows(named=True)
    for old, new in itertools.pairwise(rows):
        if (old["level"], old["code"]) != (new["level"], new["code"]):
            continue
        if old["to"] != new["from"] or new["from"] == REFORM:
            continue
        links.append(
            (old["unit_id"], new["unit_id"], new["from"], "rename", "listed", "GSO: same code goes on")
        )
    return links


def _of_the_reform(units: pl.DataFrame, mapping: pl.DataFrame) -> list[tuple[str | None, ...]]:
    old = units.filter(pl.col("valid_to") == REFORM)
    new = units.filter((pl.col("valid_from") == REFORM) & (pl.col("certainty") == "table"))
    before = {(r["level"], r["code"]): r["unit_id"] for r in old.iter_rows(named=True)}
    after = {(r["level"], r["code"]): r["unit_id"] for r in new.iter_rows(named=True)}
    count = mapping.group_by("old_code").len()
    split = set(count.filter(pl.col("len") > 1)["old_code"].to_list())
    links: set[tuple[str | None, ...]] = set()
    for r in mapping.iter_rows(named=True):
        ends = before.get((3, r["old_code"])), after.get((3, r["new_code"]))
        if None in ends:
            continue
        kind = "part" if r["old_code"] in split else "whole"
        links.add((*ends, REFORM, kind, "table", "GSO-map"))
    pairs = mapping.group_by("old_province_code", "new_province_code").len()
    whole = pairs.sort("len", descending=True).unique("old_province_code", keep="first", maintain_order=True)
    for r in whole.iter_rows(named=True):
        ends = before.get((1, r["old_province_code"])), after.get((1, r["new_province_code"]))
        if None not in ends:
            links.add((*ends, REFORM, "whole", "table", "NQ202"))
    return sorted(links, key=str)


def _by_name(units: pl.DataFrame, links: list[tuple[str | None, ...]]) -> list[tuple[str | None, ...]]:
    """Successors of communes that vanished from the lists before the reform, as far as the names tell.

    In the same district on the same day (a) a unit of the same name appears under another code, or (b) a code is
    renamed and the new name joins one syllable of its old name with one of the vanished (Cẩm *Phúc* + Cẩm *Điền* →
    *Phúc Điền*). One candidate only; marked ``derived``.
    """
    has_successor = {link[0] for link in links}
    communes = units.filter((pl.col("level") == 3) & pl.col("code").is_not_null())
    district = {
        row["unit_id"]: row["code"] for row in units.filter(pl.col("level") == 2).iter_rows(named=True)
    }
    last = communes.sort("unit_id", "valid_from").group_by("unit_id", maintain_order=True).last()
    first = communes.sort("unit_id", "valid_from").group_by("unit_id", maintain_order=True).first()
    names = dict(communes.select("unit_id", "name").iter_rows())
    old_name: dict[str | None, str] = {
        link[1]: names.get(str(link[0]), "") for link in links if link[3] == "rename"
    }
    born: dict[tuple[str | None, str | None], list[dict[str, Any]]] = {}
    for row in first.iter_rows(named=True):
        born.setdefault((district.get(row["parent_id"]), row["valid_from"]), []).append(row)
    vanished: dict[tuple[str | None, str | None], list[dict[str, Any]]] = {}
    for gone in last.filter(pl.col("valid_to") < REFORM).iter_rows(named=True):
        if gone["unit_id"] not in has_successor:
            vanished.setdefault((district.get(gone["parent_id"]), gone["valid_to"]), []).append(gone)
    out: list[tuple[str | None, ...]] = []
    for place_and_day in sorted(vanished, key=str):
        for old, new in _pair(vanished[place_and_day], born.get(place_and_day, []), old_name):
            out.append((old, new, place_and_day[1], "whole", "derived", "names"))
    return out


def _pair(
    vanished: list[dict[str, Any]], born: list[dict[str, Any]], old_name: dict[str | None, str]
) -> list[tuple[str, str]]:
    """Pair the vanished with the new units of one district and day: equal names first, then syllables that only
    one of the still unpaired vanished units can have given.
    """
    out: list[tuple[str, str]] = []
    left = list(vanished)
    for _ in range(len(vanished) + 1):
        for gone in list(left):
            others = {word for other in left if other is not gone for word in _bare(other).split()}
            own = set(_bare(gone).split()) - others
            found = [u for u in born if _bare(u) == _bare(gone)] or [
                u for u in born if _joins(_bare(u), old_name.get(u["unit_id"], ""), own)
            ]
            if len(found) == 1:
                out.append((gone["unit_id"], found[0]["unit_id"]))
                left.remove(gone)
    return out


def _bare(row: dict[str, Any]) -> str:
    return str(row["name"])[len(row["type"]) :].strip()


def _joins(new: str, grown: str, theirs: set[str]) -> bool:
    """Tell whether ``new`` takes one syllable of its own older name and the other of the vanished one's own."""
    parts = new.split()
    mine = set(grown.split())
    if len(parts) != 2 or not grown:
        return False
    a, b = parts
    return (a in mine and b in theirs - mine) or (b in mine and a in theirs - mine)


def build_successions(units: pl.DataFrame, mapping: pl.DataFrame, older: pl.DataFrame) -> pl.DataFrame:
    """Return the successions: ``kind`` whole, part (the old unit was split) or rename (the same unit under another name)."""
    links = _changes_of_code(units) + _of_the_reform(units, mapping) + older.select(LINK_COLUMNS).rows()
    links += _by_name(units, links)
    known = set(units["unit_id"].to_list())
    stray = sorted({str(end) for link in links for end in link[:2]} - known)
    if stray:
        raise ValueError(f"successions name units that are in no table: {', '.join(stray[:10])}")
    return (
        pl.DataFrame(links, schema=dict.fromkeys(LINK_COLUMNS, pl.String), orient="row")
        .unique()
        .sort(LINK_COLUMNS)
    )
