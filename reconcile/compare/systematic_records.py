"""The records that a common cause is looked for in: where they stand, and which causes could show in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from reconcile.compare.pairs import Pairs


def compared_records(links: pl.DataFrame, records: pl.DataFrame, pairs: Pairs | None = None) -> pl.DataFrame:
    """Return the records with at least one linked mention, with what a common cause may lie in.

    With ``pairs`` also ``village``: where the person whom the record is about lives, as the extract writes it.
    """
    linked = links.filter(pl.col("tier") == "match")["record_id"]
    columns = [
        "record_id",
        "register",
        "commune_code",
        "source_file",
        "book",
        "book_year",
        "nguoi_ky",
        "nguoi_thuc_hien",
    ]
    first = records.select(
        pl.col("record_id").is_first_distinct() & pl.col("record_id").is_in(linked.implode())
    ).to_series()
    found = records.select(columns).filter(first)
    if pairs is None:
        return found.with_columns(village=pl.lit(None, dtype=pl.String))
    return found.join(_villages(pairs), on="record_id", how="left", maintain_order="left")


_VILLAGE = r"((?:thôn|xóm|làng|khu dân cư|khu phố|tổ dân phố|khu|đội)\s+[^,;–-]+)"


def _villages(pairs: Pairs) -> pl.DataFrame:
    """Return ``record_id``, ``village`` (commune code and *thôn …*) of the person each record is about."""
    lives = pairs.residents.select(
        village=pl.concat_str(
            "residence_unit", pl.col("noi_cu_tru").str.to_lowercase().str.extract(_VILLAGE, 1).str.strip_chars(), separator="|"
        )
    )["village"]  # fmt: skip
    wanted = pairs.mentions.select(pl.col("role").is_in(["nks", "nkt", "chong", "nxn", "cm"]))["role"]
    index = pairs.index.filter(wanted.gather(pairs.index["mention"]))
    rows = pl.DataFrame(
        {
            "record_id": pairs.mentions["record_id"].gather(index["mention"]),
            "village": lives.gather(index["resident"]),
        }
    )
    return rows.drop_nulls().unique("record_id", keep="first", maintain_order=True)


def exposed_records(pairs: Pairs) -> pl.DataFrame:
    """Return ``record_id``, ``cause`` of the linked records in which *swapped* or *l_n* could show at all.

    A record may stand there more than once.
    """
    rows = pairs.take(["record_id", "name_key"], ["name_key", "birth_earliest", "birth_latest"])
    day, month = pl.col("p_birth_earliest").dt.day(), pl.col("p_birth_earliest").dt.month()
    full = pl.col("p_birth_earliest") == pl.col("p_birth_latest")
    has = [pl.col(name).str.contains(r"(?:^| )(?:l|n[^gh])") for name in ("c_name_key", "p_name_key")]
    could = {"swapped": full & (day <= 12) & (day != month), "l_n": pl.any_horizontal(has)}
    # the persons of a record follow each other
    again = (pl.col("record_id") == pl.col("record_id").shift()).fill_null(value=False)
    return pl.concat(
        rows.filter(shows).select(record_id="c_record_id", cause=pl.lit(cause)).filter(~again)
        for cause, shows in could.items()
    )
