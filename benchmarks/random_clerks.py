"""Let thousands of random clerks do anything with workbooks; look that what counts is what they typed.

    python benchmarks/random_clerks.py --runs 2000 --seed 1 --libreoffice 10 --record clerks.jsonl

The clerks of tests/apply_machine.py, in chunks of ``--chunk`` with a seed of their own. Each finished chunk is a line of
``--record``; called again with the same file, only the missing chunks are run, so an interrupted run loses one chunk at
most. Prints a running count; a chunk that found something prints how, the others go on, exit status 1 at the end.
"""

from __future__ import annotations

import argparse
import collections
import json
import os
import sys
import tempfile
import time
import traceback
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COUNTED = ("clerks", "returns", "taken", "known", "refused", "LibreOffice", "clerks with LibreOffice")


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=2_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--chunk", type=int, default=25)
    parser.add_argument(
        "--libreoffice", type=int, default=0, help="one of how many saves goes through it; 0: none"
    )
    parser.add_argument("--record", type=Path, help="file of finished chunks, made where there is none")
    return parser.parse_args()


def main() -> int:
    """Run the chunks that are missing; return the exit status."""
    given = arguments()
    os.environ.setdefault("POLARS_MAX_THREADS", "1")  # tables of a few rows
    os.environ["RECONCILE_APPLY_SAVES"] = str(given.libreoffice)
    if Path("/dev/shm").is_dir():
        tempfile.tempdir = "/dev/shm"
    sys.path.insert(0, str(ROOT / "tests"))
    from apply_machine import DONE, let_clerks_work

    chunks = {}
    if given.record and given.record.is_file():
        lines = given.record.read_text(encoding="utf-8").splitlines()
        chunks = {(one["seed"], one["chunk"]): one for one in map(json.loads, lines)}
    total: collections.Counter[str] = collections.Counter()
    bad = 0
    for number in range(-(-given.runs // given.chunk)):
        one = chunks.get((given.seed, number))
        if one is None:
            DONE.clear()
            begun = time.process_time()
            wrong = ""
            try:
                let_clerks_work(given.chunk, at=given.seed * 100_000 + number, shorten=False)
            except Exception:  # noqa: BLE001 - whatever a clerk finds is told, and the others go on
                wrong = traceback.format_exc()
            one = {
                "seed": given.seed, "chunk": number, "cpu_seconds": round(time.process_time() - begun, 1),
                "wrong": wrong, **{name: DONE[name] for name in COUNTED},
            }  # fmt: skip
            if given.record:
                with given.record.open("a", encoding="utf-8") as record:
                    record.write(json.dumps(one, ensure_ascii=False) + "\n")
        total.update({name: one[name] for name in (*COUNTED, "cpu_seconds")})
        bad += bool(one["wrong"])
        if one["wrong"]:
            print(f"seed {given.seed * 100_000 + number}: {one['wrong']}", flush=True)
        print(
            ", ".join(f"{total[name]:,} {name}" for name in COUNTED)
            + f"; {bad} chunks found something; {total['cpu_seconds']:,.0f} s of CPU",
            flush=True,
        )
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
