"""Outputs appear whole or not at all."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from reconcile.problems import ReconcileError
from reconcile.publishing import MANIFEST, file_sha256, published


def make(out: Path, text: str) -> None:
    with published(out) as folder:
        (folder / "a.xlsx").write_text(text)
        outputs = {"a.xlsx": file_sha256(folder / "a.xlsx")}
        (folder / MANIFEST).write_text(json.dumps({"outputs": outputs}))


def test_a_second_run_replaces_the_first(tmp_path: Path) -> None:
    make(tmp_path / "out", "one")
    make(tmp_path / "out", "two")
    assert (tmp_path / "out" / "a.xlsx").read_text() == "two"
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


def test_files_are_for_their_owner_only(tmp_path: Path) -> None:
    make(tmp_path / "out", "one")
    assert (tmp_path / "out").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "out" / "a.xlsx").stat().st_mode & 0o777 == 0o600


def test_an_error_leaves_the_old_folder_and_nothing_else(tmp_path: Path) -> None:
    make(tmp_path / "out", "one")
    with pytest.raises(RuntimeError), published(tmp_path / "out") as folder:
        (folder / "a.xlsx").write_text("half")
        raise RuntimeError
    assert (tmp_path / "out" / "a.xlsx").read_text() == "one"
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


def test_a_workbook_that_a_clerk_changed_is_not_overwritten(tmp_path: Path) -> None:
    make(tmp_path / "out", "one")
    (tmp_path / "out" / "a.xlsx").write_text("one, and my decisions")
    with pytest.raises(ReconcileError, match="was changed since"):
        make(tmp_path / "out", "two")
    assert (tmp_path / "out" / "a.xlsx").read_text() == "one, and my decisions"


def test_a_folder_of_other_files_is_not_touched(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "letter.txt").write_text("mine")
    with pytest.raises(ReconcileError, match="no run wrote"):
        make(tmp_path / "out", "one")
    assert (tmp_path / "out" / "letter.txt").read_text() == "mine"


def test_a_foreign_file_beside_a_run_is_not_touched(tmp_path: Path) -> None:
    make(tmp_path / "out", "one")
    (tmp_path / "out" / "letter.txt").write_text("mine")
    with pytest.raises(ReconcileError, match="not written by a run"):
        make(tmp_path / "out", "two")


def test_a_killed_run_leaves_no_half_output_and_the_next_cleans_up(tmp_path: Path) -> None:
    make(tmp_path / "out", "one")
    code = (
        "import time, pathlib, sys\n"
        "from reconcile.publishing import published\n"
        "with published(pathlib.Path(sys.argv[1])) as folder:\n"
        "    (folder / 'a.xlsx').write_text('half')\n"
        "    print('ready', flush=True)\n"
        "    time.sleep(60)\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path / "out")], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert (tmp_path / "out" / "a.xlsx").read_text() == "one"
    make(tmp_path / "out", "two")
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


def test_killed_between_the_two_renames_the_old_folder_comes_back(tmp_path: Path) -> None:
    make(tmp_path / "out", "one")
    dead = subprocess.run(
        [sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, text=True, check=True
    )
    (tmp_path / "out").rename(tmp_path / f".out.previous-{dead.stdout.strip()}")
    time.sleep(0)
    with pytest.raises(RuntimeError), published(tmp_path / "out"):
        raise RuntimeError
    assert (tmp_path / "out" / "a.xlsx").read_text() == "one"
