"""The ``explain`` command: why a record was, or was not, matched."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer


def explain(
    workspace: Annotated[Path, typer.Argument(help="A workspace, or the folder of 'reconcile run --out'.")],
    record: Annotated[str, typer.Argument(help="The record's id, such as KS.10918.2016.01.52.")],
    role: Annotated[str | None, typer.Option(help="Only this person of the record: nks, me, cha …")] = None,
    svg: Annotated[
        Path | None, typer.Option(help="Write the best candidate's waterfall chart there.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False,
) -> None:
    """Say why a record was, or was not, matched: each evidence with its weight, the total, the runner-up."""
    from reconcile.match.waterfall import waterfall
    from reconcile.report.explanation import as_text, explain_record
    from reconcile.workspace import CONFIG, Workspace

    if (workspace / CONFIG).is_file():
        Workspace.open(workspace).audit("explain", record=record)
    told = explain_record(workspace, record, role)
    if svg is not None:
        best = next((mention["candidates"][0]["row"] for mention in told if mention["candidates"]), None)
        if best is None:
            typer.echo("No candidate was weighed for this record, so there is no chart.", err=True)
        else:
            svg.write_text(waterfall(best), encoding="utf-8")
    if as_json:
        for mention in told:
            for candidate in mention["candidates"]:
                del candidate["row"]
        sys.stdout.write(json.dumps(told, ensure_ascii=False, indent=1, default=str) + "\n")
    else:
        typer.echo(as_text(told))


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("explain")(explain)
