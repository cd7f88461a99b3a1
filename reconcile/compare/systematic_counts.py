"""Count records by the hand or page they share, in row numbers instead of texts: a province has millions of records."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from reconcile.normalize.distinct import distinct

if TYPE_CHECKING:
    from collections.abc import Sequence

POPULATION = "DC"
"""Stands for the register where a cause lies in the extract, whose persons come from every book."""

CELL = ["group", "where", "cause"]
"""What is tested: records of one group, at one place, with one cause."""


@dataclass(frozen=True, slots=True)
class SharedPlaces:
    """Records (u32 row numbers of ``compared``) by group: the number of their place, null where they have none.

    ``labels``: group → the places in words, columns joined by ``|``. ``eras``: the decade of each record's book.
    """

    record_ids: pl.DataFrame
    registers: pl.Series
    communes: pl.Series
    eras: pl.Series
    numbers: dict[str, pl.Series]
    labels: dict[str, pl.Series]

    @classmethod
    def of(cls, compared: pl.DataFrame, groups: Sequence[tuple[str, tuple[str, ...]]]) -> SharedPlaces:
        """Number the places of each group. ``compared``: one row per record, with record_id and all columns."""
        numbers, labels = {}, {}
        for name, columns in groups:
            where = compared.select(
                pl.concat_str([pl.col(c).cast(pl.String) for c in columns], separator="|").alias("where")
            )["where"]
            split = distinct(where)
            numbers[name], labels[name] = split.codes, split.values
        record_ids = compared.select("record_id", record=pl.int_range(pl.len(), dtype=pl.UInt32))
        eras = compared.select((pl.col("book_year") // 10).alias("era"))["era"]
        return cls(record_ids, compared["register"], compared["commune_code"], eras, numbers, labels)

    def rows(self, frame: pl.DataFrame) -> pl.Series:
        """Return the row of the record of each row of ``frame``, null where it was not compared.

        By record_id, unless the row stands there already as ``record``.
        """
        if "record" in frame.columns:
            return frame["record"]
        asked = frame.select("record_id")
        return asked.join(self.record_ids, on="record_id", how="left", maintain_order="left")["record"]

    def at(self, name: str, kinds: pl.DataFrame) -> pl.DataFrame:
        """Add ``place`` (u32) of one group to rows with ``record``; rows without such a place drop out."""
        return kinds.with_columns(place=self.numbers[name].gather(kinds["record"])).drop_nulls("place")

    def counted(
        self, kinds: pl.DataFrame, exposed: pl.DataFrame, in_population: Sequence[str] = ()
    ) -> pl.DataFrame:
        """Count distinct ``kinds`` (cause, record) per group, place, cause and register.

        Returns group, where, cause, register, records (with the cause), ``which`` (the same for the same records),
        commune_code (the first by code) and ``compared``: records at that place that could show it, of ``exposed``
        (cause, record) where the cause stands there. ``in_population``: groups that are counted over all registers
        together.
        """
        told = kinds.with_columns(
            register=self.registers.gather(kinds["record"]),
            commune_code=self.communes.gather(kinds["record"]),
        )
        tables = []
        for name, labels in self.labels.items():
            sizes = self.numbers[name].alias("place").drop_nulls().value_counts(name="everything")
            narrow = self.at(name, exposed).group_by("place", "cause").agg(narrow=pl.len())
            hits = (
                self.at(
                    name, told.with_columns(register=pl.lit(POPULATION)) if name in in_population else told
                )
                .group_by("place", "cause", "register")
                .agg(
                    records=pl.len(),
                    which=pl.struct(
                        first=pl.col("record").min(),
                        last=pl.col("record").max(),
                        sum=pl.col("record").cast(pl.UInt64).sum(),
                    ),
                    commune_code=pl.col("commune_code").min(),
                )
                .join(sizes, on="place", how="left")
                .join(narrow, on=["place", "cause"], how="left")
            )
            tables.append(
                hits.select(
                    pl.lit(name).alias("group"),
                    labels.gather(hits["place"]).alias("where"),
                    "cause",
                    "register",
                    "records",
                    "which",
                    "commune_code",
                    compared=pl.coalesce("narrow", "everything"),
                )
            )
        return pl.concat(tables)

    def members(self, kinds: pl.DataFrame, cells: pl.DataFrame) -> pl.DataFrame:
        """Return the rows of ``kinds`` (cause, record) that lie in one of ``cells``, with the columns of these."""
        found = []
        for name, labels in self.labels.items():
            known = cells.filter(pl.col("group") == name)
            if known.is_empty():
                continue
            numbered = labels.alias("where").to_frame().with_row_index("place")
            known = known.join(numbered, on="where", how="inner")
            found.append(self.at(name, kinds).join(known, on=["place", "cause"], how="inner").drop("place"))
        return pl.concat(found) if found else kinds.clear().join(cells.clear(), on="cause", how="inner")

    def marked(self, kinds: pl.DataFrame, cells: pl.DataFrame, mark: str) -> pl.DataFrame:
        """Return the rows of ``kinds`` (cause, record) that lie in one of ``cells``, with their ``mark`` at each group's place.

        ``cells``: group, where, cause and ``mark`` (u32), each cell once. Columns: cause, record and one per group, null
        where the place of the row is no cell.
        """
        marks = []
        for name, labels in self.labels.items():
            numbered = labels.alias("where").to_frame().with_row_index("place")
            known = cells.filter(pl.col("group") == name).join(numbered, on="where", how="inner")
            at = kinds.select("cause", place=self.numbers[name].gather(kinds["record"]))
            at = at.join(
                known.select("place", "cause", mark), on=["place", "cause"], how="left", maintain_order="left"
            )
            marks.append(at[mark].alias(name))
        every = kinds.select("cause", "record").with_columns(marks)
        return every.filter(pl.any_horizontal(pl.col(*self.labels).is_not_null()))
