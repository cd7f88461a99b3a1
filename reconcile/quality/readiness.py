"""Which books may go on to *phê duyệt* and *chuyển đổi*, which may not, and why. Pure: frames in, a frame out.

Only rows without difference are approved and transferred (district plan, steps 5 and 6).
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import polars as pl

from reconcile.quality.base import base
from reconcile.quality.measures import asked_for, record_states
from reconcile.schema import MENTIONS, ORIGIN, RECORDS

if TYPE_CHECKING:
    from reconcile.quality.tables import RunFrames

BOOK = ("commune", "register", "year", "book")

REASONS = {
    "differences": "còn sai lệch chưa xử lý",
    "reviews": "chờ xác nhận là ai",
    "other_questions": "chưa tìm thấy trong dân cư hoặc nghi trùng",
    "unscanned": "chưa có bản quét",
}
"""What keeps a record from being approved → how the list says it."""


def readiness(
    frames: RunFrames, *, commune: str | None = None, cleared: pl.Series | None = None
) -> pl.DataFrame:
    """Return one row per book: ``BOOK``, period, records, ready, one count per reason, ``why``, ``fingerprint``.

    ``cleared``: case ids that leave nothing to put right in the register (``decided.register_cleared``). A record
    may hold several reasons. ``why`` is empty where the whole book may go on. ``fingerprint`` changes when records
    join or leave the book, when a cell of one changes, or when what is open changes: an earlier signature then no
    longer holds. Records whose book is not known stand together under a book of null and never are ready as a book.
    """
    records = base(frames, commune=commune)
    states = record_states(records, frames, asked_for(frames.discrepancies, cleared))
    states = _without_cleared_pairs(states, frames, cleared)
    unscanned = ~pl.col("scanned").fill_null(value=True)
    states = states.join(written(frames), on="record_id", how="left", maintain_order="left")
    state = pl.format("{}{}", pl.col("open") == 0, unscanned)
    rows = (
        states.sort("record_id")
        .group_by(*BOOK, maintain_order=True)
        .agg(
            pl.len().cast(pl.Int64).alias("records"),
            ((pl.col("open") == 0) & ~unscanned).sum().cast(pl.Int64).alias("ready"),
            *(
                (pl.col(k) > 0).sum().cast(pl.Int64).alias(k)
                for k in ("differences", "reviews", "other_questions")
            ),
            unscanned.sum().cast(pl.Int64).alias("unscanned"),
            pl.col("period").first(),
            pl.concat_str("record_id", pl.col("written").fill_null(""), state, separator="\x1e")
            .str.join("\x1f")
            .alias("contents"),
        )
        .sort(*BOOK, nulls_last=True)
    )
    told = [
        pl.when(pl.col(k) > 0).then(pl.format("{} bản ghi " + text, k)).otherwise(None)
        for k, text in REASONS.items()
    ]
    unknown = pl.when(pl.col("book").is_null() | pl.col("year").is_null()).then(
        pl.lit("không rõ quyển hoặc năm")
    )
    marks = [hashlib.blake2b(text.encode(), digest_size=12).hexdigest() for text in rows["contents"]]
    return rows.with_columns(
        pl.concat_str(unknown, *told, separator="; ", ignore_nulls=True).alias("why"),
        pl.Series("fingerprint", marks, dtype=pl.String),
    ).drop("contents")


_PLACES = ("source_file", "source_row", "source_sheet", "profile", "folder_commune")
"""Where a row lies may change without anything in it having changed."""


def written(frames: RunFrames) -> pl.DataFrame:
    """Return record_id and ``written``, a digest of every cell of the record and its persons as they were written.

    Comparable columns are left out: a better normaliser takes no signature back. Without records: no row.
    """
    parts = []
    for frame, table, keys in (
        (frames.records, RECORDS, ["record_id"]),
        (frames.mentions, MENTIONS, ["record_id", "role"]),
    ):
        if frame is None:
            continue
        origin = {c.name for c in ORIGIN}
        cells = [
            c.name
            for c in table.columns
            if c.dtype == pl.String
            and c.name not in {*_PLACES, *origin, "commune_code"}
            and c.name in frame.columns
        ]
        text = pl.concat_str([pl.col(c).fill_null("") for c in cells], separator="\x1f").alias("text")
        rows = frame.select(*keys, text).sort(*keys, "text", nulls_last=True)
        parts.append(rows.group_by("record_id", maintain_order=True).agg(pl.col("text").str.join("\x1e")))
    if not parts:
        return pl.DataFrame(schema={"record_id": pl.String, "written": pl.String})
    whole = pl.concat(parts).group_by("record_id", maintain_order=True).agg(pl.col("text").str.join("\x1d"))
    digests = [hashlib.blake2b(text.encode(), digest_size=8).hexdigest() for text in whole["text"]]
    return whole.select("record_id", pl.Series("written", digests, dtype=pl.String))


def _without_cleared_pairs(
    states: pl.DataFrame, frames: RunFrames, cleared: pl.Series | None
) -> pl.DataFrame:
    """Take the pairs that somebody judged out of the reviews: their case is the record with the role."""
    if cleared is None or cleared.is_empty():
        return states
    judged = cleared.str.split("|").list.head(2).list.join("|").unique()
    pair = pl.format("{}|{}", "record_id", "role")
    review = frames.links.filter((pl.col("tier") == "review") & pair.is_in(judged.implode()))
    less = review.group_by("record_id").agg(pl.len().cast(pl.Int64).alias("__judged"))
    joined = states.join(less, on="record_id", how="left", maintain_order="left")
    judged_here = pl.min_horizontal(pl.col("__judged").fill_null(0), "reviews")
    return joined.with_columns(
        (pl.col("reviews") - judged_here).alias("reviews"), (pl.col("open") - judged_here).alias("open")
    ).drop("__judged")
