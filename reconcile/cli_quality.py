"""Commands of the office above the communes: ``scorecard`` every morning, ``weekly`` every Friday."""

from __future__ import annotations

import datetime as dt
import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from reconcile.problems import ReconcileError

WorkspaceFolder = Annotated[Path, typer.Argument(help="The workspace; default: the current folder.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the summary as JSON for programs.")]


def _day(text: str | None) -> dt.date:
    if text is None:
        return dt.date.today()  # noqa: DTZ011 - the office's own calendar day
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise ReconcileError(f"'{text}' is not a date. Write it as 2026-11-22.") from error


def scorecard(
    workspace: WorkspaceFolder = Path(),
    until: Annotated[str | None, typer.Option(help="Show the state of this day. Default: today.")] = None,
    gate: Annotated[
        bool, typer.Option("--gate", help="Exit with 1 where a target is missed beyond doubt.")
    ] = False,
    expectations: Annotated[
        bool,
        typer.Option(
            "--expectations", help="Also check targets with Great Expectations and write its Data Docs."
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Data-quality scorecard of the area and of each commune: HTML, xlsx, JSON."""
    from reconcile.quality.gate import missed_targets
    from reconcile.quality.office import collect, measures_folder, office_of, write_lists
    from reconcile.quality.publish import write_scorecard
    from reconcile.workspace import Workspace

    opened = Workspace.open(workspace)
    day = _day(until)
    office = office_of(opened, day=day)
    with opened.lock("scorecard"):
        if until is None or day >= dt.date.today():  # noqa: DTZ011 - the office's own calendar day
            collect(opened, day=day)
        out = opened.reports / "scorecard"
        card = write_scorecard(measures_folder(opened), out, office, until=day)
        signed = write_lists(opened, office)
        missed = missed_targets(card)
        if expectations:
            from reconcile.quality.expectations import check_targets

            missed = sorted({*missed, *check_targets(card, out / "data-docs")})
    _tell(
        {
            "page": str(out / "index.html"),
            "day": card["day"],
            "communes": len(card["communes"]),
            "targets_missed": missed,
            "books_signed": signed,
        },
        [f"Scorecard: {out / 'index.html'}", *(f"Target missed: {text}" for text in missed)],
        as_json=as_json,
    )
    if gate and missed:
        raise typer.Exit(1)


def weekly(
    workspace: WorkspaceFolder = Path(),
    until: Annotated[str | None, typer.Option(help="A day of the week to report. Default: today.")] = None,
    send: Annotated[
        bool, typer.Option("--send", help="Freeze the report as sent; a later change becomes a correction.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Write the Friday report of the area and of each commune: xlsx and docx."""
    from reconcile.quality.office import collect, measures_folder, office_of
    from reconcile.quality.weekly_publish import write_weekly
    from reconcile.workspace import Workspace

    opened = Workspace.open(workspace)
    day = _day(until)
    with opened.lock("weekly"):
        if until is None:
            collect(opened, day=day)
        made = write_weekly(
            measures_folder(opened),
            opened.reports / "weekly",
            office_of(opened, day=day),
            until=day,
            send=send,
        )
    lines = [f"Report: {path}" for path in made.files]
    if made.corrections:
        lines.append(
            f"{made.corrections} numbers changed since the report was sent; a correction was written."
        )
    if made.frozen:
        lines.append("The week is frozen: it was sent. Nothing in it was changed.")
    _tell(
        {
            "week": made.friday,
            "files": [str(f) for f in made.files],
            "frozen": made.frozen,
            "corrections": made.corrections,
        },
        lines,
        as_json=as_json,
    )


def _tell(summary: dict[str, Any], lines: list[str], *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(json.dumps(summary, ensure_ascii=False, indent=1, default=str) + "\n")
        return
    for line in lines:
        typer.echo(line)


def register(app: typer.Typer) -> None:
    """Add the commands to the program."""
    app.command()(scorecard)
    app.command()(weekly)
