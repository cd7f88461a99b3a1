"""The register address of a record (place, year, book, number) and the id built from it."""

from __future__ import annotations

import polars as pl

_YEAR = r"((?:18|19|20)\d{2})"


def numbers(column: str) -> pl.Expr:
    """Return số đăng ký as an integer: ``052``, ``52/2016``, ``52.0`` → 52; null where there is none."""
    return pl.col(column).str.extract(r"^\D{0,6}(\d{1,7})", 1).cast(pl.Int64, strict=False)


def books(column: str) -> pl.Expr:
    """Return quyển số as an integer: ``01/2017`` → 1; a bare year is no book."""
    return pl.col(column).str.extract(r"^\D{0,10}(\d{1,3})(?:\D|$)", 1).cast(pl.Int64, strict=False)


def years(column: str) -> pl.Expr:
    """Return the year in a date or a book, whatever the order of its parts; null where there is none."""
    text = pl.col(column)
    return pl.coalesce(
        text.str.extract(r"(?:^|\D)" + _YEAR + r"(?:\D|$)", 1),
        text.str.extract(r"^" + _YEAR + r"\d{4}$", 1),
        text.str.extract(r"^\d{4}" + _YEAR + r"$", 1),
    ).cast(pl.Int64, strict=False)


def place_keys(places: pl.Series, folder: str | None) -> pl.Series:
    """Return per place the part of the id that stands for it, null where nothing is known.

    A folder named by its commune code speaks for every place of its files that is not legible; else a
    short hash of the place's plain letters stands for it.
    """
    from reconcile.ingest.vocabulary import header_key

    distinct = places.unique().drop_nulls().to_list()
    keys = {place: _place_key(header_key(place)) for place in distinct}
    mapped = places.replace_strict(keys, default=None, return_dtype=pl.String)
    return pl.Series("place", [folder] * len(places), dtype=pl.String) if folder else mapped.alias("place")


def _place_key(plain: str) -> str | None:
    import hashlib

    for word in ("ubnd", "uybannhandan", "xa", "thitran", "phuong"):
        plain = plain.removeprefix(word)
    return "p" + hashlib.blake2b(plain.encode(), digest_size=4).hexdigest() if plain else None


def record_ids(frame: pl.DataFrame) -> pl.Series:
    """Return the id of each record; ``frame`` has register, place, year, book, number and content (a hash).

    ``KS.10918.2016.01.52``; without place, year or number ``KS.x<hash of the content>``. Two different
    records with one address are told apart by ``~2``, ``~3`` in the order of their content.
    """
    address = pl.format(
        "{}.{}.{}.{}.{}",
        "register",
        "place",
        "year",
        pl.col("book").fill_null(0).cast(pl.String).str.zfill(2),
        "number",
    )
    by_content = pl.format("{}.x{}", "register", "content")
    work = frame.select(
        pl.when(pl.all_horizontal(pl.col("place", "year", "number").is_not_null()))
        .then(address)
        .otherwise(by_content)
        .alias("id"),
        "content",
    ).with_row_index("at")
    work = work.sort("id", "content", "at").with_columns(pl.col("id").cum_count().over("id").alias("nth"))
    named = work.with_columns(
        pl.when(pl.col("nth") == 1).then("id").otherwise(pl.format("{}~{}", "id", "nth")).alias("record_id")
    )
    return named.sort("at")["record_id"]


def content_hashes(frame: pl.DataFrame, fields: list[str]) -> pl.Series:
    """Return 15 hexadecimal digits of the row's own content: the same in every run, format and machine."""
    import hashlib

    text = frame.select(
        pl.concat_str(
            [pl.col(f).str.strip_chars().str.to_lowercase().fill_null("") for f in fields], separator="\x1f"
        ).alias("text")
    )["text"]
    return pl.Series(
        "content",
        [hashlib.blake2b(t.encode(), digest_size=8).hexdigest()[:15] for t in text.to_list()],
        dtype=pl.String,
    )
