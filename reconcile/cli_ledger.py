"""Commands about decisions: ``apply``, ``log``, ``undo``, ``ledger verify|backup|restore``."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from reconcile.counting import counted
from reconcile.problems import ReconcileError

Json = Annotated[bool, typer.Option("--json", help="Print the summary as JSON for programs.")]
Where = Annotated[Path, typer.Option("--workspace", "-w", help="The workspace; default: the current folder.")]


def apply(
    targets: Annotated[
        list[Path],
        typer.Argument(
            metavar="[WORKSPACE] [WORKBOOK]...",
            help="The workspace, then returned workbooks; without workbooks: all in inbox/decisions.",
        ),
    ] = [Path()],  # noqa: B006 - typer wants a plain default and never changes it
    run: Annotated[
        Path | None,
        typer.Option(help="Folder of a run (reconcile run --out) whose questions the ledger lacks."),
    ] = None,
    returned: Annotated[
        Path | None,
        typer.Option(help="Folder for annotated copies; default: reports/tra-lai in the workspace."),
    ] = None,
    password_file: Annotated[
        Path | None, typer.Option(help="File whose first line is the password of encrypted workbooks.")
    ] = None,
    again: Annotated[bool, typer.Option("--again", help="Take rows once more that were undone.")] = False,
    as_json: Json = False,
) -> None:
    """Read clerks' decisions back: each filled row is taken once, or refused with its reason."""
    from reconcile.ledger import Ledger
    from reconcile.ledger.applying import apply_workbooks
    from reconcile.ledger.runs import record_run_folder
    from reconcile.quality.books import apply_lists
    from reconcile.quality.readiness_workbook import is_list
    from reconcile.workspace import user

    workspace, workbooks = _workspace_and_files(targets)
    if not workbooks:
        workbooks = sorted(workspace.inbox_decisions.glob("*.xlsx"))
    password = password_of(password_file)
    lists = [path for path in workbooks if is_list(path, password=password)]
    workbooks = [path for path in workbooks if path not in lists]
    with workspace.lock("apply"), Ledger.open(workspace.ledger_path, who=user()) as ledger:
        if run is not None:
            record_run_folder(ledger, run, who=user())
        if workbooks and ledger.cases().is_empty():
            raise ReconcileError(
                "The ledger knows no question yet, so no answer can be checked. Run reconcile nightly first, or name "
                "the run that wrote the workbooks: --run FOLDER."
            )
        done = apply_workbooks(
            ledger,
            workbooks,
            returned=returned or workspace.reports / "tra-lai",
            password=password,
            again=again,
            who=user(),
        )
        workspace.audit(
            "apply",
            files=len(workbooks),
            taken=done.counted("taken"),
            refused=done.counted("refused"),
            entry=done.entry,
        )
        signed = apply_lists(workspace, ledger, lists, password=password) if lists else None
        if signed is not None:
            workspace.audit(
                "sign", lists=len(lists), taken=signed.taken, refused=len(signed.refused), entry=signed.entry
            )
    if as_json:
        told = done.as_dict() | ({} if signed is None else {"signatures": signed.as_dict()})
        _print(json.dumps(told, ensure_ascii=False, indent=1, default=str))
    else:
        if not workbooks and not lists:
            typer.echo(f"There is no workbook in {workspace.inbox_decisions}: nothing to take.")
        for line in [*(_told(done) if workbooks else []), *(signed.lines() if signed else [])]:
            typer.echo(line)
        for path, why in [*done.files.items(), *(signed.files.items() if signed else ())]:
            typer.echo(f"{path}: {why}", err=True)
    raise typer.Exit(max(done.exit_status, signed.exit_status if signed else 0))


def _told(done: Any) -> list[str]:
    refused = [o for o in done.outcomes if o.status == "refused"]
    lines = [
        f"{counted(done.counted('taken'), 'decision')} taken, {done.counted('repeated'):,} known already, {len(refused):,} refused."
    ]
    groups = sum(o.covered for o in done.outcomes if o.status == "taken") - done.counted("taken")
    if groups > 0:
        lines.append(f"Decisions of groups cover {counted(groups, 'further row')}.")
    lines += [f"{file}, trang {sheet}: {n} dòng đã bị xóa, sẽ được hỏi lại." for file, its in done.missing.items() for sheet, n in its.items()]  # fmt: skip
    lines += [f"{o.row.place}: {o.reason}" for o in refused[:20]]
    if len(refused) > 20:
        lines.append(f"… and {len(refused) - 20} more; all are in the annotated copies.")
    return lines + [f"Annotated copy: {path}" for path in done.copies]


def log(
    targets: Annotated[
        list[str], typer.Argument(metavar="[WORKSPACE] RECORD", help="A record id, or the id of a question.")
    ],
    language: Annotated[str, typer.Option("--language", "-l", help="vi or en.")] = "vi",
    as_json: Json = False,
) -> None:
    """Tell the story of a record: what was asked, who decided what from which file, what was undone."""
    from reconcile.ledger.story import as_json as lines_of_json
    from reconcile.ledger.story import story
    from reconcile.workspace import Workspace

    if language not in ("vi", "en"):
        raise ReconcileError("--language is vi or en.")
    if len(targets) > 2:
        raise ReconcileError("Give one record: reconcile log [WORKSPACE] RECORD.")
    if len(targets) == 1 and (Path(targets[0]) / "reconcile.toml").is_file():
        raise ReconcileError(
            f"Name a record as well: reconcile log {targets[0]} RECORD. Its id stands in links.parquet."
        )
    folder = Path(targets[0]) if len(targets) == 2 else Path()
    with _ledger(folder) as ledger:
        lines, objects = story(ledger, targets[-1], language)
    Workspace.open(folder).audit("log", found=len(objects))
    _print(lines_of_json(objects) if as_json else "\n".join(lines))
    raise typer.Exit(0 if objects else 1)


def undo(
    decisions: Annotated[
        list[str],
        typer.Argument(metavar="[WORKSPACE] DECISION...", help="Numbers of decisions, such as 12.3."),
    ],
    note: Annotated[str, typer.Option(help="Why; kept in the ledger.")] = "",
    by: Annotated[str | None, typer.Option(help="Who decided to undo.")] = None,
    as_json: Json = False,
) -> None:
    """Undo decisions; the decision of a group with all rows that follow it. Their questions are asked again."""
    from reconcile.workspace import Workspace, user

    folder = Path()
    if Path(decisions[0]).is_dir():
        folder, decisions = Path(decisions[0]), decisions[1:]
    if not decisions:
        raise ReconcileError("Name at least one decision; reconcile log RECORD shows their numbers.")
    workspace = Workspace.open(folder)
    with workspace.lock("undo"), _ledger(folder) as ledger:
        undone = ledger.undo(decisions, note=note, by=by or user(), who=user())
        workspace.audit("undo", decisions=decisions, rows=undone.height)
    if as_json:
        _print(json.dumps({"undone": undone["decision_id"].to_list()}, ensure_ascii=False))
    else:
        typer.echo(f"{counted(undone.height, 'decision')} undone. What was replaced counts again.")


keeping = typer.Typer(help="The ledger itself: verify, backup, restore.", no_args_is_help=True)
Workplace = Annotated[Path, typer.Argument(help="The workspace; default: the current folder.")]


@keeping.command()
def verify(workspace: Workplace = Path()) -> None:
    """Check the chain of hashes: nothing was changed, dropped or slipped in."""
    with _ledger(workspace) as ledger:
        faults, entries = ledger.verify(), ledger.journal().height
    if faults:
        for fault in faults:
            typer.echo(fault, err=True)
        raise typer.Exit(1)
    typer.echo(f"The ledger is whole: {entries} entries.")


@keeping.command()
def backup(
    target: Annotated[Path, typer.Argument(help="New file for the copy.")], workspace: Where = Path()
) -> None:
    """Write a checked copy of the ledger to a new file."""
    from reconcile.ledger.backup import backup as copy
    from reconcile.workspace import Workspace

    place = Workspace.open(workspace)
    entries = copy(place.ledger_path, target)
    place.audit("backup", entries=entries)
    typer.echo(f"{target} written: {entries} entries, checked.")


@keeping.command()
def restore(
    source: Annotated[Path, typer.Argument(help="A copy made by reconcile ledger backup.")],
    workspace: Where = Path(),
) -> None:
    """Put a copy back; the present ledger is set aside beside it, never deleted."""
    from reconcile.ledger.backup import restore as put_back
    from reconcile.publishing import file_sha256
    from reconcile.workspace import Workspace

    place = Workspace.open(workspace)
    with place.lock("restore"):
        aside = put_back(place.ledger_path, source)
        place.audit("restore", sha256=file_sha256(source))
    typer.echo(f"{source} put back." + (f" The ledger before it is now {aside}." if aside else ""))


def _ledger(folder: Path) -> Any:
    from reconcile.ledger import Ledger
    from reconcile.workspace import Workspace

    path = Workspace.open(folder).ledger_path
    if not path.is_file():
        raise ReconcileError(f"There is no ledger {path} yet. reconcile nightly makes it.")
    return Ledger.open(path)


def _workspace_and_files(targets: list[Path]) -> tuple[Any, list[Path]]:
    """Read ``[WORKSPACE] WORKBOOK…``: the first is the workspace where it is a folder."""
    from reconcile.workspace import Workspace

    if targets and targets[0].is_dir():
        return Workspace.open(targets[0]), targets[1:]
    return Workspace.open(Path()), targets


def password_of(file: Path | None) -> str | None:
    """Return the first line of a file; None where no file is given."""
    if file is None:
        return None
    try:
        return file.read_text(encoding="utf-8").splitlines()[0]
    except (OSError, IndexError, UnicodeDecodeError) as error:
        raise ReconcileError(f"{file} holds no password in its first line.") from error


def _print(text: str) -> None:
    sys.stdout.write(text + "\n")


def register(app: typer.Typer) -> None:
    """Add the commands to the program."""
    app.command()(apply)
    app.command()(log)
    app.command()(undo)
    app.add_typer(keeping, name="ledger")
