"""An encrypted office: everything works with the key, nothing can be read without, nothing lies about in the clear."""

from __future__ import annotations

import json
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest
from typer.testing import CliRunner

from reconcile import cli
from reconcile.ledger import Ledger
from reconcile.nightly.rekeying import rekey
from reconcile.problems import ReconcileError
from reconcile.protection import files, keyring
from reconcile.protection.keyring import Key
from reconcile.protection.office import WrongPasswordError, decrypted, encrypted, is_encrypted
from reconcile.protection.sealing import key_id_of
from reconcile.protection.unlocking import key_in, write_key
from reconcile.report import layout
from reconcile.synthetic import make
from reconcile.workspace import Workspace, init_workspace

COUNTS_ALONE = ("scorecard",)
"""Folders of the reports that are not encrypted."""

opened_for_writing: list[str] = []


def _hook(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "open" and watching and isinstance(arguments[2], int) and arguments[2] & 0b11:
        opened_for_writing.append(str(arguments[0]))


watching: list[bool] = []
sys.addaudithook(_hook)


def run(*words: str) -> Any:
    app = cli.register_rooms()
    return CliRunner().invoke(app, list(words))


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """An encrypted office after a night, a returned workbook, an export, a scorecard and a weekly report."""
    folder = tmp_path_factory.mktemp("encrypted")
    made = make(250, "development", 1, communes=2)
    made.write(folder / "made", "xlsx")
    workspace = init_workspace(folder / "office", key_file=folder / "keys" / "office.key")
    shutil.copytree(folder / "made" / "civil", workspace.inbox_civil, dirs_exist_ok=True)
    shutil.copy(folder / "made" / "population.xlsx", workspace.inbox_population)
    watching.append(True)
    night = run("nightly", str(workspace.root))
    assert night.exit_code == 0, night.output
    watching.clear()
    fill_in(workspace)
    watching.append(True)
    for words in (
        ("apply", str(workspace.root)),
        ("nightly", str(workspace.root)),
        ("export", str(workspace.root), "hotich"),
        ("export", str(workspace.root), "template"),
        ("scorecard", str(workspace.root)),
        ("weekly", str(workspace.root), "--send"),
        ("status", str(workspace.root)),
        ("ledger", "verify", str(workspace.root)),
    ):
        done = run(*words)
        assert done.exit_code in (0, 1), (words, done.output, done.exception)
        assert not done.exception or isinstance(done.exception, SystemExit), (words, done.exception)
    watching.clear()
    yield workspace
    keyring.release(workspace.places())


def fill_in(workspace: Workspace) -> None:
    """A clerk opens a commune's workbook with its password, answers, renames it and sends it back encrypted.

    The second answer can't be taken: a copy comes back.
    """
    source = min(workspace.reports.glob("1*/*.xlsx"))
    key = workspace.key()
    assert key is not None
    book = openpyxl.load_workbook(files.read_office(source))
    sheet = layout.DISCREPANCIES
    page = book[sheet.title]
    answers = [("Sửa hộ tịch", "Lê Thị Đúng Rồi"), ("không phải kết luận", "x")]
    for row, (conclusion, by) in zip(range(2, page.max_row + 1), answers, strict=False):
        page.cell(row, sheet.index("ket_luan") + 1).value = conclusion
        page.cell(row, sheet.index("nguoi_xu_ly") + 1).value = by
    plain = workspace.root.parent / "clerk.xlsx"
    book.save(plain)
    target = workspace.inbox_decisions / "trả lại.xlsx"
    target.write_bytes(encrypted(plain.read_bytes(), key.password(source.parent.name)))


def protected(workspace: Workspace) -> list[Path]:
    found = [p for place in workspace.places() for p in ([place] if place.is_file() else place.rglob("*"))]
    return [p for p in found if p.is_file()]


def people(workspace: Workspace) -> set[str]:
    frames = [files.read_table(p) for p in workspace.runs.rglob("mentions.parquet")]
    frame = pl.concat([f.select("ho_ten", "so_dinh_danh", "name_key", "ngay_sinh") for f in frames])
    found = {value for column in frame.columns for value in frame[column].drop_nulls() if len(value) >= 8}
    assert len(found) > 300
    return found | {"Lê Thị Đúng Rồi"}


def test_every_command_works_with_the_key_and_decisions_are_taken(office: Workspace) -> None:
    with Ledger.open(office.ledger_path) as ledger:
        decided = ledger.decisions()
    assert decided["decided_by"].to_list() == ["Lê Thị Đúng Rồi"]
    told = run("log", str(office.root), decided["record_id"][0])
    assert "Lê Thị Đúng Rồi" in told.output
    assert "000002" in run("status", str(office.root)).output
    assert (office.reports / "scorecard" / "index.html").is_file()


def test_no_name_date_or_number_lies_in_the_clear(office: Workspace) -> None:
    secrets = people(office)
    needles = [s.encode(code) for s in secrets for code in ("utf-8", "utf-16-le")]
    leaks = []
    for path in protected(office):
        content = path.read_bytes()
        sealed = key_id_of(path) is not None or is_encrypted(content)
        readable = path == office.audit_path or path.parent.name in COUNTS_ALONE or path.name == ".lock"
        assert sealed or readable, path.relative_to(office.root)
        if path.suffix == ".xlsx" and not sealed:
            book = openpyxl.load_workbook(path, read_only=True)
            content = "\n".join(
                str(c) for s in book for r in s.iter_rows(values_only=True) for c in r
            ).encode()
        leaks += [path.name for needle in needles if needle in content]
    assert leaks == []


def test_nothing_was_written_to_temporary_files_or_outside_the_workspace(office: Workspace) -> None:
    own = str(office.root)
    elsewhere = {
        p
        for p in opened_for_writing
        if not p.startswith(own) and "clerk.xlsx" not in p and p.startswith("/tmp")
    }
    assert [p for p in opened_for_writing if p.startswith(own)], "the hook sees nothing"
    assert elsewhere == set()


def test_files_and_folders_are_for_their_owner_alone(office: Workspace) -> None:
    for path in protected(office):
        assert path.stat().st_mode & 0o077 == 0, path
        assert path.parent.stat().st_mode & 0o077 == 0, path.parent


def test_a_commune_can_open_its_own_workbooks_only(office: Workspace) -> None:
    key = office.key()
    assert key is not None
    books = [
        p for p in protected(office) if p.suffix in (".xlsx", ".docx") and p.parent.name not in COUNTS_ALONE
    ]
    names = {p.name.split("_")[0] for p in books}
    assert names >= {"doi-soat", "bao-cao", "san-sang", "sua-ho-tich"}
    assert any(p.name.endswith("_chua-nhan.xlsx") for p in books)
    for path in books:
        mine = keyring.owner_of(path)
        if path.parent.name == "tra-lai":
            continue  # its name is the one that the clerk gave
        assert decrypted(path.read_bytes(), key.password(mine))[:2] == b"PK"
    communes = keyring.owners()
    assert len(communes) >= 2
    one = next(p for p in books if p.parent.name == communes[0])
    with pytest.raises(WrongPasswordError):
        decrypted(one.read_bytes(), key.password(communes[1]))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("missing", "Không đọc được tệp khóa"),
        ("other", "Sai khóa"),
        ("unnamed", "khai báo key_file"),
        ("broken", "khóa mã hóa không đúng dạng|Khóa mã hóa không đúng dạng"),
    ],
)
def test_without_the_right_key_every_command_refuses_and_changes_nothing(
    office: Workspace, change: str, told: str
) -> None:
    config, key_file = office.root / "reconcile.toml", office.config.encryption.key_file
    assert key_file is not None
    before = {p: p.stat().st_mtime_ns for p in protected(office)}
    text, key = config.read_text(encoding="utf-8"), key_file.read_text(encoding="ascii")
    try:
        if change == "missing":
            key_file.unlink()
        elif change == "other":
            key_file.write_text(Key.new().text(), encoding="ascii")
        elif change == "broken":
            key_file.write_text("not a key", encoding="ascii")
        else:
            config.write_text(text.replace("key_file = ", "# key_file = ", 1), encoding="utf-8")
        for words in ("nightly", "status", "apply", "scorecard", "weekly"):
            done = run(words, str(office.root))
            assert isinstance(done.exception, ReconcileError), (words, done.output)
            assert re.search(told, str(done.exception)), done.exception
            assert key.strip() not in str(done.exception)
    finally:
        config.write_text(text, encoding="utf-8")
        key_file.unlink(missing_ok=True)
        write_key(key_file, Key.parse(key))
    assert {p: p.stat().st_mtime_ns for p in protected(office)} == before


def test_the_exit_status_of_a_wrong_key_is_that_of_wrong_configuration(office: Workspace) -> None:
    import subprocess

    other = office.root.parent / "keys" / "other.key"
    write_key(other, Key.new())
    config = office.root / "reconcile.toml"
    text = config.read_text(encoding="utf-8")
    config.write_text(text.replace("office.key", "other.key", 1), encoding="utf-8")
    try:
        done = subprocess.run(
            [sys.executable, "-m", "reconcile", "status", str(office.root)],
            capture_output=True,
            text=True,
            check=False,
        )
    finally:
        config.write_text(text, encoding="utf-8")
    assert done.returncode == 2
    assert "Wrong key" in done.stderr
    assert "Traceback" not in done.stderr


def test_unsealing_is_told_in_the_audit_trail(office: Workspace, tmp_path: Path) -> None:
    found = [p for p in protected(office) if "export" in p.parts and p.suffix in (".xlsx", ".rcseal")]
    assert found
    out = tmp_path / "plain"
    done = run("unseal", *map(str, found[:1]), "--out", str(out), "-w", str(office.root))
    assert done.exit_code == 0, done.output
    (plain,) = out.iterdir()
    assert plain.stat().st_mode & 0o077 == 0
    assert plain.read_bytes()[:2] in (b"PK", b"<!")
    told = json.loads(run("audit", str(office.root), "--json", "--last", "0").output)
    assert told["broken"] == []
    assert told["lines"][-1]["action"] == "open"
    assert {line["action"] for line in told["lines"]} >= {"nightly", "apply", "export", "scorecard", "weekly"}
    refused = run("unseal", str(found[0]), "--out", str(office.reports / "plain"), "-w", str(office.root))
    assert isinstance(refused.exception, ReconcileError)


def test_a_changed_audit_trail_is_seen(office: Workspace) -> None:
    path = office.audit_path
    whole = path.read_bytes()
    lines = whole.split(b"\n")
    try:
        path.write_bytes(b"\n".join([*lines[:1], *lines[2:]]))
        done = run("audit", str(office.root))
        assert done.exit_code == 1
        assert "Line 2 does not follow" in done.output
    finally:
        path.write_bytes(whole)


def test_the_key_can_be_changed_taken_away_and_given_again(office: Workspace) -> None:
    old = office.key()
    assert old is not None
    tables = {p.relative_to(office.root): files.read_table(p) for p in office.runs.glob("0*/*/links.parquet")}
    new_file = office.root.parent / "keys" / "new.key"
    write_key(new_file, Key.new())
    done = run("key", "rotate", str(new_file), "-w", str(office.root))
    assert done.exit_code == 0, (done.output, done.exception)
    with pytest.raises(ReconcileError, match="Wrong key"):
        Workspace.open(office.root)
    again = configure_key(office, "office.key", "new.key")
    new = again.key()
    assert new is not None
    for path in protected(again):
        assert key_id_of(path) in (None, new.id)
    for name, frame in tables.items():
        assert files.read_table(again.root / name).equals(frame)
    with Ledger.open(again.ledger_path) as ledger:
        assert ledger.verify() == []
    night = run("nightly", str(again.root))
    assert "held" not in night.output, "nobody changed a workbook"
    assert run("key", "decrypt", str(again.root)).exit_code == 0
    text = (again.root / "reconcile.toml").read_text(encoding="utf-8")
    (again.root / "reconcile.toml").write_text(
        text.replace("key_file = ", "# key_file = ", 1), encoding="utf-8"
    )
    plain = Workspace.open(again.root)
    assert [p for p in protected(plain) if key_id_of(p) or is_encrypted(p.read_bytes())] == []
    (again.root / "reconcile.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ReconcileError, match="not encrypted yet"):
        Workspace.open(again.root)
    locked = Workspace.open(again.root, locked=True)
    rekey(locked, None, key_in(new_file))
    configure_key(locked, "new.key", "new.key")
    rekey(Workspace.open(again.root), new, old)
    configure_key(locked, "new.key", "office.key")


def configure_key(workspace: Workspace, before: str, after: str) -> Workspace:
    file = workspace.root / "reconcile.toml"
    text = file.read_text(encoding="utf-8")
    if before != after:
        workspace = Workspace.open(workspace.root, locked=True)
        file.write_text(text.replace(before, after, 1), encoding="utf-8")
    return Workspace.open(workspace.root)
