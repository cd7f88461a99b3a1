"""Seconds per kind of value and peak memory of normalising an extract.

    python benchmarks/normalize_tables.py                      one million invented residents
    python benchmarks/normalize_tables.py --residents 100000
    python benchmarks/normalize_tables.py --population FILE    an extract read by the project's own reader

The invented residents have the columns that matching needs: a name, two parents' names, a date of birth in the
written forms of the registers, three places, a number. Names are drawn from inventory lists, nobody is real.
"""

from __future__ import annotations

import argparse
import multiprocessing
import random
import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import polars as pl

from reconcile import schema
from reconcile.normalize import tables_people
from reconcile.normalize.code_lists import list_rows
from reconcile.normalize.gazetteer import gazetteer
from reconcile.normalize.tables import normalize_residents

T = TypeVar("T")

_MIDDLES = "Văn Thị Đức Hữu Ngọc Minh Quang Thanh Xuân Thu Hồng Kim Đình Công Bá Duy Thế Phương Mai Bích"
_GIVEN = (
    "An Anh Bình Chi Cường Dung Dũng Duyên Đạt Giang Hà Hải Hạnh Hằng Hiền Hiếu Hoa Hòa Hùng Huệ Hương Huy Khánh "
    "Lan Linh Loan Long Mai Mạnh Minh Nam Nga Ngân Nhung Phúc Phương Quân Quyên Sơn Tâm Thảo Thắng Thanh Thủy "
    "Thúy Toàn Trang Trung Tú Tuấn Tuyết Uyên Vân Việt Vinh Yến"
)
MIDDLES, GIVEN = _MIDDLES.split(), _GIVEN.split()


def invented(n: int, seed: int) -> pl.DataFrame:
    """Return ``n`` invented residents as the population reader would give them."""
    dice = random.Random(seed)
    families = [row["family"] for row in list_rows("family_names.csv")][:60]
    units = sorted(
        (u.unit_id, u.type, u.name, chain.district.name if chain.district else "", chain.province.name)
        for u in gazetteer().units.values()
        if u.level == 3
        for chain in gazetteer().chains(u)[:1]
        if chain.province is not None and chain.province.name in {"Tỉnh Hải Dương", "Hải Dương"}
    )
    addresses = [", ".join(part for part in unit[2:] if part) for unit in units] or [
        "xã Cẩm Văn, huyện Cẩm Giàng, tỉnh Hải Dương"
    ]
    villages = [f"Thôn {word}, " for word in GIVEN] + [""] * 20

    def full_names(k: int) -> list[str]:
        return [
            f"{family} {middle} {dice.choice(GIVEN) + ' ' if dice.random() < 0.4 else ''}{given}"
            for family, middle, given in zip(
                dice.choices(families, k=k), dice.choices(MIDDLES, k=k), dice.choices(GIVEN, k=k), strict=True
            )
        ]

    def born(day: int, month: int, year: int) -> str:
        form = dice.random()
        if form < 0.9:
            return f"{day:02d}/{month:02d}/{year}"
        return f"{year}" if form < 0.95 else f"{month:02d}/{year}" if form < 0.98 else f"{day}.{month}.{year}"

    days = [(dice.randint(1, 28), dice.randint(1, 12), dice.randint(1935, 2024)) for _ in range(n)]
    return schema.RESIDENTS.conform(
        pl.DataFrame(
            {
                "population_row": pl.int_range(2, n + 2, dtype=pl.UInt32, eager=True),
                "resident_id": [f"row:{i}" for i in range(2, n + 2)],
                "ho_ten": [name.upper() if dice.random() < 0.5 else name for name in full_names(n)],
                "ho_ten_cha": full_names(n),
                "ho_ten_me": full_names(n),
                "ngay_sinh": [born(*day) for day in days],
                "gioi_tinh": dice.choices(["Nam", "Nữ", "1", "2"], k=n),
                "so_dinh_danh": [
                    f"030{dice.randint(0, 1) + (2 if y >= 2000 else 0)}{y % 100:02d}{dice.randrange(10**6):06d}"
                    for _, _, y in days
                ],
                "dan_toc": dice.choices(["Kinh", "Tày", "Hoa"], weights=[98, 1, 1], k=n),
                "quoc_tich": ["Việt Nam"] * n,
                **{
                    column: [dice.choice(villages) + dice.choice(addresses) for _ in range(n)]
                    for column in ("noi_dang_ky_khai_sinh", "que_quan", "noi_cu_tru")
                },
            }
        )
    )


def invented_apart(n: int, seed: int) -> pl.DataFrame:
    """Invent in a process of its own, so that the peak measured here is the normaliser's."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "residents.parquet"
        job = multiprocessing.get_context("spawn").Process(target=_write, args=(n, seed, path))
        job.start()
        job.join()
        return schema.RESIDENTS.conform(pl.read_parquet(path))


def _write(n: int, seed: int, path: Path) -> None:
    people = invented(n, seed)
    people.select(s for s in people if s.null_count() < people.height).write_parquet(path)


def timed(label: str, work: Callable[[], T]) -> T:
    """Run ``work`` and print its wall-clock seconds."""
    start = time.perf_counter()
    out = work()
    print(f"{label:<22}{time.perf_counter() - start:8.2f} s", flush=True)
    return out


def peak_mib() -> float:
    """Return the largest resident set so far, in MiB (Linux counts in KiB)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Read the arguments, make or read the residents, print seconds and memory."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--residents", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--population", help="extract to read in place of invented residents")
    parser.add_argument("--kinds", action="store_true", help="time every kind of value on its own as well")
    arguments = parser.parse_args()
    if arguments.population:
        from reconcile.ingest import read_population

        frame = timed("read", lambda: read_population(arguments.population).residents)
    else:
        frame = timed("invent", lambda: invented_apart(arguments.residents, arguments.seed))
    timed("gazetteer", gazetteer)
    print(f"{frame.height:,} residents; before normalising {peak_mib():,.0f} MiB")
    if arguments.kinds:
        timed("names", lambda: tables_people.name_columns(frame))
        births = timed("dates", lambda: tables_people.date_columns(frame, None))
        timed("numbers", lambda: tables_people.id_columns(frame))
        timed("lists", lambda: tables_people.list_columns(frame))
        born = births[0]
        timed(
            "places",
            lambda: tables_people.place_columns(frame, {"noi_sinh": born, "noi_dang_ky_khai_sinh": born}),
        )
    out = timed("normalize_residents", lambda: normalize_residents(frame))
    for column in ("name_key", "birth_earliest", "personal_id", "home_unit"):
        print(f"{column:<22}{100 * (1 - out[column].null_count() / out.height):8.2f} % read")
    print(f"peak                  {peak_mib():8,.0f} MiB")


if __name__ == "__main__":
    main()
