"""The extract's side, numbered by itself: made once, used for every commune that is matched with the same extract."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import polars as pl

from reconcile.match.columns import Columns
from reconcile.match.departed import named_only
from reconcile.match.kinfolk import KEYS as KINFOLK
from reconcile.match.kinfolk import told_by_spouses
from reconcile.match.names import SPELLED, Names, number_names
from reconcile.match.numbers import Numbers
from reconcile.match.parallel import at_once
from reconcile.match.parts import sides
from reconcile.match.persons import common, name_texts, places
from reconcile.match.side import RELATIVES, Side
from reconcile.match.spelling import Spelling
from reconcile.match.units import UnitNumbers

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reconcile.match.keys import Keys, Ordered
    from reconcile.match.settings import Settings


@dataclass(frozen=True, slots=True)
class Extract:
    """The residents in coded columns (``table``), their ``names``, ``units`` and ``peoples`` in the order of their numbers.

    ``others``: other names (*tên gọi khác*) as r (row) and key; they are numbered with the mentions' names.
    ``named_only``: whom it names without holding them (``departed.named_only``).
    ``keys``: those of passes and blocks, in order, where they are kept too (``keys_in_order``).
    """

    table: pl.DataFrame
    names: Names
    units: pl.Series
    peoples: pl.Series
    others: pl.DataFrame
    named_only: pl.DataFrame
    keys: Mapping[tuple[str, ...], Keys] = field(default_factory=dict)

    def frames(self) -> dict[str, pl.DataFrame]:
        """Return everything but the keys as tables that can be kept; ``of`` reads them. They hold names: keep them as the extract itself.

        The hashes in them are those of this machine and this Polars; ``probe`` tells whether another one has the same.
        """
        return {
            "table": self.table,
            "names": self.names.table.with_columns(self.names.keys.alias(_KEY)),
            **{f"spelled-{part}": spelling.frame() for part, spelling in self.names.spelled.items()},
            "units": self.units.to_frame("text"),
            "peoples": self.peoples.to_frame("text"),
            "others": self.others,
            "named_only": self.named_only,
        }

    @classmethod
    def of(cls, frames: Mapping[str, pl.DataFrame]) -> Extract:
        """Return the extract whose ``frames`` were kept."""
        keys = frames["names"][_KEY]
        spelled = {part: Spelling.read(frames[f"spelled-{part}"]) for part in SPELLED}
        names = Names(keys, frames["names"].drop(_KEY), spelled, Numbers(keys))
        units, peoples = frames["units"]["text"], frames["peoples"]["text"]
        return cls(frames["table"], names, units, peoples, frames["others"], frames["named_only"])


_KEY = "name_key"
FRAMES = (
    "table",
    "names",
    *(f"spelled-{part}" for part in SPELLED),
    "units",
    "peoples",
    "others",
    "named_only",
)
"""Names of the tables of ``Extract.frames``."""


def keys_in_order(extract: Extract, rules: Settings) -> Iterator[tuple[tuple[str, ...], Ordered]]:
    """Yield the residents' keys of each pass and block that the extract alone tells, and those of relatives: their parts, and the
    keys in order.

    To make them and put them in order takes seconds for a province; a commune then looks at its own residents only.
    """
    side = Side(extract.table, extract.names)
    asked = {sides(block.key)[1] for block in rules.blocks} | {sides(rule.key)[1] for rule in rules.passes}
    for parts in sorted(asked | KINFOLK):
        if side.knows(parts):
            yield parts, side.keys(parts).in_order()


def probe() -> int:
    """Return a hash that is the same wherever kept hashes are."""
    return int(pl.Series(["Cẩm Giàng"]).hash(0)[0])


def encode_extract(residents: pl.DataFrame | pl.LazyFrame | Columns) -> Extract:
    """Number NORMALIZED_RESIDENTS. Rows keep their order."""
    residents = Columns.of(residents)
    units, peoples = UnitNumbers(), Numbers()
    (named, names), table = at_once(
        lambda: named_residents(residents),
        lambda: unnamed_residents(residents, units, peoples),
        rows=residents.height,
    )
    table = table.hstack(named)
    absent = named_only(Side(table, names))
    return Extract(table, names, units.texts(), peoples.texts(), other_names(residents), absent)


def named_residents(residents: Columns) -> tuple[pl.DataFrame, Names]:
    """Return the codes of the residents' and their relatives' names, and the names."""
    names, codes = number_names(name_texts(residents))
    return pl.DataFrame(dict(zip(("name", *RELATIVES), codes, strict=True))), names


def other_names(residents: Columns) -> pl.DataFrame:
    """Return r (row) and key of the residents who have another name."""
    return residents.select(key="other_name_key").with_row_index("r").drop_nulls("key")


def unnamed_residents(
    residents: Columns, units: UnitNumbers, peoples: Numbers, *, spouses: bool = True
) -> pl.DataFrame:
    """Return all coded columns but names. ``spouses``: also what is asked of the dead alone (``told_by_spouses``)."""
    return common(residents, peoples).with_columns(
        **places(residents, units),
        former=residents["former_ids"].list.eval(pl.element().cast(pl.Int64, strict=False)),
        former_number=residents["former_ids"].list.first().cast(pl.Int64, strict=False),
        household=residents["household_id"].cast(pl.Int64, strict=False),
        **(told_by_spouses(residents) if spouses else {}),
        **{f"{who}_number": residents[f"{who}_id"].cast(pl.Int64, strict=False) for who in RELATIVES},
    )
