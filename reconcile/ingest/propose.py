"""Propose a source profile for an unknown layout, as TOML to be checked by hand.

A header is guessed by its likeness to the words of the known profiles; a column that no header explains, by
what its cells are: dates, 12-digit numbers, sexes, names.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rapidfuzz import fuzz, process

from reconcile.ingest.headers import fits, header_rows
from reconcile.ingest.profiles import load_profiles
from reconcile.ingest.reading import read_tables
from reconcile.ingest.rejects import FileProblem
from reconcile.ingest.row_checks import impossible_dates
from reconcile.ingest.vocabulary import header_key, header_text
from reconcile.normalize.columns_ids import ids
from reconcile.normalize.syllables import is_syllable
from reconcile.problems import ReconcileError

if TYPE_CHECKING:
    from pathlib import Path

    import polars as pl

    from reconcile.ingest.headers import Fit
    from reconcile.ingest.profiles import Layout, Profile
    from reconcile.ingest.table import RawTable

_LIKE = 85
_SAMPLE = 300
_SUFFIX = {"id": "so_dinh_danh", "sex": "gioi_tinh", "date": "ngay_sinh", "name": "ho_ten"}
_SEXES = {"nam", "nữ", "nu", "1", "2", "m", "f"}


@dataclass(frozen=True, slots=True)
class Guess:
    """What a column may be: its field (None: nothing), and why."""

    header: str
    field: str | None
    why: str


def propose_profile(path: Path, name: str | None = None) -> str:
    """Return a profile for the file as TOML text; every guess is commented with its reason.

    ``name``: the name of the file (without ``.toml``) that it will be saved as; made of the source's name otherwise.

    Raises ReconcileError where the file can't be read at all.
    """
    try:
        table = max(read_tables(path, path.name), key=lambda t: (not t.hidden, t.cells.height))
    except FileProblem as error:
        raise ReconcileError(error.told(path.name).text()) from error
    profiles = load_profiles()
    count = max(p.header_search for p in profiles)
    rows = table.head(count)
    found = fits(header_rows(rows, count, table.sheet or ""), profiles)
    best = found[0] if found else _nearest(rows, profiles)
    header = (
        [cell or "" for cell in rows[best.header.row]] if found else [c or "" for c in rows[_widest(rows)]]
    )
    at = best.header.row if found else _widest(rows)
    guesses = _guess(table, header, at, best)
    return _toml(path, name or header_key(path.stem) or "moi", best.profile, best.layout, guesses)


def _widest(rows: list[tuple[str | None, ...]]) -> int:
    filled = [sum(1 for cell in cells if cell and cell.strip()) for cells in rows]
    return max(range(len(filled)), key=lambda n: (filled[n], -n), default=0)


def _nearest(rows: list[tuple[str | None, ...]], profiles: tuple[Profile, ...]) -> Fit:
    """Return the layout whose words are the most like those of the widest row."""
    from reconcile.ingest.headers import HeaderRow, fit_row

    header = HeaderRow(rows[_widest(rows)] if rows else (), _widest(rows))
    keys = [header_key(cell) for cell in header.cells if cell]
    scored = []
    for profile in profiles:
        for layout, words in zip(profile.layouts, profile.vocabularies, strict=True):
            known = list(words.fields)
            likeness = sum(
                hit[1] for key in keys if (hit := process.extractOne(key, known, score_cutoff=_LIKE))
            )
            scored.append((likeness, -profile.priority, fit_row(header, profile, layout, words)))
    return max(scored, key=lambda item: item[:2])[2]


def _guess(table: RawTable, header: list[str], at: int, best: Fit) -> list[Guess]:
    words = best.profile.vocabularies[best.profile.layouts.index(best.layout)]
    placed = {place: field for field, places in best.fields.items() for place in places}
    keys = {key: field for key, (field, _) in words.fields.items()} | {
        key: f"{words.principal}.{field}" for key, field in words.loose.items() if words.principal
    }
    taken = set(best.fields)
    guesses: list[Guess] = []
    for place, cell in enumerate(header):
        text = header_text(cell).replace("\n", " ")
        if not text:
            continue
        if place in placed:
            guesses.append(Guess(text, placed[place], "known header"))
            continue
        key = header_key(cell)
        if key in words.ignored:
            guesses.append(Guess(text, None, "known, not needed"))
            continue
        kind = _content(table.cells[f"c{place}"].slice(at + 1).drop_nulls().head(_SAMPLE))
        free = [known for known, field in keys.items() if field not in taken and _agrees(field, kind)]
        hit = process.extractOne(key, free, scorer=fuzz.ratio, score_cutoff=_LIKE)
        if hit:
            guesses.append(Guess(text, keys[hit[0]], f"header like {hit[0]!r} ({hit[1]:.0f} %) ?"))
            taken.add(keys[hit[0]])
            continue
        person = next((words.groups[w] for w in map(header_key, text.split()) if w in words.groups), None)
        fitting = _candidates(best.layout, keys, kind, person)
        field = next((f for f in fitting if f not in taken), None)
        guesses.append(Guess(text, field, f"cells look like {kind} ?" if kind else "nothing recognised"))
        if field:
            taken.add(field)
    return guesses


def _content(cells: pl.Series) -> str | None:
    """Return what most of the cells are: id, sex, date, name; None where that is not clear."""
    filled = cells.filter(cells.str.contains(r"\S"))
    if filled.len() < 3:
        return None
    if ids(filled, ("value",))["value"].is_not_null().sum() > 0.8 * filled.len():
        return "id"
    lowered = [text.strip().lower() for text in filled.to_list()]
    if sum(text in _SEXES for text in lowered) > 0.8 * len(lowered):
        return "sex"
    dated = filled.str.contains(r"^\s*\d{1,4}([./-]\d{1,2}){1,2}|^\s*(19|20)\d{2}\s*$") & ~impossible_dates(
        filled
    )
    if dated.sum() > 0.8 * filled.len():
        return "date"
    names = sum(
        2 <= len(words) <= 6 and all(is_syllable(word) for word in words)
        for words in (re.split(r"\s+", text) for text in lowered)
    )
    return "name" if names > 0.6 * len(lowered) else None


def _agrees(field: str, kind: str | None) -> bool:
    """Return whether cells of this kind may stand in the field."""
    suffix = field.rpartition(".")[2]
    if kind == "date":
        return suffix.startswith("ngay")
    return suffix == _SUFFIX[kind] if kind else suffix not in _SUFFIX.values()


def _candidates(layout: Layout, keys: dict[str, str], kind: str | None, person: str | None) -> list[str]:
    """Return the fields of one kind in the order to try: required ones first."""
    suffix = _SUFFIX.get(kind or "")
    if suffix is None:
        return []
    fitting = [f for f in dict.fromkeys([*layout.required, *keys.values()]) if f.rpartition(".")[2] == suffix]
    if person is not None:
        return [f for f in fitting if f.startswith(f"{person}.")]
    return fitting + (["ngay_dang_ky"] if kind == "date" and "ngay_dang_ky" in keys.values() else [])


def _toml(path: Path, name: str, near: Profile, layout: Layout, guesses: list[Guess]) -> str:
    lines = [
        f"# Proposed from the columns of one file; nearest known profile: {near.name} ({layout.label}).",
        "# Check every line that ends in '?'. Save it under this name and pass it with --profile.",
        "",
        f"name = {json.dumps(name)}",
        f"title = {json.dumps(path.stem, ensure_ascii=False)}",
        f"kind = {json.dumps(near.kind)}",
        "priority = 60",
        "",
        "[[layouts]]",
        f"register = {json.dumps(layout.register_)}",
        f"label = {json.dumps(layout.label, ensure_ascii=False)}",
        f"required = {json.dumps(list(layout.required))}",
    ]
    other = [g.header for g in guesses if g.field is None]
    lines.append(f"ignored = {json.dumps(other, ensure_ascii=False)}")
    missing = [f for f in layout.required if f not in {g.field for g in guesses}]
    required = [f for f in layout.required if f not in missing]
    lines[lines.index(f"required = {json.dumps(list(layout.required))}")] = (
        f"required = {json.dumps(required)}"
    )
    lines += [
        f"# No column was found for {field}, which this register needs: add it below and to required ?"
        for field in missing
    ]
    lines += ["", "[layouts.columns]"]
    seen: set[str] = set()
    for guess in guesses:
        if guess.field is None or guess.header in seen:
            continue
        seen.add(guess.header)
        lines.append(
            f"{json.dumps(guess.header, ensure_ascii=False)} = {json.dumps(guess.field)}  # {guess.why}"
        )
    return "\n".join(lines) + "\n"
