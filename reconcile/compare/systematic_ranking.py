"""Which group explains a hit best, and what is left to the others once a group is dropped.

The order of the groups depends on the groups alone, so each gets its place in it once. A hit has at most one group of
each kind of place; hits with the same groups are counted as one, which leaves a few thousand where there were a million.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from reconcile.compare.systematic_counts import SharedPlaces

WHOLE = 0.8
"""Share from which the group with the most records is told: a whole file, not its books one by one."""


@dataclass(frozen=True, slots=True)
class Ranking:
    """Groups from the best explanation to the least, and the groups of each hit.

    ``groups``: the ``systematic`` of each, whose place here is its number. ``hits``: cause, record and for each kind of
    place the number of the group, null where none was found there; hits without any group are left out.
    """

    groups: list[str]
    hits: pl.DataFrame

    @classmethod
    def of(cls, chosen: pl.DataFrame, shared: SharedPlaces, kinds: pl.DataFrame) -> Ranking:
        """Rank the groups of ``chosen`` (systematic, group, where, cause, records, compared) for ``kinds`` (cause, record).

        Nearly all of a large group comes first, then the highest share, then the narrowest kind of place.
        """
        narrow = {name: place for place, name in enumerate(shared.labels)}
        ordered = (
            chosen.with_columns(
                _share=pl.col("records") / pl.col("compared"),
                # nearly all of a file: the file is at fault, not each of its books
                _whole=pl.when(pl.col("records") >= WHOLE * pl.col("compared")).then("records").otherwise(0),
                _narrow=pl.col("group").replace_strict(narrow, return_dtype=pl.Int8),
            )
            .sort(["_whole", "_share", "_narrow", "systematic"], descending=[True, True, False, False])
            .unique("systematic", keep="first", maintain_order=True)
            .with_row_index("number")
        )
        return cls(ordered["systematic"].to_list(), shared.marked(kinds, ordered, "number"))

    def best(self, dropped: Collection[int] = ()) -> pl.DataFrame:
        """Return ``record``, ``cause`` and ``systematic`` of the best group of each hit that is not ``dropped``."""
        names = pl.Series("systematic", self.groups, dtype=pl.String)
        gone = pl.Series(sorted(dropped), dtype=pl.UInt32).implode()
        kept = [
            pl.when(~pl.col(kind).is_in(gone)).then(kind).alias(kind)
            for kind in self.hits.columns
            if kind not in ("record", "cause")
        ]
        found = self.hits.select("record", "cause", number=pl.min_horizontal(kept)).drop_nulls("number")
        return found.select("record", "cause", names.gather(found["number"]))

    def drop_weak(self, weak: Callable[[int, int], bool]) -> set[int]:
        """Drop one group after the other while ``weak(number, hits it explains best)`` holds of one; return the dropped.

        Always the one that explains the fewest, by ``systematic`` where two explain as many: its hits go to the next
        best group of each.
        """
        shared = self.hits.drop("record", "cause")
        counted = shared.group_by(shared.columns).agg(_hits=pl.len())
        waiting = [(sorted(at for at in row[:-1] if at is not None), row[-1]) for row in counted.iter_rows()]
        own = [0] * len(self.groups)
        holds: dict[int, list[tuple[list[int], int]]] = defaultdict(list)
        dropped: set[int] = set()

        def hand_out(alike: list[tuple[list[int], int]]) -> set[int]:
            """Give hits to their best group that is left. Returns the groups that got some."""
            got = set()
            for groups, hits in alike:
                left = [at for at in groups if at not in dropped]
                if left:
                    own[left[0]] += hits
                    holds[left[0]].append((left, hits))
                    got.add(left[0])
            return got

        hand_out(waiting)
        queue = [(own[at], name, at) for at, name in enumerate(self.groups) if weak(at, own[at])]
        heapify(queue)
        while queue:
            hits, _, at = heappop(queue)
            if at in dropped or hits != own[at]:
                continue  # it got hits since, and was judged again then
            dropped.add(at)
            for other in hand_out(holds.pop(at, [])):
                if weak(other, own[other]):
                    heappush(queue, (own[other], self.groups[other], other))
        return dropped
