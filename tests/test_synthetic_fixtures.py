"""The committed samples are those that the script makes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

ROOT = Path(__file__).resolve().parent.parent
FIXTURES = ROOT / "fixtures"
SAMPLES = sorted(p.relative_to(FIXTURES) for p in FIXTURES.rglob("*") if p.is_file() and p.suffix != ".md")
RANDOM = {Path("broken/password.xlsx"), Path("xls/khai_sinh_2016_vntime.xls")}


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("fixtures")
    subprocess.run([sys.executable, str(ROOT / "scripts" / "make-fixtures"), str(folder)], check=True)
    return folder


@pytest.mark.parametrize("sample", [s for s in SAMPLES if s not in RANDOM], ids=str)
def test_a_sample_is_what_the_script_makes(fresh: Path, sample: Path) -> None:
    again, kept = fresh / sample, FIXTURES / sample
    if sample.suffix == ".parquet":  # the writer's version stands in the file
        assert pl.read_parquet(again).equals(pl.read_parquet(kept))
    elif sample.suffix == ".xlsx" and again.stat().st_size > 1000 and sample.name != "truncated.xlsx":
        assert pl.read_excel(again, infer_schema_length=0).equals(pl.read_excel(kept, infer_schema_length=0))
    elif sample.name != "truncated.xlsx":
        assert again.read_bytes() == kept.read_bytes()
    else:
        assert kept.stat().st_size > 0


@pytest.mark.parametrize("folder", ["hotich158", "congan", "misa", "hotichdientu", "dancu", "broken"])
def test_every_layout_has_a_sample(folder: str) -> None:
    assert any(s.parts[0] == folder for s in SAMPLES)


def test_the_protected_workbook_asks_for_a_password() -> None:
    assert (FIXTURES / "broken" / "password.xlsx").read_bytes()[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
