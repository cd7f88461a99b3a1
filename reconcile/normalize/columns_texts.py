"""Texts of a whole column: a clean Unicode column costs one regular expression, the rest is read by a column vote.

Alone, ``Bé`` may be *Bé* or the TCVN3 of *Bộ*; its column tells. Cells with letters that only Unicode has stay as
they are in any column; in a column that mixes both, a cell that fits both ways stays Unicode and is doubted.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from typing import TYPE_CHECKING

import polars as pl

from reconcile.normalize.encodings import decode, encode, font_encoding
from reconcile.normalize.texts import CellReading, is_unicode_only, is_valid_word, read_cell, read_text

if TYPE_CHECKING:
    from collections.abc import Callable

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
_FEW = 500
"""Up to so many cells, plain Python is faster than a dozen column operations (a province is thousands of small files)."""
_WORTH = r"[^\x00-\x7f]|[aeiouyAEIOUY][\^(+*`'?~.]"
_UNICODE_ONLY = "[\u0100-\u0151\u0154-\u0177\u0179-\u024f\u1e00-\u1eff\u0300-\u0323]"
_MOJIBAKE = "[\u00c2-\u00c6\u00e1\u00e2][^\x00-\x7f]"
_WORD = "[^\\s\\x00-\\x26\\x28-\\x2f\\x3a-\\x40\\x5b-\\x60\\x7b-\\x7f\u2013\u2014\u2018-\u201e\u2026]+"
_MIXED_SHARE = 0.05
_IS_WORTH = re.compile(_WORTH)
_IS_SUSPICIOUS = re.compile(SUSPICIOUS)


def texts(series: pl.Series, fonts: pl.Series | None = None) -> pl.DataFrame:
    """Decode a column: frame of value (NFC, null where the cell is), encoding, doubtful, one row per cell.

    ``fonts``: the cells' font names where the file has them; a legacy font decides, any other leaves it to the vote.
    """
    cells = series.cast(pl.String)
    legacy_fonts = _legacy_fonts(fonts)
    if not legacy_fonts and (told := _without_vote(cells)) is not None:
        return told
    if not legacy_fonts and len(cells) <= _FEW:
        return _few(cells.to_list())
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


def _without_vote(cells: pl.Series) -> pl.DataFrame | None:
    """Return a column as its cells read alone, where none of them is of another encoding; else None, and the column votes.

    Marks that stand alone (NFD) and keys of Telex look like an encoding; what they make of their words tells that they are none.
    """
    at = cells.str.contains(SUSPICIOUS).arg_true()
    if not at.len():
        return _plain(cells)
    written = cells.gather(at)
    whole = written.str.normalize("NFC")
    odd = whole.str.contains(SUSPICIOUS).arg_true()
    strange = written.gather(odd).to_list()
    if len(set(strange)) > _SAMPLE:
        return None
    read = [read_cell(x) for x in strange]
    if any(cell.encoding != "unicode" for cell in read):
        return None
    frame = _plain(cells)
    return frame.with_columns(
        frame["value"].scatter(at, whole).scatter(at.gather(odd), [cell.value for cell in read]),
        frame["doubtful"].scatter(at.gather(odd), [cell.doubtful for cell in read]),
    )


def _plain(cells: pl.Series) -> pl.DataFrame:
    return pl.DataFrame({"value": cells}).with_columns(
        encoding=pl.lit("unicode"), doubtful=pl.lit(value=False)
    )


def _answers(cells: pl.DataFrame) -> pl.DataFrame:
    distinct = cells.drop_nulls("x").unique()
    telling = pl.col("font").is_in(sorted(_legacy_fonts(distinct["font"])))
    by_font = distinct.filter(telling.fill_null(value=False))
    by_vote = distinct.filter(~telling.fill_null(value=False))
    worth = by_vote["x"].str.contains(_WORTH) | by_vote["x"].str.contains(SUSPICIOUS)
    rows: list[tuple[str, str | None, str, str, bool]] = []
    for x, font in by_font.iter_rows():
        text = read_text(x, font=font)
        rows.append((x, font, text.value or "", text.encoding, text.doubtful))
    told = pl.DataFrame(rows, schema={"x": pl.String, "font": pl.String, **SCHEMA}, orient="row")
    voters = by_vote.filter(worth)
    table = pl.concat([told, voters.select("x", "font").hstack(vote(voters["x"]))])
    out = cells.join(table, on=["x", "font"], how="left", nulls_equal=True, maintain_order="left")
    return out.select(
        pl.coalesce("value", "x").alias("value"),
        pl.col("encoding").fill_null("unicode"),
        pl.col("doubtful").fill_null(value=False),
    )


def vote(cells: pl.Series) -> pl.DataFrame:
    """Decode the distinct cells of one column without fonts: value, encoding, doubtful, in order.

    First each cell alone; then, if one legacy encoding speaks in the column and hardly any cell is surely Unicode,
    it takes the cells that fit both ways. Order and thread count do not matter: the sample is the smallest cells.
    """
    frame = cells.to_frame("x").with_columns(
        _all_syllables(cells).alias("clean"), pl.col("x").str.contains(_UNICODE_ONLY).alias("only")
    )
    smallest = frame.sort(pl.col("x").str.len_chars(), "x").head(_SAMPLE)
    seen = Counter(read_cell(x).encoding for x in smallest.filter(~pl.col("clean"))["x"].to_list())
    spoken = [(seen[e], e) for e in ("cp1258", "tcvn3", "viqr", "vni") if seen[e]]
    if not spoken:
        return _read_unless(frame["clean"], cells, read_cell)
    count, encoding = max(spoken)
    unclear = smallest.filter(pl.col("only") & ~pl.col("clean"))["x"].to_list()
    sure = smallest.filter(pl.col("only") & pl.col("clean")).height
    sure += sum(read_cell(x).encoding == "unicode" for x in unclear)
    if sure > _MIXED_SHARE * (sure + count):
        return _read_unless(frame["clean"] & frame["only"], cells, lambda x: _doubted(x, encoding))
    return _read_unless(None, cells, lambda x: read_cell(x, tie=encoding))


def _few(cells: list[str | None]) -> pl.DataFrame:
    """Do the same as ``_answers`` and ``vote`` for a short column without fonts."""
    voters = sorted(
        {x for x in cells if x is not None and (_IS_WORTH.search(x) or _IS_SUSPICIOUS.search(x))},
        key=lambda x: (len(x), x),
    )
    sample = voters[:_SAMPLE]
    alone = {x: read_cell(x) for x in voters}
    seen = Counter(alone[x].encoding for x in sample)
    spoken = [(seen[e], e) for e in ("cp1258", "tcvn3", "viqr", "vni") if seen[e]]
    if spoken:
        count, encoding = max(spoken)
        sure = sum(is_unicode_only(x) and alone[x].encoding == "unicode" for x in sample)
        mixed = sure > _MIXED_SHARE * (sure + count)
        alone = {x: _doubted(x, encoding) if mixed else read_cell(x, tie=encoding) for x in voters}
    read = [alone.get(x) if x is not None else None for x in cells]
    return pl.DataFrame(
        {
            "value": [x if cell is None else cell.value for x, cell in zip(cells, read, strict=True)],
            "encoding": ["unicode" if cell is None else cell.encoding for cell in read],
            "doubtful": [cell is not None and cell.doubtful for cell in read],
        },
        schema=SCHEMA,
    )


def _read_unless(
    clean: pl.Series | None, cells: pl.Series, read: Callable[[str], CellReading]
) -> pl.DataFrame:
    """Return the cells decoded by ``read``; those that are ``clean`` Unicode stay as they are."""
    frame = _plain(cells.str.normalize("NFC"))
    at = (~clean).arg_true() if clean is not None else pl.int_range(cells.len(), dtype=pl.UInt32, eager=True)
    found = [read(x) for x in cells.gather(at).to_list()]
    return frame.with_columns(
        frame["value"].scatter(at, [cell.value for cell in found]),
        frame["encoding"].scatter(at, [cell.encoding for cell in found]),
        frame["doubtful"].scatter(at, [cell.doubtful for cell in found]),
    ).select(**{name: pl.col(name).cast(kind) for name, kind in SCHEMA.items()})


def _all_syllables(cells: pl.Series) -> pl.Series:
    """True for cells that ``read_cell`` is sure to leave as they are: Unicode, each word a syllable.

    Looks at each distinct word once, where a column has many times more cells than words.
    """
    frame = cells.to_frame("x").with_row_index("at")
    eligible = frame.filter(
        pl.col("x").str.contains(r"[^\x00-\x7f]")
        & ~pl.col("x").str.contains(SUSPICIOUS)
        & ~pl.col("x").str.contains(_MOJIBAKE)
    )
    words = eligible.select("at", pl.col("x").str.to_lowercase().str.extract_all(_WORD).alias("word"))
    words = words.explode("word", empty_as_null=False)
    strange = [w for w in words["word"].unique().drop_nulls().to_list() if not is_valid_word(w)]
    doubted = words.filter(pl.col("word").is_in(strange))["at"]
    clean = eligible["at"].filter(~eligible["at"].is_in(doubted.implode()))
    return pl.repeat(value=False, n=cells.len(), dtype=pl.Boolean, eager=True).scatter(clean, True)


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
