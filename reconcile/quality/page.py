"""The scorecard as HTML: one self-contained page for the area, one for each commune."""

from __future__ import annotations

import datetime as dt
import math
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reconcile.quality import svg
from reconcile.quality.knowledge import knowledge
from reconcile.quality.tables import DIMENSIONS
from reconcile.quality.words import number, percent, signed, word

if TYPE_CHECKING:
    from jinja2 import Environment

TEMPLATES = Path(__file__).parent / "templates"


@lru_cache(maxsize=1)
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    known = knowledge()
    titles = [known.dimensions[d]["title"] for d in DIMENSIONS]
    made.globals |= {
        "css": Markup((TEMPLATES / "page.css").read_text(encoding="utf-8")),  # noqa: S704 - our own file
        "js": Markup((TEMPLATES / "page.js").read_text(encoding="utf-8")),  # noqa: S704 - our own file
        "word": word,
        "number": number,
        "number_up": lambda value: number(math.ceil(value)),
        "percent": percent,
        "signed": signed,
        "trend": svg.trend,
        "interval": svg.interval,
        "stacked": svg.stacked,
        "dimensions": titles,
        "dimension_keys": list(DIMENSIONS),
        "dimension_title": lambda key: known.dimensions[key]["title"],
        "bands": [f"<={end}" for end in known.bands] + [f">{known.bands[-1]}"],
        "band_title": _band_title,
        "date_text": lambda text: f"{dt.date.fromisoformat(text):%d/%m/%Y}",
    }
    return made


def _band_title(band: str) -> str:
    if band.startswith(">"):
        return f"Trên {band[1:]} ngày"
    end = int(band[2:])
    before = [b for b in knowledge().bands if b < end]
    return f"{before[-1] + 1}–{end} ngày" if before else f"Đến {end} ngày"


def index_page(card: dict[str, Any]) -> str:
    """Return the area's page as HTML."""
    return _environment().get_template("index.html.jinja").render(card=card)


def commune_page(card: dict[str, Any], commune: str) -> str:
    """Return one commune's page as HTML."""
    template = _environment().get_template("commune.html.jinja")
    return template.render(c=card["communes"][commune], area=card["area"]["name"], day=card["day"])


def commune_file(commune: str) -> str:
    """Return the file name of a commune's page."""
    return f"xa-{commune or 'khong-ro'}.html"
