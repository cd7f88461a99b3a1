"""Write the scorecard of an office: page, pages of communes, workbook, JSON. Appears whole or not at all."""

from __future__ import annotations

import json
import os
import shutil
from typing import TYPE_CHECKING, Any

from reconcile.problems import ReconcileError
from reconcile.quality.card import as_json, scorecard
from reconcile.quality.card_workbook import write_card
from reconcile.quality.history import History, history
from reconcile.quality.page import commune_file, commune_page, index_page

if TYPE_CHECKING:
    import datetime as dt
    from pathlib import Path

    from reconcile.quality.settings import Office


def history_of(measures: Path, until: dt.date | None = None) -> History:
    """Return what was measured until a day. Raises ReconcileError where nothing was measured yet."""
    past = history(measures, until=until)
    if past is None:
        raise ReconcileError(
            "Nothing was measured yet. Run reconcile nightly first, then reconcile scorecard again."
        )
    return past


def write_scorecard(
    measures: Path | History, out: Path, office: Office, *, until: dt.date | None = None
) -> dict[str, Any]:
    """Write the scorecard of the measures kept in ``measures`` into ``out``; return it as data.

    Raises ReconcileError where nothing was measured yet.
    """
    past = measures if isinstance(measures, History) else history_of(measures, until)
    card = scorecard(past, office)
    out.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    partial = out.parent / f".{out.name}.partial-{os.getpid()}"
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(mode=0o700)
    try:
        (partial / "index.html").write_text(index_page(card), encoding="utf-8")
        for commune in card["communes"]:
            (partial / commune_file(commune)).write_text(commune_page(card, commune), encoding="utf-8")
        write_card(partial / "scorecard.xlsx", card, past.now)
        (partial / "scorecard.json").write_text(
            json.dumps(as_json(card), ensure_ascii=False, indent=1), encoding="utf-8"
        )
        for entry in partial.iterdir():
            entry.chmod(0o600)
        _replace(partial, out)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return card


def _replace(partial: Path, out: Path) -> None:
    """Put the finished folder in the place of the old one: a scorecard can always be made again, so none is kept."""
    aside = out.parent / f".{out.name}.previous-{os.getpid()}"
    if out.exists():
        out.rename(aside)
    partial.rename(out)
    shutil.rmtree(aside, ignore_errors=True)
