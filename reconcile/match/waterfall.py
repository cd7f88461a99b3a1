"""A waterfall chart of one pair: how each field moves the match weight, as an SVG text that needs nothing else."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

from reconcile.match.settings import Settings, load_settings

if TYPE_CHECKING:
    from collections.abc import Mapping

_WIDTH, _ROW, _LABEL, _PAD = 760, 24, 300, 60
_FOR, _AGAINST, _SUM = "#2f7d4f", "#b3423a", "#44546a"


def waterfall(candidate: Mapping[str, Any], settings: Settings | None = None) -> str:
    """Return an SVG for one row of ``candidates``. Bars run from the sum so far to the sum after the field.

    Labels are the evidence titles of the rules: no name, date or number of a person appears.
    """
    rules = settings or load_settings()
    steps: list[tuple[str, float, float, str]] = []
    total = 0.0
    for evidence in rules.evidence:
        code = candidate.get(f"evidence_{evidence.name}")
        if code is None:
            continue
        weight = float(candidate.get(f"weight_{evidence.name}") or 0.0)
        title = next((level.title for level in evidence.levels if level.code == code), str(code))
        steps.append((f"{evidence.title}: {title}", total, total + weight, _FOR if weight >= 0 else _AGAINST))
        total += weight
    steps.append(("Tổng trọng số", 0.0, total, _SUM))
    ends = [0.0, *(x for _, a, b, _ in steps for x in (a, b))]
    low, high = min(ends), max(ends)
    scale = (_WIDTH - _LABEL - _PAD) / max(1.0, high - low)
    rows = [_bar(i, *step, low=low, scale=scale) for i, step in enumerate(steps)]
    height = _ROW * len(steps) + 16
    zero = _LABEL + (0.0 - low) * scale
    axis = f'<line x1="{zero:.1f}" y1="4" x2="{zero:.1f}" y2="{height - 8}" stroke="#999" stroke-dasharray="2 3"/>'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" height="{height}" '
        f'role="img" aria-label="Trọng số theo từng trường" font-family="sans-serif" font-size="12">'
        f"{axis}{''.join(rows)}</svg>"
    )


def _bar(index: int, label: str, start: float, end: float, colour: str, *, low: float, scale: float) -> str:
    y = 8 + index * _ROW
    left, right = sorted((_LABEL + (start - low) * scale, _LABEL + (end - low) * scale))
    short = label if len(label) <= 46 else label[:45] + "…"
    value = f"{end - start:+.1f}".replace(".", ",").replace("-", "−")
    return (
        f'<text x="{_LABEL - 8}" y="{y + 13}" text-anchor="end"><title>{escape(label)}</title>{escape(short)}</text>'
        f'<rect x="{left:.1f}" y="{y}" width="{max(1.0, right - left):.1f}" height="{_ROW - 8}" fill="{colour}"/>'
        f'<text x="{right + 4:.1f}" y="{y + 13}">{value}</text>'
    )
