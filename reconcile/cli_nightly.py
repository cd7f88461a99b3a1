"""Commands of an office that works every night: ``init``, ``nightly``, ``status``."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

Json = Annotated[bool, typer.Option("--json", help="Print the summary as JSON for programs.")]

WorkspaceFolder = Annotated[Path, typer.Argument(help="The workspace; default: the current folder.")]


def init(
    workspace: Annotated[Path, typer.Argument(help="Folder to make.")],
    encrypt: Annotated[
        Path | None,
        typer.Option(
            help="Encrypt ledger, runs and reports with the key in this file; made where it is missing."
        ),
    ] = None,
) -> None:
    """Make a workspace: a commented reconcile.toml, the inbox, the reports."""
    from reconcile.workspace import init_workspace

    made = init_workspace(workspace, key_file=encrypt)
    if encrypt is not None:
        typer.echo(f"Encrypted with the key in {encrypt}. Keep a copy of it in a safe place.")
    typer.echo(
        f"{made.root / 'reconcile.toml'} written. Edit it, put registers into {made.inbox_civil} and the extract into "
        f"{made.inbox_population}, then: reconcile nightly {workspace}"
    )


def nightly(
    workspace: WorkspaceFolder = Path(),
    commune: Annotated[list[str] | None, typer.Option(help="Only this commune (may be given again).")] = None,
    jobs: Annotated[int | None, typer.Option(min=1, help="Communes worked on at once.")] = None,
    full: Annotated[
        bool, typer.Option("--full", help="Work everything out again; the answers are the same.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Work on what changed since the last night; publish each commune's report whole."""
    from reconcile.nightly import run_night
    from reconcile.workspace import Workspace

    opened = Workspace.open(workspace)
    with _progress() as told:
        result = run_night(opened, communes=commune or (), jobs=jobs, full=full, told=told)
    if as_json:
        sys.stdout.write(json.dumps(result.manifest, ensure_ascii=False, indent=1, default=str) + "\n")
    else:
        for line in summary_lines(result.manifest):
            typer.echo(line)
    for line in problem_lines(result.manifest):
        typer.echo(line, err=True)
    raise typer.Exit(result.exit_status)


def status(workspace: WorkspaceFolder = Path(), as_json: Json = False) -> None:
    """Tell what happened last night, what is stale, what to do."""
    from reconcile.nightly.status import status_of
    from reconcile.workspace import Workspace

    told = status_of(Workspace.open(workspace))
    if as_json:
        sys.stdout.write(json.dumps(told.as_dict(), ensure_ascii=False, indent=1, default=str) + "\n")
    else:
        for line in told.lines():
            typer.echo(line)
    raise typer.Exit(1 if told.todo else 0)


def summary_lines(manifest: dict[str, Any]) -> list[str]:
    """Return one line per commune and one for the night; no personal data."""
    lines = []
    for code, unit in manifest["communes"].items():
        if "records" in unit:
            tiers = unit["mentions"]
            counts = (
                f"{unit['records']:>8,} records  {tiers['match']:>8,} found  {tiers['review']:>6,} to confirm  "
                f"{unit['discrepancies']:>7,} differences"
            )
        else:
            counts = ""
        reason = f"  {unit['reason']}" if unit.get("reason") else ""
        lines.append(f"{code:<9} {unit['outcome']:<9} {counts}{reason}".rstrip())
    outcomes = [unit["outcome"] for unit in manifest["communes"].values()]
    counted = ", ".join(
        f"{outcomes.count(o)} {o}" for o in ("new", "unchanged", "held", "failed") if o in outcomes
    )
    lines += [f"{manifest['run_id']}: {counted or 'no commune'}; {manifest['seconds']:.1f} s"]
    return lines + [f"Note: {note}" for note in manifest["notes"]]


def problem_lines(manifest: dict[str, Any]) -> list[str]:
    """Return one line per file that could not be used and per commune set aside."""
    files = [f"{name}: {one['problem']}" for name, one in manifest["inputs"].items() if one.get("problem")]
    return files + [
        f"{code}: {unit['outcome']}, its last good report stays. {unit['reason']}"
        for code, unit in manifest["communes"].items()
        if unit["outcome"] in {"held", "failed"}
    ]


def _progress() -> Any:
    """Return a context that yields a callback: a bar on a terminal, nothing elsewhere."""
    from contextlib import contextmanager, nullcontext

    if not sys.stderr.isatty():
        return nullcontext(None)

    @contextmanager
    def bar() -> Any:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
        with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
            shown = progress.add_task("…", total=None)

            def told(what: str, done: int = 0, of: int | None = None) -> None:
                progress.update(shown, description=what, completed=done, total=of)

            yield told

    return bar()


def register(app: typer.Typer) -> None:
    """Add the commands to the program."""
    for command in (init, nightly, status):
        app.command()(command)
