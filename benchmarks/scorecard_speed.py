"""Speed and size of the scorecard: a province of 235 communes with 60 nights of history.

    python benchmarks/scorecard_speed.py [--communes 235] [--nights 60]

Measures are invented (no person behind them) with the shape of a real run: five registers, five periods, and
all rules of each. Every commune is measured every night: more than incremental nights do.
"""

from __future__ import annotations

import argparse
import datetime as dt
import resource
import sys
import tempfile
import time
from pathlib import Path

import polars as pl

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from quality_data import invented_history  # noqa: E402


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--communes", type=int, default=235)
    parser.add_argument("--nights", type=int, default=60)
    args = parser.parse_args()

    from reconcile.quality.publish import write_scorecard
    from reconcile.quality.settings import Office

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        last = dt.date(2026, 11, 20)
        rows = 0
        for frame in invented_history(args.communes, args.nights, last):
            rows += frame.height
            day = frame["day"][0]
            (folder / "measures").mkdir(exist_ok=True)
            frame.write_parquet(folder / "measures" / f"{day.isoformat()}.parquet")
        names = {f"{10000 + n:05d}": f"Xã Mẫu {n}" for n in range(args.communes)}
        start = time.perf_counter()
        write_scorecard(folder / "measures", folder / "out", Office("Tỉnh Mẫu", names=names))
        seconds = time.perf_counter() - start
        page = (folder / "out" / "index.html").stat().st_size
        pages = list((folder / "out").glob("xa-*.html"))
        print(f"polars {pl.__version__}, {args.communes} communes × {args.nights} nights, {rows:,} measures")
        print(f"scorecard: {seconds:.1f} s, index.html {page / 1e6:.2f} MB, {len(pages)} pages of communes")
        print(f"peak memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    main()
