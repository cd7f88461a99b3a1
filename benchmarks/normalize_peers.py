"""Accuracy against other packages on the committed cases.

    pip install -c benchmarks/constraints.txt -e '.[bench]'
    python benchmarks/normalize_peers.py

Every peer gets only the cases of its own task. Its answer is right when it equals the expectation in tests/cases,
which was reasoned from the rules. A package that is not installed is left out.
"""

from __future__ import annotations

import importlib
import sys
import time
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path[:0] = [str(Path(__file__).resolve().parents[1] / "tests")]

import normalize_cases  # noqa: E402

from reconcile import normalize  # noqa: E402
from reconcile.normalize.alphabet import plain  # noqa: E402
from reconcile.normalize.phonetic import northern_key  # noqa: E402
from reconcile.normalize.syllables import canonical, is_syllable  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable

Case = dict[str, str]


def package(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


def line(task: str, who: str, cases: list[Case], right: Callable[[Case], bool]) -> None:
    start = time.perf_counter()
    hits = 0
    for case in cases:
        try:
            hits += right(case)
        except Exception:  # noqa: BLE001 - a peer that raises has not answered
            continue
    each = (time.perf_counter() - start) / len(cases) * 1e6
    print(f"| {task} | {who} | {hits} of {len(cases)} | {100 * hits / len(cases):.1f} % | {each:.0f} |")


def tone_placement(cases: list[Case]) -> None:
    cases = [c for c in cases if c["valid"] == "yes"]
    task = "tone placement (old)"
    line(task, "reconcile", cases, lambda c: canonical(c["input"]) == c["canonical"])
    if ctnx := package("ctnx.misc"):
        line(
            task,
            "ctnx",
            cases,
            lambda c: ctnx.normalize_tone_placement_old_style(c["input"]) == c["canonical"],
        )
    if viet := package("viet_text_tools"):
        line(
            task,
            "viet_text_tools (its new style counts too)",
            cases,
            lambda c: (
                canonical(viet.normalize_diacritics(c["input"])) == c["canonical"]
                and viet.normalize_diacritics(c["input"]) in {c["canonical"], _new_style(c["canonical"])}
            ),
        )


def _new_style(word: str) -> str:
    """*hòa* → *hoà*: what a package of the new convention should answer."""
    parts = unicodedata.normalize("NFD", word)
    for pair in ("oa", "oe", "uy"):
        for mark in "\u0301\u0300\u0309\u0303\u0323":
            if parts.endswith(pair[0] + mark + pair[1]):
                return unicodedata.normalize("NFC", parts[:-3] + pair + mark)
    return word


def syllables(cases: list[Case]) -> None:
    task = "is it a syllable"
    # words without their marks are a question of convention: left out
    cases = [c for c in cases if c["valid"] in {"yes", "no"}]
    line(task, "reconcile", cases, lambda c: is_syllable(c["input"]) == (c["valid"] == "yes"))
    if module := package("ctnx.syllable"):

        def strict(word: str) -> bool:
            try:
                module.Syllable.from_string(word, auto_correct=False)
            except ValueError:
                return False
            return True

        line(task, "ctnx, auto_correct=False", cases, lambda c: strict(c["input"]) == (c["valid"] == "yes"))


def encodings(cases: list[Case]) -> None:
    cases = [c for c in cases if not c["font"] and c["encoding"] != "viqr"]
    same = str.casefold  # TCVN3 has no toned capitals
    for task, chosen in (
        ("decode a legacy cell without font", [c for c in cases if c["encoding"] != "unicode"]),
        ("leave a Unicode cell alone", [c for c in cases if c["encoding"] == "unicode"]),
    ):
        line(
            task,
            "reconcile",
            chosen,
            lambda c: (
                same(normalize.text(normalize_cases.unescaped(c["input"])).value or "") == same(c["value"])
            ),
        )
        if viparse := package("viparse"):
            line(
                task,
                "viparse.fix",
                chosen,
                lambda c: same(viparse.fix(normalize_cases.unescaped(c["input"]))) == same(c["value"]),
            )
        if ftfy := package("ftfy"):
            line(
                task,
                "ftfy.fix_encoding",
                chosen,
                lambda c: (
                    same(
                        unicodedata.normalize("NFC", ftfy.fix_encoding(normalize_cases.unescaped(c["input"])))
                    )
                    == same(c["value"])
                ),
            )


def keys(cases: list[Case]) -> None:
    named = [c for c in cases if c["value"]]

    def expected(case: Case) -> str:
        marks = unicodedata.normalize("NFD", case["value"].lower().replace("đ", "d").replace(".", ""))
        return "".join(c for c in marks if not unicodedata.combining(c))

    task = "name to ASCII"
    line(task, "reconcile", named, lambda c: normalize.name(c["input"]).plain == expected(c))
    if module := package("unidecode"):
        line(task, "unidecode alone", named, lambda c: module.unidecode(c["input"]).lower() == expected(c))


def phonetics(pairs: list[Case]) -> None:
    heard = [c for c in pairs if c["kind"] == "NAME_DIALECT" and c["category"] == "dialect"]
    apart = [c for c in pairs if c["kind"] in {"NAME_GIVEN", "NAME_SPELLING"}]

    def run(who: str, key: Callable[[str], str]) -> None:
        def given(c: Case) -> bool:
            return key(c["a"].split()[-1]) == key(c["b"].split()[-1])

        line("heard alike: one key", who, heard, given)
        line("other given name: other key", who, apart, lambda c: not given(c))

    run("reconcile, northern key", northern_key)
    if jellyfish := package("jellyfish"):
        run("jellyfish Soundex on ASCII", lambda word: jellyfish.soundex(plain(word)))
        run("jellyfish Metaphone on ASCII", lambda word: jellyfish.metaphone(plain(word)))


def main() -> None:
    print("| task | package | right | share | µs each |\n|---|---|---:|---:|---:|")
    read = {kind: normalize_cases.rows(kind) for kind in normalize_cases.KINDS}
    syllables(read["syllables"])
    tone_placement(read["syllables"])
    encodings(read["encodings"])
    keys(read["names"])
    phonetics(read["name_pairs"])


if __name__ == "__main__":
    main()
