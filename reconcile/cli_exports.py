"""Commands by which corrections leave: ``export`` and ``scans``."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from reconcile.counting import counted
from reconcile.problems import ReconcileError

_KINDS = ("hotich", "dancu", "template")
Json = Annotated[bool, typer.Option("--json", help="Print the summary as JSON for programs.")]


def register(app: typer.Typer) -> None:
    """Add the commands to the program."""
    app.command("export")(export)
    app.command("scans")(scans)


def export(
    arguments: Annotated[
        list[str],
        typer.Argument(metavar="[WORKSPACE] KIND", help="Workspace (default: here), and what to export."),
    ],
    out: Annotated[
        Path | None, typer.Option(help="Folder for the answer; default: WORKSPACE/reports/export/KIND.")
    ] = None,
    commune: Annotated[
        list[str] | None, typer.Option(help="Only this commune (code); may be repeated.")
    ] = None,
    scans: Annotated[
        list[Path] | None, typer.Option(help="Folder of scanned pages; default: the workspace's.")
    ] = None,
    rows: Annotated[
        str, typer.Option(help="template: corrected rows, all rows of the books with one (books), or all.")
    ] = "corrected",
    as_json: Json = False,
) -> None:
    """Write the clerks' corrections: hotich (list for the register), dancu (list for the commune police), template (corrected rows for re-import)."""
    place, kind = _place_and_kind(arguments)

    from reconcile.exports import export as write
    from reconcile.ledger import Ledger
    from reconcile.workspace import Workspace

    workspace = Workspace.open(place)
    folders = scans or ([workspace.scans] if workspace.scans is not None else [])
    with workspace.lock("export"):
        if not workspace.ledger_path.exists():
            raise ReconcileError(
                f"{workspace.root} has no decisions yet. Read returned workbooks first: reconcile apply {place} WORKBOOK…"
            )
        with Ledger.open(workspace.ledger_path) as ledger:
            decisions = ledger.decisions()
        target = out or workspace.reports / "export" / kind
        result = write(
            kind,
            decisions,
            workspace.inbox_civil,
            target,
            scans=folders,
            communes=commune or (),
            rows=rows,
            root=workspace.inbox_civil,
        )
        workspace.audit("export", kind=kind, out=str(target), counts=result.summary["counts"])
    _tell(result, as_json=as_json)
    raise typer.Exit(result.exit_status)


def _place_and_kind(arguments: list[str]) -> tuple[Path, str]:
    """Return the workspace and the kind; the workspace may be left out."""
    if len(arguments) == 1:
        arguments = [".", *arguments]
    if len(arguments) != 2 or arguments[1] not in _KINDS:
        raise ReconcileError(
            f"Say what to export: reconcile export [WORKSPACE] {'|'.join(_KINDS)}. Example: reconcile export . dancu"
        )
    return Path(arguments[0]), arguments[1]


def _tell(result: Any, *, as_json: bool) -> None:
    if as_json:
        _print_json(result.summary)
        return
    counts = result.summary["counts"]
    typer.echo(
        f"{counted(counts['corrections'], 'correction')}, {counted(len(result.files), 'file')} in {result.out}"
    )
    if counts.get("rows"):
        typer.echo(
            f"{counted(counts['rows'], 'row')} in {counted(counts['books'], 'book')}, {counted(counts['pages'], 'scanned page')} packed"
        )
    if counts.get("not_placed"):
        typer.echo(
            f"{counted(counts['not_placed'], 'correction names', 'corrections name')} no cell that could be changed; each is listed with its reason.",
            err=True,
        )
    for key, words in (
        ("cells_to_check", "cells are not as the template wants them"),
        ("scan_problems", "pages are missing or wrong"),
    ):
        if counts.get(key):
            typer.echo(f"{counts[key]} {words}; see kiem-tra_<commune>.html", err=True)


def scans(
    folders: Annotated[list[Path], typer.Argument(metavar="FOLDER…", help="Folders of scanned pages (PDF).")],
    civil: Annotated[
        list[Path] | None,
        typer.Option(help="Register files or folders: tells which record has no page; may be repeated."),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Write the list to this .xlsx file.")] = None,
    as_json: Json = False,
) -> None:
    """List missing, misnamed, duplicated or unreadable pages."""
    from reconcile.exports.scanning import check, summary, write_list

    found, problems = check(folders, civil)
    told = summary(found, problems)
    if out is not None:
        write_list(out, problems)
    if as_json:
        _print_json({**told, "problems": problems.to_dicts()})
    else:
        typer.echo(f"{told['pages']} pages, {told['records']} records" if civil else f"{told['pages']} pages")
        for code, words, count in told["by_code"]:
            typer.echo(f"{count:>7}  {code}  {words}")
        if out is not None:
            typer.echo(f"List: {out}")
        elif problems.height:
            for row in problems.head(20).iter_rows(named=True):
                typer.echo(f"{row['code']}: {row['file'] or row['expected'] or row['record_id']}")
            if problems.height > 20:
                typer.echo(f"… and {problems.height - 20} more; --out list.xlsx writes them all")
    raise typer.Exit(1 if problems.height else 0)


def _print_json(value: Any) -> None:
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=1, default=str) + "\n")
