"""Texts of a whole column: a clean Unicode column costs one regular expression, the rest is read by a column vote.

Alone, ``Bé`` may be *Bé* or the TCVN3 of *Bộ*; its column tells. Cells with letters that only Unicode has stay as
they are in any column; in a column that mixes both, a cell that fits both ways stays Unicode and is doubted.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from typing import TYPE_CHECKING

import polars as pl

from reconcile.normalize.encodings import decode, encode, font_encoding
from reconcile.normalize.texts import CellReading, is_unicode_only, read_cell, read_text

if TYPE_CHECKING:
    from collections.abc import Iterable

SCHEMA = {"value": pl.String, "encoding": pl.String, "doubtful": pl.Boolean}

# Characters of Latin-1, cp1252 and NFD that no Vietnamese word has in NFC; a small letter before a capital with a
# mark (TuÊn); vowel pairs of VNI (Traàn); VIQR's marks. NBSP, Ð and ð are common in plain Unicode.
SUSPICIOUS = (
    "[\u0080-\u009f\u00a1-\u00bf\u00c4-\u00c7\u00cb\u00ce\u00cf\u00d1\u00d6-\u00d8\u00db\u00dc\u00de\u00df"
    "\u00e4-\u00e7\u00eb\u00ee\u00ef\u00f1\u00f6-\u00f8\u00fb\u00fc\u00fe\u00ff\u0152\u0153\u0160\u0161\u0178\u017d"
    "\u017e\u0192\u02c6\u2020-\u2022\u2030\u2212\u2219\u0300-\u0323]"
    # oã is left out: Doãn, Hoãn
    r"|[a-z][ÀÁÂÃÈÉÊÌÍÒÓÔÕÙÚÝ]|[aA][àáâãÀÁÂÃéèêÉÈÊ]|[eE][àáâãÀÁÂÃùÙ]|[oO][âùÂÙ]|[uU][õÕ]|[yY][õùÕÙ]"
    r"|[aeouAEOU][\^(+][`'?~.a-zA-Z]|[aeiouyAEIOUY][`~]|(?:^| )[dD][dD][aeiouyAEIOUY]"
)
_SAMPLE = 2_000
_MIXED_SHARE = 0.05


def texts(series: pl.Series, fonts: pl.Series | None = None) -> pl.DataFrame:
    """Decode a column: frame of value (NFC, null where the cell is), encoding, doubtful, one row per cell.

    ``fonts``: the cells' font names where the file has them; a legacy font decides, any other leaves it to the vote.
    """
    cells = series.cast(pl.String)
    legacy_fonts = _legacy_fonts(fonts)
    if not legacy_fonts and not _any_suspicious(cells):
        return _plain(cells)
    if not legacy_fonts:
        return _answers(
            pl.DataFrame(
                {"x": cells, "font": pl.Series([None], dtype=pl.String).new_from_index(0, len(cells))}
            )
        )
    assert fonts is not None
    return _answers(pl.DataFrame({"x": cells, "font": fonts.cast(pl.String)}))


def _legacy_fonts(fonts: pl.Series | None) -> set[str]:
    if fonts is None:
        return set()
    return {font for font in fonts.drop_nulls().unique().to_list() if font_encoding(font)[0]}


def _any_suspicious(cells: pl.Series) -> bool:
    return bool(cells.str.contains(SUSPICIOUS).any())


def _plain(cells: pl.Series) -> pl.DataFrame:
    return pl.DataFrame({"value": cells}).with_columns(
        encoding=pl.lit("unicode"), doubtful=pl.lit(value=False)
    )


def _answers(cells: pl.DataFrame) -> pl.DataFrame:
    distinct = cells.drop_nulls("x").unique()
    telling = pl.col("font").is_in(sorted(_legacy_fonts(distinct["font"])))
    by_font = distinct.filter(telling.fill_null(value=False))
    by_vote = distinct.filter(~telling.fill_null(value=False))
    worth = by_vote["x"].str.contains(r"[^\x00-\x7f]|[aeiouyAEIOUY][\^(+*`'?~.]") | by_vote["x"].str.contains(
        SUSPICIOUS
    )
    rows: list[tuple[str, str | None, str, str, bool]] = []
    for x, font in by_font.iter_rows():
        text = read_text(x, font=font)
        rows.append((x, font, text.value or "", text.encoding, text.doubtful))
    voters = by_vote.filter(worth)
    for (x, font), cell in zip(voters.iter_rows(), vote(voters["x"].to_list()), strict=True):
        rows.append((x, font, cell.value, cell.encoding, cell.doubtful))
    table = pl.DataFrame(rows, schema={"x": pl.String, "font": pl.String, **SCHEMA}, orient="row")
    out = cells.join(table, on=["x", "font"], how="left", nulls_equal=True, maintain_order="left")
    return out.select(
        pl.coalesce("value", "x").alias("value"),
        pl.col("encoding").fill_null("unicode"),
        pl.col("doubtful").fill_null(value=False),
    )


def vote(cells: Iterable[str]) -> list[CellReading]:
    """Decode the cells of one column without fonts, in order.

    First each cell alone; then, if one legacy encoding speaks in the column and hardly any cell is surely Unicode,
    it takes the cells that fit both ways. Order and thread count do not matter: the sample is the smallest cells.
    """
    cells = list(cells)
    sample = sorted(set(cells), key=lambda x: (len(x), x))[:_SAMPLE]
    seen = Counter(read_cell(x).encoding for x in sample)
    spoken = [(seen[e], e) for e in ("cp1258", "tcvn3", "viqr", "vni") if seen[e]]
    if not spoken:
        return [read_cell(x) for x in cells]
    count, encoding = max(spoken)
    sure = sum(is_unicode_only(x) and read_cell(x).encoding == "unicode" for x in sample)
    mixed = sure > _MIXED_SHARE * (sure + count)
    if not mixed:
        return [read_cell(x, tie=encoding) for x in cells]
    return [_doubted(x, encoding) for x in cells]


def _doubted(x: str, encoding: str) -> CellReading:
    """Read a cell of a mixed column: where the legacy reading fits as well, keep Unicode and doubt it."""
    cell = read_cell(x)
    if cell.encoding != "unicode" or x.isascii() or is_unicode_only(x) or cell.doubtful:
        return cell
    other = read_cell(x, tie=encoding)
    if other.encoding == "unicode" or encode(decode(x, encoding), encoding) != unicodedata.normalize(
        "NFC", x
    ):
        return cell
    return CellReading(cell.value, "unicode", doubtful=True, notes=("ENCODING_UNSURE",))


def text_readings(series: pl.Series, font: pl.Series | str | None = None) -> pl.DataFrame:
    """Decode a column into the fields of ``TextReading``: the vote of ``texts``, one font or one per row."""
    fonts = (
        pl.Series([font], dtype=pl.String).new_from_index(0, len(series)) if isinstance(font, str) else font
    )
    decoded = texts(series, fonts).with_columns(input=series.cast(pl.String))
    told = pl.format("ENCODING_{}", pl.col("encoding").str.to_uppercase())
    mixed = pl.col("value").str.contains("[\u0100-\u024f\u1e00-\u1eff]")
    note = (
        pl.when(pl.col("input").is_null())
        .then(pl.lit("TEXT_EMPTY"))
        .when(pl.col("encoding") != "unicode")
        .then(told)
        .when("doubtful")
        .then(pl.when(mixed).then(pl.lit("ENCODING_MIXED")).otherwise(pl.lit("ENCODING_UNSURE")))
    )
    return decoded.select(
        pl.col("input").fill_null(""),
        "value",
        "encoding",
        notes=pl.concat_list(note).list.drop_nulls(),
        doubtful="doubtful",
    )
