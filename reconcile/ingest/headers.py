"""Find the header row of a table and the profile whose layout it follows."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from reconcile.ingest.vocabulary import header_key, header_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconcile.ingest.profiles import Layout, Profile

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
    row: int
    fields: dict[str, tuple[int, ...]]
    known: int
    filled: int
    missing: tuple[str, ...]
    exact: int
    title: bool = False
    unknown: tuple[str, ...] = field(default=())

    @property
    def share(self) -> float:
        """Share of the filled header cells that the layout knows."""
        return self.known / self.filled if self.filled else 0.0

    @property
    def plausible(self) -> bool:
        """True if the row is a header of this layout, complete or not."""
        least = max(2, min(4, len(self.layout.required) + 1))
        if not self.missing:
            return len(self.fields) >= len(self.layout.required) and (
                self.share >= 0.3 or len(self.fields) >= least
            )
        return self.known >= 4 and self.share >= 0.6

    def rank(self) -> tuple[bool, bool, bool, int, int, int, int, int]:
        """Return the order of preference: complete layouts first, then those that know more of the cells."""
        return (
            self.plausible,
            not self.missing,
            self.title,
            self.known,
            len(self.fields),
            self.exact,
            -self.profile.priority,
            -self.row,
        )


def fit_row(cells: Sequence[str | None], row: int, profile: Profile, layout: Layout) -> Fit:
    """Say how well ``cells`` (row ``row`` of the table, 0-based) serve as header of ``layout``."""
    words = layout.vocabulary
    placed: dict[str, list[tuple[int, int]]] = {}
    known = filled = exact = 0
    unknown: list[str] = []
    person = words.roles[0] if words.roles else ""
    for position, cell in enumerate(cells):
        if cell is None or not cell.strip():
            continue
        filled += 1
        key = header_key(cell)
        if not key:
            continue
        name: str | None = None
        preference = position
        if key in words.fields:
            name, preference = words.fields[key]
            if name.endswith(".ho_ten"):
                person = name.partition(".")[0]
            elif key in words.grouped and name in placed:
                name = f"{person}.{words.grouped[key]}"
        elif key in words.grouped:
            name = f"{person}.{words.grouped[key]}" if person else words.grouped[key]
        if name is not None:
            placed.setdefault(name, []).append((preference, position))
        if name is not None or key in words.ignored:
            known += 1
            exact += header_text(cell) in words.codes
        else:
            unknown.append(cell.strip())
    fields = {name: tuple(p for _, p in sorted(places)) for name, places in placed.items()}
    return Fit(
        profile=profile,
        layout=layout,
        row=row,
        fields=fields,
        known=known,
        filled=filled,
        missing=tuple(name for name in layout.required if name not in fields),
        exact=exact,
        unknown=tuple(unknown),
    )


def find_header(rows: Sequence[Sequence[str | None]], profiles: Sequence[Profile]) -> Fit | None:
    """Return the best fit among the first rows of a table, None where no cell of it is known to any layout.

    The result may be implausible (``fit.plausible`` false): then it is the nearest profile, for the message.
    """
    best: Fit | None = None
    for profile in profiles:
        for row, cells in enumerate(rows[: profile.header_search]):
            for layout in profile.layouts:
                fit = fit_row(cells, row, profile, layout)
                if fit.known and (best is None or fit.rank() > best.rank()):
                    best = fit
    return best


def is_column_numbers(cells: Sequence[str | None]) -> bool:
    """True for the row of column numbers, ``(1) (2) (3)``, that printed forms carry under the header."""
    texts = [cell.strip() for cell in cells if cell and cell.strip()]
    if len(texts) < 3 or not all(_NUMBERED.fullmatch(text) for text in texts):
        return False
    numbers = [int("".join(c for c in text.removesuffix(".0") if c.isdigit())) for text in texts]
    steps = [later - earlier for earlier, later in itertools.pairwise(numbers)]
    return all(step == 1 for step in steps)


def nearest(cells: Sequence[str | None], profiles: Sequence[Profile]) -> Profile | None:
    """Return the profile that knows most of the cells, None where none knows any."""
    fits = [fit_row(cells, 0, p, layout) for p in profiles for layout in p.layouts]
    known = [fit for fit in fits if fit.known]
    return max(known, key=Fit.rank).profile if known else None
