"""Who may read what: modes of files, words in logs and manifests, one commune's persons in its outputs alone."""

from __future__ import annotations

import re
import stat

import polars as pl
import pytest
from nightly_office import command, make_office, outputs
from openpyxl import load_workbook

from reconcile.nightly.masking import masked
from reconcile.workspace import Workspace


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> tuple[Workspace, str]:
    """An office after a night with one broken file, and everything that the commands printed."""
    workspace = make_office(tmp_path_factory.mktemp("privacy"), residents=600, workbooks=True)
    (next(workspace.inbox_civil.iterdir()) / "hong.xlsx").write_bytes(b"no workbook")
    printed = [
        command(workspace, *words)
        for words in (("nightly",), ("nightly", "--json"), ("status",), ("status", "--json"))
    ]
    return workspace, "".join(p.stdout + p.stderr for p in printed)


def secrets(workspace: Workspace) -> set[str]:
    """Return the full names and numbers of everybody, as written and as compared."""
    found: set[str] = set()
    people = pl.concat(
        [
            frame.select("ho_ten", "so_dinh_danh", "name_key", "name_plain")
            for name, frame in outputs(workspace).items()
            if name.endswith("/mentions")
        ]
    )
    for column in people.columns:
        found |= {value for value in people[column].drop_nulls() if len(value) >= 9}
    assert len(found) > 500
    return found


def test_files_are_for_their_owner_alone(office: tuple[Workspace, str]) -> None:
    workspace, _ = office
    made = [p for folder in (workspace.runs, workspace.reports) for p in folder.rglob("*")] + [
        workspace.ledger_path
    ]
    wrong = [p.name for p in made if stat.S_IMODE(p.stat().st_mode) != (0o700 if p.is_dir() else 0o600)]
    assert wrong == []


def test_nothing_printed_logged_or_named_tells_a_person(office: tuple[Workspace, str]) -> None:
    workspace, printed = office
    texts = [printed, *(p.read_text(encoding="utf-8") for p in workspace.runs.rglob("*.json*"))]
    texts += [p.read_text(encoding="utf-8") for p in workspace.reports.rglob("*.json")]
    texts += [p.as_posix() for folder in (workspace.runs, workspace.reports) for p in folder.rglob("*")]
    text = "\n".join(texts)
    assert "hong.xlsx" in text
    assert {secret for secret in secrets(workspace) if secret in text} == set()
    assert re.findall(r"(?<![0-9a-f.])\d{12}(?![0-9a-f])", text) == []
    assert re.findall(r"\b\d{2}/\d{2}/(?:19\d\d|200\d|201\d)\b", text) == []


def test_a_communes_outputs_hold_no_person_of_another(office: tuple[Workspace, str]) -> None:
    workspace, _ = office
    tables = outputs(workspace)
    records = {
        name.split("/")[0]: set(frame["record_id"])
        for name, frame in tables.items()
        if name.endswith("/records")
    }
    assert len(records) >= 2
    for name, frame in tables.items():
        code, table = name.split("/")
        if "record_id" in frame.columns:
            assert set(frame["record_id"].drop_nulls()) <= records[code], table
    for path in workspace.reports.rglob("*.xlsx"):
        others = {r for code, its in records.items() if code != path.parent.name for r in its} - records[
            path.parent.name
        ]
        book = load_workbook(path, read_only=True)
        ids = {
            str(row[0])
            for sheet in book
            for row in sheet.iter_rows(min_row=2, max_col=1, values_only=True)
            if row and row[0]
        }
        assert {i for i in ids if i.split("|")[0] in others} == set()


def test_names_of_another_commune_stand_in_no_workbook(office: tuple[Workspace, str]) -> None:
    workspace, _ = office
    tables = outputs(workspace)
    mentions = {name.split("/")[0]: frame for name, frame in tables.items() if name.endswith("/mentions")}
    extract = pl.read_parquet(next(workspace.inbox_population.glob("*.parquet")))
    # the extract may be looked at by every commune of the area; who stands in another's books alone may not
    residents = {n for c in extract.columns if c.endswith("oTen") for n in extract[c].drop_nulls()}
    for path in workspace.reports.rglob("*.xlsx"):
        own = set(mentions[path.parent.name]["ho_ten"].drop_nulls())
        for column in ("ho_ten_cha", "ho_ten_me", "ho_ten_vo_chong"):
            own |= set(mentions[path.parent.name][column].drop_nulls())
        foreign = {
            n
            for code, frame in mentions.items()
            if code != path.parent.name
            for n in frame["ho_ten"].drop_nulls()
        }
        known = "\n".join(own | residents)
        foreign = {n for n in foreign if n not in known}
        assert foreign
        shown = "\n".join(
            str(cell)
            for sheet in load_workbook(path, read_only=True)
            for row in sheet.iter_rows(values_only=True)
            for cell in row
            if cell
        )
        assert {name for name in foreign if len(name) > 8 and name in shown} == set()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("030085001234", "030•••••1234"),
        ("số 142123456 và 030085001234", "số 142•••••3456 và 030•••••1234"),
        ("15/08/1985", "15/08/1985"),
        ("KS.10918.2016.01.52", "KS.10918.2016.01.52"),
    ],
)
def test_masking_hides_the_middle_of_a_number_and_nothing_else(text: str, shown: str) -> None:
    assert pl.select(masked(pl.lit(text))).item() == shown
