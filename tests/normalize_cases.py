"""Read the committed cases of text, syllables, names and name pairs, and say what the engine makes of each."""

from __future__ import annotations

import csv
from pathlib import Path

from reconcile import normalize
from reconcile.normalize.distance import compare_names
from reconcile.normalize.syllables import canonical, parse, plain_syllables

CASES = Path(__file__).parent / "cases"


def rows(kind: str) -> list[dict[str, str]]:
    """The cases of one kind; ``\\uXXXX`` in an encoded input stands for a character that prints nothing."""
    with (CASES / f"{kind}.csv").open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def unescaped(text: str) -> str:
    parts = text.split("\\u")
    return parts[0] + "".join(chr(int(part[:4], 16)) + part[4:] for part in parts[1:])


def syllables(case: dict[str, str]) -> dict[str, str]:
    found = parse(case["input"])
    if found is not None:
        valid = "yes" if found.marked else "unmarked"
    else:
        valid = "plain" if case["input"] in plain_syllables() else "no"
    return {"valid": valid, "canonical": canonical(case["input"])}


def names(case: dict[str, str]) -> dict[str, str]:
    reading = normalize.name(case["input"])
    return {
        "value": reading.value or "",
        "notes": ";".join(reading.notes),
        "doubtful": "yes" if reading.doubtful else "no",
        "phonetic": reading.phonetic or "",
    }


def encodings(case: dict[str, str]) -> dict[str, str]:
    reading = normalize.text(unescaped(case["input"]), font=case["font"] or None)
    return {
        "value": reading.value or "",
        "encoding": reading.encoding,
        "doubtful": "yes" if reading.doubtful else "no",
    }


def name_pairs(case: dict[str, str]) -> dict[str, str]:
    compared = compare_names(case["a"], case["b"])
    return {"kind": compared.kind, "similarity": f"{compared.similarity:.4f}"}


KINDS = {"syllables": syllables, "names": names, "encodings": encodings, "name_pairs": name_pairs}


def frozen(kind: str) -> str:
    """The engine's results for all cases of one kind, as the text of ``<kind>.frozen.csv``."""
    cases = rows(kind)
    lines = []
    for number, case in enumerate(cases, start=2):
        result = KINDS[kind](case)
        if not lines:
            lines.append(["row", *result])
        lines.append([str(number), *result.values()])
    from io import StringIO

    out = StringIO()
    csv.writer(out, lineterminator="\n").writerows(lines)
    return out.getvalue()
