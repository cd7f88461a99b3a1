"""House rules that a reader would otherwise have to remember."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
MODULES = sorted((ROOT / "reconcile").rglob("*.py"))
TEXT_SUFFIXES = {".py", ".md", ".toml", ".txt", ".csv", ".yml", ".yaml", ".json", ".cfg", ".sh", ""}


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode != 0:
        pytest.skip("not a git checkout")
    return [ROOT / line for line in listed.stdout.splitlines()]


@pytest.mark.parametrize("module", MODULES, ids=lambda p: str(p.relative_to(ROOT)))
def test_a_module_has_one_noun_and_at_most_400_lines(module: Path) -> None:
    assert len(module.read_text(encoding="utf-8").splitlines()) <= 400


@pytest.mark.parametrize("module", MODULES, ids=lambda p: str(p.relative_to(ROOT)))
def test_every_module_says_what_it_is(module: Path) -> None:
    assert module.read_text(encoding="utf-8").lstrip().startswith('"""')


def test_no_registry_host_or_machine_path_is_named() -> None:
    hosts = [
        r"pypi\.o" + "rg",
        "python" + "hosted",
        r"registry\.np" + "mjs",
        r"deb\.debi" + "an",
        "/wo" + "rk/",
    ]
    forbidden = re.compile("|".join(hosts))
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in tracked()
        if path.suffix in TEXT_SUFFIXES and path.is_file()
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1)
        if forbidden.search(line)
    ]
    assert found == []


def test_constraints_name_every_runtime_and_development_dependency() -> None:
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = project["dependencies"] + project["optional-dependencies"]["dev"]
    names = {re.split(r"[<>=\[ ]", item)[0].lower() for item in wanted}
    pinned = {
        line.split("==")[0].lower()
        for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
        if "==" in line
    }
    assert names - pinned == set()


def test_every_command_is_documented() -> None:
    from reconcile.cli import app
    from reconcile.cli_normalize import register

    register(app)
    names = {c.name or c.callback.__name__ for c in app.registered_commands if c.callback}
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert {name for name in names if f"reconcile {name}" not in readme} == set()


def test_reading_vietnamese_needs_no_heavy_package() -> None:
    code = "import sys, reconcile.normalize; print([m for m in ('polars','duckdb','pandas','numpy','openpyxl') if m in sys.modules])"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"


def test_help_imports_no_heavy_package() -> None:
    code = (
        "import sys, reconcile.cli; print([m for m in ('polars','duckdb','xlsxwriter') if m in sys.modules])"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"
