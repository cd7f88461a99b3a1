"""Kill nights at random moments; after each, look that every report is whole and that the next night finishes the work.

    python benchmarks/nightly_faults.py [--kills 100] [--seed 1] [--residents 600]

Prints one line per kill that went wrong and a summary; exit status 1 where anything was wrong.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from nightly_office import make_office, outputs

from reconcile.nightly import run_night
from reconcile.publishing import file_sha256
from reconcile.workspace import Workspace


def faults(workspace: Workspace) -> list[str]:
    """Return what is wrong with the published reports: missing or altered files."""
    import json

    wrong = []
    for folder in workspace.reports.iterdir():
        if folder.name.startswith(".") or not (folder / "summary.json").is_file():
            continue
        told = json.loads((folder / "summary.json").read_text(encoding="utf-8"))["outputs"]
        wrong += [name for name, digest in told.items() if file_sha256(folder / name) != digest]
    return wrong


def main() -> int:
    """Kill, look, go on; return the exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--residents", type=int, default=600)
    given = parser.parse_args()
    dice = random.Random(given.seed)
    bad = 0
    with tempfile.TemporaryDirectory() as folder:
        workspace = make_office(Path(folder), residents=given.residents, workbooks=True)
        start = time.monotonic()
        run_night(workspace)
        length = time.monotonic() - start
        expected = outputs(workspace)
        for number in range(given.kills):
            command = [sys.executable, "-m", "reconcile", "nightly", str(workspace.root), "--full"]
            process = subprocess.Popen(
                command, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
            time.sleep(dice.uniform(0.2, length))
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            wrong = faults(workspace)
            if number % 10 == 9:
                run_night(workspace)
                after = outputs(workspace)
                wrong += [
                    name for name in expected if name not in after or not expected[name].equals(after[name])
                ]
            if wrong:
                bad += 1
                print(f"kill {number}: {wrong}", flush=True)
    print(f"{given.kills} nights killed at random moments of {length:.0f} s, {bad} with a wrong output")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
