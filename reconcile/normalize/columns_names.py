"""Names and texts of whole columns: each distinct word is read once, clean names are put together from their words.

A column of a province has millions of cells, a few hundred thousand distinct names and some ten thousand distinct
words. Names whose words are all plain syllables are assembled from the table of words; the others – titles, notes,
repairs, foreign words – go through ``read_name`` once per distinct name. Both ways give the same reading.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from reconcile.normalize.alphabet import STROKED_D, plain
from reconcile.normalize.columns_texts import texts
from reconcile.normalize.distinct import distinct
from reconcile.normalize.name_words import read_word
from reconcile.normalize.names import FIRST_WORDS_TO_CHECK, WORDS_TO_CHECK, read_name
from reconcile.normalize.phonetic import northern_word
from reconcile.normalize.syllables import parse, plain_syllables

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["name_readings", "names", "term_frequencies", "texts"]

_NOTES = pl.List(pl.String)
READING: dict[str, pl.DataType | type[pl.DataType]] = {
    "input": pl.String,
    "value": pl.String,
    "key": pl.String,
    "plain": pl.String,
    "phonetic": pl.String,
    "family": pl.String,
    "middle": pl.String,
    "given": pl.String,
    "notes": _NOTES,
    "doubtful": pl.Boolean,
}
"""Fields of a name reading as columns."""

_FRAME: dict[str, pl.DataType | type[pl.DataType]] = {
    name: READING[name] for name in ("value", "key", "plain", "phonetic")
} | {
    "given_plain": pl.String,
    "notes": _NOTES,
    "doubtful": pl.Boolean,
}
_TONE_PLACE = pl.lit(pl.Series([["NAME_TONE_PLACE"]], dtype=_NOTES)).first()
_NO_NOTES = pl.lit(pl.Series([[]], dtype=_NOTES)).first()
# NFC letters and single blanks only; anything else goes the long way
_CLEAN = r"^[A-Za-zÀ-ÖØ-öø-ỹ]+(?: [A-Za-zÀ-ÖØ-öø-ỹ]+){0,7}$"
_TORN = r"^\p{Lu}\p{Ll}* \p{Ll}"  # Nguy ễn
_STROKED = {chr(code): letter for code, letter in STROKED_D.items()}
_UNTIDY = f"^\\s|\\s\\s|[^\\S ]|\\s$|[{''.join(_STROKED)}]"
_BROKEN = "[\u00c2-\u00c6\u00e1\u00e2][^\\S ]"
_MOST_WORDS = 8


def names(series: pl.Series) -> pl.DataFrame:
    """Read a column of names: frame of value, key, plain, phonetic, given_plain, notes, doubtful, one row per cell.

    ``given_plain`` is the last word in ASCII. Null and empty cells give nulls and the note ``NAME_EMPTY``.
    """
    return _joined(series, _FRAME)


def name_readings(series: pl.Series) -> pl.DataFrame:
    """Read a column of names into the fields of ``NameReading``, one row per cell."""
    return _joined(series, READING)


def _joined(series: pl.Series, schema: dict[str, pl.DataType | type[pl.DataType]]) -> pl.DataFrame:
    split = distinct(series)
    out = split.spread(read_distinct_names(split.values, list(schema)))
    empty = pl.lit(pl.Series([["NAME_EMPTY"]], dtype=_NOTES)).first()
    nothing = split.codes.is_null()
    return out.with_columns(
        pl.when(nothing).then(empty).otherwise(pl.col("notes")).alias("notes"),
        pl.col("doubtful").fill_null(value=False),
        *([pl.col("input").fill_null("")] if "input" in schema else []),
    )


def read_distinct_names(names: pl.Series, fields: Sequence[str]) -> pl.DataFrame:
    """Read distinct, non-null names: the ``fields`` of ``READING`` and ``given_plain`` asked for, in their order."""
    candidates = (
        pl.DataFrame({"input": names, "tidy": _tidied(names)})
        .with_row_index("at")
        .with_columns(
            lower=pl.col("tidy").str.to_lowercase(),
            clean=pl.col("tidy").str.contains(_CLEAN) & ~pl.col("tidy").str.contains(_TORN),
        )
    )
    clean = (
        candidates.filter("clean")
        .with_columns(words=pl.col("lower").str.split(" "))
        .with_columns(count=pl.col("words").list.len())
    )
    table = _word_table(clean["words"].explode().drop_nulls().unique())
    parts: list[pl.DataFrame] = []
    left = [candidates.filter(~pl.col("clean")).select("at", "input")]
    for count in range(1, _MOST_WORDS + 1):
        group = clean.filter(pl.col("count") == count)
        if group.height:
            done = _assemble(group.select("at", "input"), group["words"], count, table, fields)
            left.append(group.select("at", "input").filter(~done["simple"]))
            parts.append(done.filter("simple").drop("simple"))
    rest = pl.concat(left)
    parts.append(rest.select("at").hstack(_one_by_one(rest["input"].to_list()).select(fields)))
    return pl.concat(parts).sort("at").drop("at")


def _tidied(names: pl.Series) -> pl.Series:
    r"""Return the names with single blanks and one kind of Đ, as ``read_name`` takes them; nothing else of the reading changes.

    A blank that may be the second half of a broken letter (``â\xa0``) stays.
    """
    at = (names.str.contains(_UNTIDY) & ~names.str.contains(_BROKEN)).arg_true()
    if not at.len():
        return names
    spaced = names.gather(at).str.replace_all(r"\s+", " ").str.strip_chars(" ")
    return names.clone().scatter(at, spaced.str.replace_many(list(_STROKED), list(_STROKED.values())))


def _word_table(words: pl.Series) -> pl.DataFrame:
    """Read each distinct lower-case word: word, value, key, plain, phonetic, simple, first_ok, moved."""
    rows = []
    for word in words.to_list():
        syllable = parse(word)
        simple = (syllable is not None or word in plain_syllables()) and word not in WORDS_TO_CHECK
        reading = read_word(word)
        bare = plain(reading.key)
        rows.append(
            (
                word,
                reading.value,
                reading.key,
                bare,
                northern_word(bare),
                simple,
                simple and word not in FIRST_WORDS_TO_CHECK,
                reading.key != word,
            )
        )
    schema = {
        "word": pl.String,
        "value": pl.String,
        "key": pl.String,
        "plain": pl.String,
        "phonetic": pl.String,
        "simple": pl.Boolean,
        "first_ok": pl.Boolean,
        "moved": pl.Boolean,
    }
    return pl.DataFrame(rows, schema=schema, orient="row")


def _assemble(
    inputs: pl.DataFrame, words: pl.Series, count: int, table: pl.DataFrame, fields: Sequence[str]
) -> pl.DataFrame:
    """Put the names of ``count`` words together from the table of words; ``simple`` says whether that is enough."""
    read = words.explode().alias("word").to_frame().join(table, on="word", how="left", maintain_order="left")
    columns: dict[str, list[pl.Series]] = {
        name: [read[name].gather_every(count, i).alias(f"{name}{i}") for i in range(count)]
        for name in ("value", "key", "plain", "phonetic", "simple", "moved")
    }
    first_ok = read["first_ok"].gather_every(count, 0).alias("first_ok")
    wide = inputs.hstack([first_ok, *(s for group in columns.values() for s in group)])

    def joined(name: str, indexes: Sequence[int] | range) -> pl.Expr:
        if not indexes:
            return pl.lit(None, dtype=pl.String)
        return pl.concat_str([f"{name}{i}" for i in indexes], separator=" ")

    every = range(count)
    expressions = {
        "input": pl.col("input"),
        "value": joined("value", every),
        "key": joined("key", every),
        "plain": joined("plain", every),
        "phonetic": joined("phonetic", every),
        "family": pl.col("value0") if count > 1 else pl.lit(None, dtype=pl.String),
        "middle": joined("value", range(1, count - 1)),
        "given": pl.col(f"value{count - 1}"),
        "notes": pl.when(pl.any_horizontal(f"moved{i}" for i in every))
        .then(_TONE_PLACE)
        .otherwise(_NO_NOTES),
        "doubtful": pl.lit(value=False),
        "given_plain": pl.col(f"plain{count - 1}"),
    }
    return wide.select(
        "at",
        *(expressions[field].alias(field) for field in fields),
        simple=pl.all_horizontal("first_ok", *(f"simple{i}" for i in every)),
    )


def _one_by_one(inputs: list[str]) -> pl.DataFrame:
    readings = [read_name(x) for x in inputs]
    columns = {field: [getattr(r, field) for r in readings] for field in READING}
    given = [r.plain.rsplit(" ", 1)[-1] if r.plain else None for r in readings]
    return pl.DataFrame(
        {**columns, "given_plain": given}, schema={**READING, "given_plain": pl.String}, strict=False
    )


def term_frequencies(keys: pl.Series, sex: pl.Series | None = None) -> pl.DataFrame:
    """Count the words of name keys by their part in the name: frame of part, sex, term, count, frequency.

    ``part`` is family, middle (one row per inner word) or given; names of one word count as given only. ``sex`` 1, 2
    or null is the counts' own group; ``frequency`` is the share within (part, sex). Sorted, so equal for equal input.
    """
    people = pl.DataFrame(
        {"key": keys.cast(pl.String), "sex": sex if sex is not None else None}
    ).with_columns(pl.col("sex").cast(pl.Int8))
    counted = (
        people.drop_nulls("key")
        .group_by("key", "sex")
        .len("count")
        .with_columns(words=pl.col("key").str.split(" "))
    )
    many = counted.filter(pl.col("words").list.len() > 1)
    parts = [
        many.select(
            pl.lit("family").alias("part"), "sex", pl.col("words").list.first().alias("term"), "count"
        ),
        many.with_columns(pl.col("words").list.slice(1, pl.col("words").list.len() - 2))
        .explode("words")
        .select(pl.lit("middle").alias("part"), "sex", pl.col("words").alias("term"), "count")
        .drop_nulls("term"),
        counted.select(
            pl.lit("given").alias("part"), "sex", pl.col("words").list.last().alias("term"), "count"
        ),
    ]
    return (
        pl.concat(parts)
        .group_by("part", "sex", "term")
        .agg(pl.col("count").sum())
        .with_columns(frequency=pl.col("count") / pl.col("count").sum().over("part", "sex"))
        .sort("part", "sex", "count", "term", descending=[False, False, True, False], nulls_last=True)
    )
