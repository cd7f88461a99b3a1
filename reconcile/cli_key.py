"""Commands about protection: ``key``, ``unseal``, ``audit``."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from reconcile.problems import ReconcileError

Workplace = Annotated[Path, typer.Argument(help="The workspace; default: the current folder.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]

keys = typer.Typer(
    help="Encryption at rest: make a key, encrypt, change the key, decrypt, tell passwords.",
    no_args_is_help=True,
)


@keys.command()
def new(file: Annotated[Path, typer.Argument(help="New file for the key, outside the workspace.")]) -> None:
    """Make a key. Keep a copy in a safe place: without it nothing can be read back."""
    from reconcile.protection.keyring import Key
    from reconcile.protection.unlocking import write_key

    made = Key.new()
    write_key(file, made)
    typer.echo(
        f"{file} written: key {made.id[:8]}. Keep a copy of it apart from the workspace and its backups."
    )


@keys.command()
def encrypt(workspace: Workplace = Path()) -> None:
    """Encrypt ledger, runs and reports of a workspace with the key that its reconcile.toml names."""
    from reconcile.nightly.rekeying import rekey
    from reconcile.workspace import Workspace

    opened = Workspace.open(workspace, locked=True)
    key = opened.key()
    if key is None:
        raise ReconcileError(
            "reconcile.toml names no key. Make one (reconcile key new FILE) and name it in [encryption], key_file."
        )
    known = opened.encrypted_with()
    if known not in (None, key.id):
        raise ReconcileError("The workspace has another key already. Change it: reconcile key rotate.")
    changed = rekey(opened, None, key)
    typer.echo(
        f"{changed} files encrypted with key {key.id[:8]}. Earlier backups and the inbox are as they were. "
        "The next night works everything out again."
    )


@keys.command()
def rotate(
    new_key: Annotated[
        Path, typer.Argument(metavar="NEWKEY", help="File with the new key (reconcile key new).")
    ],
    workspace: Annotated[Path, typer.Option("--workspace", "-w", help="The workspace.")] = Path(),
) -> None:
    """Give the workspace another key. Passwords of workbooks change with it."""
    from reconcile.nightly.rekeying import rekey
    from reconcile.protection.unlocking import key_in
    from reconcile.workspace import Workspace

    opened = Workspace.open(workspace)
    old, fresh = opened.key(), key_in(new_key)
    if old is None:
        raise ReconcileError("The workspace is not encrypted. Encrypt it: reconcile key encrypt.")
    changed = rekey(opened, old, fresh)
    typer.echo(
        f"{changed} files now have key {fresh.id[:8]}. Name it in reconcile.toml: "
        f'key_file = "{new_key.absolute()}". Backups made before need key {old.id[:8]}: keep it with them.'
    )


@keys.command()
def decrypt(workspace: Workplace = Path()) -> None:
    """Decrypt a workspace: everything in it is plain afterwards."""
    from reconcile.nightly.rekeying import rekey
    from reconcile.workspace import Workspace

    opened = Workspace.open(workspace)
    old = opened.key()
    if old is None:
        raise ReconcileError("The workspace is not encrypted.")
    changed = rekey(opened, old, None)
    typer.echo(f"{changed} files decrypted. Take key_file and key_variable out of reconcile.toml.")


@keys.command()
def passwords(
    workspace: Workplace = Path(),
    commune: Annotated[list[str] | None, typer.Option(help="Only this commune (code).")] = None,
    as_json: Json = False,
) -> None:
    """Tell the passwords of the workbooks: one per commune, one of the area. Give each commune its own alone."""
    from reconcile.protection.keyring import AREA, owners
    from reconcile.workspace import Workspace

    opened = Workspace.open(workspace)
    key = opened.key()
    if key is None:
        raise ReconcileError("The workspace is not encrypted: its workbooks have no password.")
    wanted = commune or [*sorted({*opened.config.names(), *owners()}), AREA]
    opened.audit("passwords", of=wanted)
    told = {owner: key.password(owner) for owner in wanted}
    if as_json:
        _print(told)
    else:
        for owner, password in told.items():
            typer.echo(f"{owner:<10} {password}")


def unseal(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Encrypted files of the workspace.")],
    out: Annotated[Path, typer.Option(help="Folder for the plain copies, outside the workspace.")],
    workspace: Annotated[Path, typer.Option("--workspace", "-w", help="The workspace.")] = Path(),
) -> None:
    """Write plain copies of encrypted files (exports, reports, tables); the audit trail tells who did."""
    from reconcile.protection.files import opened as content_of
    from reconcile.protection.files import private_copy
    from reconcile.protection.keyring import key_for
    from reconcile.protection.sealing import SUFFIX
    from reconcile.publishing import file_sha256
    from reconcile.workspace import Workspace, private_folder

    place = Workspace.open(workspace)
    missing = [str(f) for f in files if not f.is_file()]
    if missing:
        raise ReconcileError(f"There is no such file: {', '.join(missing)}.")
    private_folder(out)
    if key_for(out) is not None:
        raise ReconcileError(f"{out} lies in the encrypted workspace. Give --out a folder elsewhere.")
    for file in files:
        target = out / file.name.removesuffix(SUFFIX)
        content = content_of(file)
        place.audit("open", file=_told_name(file, place.root), sha256=file_sha256(file))
        try:
            private_copy(content, target)
        except FileExistsError as error:
            raise ReconcileError(f"{target} exists already. Give --out another folder.") from error
        typer.echo(f"{target} written in the clear. Delete it when it is no longer needed.")


def _told_name(file: Path, root: Path) -> str:
    """Return the name below the workspace; only the ending of a file from elsewhere, whose name anybody may have chosen."""
    try:
        return file.absolute().relative_to(root).as_posix()
    except ValueError:
        return f"*{file.suffix}"


def audit(
    workspace: Workplace = Path(),
    last: Annotated[int, typer.Option(min=0, help="Only so many of the newest lines; 0: all.")] = 50,
    as_json: Json = False,
) -> None:
    """Tell who ran, applied, exported, opened what, and whether the trail is whole."""
    from reconcile.workspace import Workspace
    from reconcile.workspace_audit import CHAIN, read_trail

    lines, broken = read_trail(Workspace.open(workspace, locked=True).audit_path)
    shown = lines[-last:] if last else lines
    if as_json:
        _print({"lines": shown, "broken": broken})
    else:
        for line in shown:
            facts = {k: v for k, v in line.items() if k not in ("at", "who", "action", CHAIN)}
            told = "  ".join(f"{k}={json.dumps(v, ensure_ascii=False)}" for k, v in facts.items())
            typer.echo(f"{line['at']}  {line['who']:<12} {line['action']:<10} {told}".rstrip())
        for number in broken:
            typer.echo(
                f"Line {number} does not follow from the one before: the trail was changed there.", err=True
            )
    raise typer.Exit(1 if broken else 0)


def _print(value: Any) -> None:
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=1, default=str) + "\n")


def register(app: typer.Typer) -> None:
    """Add the commands to the program."""
    app.add_typer(keys, name="key")
    app.command()(unseal)
    app.command()(audit)
