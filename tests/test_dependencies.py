"""What is installed at an office: pinned, listed with its licence, none of them copyleft but by a named exception."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from importlib.metadata import Distribution, distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parent.parent
LISTED = tomllib.loads((ROOT / "licences.toml").read_text(encoding="utf-8"))
COPYLEFT = re.compile(
    r"\b[AL]?GPL|GNU (Lesser |Affero )?General Public|\bMPL\b|\bEUPL\b|\bSSPL\b|Commons Clause", re.IGNORECASE
)


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def needed() -> dict[str, Distribution]:
    """Return every package that the program needs to run, directly or through another."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    found: dict[str, Distribution] = {}
    todo = [Requirement(text) for text in project["dependencies"]]
    while todo:
        wanted = todo.pop()
        if wanted.marker is not None and not wanted.marker.evaluate({"extra": ""}):
            continue
        if normal(wanted.name) not in found:
            found[normal(wanted.name)] = distribution(wanted.name)
            todo += [Requirement(text) for text in found[normal(wanted.name)].requires or ()]
    return found


NEEDED = needed()


def pinned(file: str = "constraints.txt") -> dict[str, str]:
    lines = (ROOT / file).read_text(encoding="utf-8").splitlines()
    return {normal(name): version for name, _, version in (line.partition("==") for line in lines) if version}


def claims(one: Distribution) -> str:
    """Return what a package's metadata say of its licence, without the text of the licence itself."""
    told = one.metadata
    licence = (told.get("License") or "").strip().splitlines()[:1]
    classes = [c for c in told.get_all("Classifier") or [] if c.startswith("License")]
    return " | ".join([told.get("License-Expression") or "", *licence, *classes])


def test_the_list_names_what_is_needed_and_nothing_else() -> None:
    listed = set(LISTED["packages"])
    assert set(NEEDED) - listed == set(), "say their licence in licences.toml"
    if sys.platform == "linux":
        assert listed - set(NEEDED) == set(), "no longer needed"


@pytest.mark.parametrize("name", sorted(NEEDED))
def test_a_package_is_pinned_and_installed_as_pinned(name: str) -> None:
    assert NEEDED[name].version == pinned().get(name)


@pytest.mark.parametrize("name", sorted(NEEDED))
def test_a_licence_is_allowed_or_an_exception_with_a_reason(name: str) -> None:
    licence = LISTED["packages"][name]
    exception = LISTED["exceptions"].get(name)
    if exception is not None:
        assert exception["licence"] == licence
        assert exception["why"]
        assert COPYLEFT.search(claims(NEEDED[name])), "no exception is needed any more"
        return
    assert licence in LISTED["allowed"]
    assert not COPYLEFT.search(claims(NEEDED[name]))


def test_the_one_exception_is_known() -> None:
    assert set(LISTED["exceptions"]) == {"unidecode"}


OLDER_FOR_BENCHMARKS = {"pandas": "recordlinkage 0.16 works with pandas 2 only"}


def test_the_benchmarks_have_constraints_that_fit_what_they_ask_for() -> None:
    lines = (ROOT / "benchmarks" / "constraints.txt").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if not re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.]+", line)] == []
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    versions = pinned("benchmarks/constraints.txt")
    for text in project["dependencies"] + project["optional-dependencies"]["bench"]:
        wanted = Requirement(text)
        assert wanted.specifier.contains(versions[normal(wanted.name)]), text
    shared = versions.keys() & pinned().keys()
    assert {n for n in shared if versions[n] != pinned()[n]} == set(OLDER_FOR_BENCHMARKS)


def test_whoever_is_told_to_install_the_benchmarks_is_told_their_constraints() -> None:
    told = [
        line
        for file in (*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("benchmarks/*.py"))
        for line in file.read_text(encoding="utf-8").splitlines()
        if "[bench]" in line
    ]
    assert len(told) >= 4
    assert [line for line in told if "-c benchmarks/constraints.txt" not in line] == []


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
def test_the_audit_says_that_it_could_not_and_does_not_fail_without_a_network(tmp_path: Path) -> None:
    offline = {
        "PIP_NO_INDEX": "1",
        "PIP_CONFIG_FILE": "/dev/null",
        "PATH": "/usr/bin:/bin",
        "PYTHON": sys.executable,
    }
    done = subprocess.run(
        ["bash", str(ROOT / "scripts" / "audit")],
        capture_output=True, text=True, check=False, env=offline | {"TMPDIR": str(tmp_path)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "audit: not done" in done.stderr
    assert list(tmp_path.iterdir()) == []
