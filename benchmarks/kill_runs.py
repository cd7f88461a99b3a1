"""Kill a run again and again at random moments: ``python benchmarks/kill_runs.py --kills 50``.

After each kill the folder of answers must be byte for byte the old answer; after the last run nothing half-made may lie
beside it. Prints at which moments the process was hit; exit status 1 where an answer was damaged.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from reconcile.publishing import file_sha256


def answer(out: Path) -> dict[str, str]:
    """Return file name → hash of an answer, ``summary.json`` apart, which holds seconds."""
    return {p.name: file_sha256(p) for p in sorted(out.iterdir()) if p.suffix != ".json"}


def main() -> int:
    """Make an area, run once whole, then kill runs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--residents", type=int, default=3_000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    dice = random.Random(arguments.seed)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        area, place, out = folder / "area", folder / "place", folder / "place" / "out"
        place.mkdir()
        made = [
            sys.executable,
            "-m",
            "reconcile.synthetic",
            "--residents",
            str(arguments.residents),
            "--out",
            str(area),
        ]
        subprocess.run(made, check=True)
        command = [sys.executable, "-m", "reconcile", "run", str(area / "civil"), "--out", str(out)]
        command += ["--population", str(area / "population.parquet"), "--as-of", "2026-11-22"]
        start = time.perf_counter()
        subprocess.run(command, check=False, capture_output=True)
        whole = time.perf_counter() - start
        before = answer(out)
        hits, away, damaged = 0, 0, 0
        for _ in range(arguments.kills):
            with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
                time.sleep(dice.uniform(0, whole * 1.1))
                hits += process.poll() is None
                process.kill()
            if not out.exists():
                away += 1  # between the two renames: the next run puts the old answer back
            elif answer(out) != before:
                damaged += 1
        subprocess.run(command, check=False, capture_output=True)
        left = [p.name for p in place.iterdir() if p != out]
        damaged += answer(out) != before
    print(f"{arguments.kills} runs of {whole:.1f} s, {hits} killed before their end: {damaged} damaged answers, "
          f"{away} times set aside for the next run, left behind: {left or 'nothing'}")  # fmt: skip
    return 1 if damaged or left else 0


if __name__ == "__main__":
    sys.exit(main())
