"""The records that a common cause is looked for in: where they stand, and which causes could show in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from reconcile.compare.pairs import looked_up, of_role

if TYPE_CHECKING:
    from reconcile.compare.pairs import Pairs


_COLUMNS = (
    "record_id",
    "register",
    "commune_code",
    "source_file",
    "book",
    "book_year",
    "nguoi_ky",
    "nguoi_thuc_hien",
)


def compared_records(
    links: pl.DataFrame, records: pl.DataFrame, pairs: Pairs
) -> tuple[pl.DataFrame, pl.Series]:
    """Return the records with at least one linked mention, with what a common cause may lie in, and where each link is.

    The first: one row per record, also ``village``: where the person whom the record is about lives, as the extract
    writes it. The second: for each link the row (u32) of its record there, null where that is not compared.
    """
    known = records.select("record_id", row=pl.int_range(pl.len(), dtype=pl.UInt32))
    known = known.filter(pl.col("record_id").is_first_distinct())
    at = links.select("record_id").join(known, on="record_id", how="left", maintain_order="left")["row"]
    linked = at.filter(links["tier"] == "match").drop_nulls()
    rows = records.select(pl.int_range(pl.len(), dtype=pl.UInt32).is_in(linked.implode())).to_series()
    number = pl.select(pl.when(rows).then(pl.lit(rows).cum_sum() - 1).cast(pl.UInt32)).to_series().gather(at)
    found = records.select(_COLUMNS).filter(rows)
    villages = found.select(record=pl.int_range(pl.len(), dtype=pl.UInt32)).join(
        _villages(pairs, number), on="record", how="left", maintain_order="left"
    )
    return found.with_columns(villages["village"]), number


_VILLAGE = r"((?:thôn|xóm|làng|khu dân cư|khu phố|tổ dân phố|khu|đội)\s+[^,;–-]+)"


def _villages(pairs: Pairs, number: pl.Series) -> pl.DataFrame:
    """Return ``record``, ``village`` (commune code and *thôn …*) of the person each record is about."""
    lives = pairs.residents.select(
        village=pl.concat_str(
            "residence_unit", pl.col("noi_cu_tru").str.to_lowercase().str.extract(_VILLAGE, 1).str.strip_chars(), separator="|"
        )
    )  # fmt: skip
    index = of_role(pairs.index, pairs.mentions, ["nks", "nkt", "chong", "nxn", "cm"])
    rows = index.select(record=number.gather(index["pair"]))
    rows = looked_up(rows, lives, index["resident"], ["village"])
    return rows.drop_nulls().unique("record", keep="first", maintain_order=True)


_L_N = r"(?:^| )(?:l|n[^gh])"


def exposed_records(pairs: Pairs, number: pl.Series) -> pl.DataFrame:
    """Return ``record``, ``cause`` of the linked records in which *swapped* or *l_n* could show at all.

    ``number``: see ``compared_records``. A record may stand there more than once.
    """
    day, month = pl.col("birth_earliest").dt.day(), pl.col("birth_earliest").dt.month()
    full = pl.col("birth_earliest") == pl.col("birth_latest")
    could = pairs.residents.select(
        swapped=full & (day <= 12) & (day != month), l_n=pl.col("name_key").str.contains(_L_N)
    )
    rows = pairs.index.select("mention", record=number.gather(pairs.index["pair"]))
    rows = looked_up(rows, could, pairs.index["resident"], could.columns)
    # the two names of a person are mostly alike: the register's is read only where the population's has no such letter
    rest = rows.filter(~pl.col("l_n").fill_null(value=False))
    rest = looked_up(rest, pairs.mentions, rest["mention"], ["name_key"])
    shown = {
        "swapped": rows.filter("swapped")["record"],
        "l_n": pl.concat(
            [rows.filter("l_n")["record"], rest.filter(pl.col("name_key").str.contains(_L_N))["record"]]
        ),
    }
    return pl.concat(
        pl.DataFrame({"record": record.unique().drop_nulls()}).with_columns(cause=pl.lit(cause))
        for cause, record in shown.items()
    )
