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
    from reconcile.normalize.places import as_day

    try:
        return as_day(text)
    except ValueError as error:
        raise ReconcileError(
            f"--date '{text}' is not a date. Write it as 1985-06-30, 1985-06 or 1985."
        ) from error


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
    if any(c.isdigit() for c in text):
        date = reader.date(text)
        if date.value is not None or (date.doubtful and not any(c.isalpha() for c in text)):
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
        f"    {key}: {'; '.join(map(_shown, item)) if isinstance(item, list) else item}"
        for key, item in reading.items()
        if key not in {"input", "kind", "value", "doubtful"} and item not in (None, [], (), "")
    ]
    return "\n".join([head, *rest]) + "\n"


def _shown(item: Any) -> str:
    """Return an entry of a list as text: a unit as its name, code and time in force."""
    if not isinstance(item, dict):
        return str(item)
    since, until = item["valid_from"], item["valid_to"]
    when = " – ".join(filter(None, [since or "…", until or ("today" if since else None)]))
    return f"{item['name']} ({item['code'] or 'no code'}, {when})"


SHOWN_FORMS = 3
"""Written forms shown beside a reading."""


def _print_column(
    file: Path, column: str, kind: Kind, font: str | None, day: dt.date | None, *, as_json: bool
) -> None:
    from reconcile.ingest.cells import read_column

    counted: Iterable[tuple[str, int]] = read_column(file, column)
    rows = [{**read_as(kind, text, font=font, date=day), "count": n} for text, n in counted]
    rows.sort(key=lambda r: (not _to_look_at(r), -r["count"], r["input"]))
    if as_json:
        for row in rows:
            sys.stdout.write(json.dumps(row, ensure_ascii=False, default=str) + "\n")
        return
    sys.stdout.write("\n".join(column_report(rows)) + "\n")


def _to_look_at(reading: dict[str, Any]) -> bool:
    return bool(reading["doubtful"]) or reading["value"] is None


def column_report(rows: list[dict[str, Any]]) -> list[str]:
    """Return the lines for a person: what is doubtful or unreadable, then the readings, most frequent first.

    ``rows``: readings of the distinct texts with their ``count``.
    """
    unsure = [r for r in rows if _to_look_at(r)]
    forms: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        if not _to_look_at(row):
            forms.setdefault(str(row["value"]), []).append(row)
    total, looked = (sum(r["count"] for r in group) for group in (rows, unsure))
    lines = [
        f"{total} filled cells, {len(rows)} distinct texts, {len(forms)} distinct sure readings;",
        f"{looked} cells ({len(unsure)} texts) are doubtful or can not be read.",
    ]
    if unsure:
        lines += ["", "Doubtful (?) or not read (✗):"]
    for row in unsure:
        mark = "✗" if row["value"] is None else "?"
        notes = f"  [{', '.join(row['notes'])}]" if row["notes"] else ""
        lines.append(f"{mark} {row['count']:>7}  {row['input']}  →  {row['value'] or '–'}{notes}")
    if forms:
        lines += ["", "Readings  ←  as written:"]
    ranked = sorted(forms.items(), key=lambda f: (-sum(r["count"] for r in f[1]), f[0]))
    for value, group in ranked:
        written = [r["input"] for r in group[:SHOWN_FORMS]]
        more = f" and {len(group) - SHOWN_FORMS} more" if len(group) > SHOWN_FORMS else ""
        alone = "" if written == [value] else f"  ←  {' | '.join(written)}{more}"
        name = next(
            (f" {u['name']}" for u in reversed(group[0].get("units") or []) if u["code"] == value), ""
        )
        lines.append(f"  {sum(r['count'] for r in group):>7}  {value}{name}{alone}")
    return lines
