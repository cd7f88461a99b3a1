"""How fast places are read, and what a peer makes of the same addresses.

    python benchmarks/normalize_places.py                        speed of one core, load time
    python benchmarks/normalize_places.py --peer PEER_PYTHON     also: vietnamadminunits, run by another interpreter

The peer is installed in an environment of its own, whose interpreter is named. Only its parser is called: its
converter asks a geocoder over the network.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import random
import subprocess
import time

os.environ.setdefault("POLARS_MAX_THREADS", "1")

import polars as pl
from unidecode import unidecode

from reconcile.normalize.columns_places import places
from reconcile.normalize.gazetteer import Chain, gazetteer
from reconcile.normalize.places import read_place
from reconcile.normalize.places_text import bare_name

VILLAGES = ["Phú Lộc", "Đông Giao", "Quý Dương", "Bình Phiên", "Kim Đôi", "Văn Thai", "Mậu Tài", "Phí Xá"]

PEER = """
import json, sys
from vietnamadminunits import parse_address
out = []
for text in json.load(sys.stdin):
    try:
        unit = parse_address(text, mode="LEGACY", keep_street=False)
        out.append(unit.ward_code)
    except Exception:
        out.append(None)
json.dump(out, sys.stdout)
"""


def named(chain: Chain, *, words: bool = True) -> list[str]:
    units = [chain.unit, *(unit for unit in (chain.district, chain.province) if unit)]
    return [unit.name if words else bare_name(unit.name, unit.type) for unit in units]


def addresses(count: int) -> pl.Series:
    """Distinct addresses: mostly Hải Dương and Hải Phòng at all times, villages before them, level words or not."""
    random.seed(1)
    chains = [c for u in gazetteer().units.values() if u.level == 3 and u.code for c in gazetteer().chains(u)]
    near = [c for c in chains if c.province and c.province.code in {"30", "31"}]
    found: set[str] = set()
    while len(found) < count:
        chain = random.choice(near if random.random() < 0.9 else chains)
        parts = named(chain, words=random.random() < 0.7)
        if random.random() < 0.8:
            parts.insert(
                0,
                f"{random.choice(['Thôn', 'Xóm', 'Khu'])} {random.choice(VILLAGES)} {random.randint(1, 900)}",
            )
        found.add(random.choice([", ", " - ", ","]).join(parts))
    out = sorted(found)
    random.shuffle(out)
    return pl.Series(out)


def speed() -> None:
    start = time.perf_counter()
    gazetteer()
    print(f"load of the gazetteer: {time.perf_counter() - start:.2f} s, {len(gazetteer().units):,} units")
    texts = addresses(1_000_000)
    for turn in ("first call", "second call"):
        start = time.process_time()  # of this one thread, whatever else the machine does
        table = places(texts)
        seconds = time.process_time() - start
        rate = len(texts) / seconds
        read = (table["level"] == "commune").sum() / len(texts)
        print(
            f"{turn}: {len(texts):,} distinct texts, {seconds:.2f} s of CPU, {rate:,.0f} per second, {read:.1%} communes"
        )


def against(peer: str) -> None:
    """Print how many triples each reader answers with the code of the time; ours without any date."""
    days = [dt.date(2012, 6, 1), dt.date(2018, 6, 1), dt.date(2021, 1, 1), dt.date(2025, 3, 1)]
    triples = {}
    for unit in gazetteer().units.values():
        for chain in gazetteer().chains(unit) if unit.level == 3 and unit.code else ():
            if (
                chain.province
                and chain.province.code == "30"
                and any(chain.start <= d < chain.end for d in days)
            ):
                triples[", ".join(named(chain))] = (unit.code, chain)
    chains = [chain for _, chain in triples.values()]
    shapes = {
        "as in the list": list(triples),
        "without accents": [unidecode(text) for text in triples],
        "without level words": [", ".join(named(chain, words=False)) for chain in chains],
    }
    for shape, texts in shapes.items():
        codes = [code for code, _ in triples.values()]
        ours = [read_place(text) for text in texts]
        answer = subprocess.run(
            [peer, "-c", PEER], input=json.dumps(texts), capture_output=True, text=True, check=True
        )
        theirs = json.loads(answer.stdout)
        print(f"{shape}: {len(texts)} triples")
        right = sum(r.value == code for r, code in zip(ours, codes, strict=True))
        asked = sum(r.value != code and r.doubtful for r, code in zip(ours, codes, strict=True))
        print(
            f"  reconcile           right {right}, said to be doubtful {asked}, wrong {len(texts) - right - asked}"
        )
        peers = sum(a == b for a, b in zip(theirs, codes, strict=True))
        none = sum(a is None for a in theirs)
        print(
            f"  vietnamadminunits   right {peers}, no answer {none}, another code {len(texts) - peers - none}"
        )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--peer", help="interpreter of an environment that has vietnamadminunits")
    options = parser.parse_args()
    speed()
    if options.peer:
        against(options.peer)


if __name__ == "__main__":
    main()
