"""The main job through the command line, as a user runs it."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from reconcile.schema import CANDIDATES, DISCREPANCIES, LINKS, REJECTED

DAY = "2026-11-22"
TABLES = {"links": LINKS, "candidates": CANDIDATES, "discrepancies": DISCREPANCIES, "rejected": REJECTED}


def reconcile(
    *arguments: str | Path, threads: int | None = None, cwd: Path | None = None
) -> subprocess.CompletedProcess[str]:
    environment = dict(os.environ)
    if threads:
        environment["POLARS_MAX_THREADS"] = str(threads)
    return subprocess.run(
        [sys.executable, "-m", "reconcile", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
        cwd=cwd,
    )


def run(
    commune: Path, out: Path, *more: str | Path, threads: int | None = None
) -> subprocess.CompletedProcess[str]:
    return reconcile(
        "run", commune / "civil", "--population", commune / "population.parquet", "--out", out, "--as-of", DAY, *more,
        threads=threads,
    )  # fmt: skip


@pytest.fixture(scope="module")
def finished(commune: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("run") / "out"
    done = run(commune, out)
    assert done.returncode in {0, 1}, done.stderr
    return out


def test_every_output_is_there_with_the_agreed_columns(finished: Path) -> None:
    for name, table in TABLES.items():
        frame = pl.read_parquet(finished / f"{name}.parquet")
        assert frame.columns[: len(table.names)] == table.names, name
        assert {c: frame.schema[c] for c in table.names} == table.polars, name
    assert list(finished.glob("doi-soat_*.xlsx"))


def test_the_summary_says_what_was_read_how_long_it_took_and_how_much_memory(finished: Path) -> None:
    summary = json.loads((finished / "summary.json").read_text(encoding="utf-8"))
    assert list(summary["stages"]) == ["ingest", "normalize", "match", "compare", "report"]
    assert summary["peak_memory_bytes"] > 10_000_000
    assert all(len(f["sha256"]) == 64 for f in summary["inputs"]["civil"])
    for name, digest in summary["outputs"].items():
        assert hashlib.sha256((finished / name).read_bytes()).hexdigest() == digest


def test_rows_in_are_rows_linked_and_rows_rejected(commune: Path, finished: Path) -> None:
    links = pl.read_parquet(finished / "links.parquet")
    rejected = pl.read_parquet(finished / "rejected.parquet").filter(
        pl.col("fatal") & (pl.col("register") != "DC")
    )
    for file in sorted((commune / "civil").rglob("*.parquet")):
        name = file.relative_to(commune / "civil").as_posix()
        rows = set(range(2, pl.read_parquet(file).height + 2))
        linked = set(links.filter(pl.col("source_file") == name)["source_row"])
        lost = set(rejected.filter(pl.col("source_file") == name)["source_row"].drop_nulls())
        assert linked | lost == rows
        assert linked & lost == set()


def test_same_input_same_output_to_the_byte_whatever_the_threads(
    commune: Path, finished: Path, tmp_path: Path
) -> None:
    run(commune, tmp_path / "again", threads=1)
    for name in TABLES:
        first, second = finished / f"{name}.parquet", tmp_path / "again" / f"{name}.parquet"
        assert first.read_bytes() == second.read_bytes(), name
    for book in finished.glob("*.xlsx"):
        assert book.read_bytes() == (tmp_path / "again" / book.name).read_bytes(), book.name


def test_the_order_of_the_arguments_changes_nothing(commune: Path, tmp_path: Path) -> None:
    files = sorted((commune / "civil").rglob("*.parquet"))
    outs = []
    for order, name in ((files, "one"), (files[::-1], "two")):
        done = reconcile(
            "run", *order, "--population", commune / "population.parquet", "--out", tmp_path / name, "--as-of", DAY, "--no-workbook",
        )  # fmt: skip
        assert done.returncode in {0, 1}, done.stderr
        outs.append(pl.read_parquet(tmp_path / name / "links.parquet"))
    assert outs[0].equals(outs[1])


def test_inputs_are_not_touched(commune: Path, tmp_path: Path) -> None:
    files = [p for p in commune.rglob("*") if p.is_file()]
    before = {p: (p.stat().st_mtime_ns, hashlib.sha256(p.read_bytes()).hexdigest()) for p in files}
    run(commune, tmp_path / "out", "--no-workbook")
    assert {p: (p.stat().st_mtime_ns, hashlib.sha256(p.read_bytes()).hexdigest()) for p in files} == before
    assert sorted(p for p in commune.rglob("*") if p.is_file()) == sorted(files)


def test_most_people_are_found_and_nearly_none_wrongly(commune: Path, finished: Path) -> None:
    done = reconcile(
        "evaluate", finished / "links.parquet", "--truth", commune / "truth" / "links.parquet", "--json"
    )
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    births = next(row for row in report["by_register_role"] if row["role"] == "nks")
    assert births["precision"] >= 0.99
    assert births["recall"] >= 0.97


def test_a_missing_file_is_told_with_exit_status_2(commune: Path, tmp_path: Path) -> None:
    done = reconcile(
        "run", tmp_path / "no.xlsx", "--population", commune / "population.parquet", "--out", tmp_path / "o"
    )
    assert done.returncode == 2
    assert "no.xlsx" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "o").exists()


def test_one_broken_file_does_not_stop_the_rest(commune: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.xlsx"
    broken.write_bytes(b"PK\x03\x04 this is no workbook")
    done = reconcile(
        "run", commune / "civil", broken, "--population", commune / "population.parquet", "--out", tmp_path / "out", "--as-of", DAY,
    )  # fmt: skip
    assert done.returncode == 1
    assert "broken.xlsx" in done.stderr
    assert pl.read_parquet(tmp_path / "out" / "links.parquet").height > 0
    rejected = pl.read_parquet(tmp_path / "out" / "rejected.parquet")
    assert rejected.filter(pl.col("source_file").str.ends_with("broken.xlsx") & pl.col("fatal")).height == 1


def test_no_usable_register_still_gives_a_whole_answer(commune: Path, tmp_path: Path) -> None:
    (tmp_path / "empty.csv").write_text("")
    done = reconcile(
        "run", tmp_path / "empty.csv", "--population", commune / "population.parquet", "--out", tmp_path / "out",
    )  # fmt: skip
    assert done.returncode == 1, done.stderr
    assert pl.read_parquet(tmp_path / "out" / "links.parquet").height == 0


def test_an_unreadable_extract_stops_nothing_but_finds_nobody(commune: Path, tmp_path: Path) -> None:
    (tmp_path / "population.csv").write_text("a;b\n1;2\n")
    done = reconcile(
        "run", commune / "civil", "--population", tmp_path / "population.csv", "--out", tmp_path / "out"
    )
    assert done.returncode == 2
    assert "population.csv" in done.stderr
    assert not (tmp_path / "out").exists()


def test_no_name_number_or_date_of_birth_reaches_the_terminal(commune: Path, tmp_path: Path) -> None:
    done = run(commune, tmp_path / "out")
    residents = pl.read_parquet(commune / "population.parquet")
    shown = done.stdout + done.stderr
    for column in ("hoTen", "soDinhDanh"):
        assert [v for v in residents[column].drop_nulls().unique() if v in shown] == []


def test_the_python_function_can_be_called_again_and_again(tmp_path: Path) -> None:
    samples = Path(__file__).parent.parent / "fixtures"
    script = (
        "import reconcile, sys\n"
        "for n in (1, 2):\n"
        "    done = reconcile.run(civil=sys.argv[1], population=sys.argv[2], out=f'{sys.argv[3]}/{n}')\n"
        "    assert done.links.height and done.discrepancies.height and done.candidates is not None\n"
    )
    arguments = [samples / "hotich158", samples / "dancu" / "dancu.csv", tmp_path]
    done = subprocess.run(
        [sys.executable, "-c", script, *map(str, arguments)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
