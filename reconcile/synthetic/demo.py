"""One commune of Cẩm Giàng, pleasant to try the engine on: workbooks and CSV, an old and a new layout, a broken file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

RESIDENTS = 12_000
YEARS = (2000, 2018)
BROKEN = "KS.hong.xlsx"


@dataclass(frozen=True, slots=True)
class Demo:
    """Where the demo lies: paths of the registers, the extract, and the file of known pairs."""

    civil: list[Path]
    population: Path
    truth: Path


def make_demo(folder: Path, *, residents: int = RESIDENTS, seed: int = 1910) -> Demo:
    """Write the demo into ``folder``: about 3,000 births of 2000–2018, marriages, deaths, 12,000 residents.

    The births of 2000–2015 are in the Ministry's older template, later ones in the newer; marriages are CSV; one
    workbook is damaged on purpose.
    """
    from reconcile.synthetic import make
    from reconcile.synthetic.files import write_synthetic

    folder = Path(folder)
    made = make(residents, "development", seed, communes=1, format="mixed", years=YEARS)
    write_synthetic(made, folder, "mixed")
    whole = next(path for path in sorted((folder / "civil").rglob("KS.*.xlsx")))
    broken = whole.with_name(BROKEN)
    broken.write_bytes(whole.read_bytes()[:2_000])
    return Demo([folder / "civil"], folder / "population.xlsx", folder / "truth" / "links.parquet")
