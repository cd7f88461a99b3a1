"""Commands of an office that works every night: ``init``, ``nightly``, ``status``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

WorkspaceFolder = Annotated[Path, typer.Argument(help="The workspace; default: the current folder.")]


def init(
    workspace: Annotated[Path, typer.Argument(help="Folder to make.")],
) -> None:
    """Make a workspace: a commented reconcile.toml, the inbox, the reports."""
    from reconcile.workspace import init_workspace

    made = init_workspace(workspace)
    typer.echo(
        f"{made.root / 'reconcile.toml'} written. Edit it, put registers into {made.inbox_civil} and the extract into "
        f"{made.inbox_population}, then: reconcile nightly {workspace}"
    )


def register(app: typer.Typer) -> None:
    """Add the commands to the program."""
    app.command()(init)
