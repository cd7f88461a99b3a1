"""Commands of the office above the communes: ``scorecard`` every morning, ``weekly`` every Friday."""

from __future__ import annotations

import datetime as dt
import json
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from reconcile.problems import ReconcileError

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from reconcile.quality.history import History
    from reconcile.quality.settings import Office
    from reconcile.workspace import Workspace

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
    folders: Annotated[
        list[Path],
        typer.Argument(
            metavar="[WORKSPACE | RUN...]", help="The workspace, or output folders of reconcile run."
        ),
    ] = [Path()],  # noqa: B006 - typer wants a plain default and never changes it
    until: Annotated[str | None, typer.Option(help="Show the state of this day. Default: today.")] = None,
    gate: Annotated[
        bool,
        typer.Option(
            "--gate", help="Exit with 1 where a target is missed beyond doubt or a contract is broken."
        ),
    ] = False,
    expectations: Annotated[
        bool,
        typer.Option(
            "--expectations", help="Also check targets with Great Expectations and write its Data Docs."
        ),
    ] = False,
    inputs: Annotated[
        bool,
        typer.Option(
            "--inputs",
            help="Also check the input contracts of every commune of the newest run; writes Data Docs.",
        ),
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option(help="Folder to write; default: reports/scorecard, ./scorecard for plain runs."),
    ] = None,
    area: Annotated[str, typer.Option(help="Name of the area, for plain runs.")] = "Khu vực",
    as_json: AsJson = False,
) -> None:
    """Data-quality scorecard of the area and of each commune: HTML, xlsx, JSON."""
    from reconcile.quality.gate import missed_targets
    from reconcile.quality.office import is_run
    from reconcile.quality.publish import write_scorecard
    from reconcile.workspace import Workspace

    plain = is_run(folders[0])
    if len(folders) > 1 and not plain:
        raise ReconcileError("Give one workspace, or the output folders of several runs.")
    made = _OfRuns(folders, until, area) if plain else _OfWorkspace(Workspace.open(folders[0]), until)
    target = out or (
        made.workspace.reports / "scorecard" if isinstance(made, _OfWorkspace) else Path("scorecard")
    )
    with made.locked():
        past, office, signed = made.collect()
        card = write_scorecard(past, target, office)
        if isinstance(made, _OfWorkspace):
            made.workspace.audit("scorecard", day=made.day, communes=len(card["communes"]))
        missed = missed_targets(card)
        broken: list[str] = []
        if expectations or inputs:
            from reconcile.quality.cells import input_frames
            from reconcile.quality.expectations import check

            frames = input_frames(made.parts()) if inputs else None
            if frames == {}:
                raise ReconcileError(
                    "No run keeps its records, so no input can be checked. Run reconcile nightly first."
                )
            told = check(
                target / "data-docs",
                card=card if expectations else None,
                measures=past.now if expectations else None,
                inputs=frames,
            )
            broken = [text for text in told if text.partition(":")[0] not in {m.split()[0] for m in missed}]
    lines = [f"Scorecard: {target / 'index.html'}"]
    lines += [f"Target missed: {text}" for text in missed]
    lines += [f"Contract broken: {text}" for text in broken]
    _tell(
        {
            "page": str(target / "index.html"),
            "day": card["day"],
            "communes": len(card["communes"]),
            "targets_missed": missed,
            "contracts_broken": broken,
            "books_signed": signed,
        },
        lines,
        as_json=as_json,
    )
    if gate and (missed or broken):
        raise typer.Exit(1)


class _OfWorkspace:
    """The measures of a workspace, brought up to date."""

    def __init__(self, workspace: Workspace, until: str | None) -> None:
        self.workspace, self.day = workspace, _day(until)
        self.today = until is None or self.day >= dt.date.today()  # noqa: DTZ011 - the office's own calendar day

    def locked(self) -> AbstractContextManager[None]:
        return self.workspace.lock("scorecard")

    def parts(self) -> list[Path]:
        from reconcile.quality.runs_kept import finished_runs, parts_of

        runs = finished_runs(self.workspace.runs)
        return parts_of(runs[-1][0]) if runs else []

    def collect(self) -> tuple[History, Office, int]:
        from reconcile.quality.books import books_of, take_lists, write_lists
        from reconcile.quality.office import collect, measures_folder, office_of
        from reconcile.quality.publish import history_of

        office = office_of(self.workspace, day=self.day)
        taken = take_lists(self.workspace)
        for line in taken.lines() if taken.taken or taken.refused else []:
            typer.echo(line, err=True)
        books = books_of(self.workspace)
        if self.today:
            collect(self.workspace, day=self.day, books=books)
        signed = write_lists(self.workspace, office, books)
        return history_of(measures_folder(self.workspace), self.day), office, signed


class _OfRuns:
    """The measures of plain runs, without any workspace."""

    def __init__(self, folders: list[Path], until: str | None, area: str) -> None:
        self.folders, self.until, self.area = folders, None if until is None else _day(until), area

    def locked(self) -> AbstractContextManager[None]:
        return nullcontext()

    def parts(self) -> list[Path]:
        return []

    def collect(self) -> tuple[History, Office, int]:
        from reconcile.quality.history import of_frames
        from reconcile.quality.office import measures_of_runs
        from reconcile.quality.settings import Office

        measured = measures_of_runs(self.folders)
        if self.until is not None:
            measured = measured.filter(measured["day"] <= self.until)
        if measured.is_empty():
            raise ReconcileError("Nothing was measured by that day. Give a later --until.")
        past = of_frames(measured)
        return past, Office(self.area, day=past.day), 0


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
        opened.audit("weekly", week=made.friday, files=len(made.files), sent=send)
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
