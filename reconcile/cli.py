"""The command line: parse, call one function, print. No logic.

Exit status: 0 done · 1 done, but some input was rejected · 2 bad arguments or configuration · 3 internal error.
Heavy modules are imported inside the commands, so that ``--help`` and ``normalize`` answer at once.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import sys
import traceback
from pathlib import Path
from typing import Annotated, Any

import typer

from reconcile import __version__
from reconcile.problems import ReconcileError

app = typer.Typer(
    name="reconcile",
    help="Makes two Vietnamese state registers agree: civil registers (sổ hộ tịch) and the population database.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Json = Annotated[bool, typer.Option("--json", help="Print the summary as JSON for programs.")]


def _day(text: str | None) -> dt.date | None:
    if text is None:
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise ReconcileError(f"'{text}' is not a date. Write it as 2026-11-22.") from error


def _print_json(value: Any) -> None:
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=1, default=str) + "\n")


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"reconcile {__version__}")
        raise typer.Exit


@app.callback()
def _main(
    _version_option: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass


@app.command()
def run(
    civil: Annotated[
        list[Path], typer.Argument(help="Register files (.xlsx .xls .csv .parquet) or folders of them.")
    ],
    population: Annotated[Path, typer.Option(help="The population extract (.parquet .csv .xlsx).")],
    out: Annotated[
        Path | None, typer.Option(help="Folder for the answers; it appears whole when the run is done.")
    ] = None,
    profile: Annotated[
        str | None, typer.Option(help="Force a source profile instead of recognising it.")
    ] = None,
    as_of: Annotated[str | None, typer.Option(help="Day the run is for, 2026-11-22. Default: today.")] = None,
    no_workbook: Annotated[bool, typer.Option("--no-workbook", help="Parquet and summary only.")] = False,
    scans: Annotated[Path | None, typer.Option(help="Folder of scanned pages to link to.")] = None,
    encrypt: Annotated[
        Path | None,
        typer.Option(help="Encrypt the workbooks with the password in the first line of this file."),
    ] = None,
    plan: Annotated[
        bool,
        typer.Option("--plan", help="Say what matching would do and cost (passes, keys, pairs), and stop."),
    ] = False,
    as_json: Json = False,
) -> None:
    """Match registers with a population extract and write the clerk's workbook."""
    from reconcile.cli_ledger import password_of
    from reconcile.run import plan_of
    from reconcile.run import run as run_once

    if plan:
        typer.echo(plan_of(civil, population, profile=profile, as_of=_day(as_of)))
        return
    if out is None:
        raise ReconcileError("Say where the answers go: --out FOLDER (or --plan to see what a run would do).")
    with _progress() as progress:
        result = run_once(
            civil,
            population,
            out,
            profile=profile,
            as_of=_day(as_of),
            workbook=not no_workbook,
            scans=scans,
            password=password_of(encrypt),
            progress=progress,
        )
    _tell(result, as_json=as_json)
    raise typer.Exit(result.exit_status)


@app.command()
def demo(
    folder: Annotated[Path, typer.Argument(help="Folder to make.")] = Path("demo"),
    as_json: Json = False,
) -> None:
    """Make a synthetic commune and run everything on it. No person in it is real."""
    from reconcile.run import run as run_once
    from reconcile.synthetic import make_demo

    made = make_demo(folder)
    with _progress() as progress:
        result = run_once(made.civil, made.population, folder / "out", progress=progress)
    _tell(result, as_json=as_json)
    if not as_json:
        typer.echo(
            "\nThe demo holds one broken file on purpose, so that you see how bad input is told."
            f"\nTry next: reconcile evaluate {folder / 'out' / 'links.parquet'} --truth {made.truth}"
        )


@app.command()
def evaluate(
    links: Annotated[Path, typer.Argument(help="links.parquet of a run.")],
    truth: Annotated[Path, typer.Option(help="The known pairs (truth/links.parquet of the generator).")],
    candidates: Annotated[
        Path | None, typer.Option(help="candidates.parquet; default: the one beside LINKS if it is there.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Precision and recall of a run against known pairs."""
    from reconcile.match.evaluation import evaluate_files, format_report

    report = evaluate_files(links, truth, candidates)
    if as_json:
        _print_json(report)
    else:
        typer.echo(format_report(report))


@app.command()
def profile(
    file: Annotated[Path, typer.Argument(help="A register or extract whose layout is not known yet.")],
    out: Annotated[Path | None, typer.Option(help="Write the proposal there instead of printing it.")] = None,
) -> None:
    """Propose a source profile (TOML, to be edited) for an unknown layout."""
    from reconcile.ingest import propose_profile

    text = propose_profile(file, None if out is None else out.stem)
    if out is None:
        typer.echo(text)
        return
    if out.exists():
        raise ReconcileError(f"{out} exists already. Give --out a new name.")
    out.write_text(text, encoding="utf-8")
    typer.echo(f"{out} written. Check every line that ends in '?', then pass --profile {out}.")


def _progress() -> Any:
    """Return a context that yields a callback: a spinner on a terminal, nothing elsewhere."""
    from contextlib import nullcontext

    if not sys.stderr.isatty():
        return nullcontext(None)
    from contextlib import contextmanager

    from rich.console import Console

    @contextmanager
    def spinner() -> Any:
        console = Console(stderr=True)
        with console.status("…") as status:
            yield lambda stage: status.update(f"{stage} …")

    return spinner()


def _tell(result: Any, *, as_json: bool) -> None:
    from reconcile.report.summary import console_lines

    if as_json:
        _print_json(result.summary)
        return
    for line in console_lines(result.summary):
        typer.echo(line)
    for path in result.workbooks[:5]:
        typer.echo(f"Workbook: {path}")
    if len(result.workbooks) > 5:
        typer.echo(f"… and {len(result.workbooks) - 5} more workbooks in {result.out}")
    rejected = result.summary["rejected"]
    _tell_some([*rejected["problems"], *rejected["cells"]], result.out / "rejected.parquet")


def _tell_some(problems: list[str], where: Path) -> None:
    """Print the first problems to stderr, files and rows before cells, and where the rest is."""
    for text in problems[:20]:
        typer.echo(text, err=True)
    if len(problems) > 20:
        typer.echo(f"… and {len(problems) - 20} more kinds and places; all are in {where}", err=True)


def register_rooms() -> typer.Typer:
    """Add every room's own commands to the program; return it."""
    from reconcile import (
        cli_explain,
        cli_exports,
        cli_key,
        cli_ledger,
        cli_nightly,
        cli_normalize,
        cli_quality,
    )

    for room in (cli_normalize, cli_explain, cli_nightly, cli_ledger, cli_exports, cli_quality, cli_key):
        room.register(app)
    return app


def main() -> None:
    """Entry point: turns every error into one message and an exit status, never a traceback."""
    os.umask(0o077)  # whatever a command writes holds citizens' data: for its owner alone
    register_rooms()
    try:
        app(standalone_mode=True)
    except ReconcileError as error:
        typer.echo(f"reconcile: {error}", err=True)
        sys.exit(2)
    except KeyboardInterrupt:
        typer.echo("reconcile: stopped; nothing was published.", err=True)
        sys.exit(130)
    except Exception as error:  # the last wall: a person must not meet a traceback
        if os.environ.get("RECONCILE_DEBUG"):
            raise
        # The message of an exception may hold a citizen's data: only its class and place are told.
        last = traceback.extract_tb(error.__traceback__)[-1]
        place = f"{Path(last.filename).name}:{last.lineno}"
        typer.echo(
            f"reconcile: internal error, {type(error).__name__} at {place}. Nothing was published. "
            "Please report this line; RECONCILE_DEBUG=1 shows the whole trace (it may hold people's data).",
            err=True,
        )
        sys.exit(3)


if __name__ == "__main__":
    main()
