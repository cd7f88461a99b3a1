"""The ``normalize`` command: how the engine reads a name, a date, a place, a number."""

from __future__ import annotations

import datetime as dt
import json
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from reconcile.problems import ReconcileError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


class Kind(StrEnum):
    """What a text is read as."""

    name = "name"
    text = "text"
    date = "date"
    place = "place"
    id = "id"
    number_words = "number-words"


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("normalize")(normalize)


def normalize(
    texts: Annotated[list[str] | None, typer.Argument(metavar="TEXT…", help="Texts to read.")] = None,
    kind: Annotated[
        Kind | None, typer.Option(help="What the texts are; default: a guess from each text's shape.")
    ] = None,
    file: Annotated[
        Path | None, typer.Option(help="Read one text per line of this file; with --column: a table.")
    ] = None,
    column: Annotated[
        str | None,
        typer.Option(help="Column of --file: its distinct readings, doubtful and frequent ones first."),
    ] = None,
    font: Annotated[str | None, typer.Option(help="The cell's font (kind text), such as .VnTime.")] = None,
    date: Annotated[str | None, typer.Option(help="Day at which a place is meant, 1985-06-30.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per text.")] = False,
) -> None:
    """Show how the engine reads names, dates, places and numbers."""
    day = _day(date)
    if column is not None:
        if file is None:
            raise ReconcileError("--column names a column of a file: give --file as well.")
        _print_column(file, column, kind or Kind.name, font, day, as_json=as_json)
        return
    lines = list(texts or [])
    if file is not None:
        lines += _lines(file)
    if not lines:
        raise ReconcileError("Give at least one TEXT, or --file with one text per line.")
    for line in lines:
        reading = read_as(kind or guess(line), line, font=font, date=day)
        sys.stdout.write(
            json.dumps(reading, ensure_ascii=False, default=str) + "\n" if as_json else describe(reading)
        )


def _day(text: str | None) -> dt.date | None:
    if text is None:
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise ReconcileError(f"--date '{text}' is not a date. Write it as 1985-06-30.") from error


def _lines(file: Path) -> list[str]:
    try:
        return file.read_text(encoding="utf-8-sig").splitlines()
    except FileNotFoundError as error:
        raise ReconcileError(f"There is no file {file}. Check the path.") from error
    except UnicodeDecodeError as error:
        raise ReconcileError(
            f"{file} is not UTF-8 text. Save it as UTF-8, or use --column for a table."
        ) from error


def guess(text: str) -> Kind:
    """Return what a text most likely is, from its shape alone."""
    import re

    from reconcile import normalize as reader

    digits = re.sub(r"[\s.]", "", text)
    if digits.isdigit() and len(digits) in {9, 11, 12}:
        return Kind.id
    if any(c.isdigit() for c in text) and reader.date(text).value is not None:
        return Kind.date
    lowered = text.lower()
    if "," in text or any(
        w in lowered for w in ("xã ", "huyện", "tỉnh", "phường", "thị trấn", "thành phố", "quận")
    ):
        return Kind.place
    if reader.date(text).value is not None:
        return Kind.date
    return Kind.number_words if reader.number_words(text).value is not None else Kind.name


def read_as(kind: Kind, text: str, *, font: str | None, date: dt.date | None) -> dict[str, Any]:
    """Return the reading of one text as the contract's JSON object, with ``kind`` added behind."""
    from reconcile import normalize as reader

    readers: dict[Kind, Callable[[], Any]] = {
        Kind.name: lambda: reader.name(text),
        Kind.text: lambda: reader.text(text, font=font),
        Kind.date: lambda: reader.date(text),
        Kind.place: lambda: reader.place(text, date=date),
        Kind.id: lambda: reader.id(text),
        Kind.number_words: lambda: reader.number_words(text),
    }
    return {**readers[kind]().as_dict(), "kind": kind.value}


def describe(reading: dict[str, Any]) -> str:
    """Return a reading as a few lines for a person."""
    value = reading["value"]
    head = f"{reading['input']!r} as {reading['kind']}: {'can not be read' if value is None else value}"
    if reading.get("doubtful"):
        head += "  (doubtful)"
    rest = [
        f"    {key}: {', '.join(map(str, item)) if isinstance(item, list) else item}"
        for key, item in reading.items()
        if key not in {"input", "kind", "value", "doubtful"} and item not in (None, [], (), "")
    ]
    return "\n".join([head, *rest]) + "\n"


def _print_column(
    file: Path, column: str, kind: Kind, font: str | None, day: dt.date | None, *, as_json: bool
) -> None:
    from reconcile.ingest.cells import read_column

    counted: Iterable[tuple[str, int]] = read_column(file, column)
    rows = [{**read_as(kind, text, font=font, date=day), "count": n} for text, n in counted]
    rows.sort(key=lambda r: (not r.get("doubtful"), r["value"] is not None, -r["count"], r["input"]))
    if as_json:
        for row in rows:
            sys.stdout.write(json.dumps(row, ensure_ascii=False, default=str) + "\n")
        return
    doubtful = [r for r in rows if r.get("doubtful") or r["value"] is None]
    total = sum(r["count"] for r in rows)
    typer.echo(
        f"{total} cells, {len(rows)} distinct readings, {len(doubtful)} of them doubtful or unreadable:"
    )
    for row in rows:
        mark = "?" if row.get("doubtful") else ("✗" if row["value"] is None else " ")
        notes = ", ".join(row.get("notes") or [])
        typer.echo(
            f"{mark} {row['count']:>7}  {row['input']}  →  {row['value'] or ''}"
            + (f"  [{notes}]" if notes else "")
        )
