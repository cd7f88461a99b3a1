"""The register address of a record (place, year, book, number) and the id built from it.

Within place, register and year of registration the number is unique (TT 04/2020 Điều 29); the book is
secondary: it may run on into the next year, and certificates since 2016 name none.
"""

from __future__ import annotations

import hashlib

import polars as pl

from reconcile.ingest.vocabulary import header_key
from reconcile.normalize.columns_dates import dates
from reconcile.normalize.columns_places import places
from reconcile.normalize.place_days import place_days
from reconcile.normalize.registers import BOOK_PATTERN, NUMBER_PATTERN

ADDRESS = ("place", "year", "book", "number")
"""Columns of an address."""

_OFFICE_WORDS = ("ubnd", "uybannhandan", "xa", "thitran", "phuong")


def addresses(frame: pl.DataFrame) -> pl.DataFrame:
    """Return place, year, book and number of each record of ``frame`` (RECORDS columns as written)."""
    registered = dates(frame["ngay_dang_ky"])["earliest"]
    number = pl.col("so").str.extract(NUMBER_PATTERN, 1).cast(pl.Int64, strict=False)
    read = frame.select(
        number.replace(0, None).alias("number"),
        pl.col("quyen_so").str.extract(BOOK_PATTERN, 1).cast(pl.Int64, strict=False).alias("book"),
        pl.coalesce(
            registered.dt.year().cast(pl.Int64),
            pl.col("so").str.extract(NUMBER_PATTERN, 2).cast(pl.Int64, strict=False),
            pl.col("quyen_so").str.extract(BOOK_PATTERN, 2).cast(pl.Int64, strict=False),
        ).alias("year"),
    )
    return read.with_columns(_places(frame, registered))


def _places(frame: pl.DataFrame, registered: pl.Series) -> pl.Series:
    """Return the part of the id that stands for the place, null where nothing is known.

    The code of the commune valid at the time where the gazetteer is sure of it, else the folder's code,
    else a short hash of the place's plain letters.
    """
    written = frame["noi_dang_ky"]
    read = places(written, place_days(registered))
    sure = ~read["doubtful"].fill_null(value=True) & (read["level"] == "commune").fill_null(value=False)
    distinct = written.unique().drop_nulls().to_list()
    hashes = {text: _place_hash(text) for text in distinct}
    hashed = written.replace_strict(hashes, default=None, return_dtype=pl.String)
    return pl.select(
        pl.coalesce(pl.when(sure).then(read["code"]), frame["folder_commune"], hashed).alias("place")
    ).to_series()


def _place_hash(text: str) -> str | None:
    plain = header_key(text)
    for word in _OFFICE_WORDS:
        plain = plain.removeprefix(word)
    return "p" + hashlib.blake2b(plain.encode(), digest_size=4).hexdigest() if plain else None


def content(frame: pl.DataFrame, fields: list[str]) -> pl.Series:
    """Return all cells of each row as one text, without case and outer blanks: what two equal rows share."""
    return frame.select(
        pl.concat_str([pl.col(f).str.strip_chars().fill_null("") for f in fields], separator="\x1f")
        .str.to_lowercase()
        .alias("content")
    )["content"]


def record_ids(frame: pl.DataFrame) -> pl.DataFrame:
    """Return ``record_id`` and ``nth`` of each record; ``frame`` has register, the address and ``content``.

    ``KS.10918.2016.01.52``; where place, year or number is unknown ``KS.x`` and a hash of the content, the
    same in every run, format and machine. Different records with one address are told apart by ``~2``,
    ``~3`` in the order of their content, whatever the files are called; ``nth`` is that number.
    """
    known = pl.all_horizontal(pl.col("place", "year", "number").is_not_null())
    address = pl.format(
        "{}.{}.{}.{}.{}",
        "register",
        "place",
        "year",
        pl.col("book").fill_null(0).cast(pl.String).str.zfill(2),
        "number",
    )
    work = frame.select(pl.when(known).then(address).alias("id"), "register", "content").with_row_index("at")
    unknown = work.filter(pl.col("id").is_null())
    if not unknown.is_empty():
        hashes = [_hash(text) for text in unknown["content"].to_list()]
        named = unknown.select(
            "at", pl.format("{}.x{}", "register", pl.Series(hashes, dtype=pl.String)).alias("by_content")
        )
        work = work.join(named, on="at", how="left", maintain_order="left").with_columns(
            pl.coalesce("id", "by_content").alias("id")
        )
    work = work.with_columns(pl.lit(1, dtype=pl.UInt32).alias("nth"))
    again = work["id"].is_duplicated()
    if again.any():
        counted = (
            work.filter(again)
            .sort("id", "content", "at")
            .with_columns((pl.int_range(pl.len(), dtype=pl.UInt32).over("id") + 1).alias("counted"))
        )
        work = work.join(counted.select("at", "counted"), on="at", how="left", maintain_order="left")
        work = work.with_columns(pl.coalesce("counted", "nth").alias("nth"))
    return work.select(
        pl.when(pl.col("nth") == 1).then("id").otherwise(pl.format("{}~{}", "id", "nth")).alias("record_id"),
        "nth",
        "id",
    )


def _hash(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()[:15]
