"""``python -m reconcile.synthetic``: write a synthetic area into a folder."""

from __future__ import annotations

import argparse
from datetime import date
from pathlib import Path

from reconcile.synthetic import EXTRACT, make


def main() -> None:
    """Parse the arguments, make the area, write it."""
    parser = argparse.ArgumentParser(prog="python -m reconcile.synthetic", description=__doc__)
    parser.add_argument("--residents", type=int, default=10_000)
    parser.add_argument("--mix", default="development", choices=["development", "test", "clean", "harder"])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--format", default="parquet", choices=["parquet", "csv", "xlsx"])
    parser.add_argument("--communes", type=int, default=None)
    parser.add_argument("--area", default="camgiang", choices=["camgiang", "haiduong", "haiduong235"])
    parser.add_argument(
        "--date", type=date.fromisoformat, default=EXTRACT, help="day of the extract (default %(default)s)"
    )
    arguments = parser.parse_args()
    made = make(
        arguments.residents,
        arguments.mix,
        arguments.seed,
        area=arguments.area,
        communes=arguments.communes,
        extract=arguments.date,
        format=arguments.format,
    )
    made.write(arguments.out, arguments.format)


if __name__ == "__main__":
    main()
