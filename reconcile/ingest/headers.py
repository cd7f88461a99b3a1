"""Find the header row of a table and the profile whose layout it follows."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from reconcile.ingest.vocabulary import header_key, header_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconcile.ingest.profiles import Layout, Profile
    from reconcile.ingest.vocabulary import Vocabulary

_OF_THE_LAST_NAMED = {"noi_cu_tru", "so_cmnd"}
"""Fields that a birth sheet has for the parents only: a lone header of these means the person named last."""
_NUMBERED = re.compile(r"\(?\s*\d{1,3}\s*\)?(?:\.0)?")


@dataclass(frozen=True, slots=True)
class Fit:
    """How well one row of cells serves as the header of one layout.

    ``fields`` canonical field → column positions, the preferred first; ``known`` number of cells that the
    layout knows (ignored ones too); ``filled`` number of filled cells; ``missing`` required fields that no
    column fills.
    """

    profile: Profile
    layout: Layout
    header: HeaderRow
    fields: dict[str, tuple[int, ...]]
    known: int
    filled: int
    missing: tuple[str, ...]
    exact: int
    title: int = 0
    unknown: tuple[str, ...] = field(default=())

    @property
    def share(self) -> float:
        """Share of the filled header cells that the layout knows."""
        return self.known / self.filled if self.filled else 0.0

    @property
    def plausible(self) -> bool:
        """True if the row is a header of this layout, complete or not."""
        if not self.missing:
            return self.share >= 0.3 or len(self.fields) > len(self.layout.required) + 1
        partly = any(name in self.fields for name in self.layout.required)
        return (self.known >= 4 and self.share >= 0.6) or (partly and self.share >= 0.8)

    def rank(self) -> tuple[int, ...]:
        """Return the order of preference: complete layouts first, then those that know more of the cells."""
        return (
            self.plausible,
            not self.missing,
            self.title // 100,
            self.known,
            len(self.fields),
            self.exact,
            self.title,
            -self.profile.priority,
            -self.header.row,
            -len(self.header.groups),
        )


@dataclass(frozen=True, slots=True)
class HeaderRow:
    """A row that may be the header: its cells, where it stands, the lines above it.

    ``groups`` for each cell the title that spans it in the row above (forms print "Người mẹ" over the
    mother's columns); ``above`` the key of all lines above and of the sheet's name.
    """

    cells: tuple[str | None, ...]
    row: int
    groups: tuple[str | None, ...] = ()
    above: str = ""


def header_rows(rows: Sequence[Sequence[str | None]], count: int, sheet: str = "") -> list[HeaderRow]:
    """Return each of the first ``count`` rows as a possible header, alone and together with the row above."""
    found: list[HeaderRow] = []
    above = header_key(sheet)
    for row, cells in enumerate(rows[:count]):
        found.append(HeaderRow(tuple(cells), row, (), above))
        if row and _filled(cells) and _filled(rows[row - 1]):
            upper = rows[row - 1]
            both = tuple(own if own and own.strip() else over for own, over in zip(cells, upper, strict=True))
            found.append(HeaderRow(both, row, _spread(upper), above))
        above += header_key(" ".join(cell for cell in cells if cell))
    return found


def _filled(cells: Sequence[str | None]) -> int:
    return sum(1 for cell in cells if cell and cell.strip())


def _spread(cells: Sequence[str | None]) -> tuple[str | None, ...]:
    """Return the cells of a row with merged titles spread over the empty cells right of them."""
    spread: list[str | None] = []
    last: str | None = None
    for cell in cells:
        last = cell if cell and cell.strip() else last
        spread.append(last)
    return tuple(spread)


def fit_row(header: HeaderRow, profile: Profile, layout: Layout, words: Vocabulary) -> Fit:
    """Say how well a row serves as the header of ``layout``, whose header words are ``words``."""
    placed: dict[str, list[tuple[int, int]]] = {}
    known = exact = 0
    unknown: list[str] = []
    person = words.principal
    repeats = Counter(header_key(cell) for cell in header.cells if cell) if words.loose else Counter()
    for position, cell in enumerate(header.cells):
        if cell is None or not cell.strip():
            continue
        key = header_key(cell)
        title = header.groups[position] if header.groups else None
        over = words.person_of(title) if title and title != cell else None
        person = over or person
        name: str | None = None
        preference = position
        if key in words.fields and not (over and key in words.loose):
            name, preference = words.fields[key]
            if name.endswith(".ho_ten"):
                person = name.partition(".")[0]
        elif key in words.loose and person:
            name = f"{person}.{words.loose[key]}"
            first = f"{words.principal}.{words.loose[key]}"
            lone = repeats[key] == 1 and not over and first not in placed
            if words.principal and lone and words.loose[key] not in _OF_THE_LAST_NAMED:
                name = first
        if name is not None:
            placed.setdefault(name, []).append((preference, position))
        if name is not None or key in words.ignored:
            known += 1
            exact += header_text(cell) in words.codes
        else:
            unknown.append(header_text(cell))
    fields = {name: tuple(p for _, p in sorted(places)) for name, places in placed.items()}
    missing = [name for name in layout.required if name not in fields]
    if layout.any_of and not any(name in fields for name in layout.any_of):
        missing.append(layout.any_of[0])
    return Fit(
        profile=profile,
        layout=layout,
        header=header,
        fields=fields,
        known=known,
        filled=_filled(header.cells),
        missing=tuple(missing),
        exact=exact,
        title=_speaking(header, words, profile),
        unknown=tuple(unknown),
    )


def _speaking(header: HeaderRow, words: Vocabulary, profile: Profile) -> int:
    """Return how much the lines above speak for the register, and all words for the source (in that order)."""
    register = any(title in header.above for title in words.titles)
    keys = {header_key(cell) for cell in header.cells if cell}
    source = sum(1 for mark in map(header_key, profile.marks) if mark in keys or mark in header.above)
    return 100 * register + source


def fits(headers: Sequence[HeaderRow], profiles: Sequence[Profile]) -> list[Fit]:
    """Return how every layout of the profiles fits every row, best first; rows that fit nothing left out.

    A layout that knows no cell of a row is not tried on it: most rows are records, not headers.
    """
    keyed = [(header, {header_key(cell) for cell in header.cells if cell}) for header in headers]
    found = [
        fit_row(header, profile, layout, words)
        for profile in profiles
        for layout, words in zip(profile.layouts, profile.vocabularies, strict=True)
        for header, keys in keyed
        if header.row < profile.header_search and not words.keys.isdisjoint(keys)
    ]
    return sorted((fit for fit in found if fit.known), key=Fit.rank, reverse=True)


@lru_cache(maxsize=1_000)
def first_row_fit(
    cells: tuple[str | None, ...], sheet: str, profiles: tuple[Profile, ...], others: tuple[Profile, ...]
) -> Fit | None:
    """Return the fit of a first row that is a header beyond doubt: complete, and every cell of it known.

    None where the row is anything less, so that all rows have to be looked at. Files of one export share their
    header, which is why the answer is kept.
    """
    headers = [HeaderRow(cells, 0, (), header_key(sheet))]
    found = fits(headers, profiles)
    if not found or found[0].missing or found[0].known < max(found[0].filled, 6):
        return None
    rivals = fits(headers, others)
    return None if rivals and rivals[0].rank() > found[0].rank() else found[0]


def second_header_row(cells: Sequence[str | None], profiles: Sequence[Profile]) -> bool:
    """True if the row may go on with the header above it: a third of its cells are header words."""
    keys = [header_key(cell) for cell in cells if cell and cell.strip()]
    return any(
        3 * sum(key in words.keys for key in keys) >= max(len(keys), 1)
        for profile in profiles
        for words in profile.vocabularies
    )


def is_column_numbers(cells: Sequence[str | None]) -> bool:
    """True for the row of column numbers, ``(1) (2) (3)``, that printed forms carry under the header."""
    texts = [cell.strip() for cell in cells if cell and cell.strip()]
    if len(texts) < 3 or not all(_NUMBERED.fullmatch(text) for text in texts):
        return False
    numbers = [int("".join(c for c in text.removesuffix(".0") if c.isdigit())) for text in texts]
    steps = [later - earlier for earlier, later in itertools.pairwise(numbers)]
    return all(step == 1 for step in steps)
