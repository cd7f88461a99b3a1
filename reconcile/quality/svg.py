"""Small pictures as inline SVG: a trend over days, a share with interval and target. No script, no file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from markupsafe import Markup, escape

from reconcile.quality.words import number, percent

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

WIDTH, HEIGHT, EDGE = 220, 44, 4


def trend(points: Sequence[tuple[dt.date, float]], title: str, *, share: bool = True) -> Markup:
    """Return a line over days with its first and last value in words, for those who can't see it."""
    if len(points) < 2:
        return Markup('<span class="quiet">chưa đủ hai lần chạy</span>')
    values = [v for _, v in points]
    low, high = min(values), max(values)
    least = 0.02 if share else 1.0
    if high - low < least:
        middle = (low + high) / 2
        low, high = middle - least / 2, middle + least / 2
    first, last = points[0][0], points[-1][0]
    days = max(1, (last - first).days)

    def at(day: dt.date, value: float) -> str:
        x = EDGE + (WIDTH - 2 * EDGE) * (day - first).days / days
        y = HEIGHT - EDGE - (HEIGHT - 2 * EDGE) * (value - low) / (high - low)
        return f"{x:.1f},{y:.1f}"

    def said(value: float) -> str:
        return percent(value) if share else number(value)

    line = " ".join(at(day, value) for day, value in points)
    end_x, end_y = at(last, values[-1]).split(",")
    label = f"{title}: {said(values[0])} ngày {first:%d/%m}, {said(values[-1])} ngày {last:%d/%m}"
    return Markup(  # noqa: S704 - every text in it is escaped
        f'<svg class="trend" viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="xMinYMid meet" role="img" aria-label="{escape(label)}">'
        f'<polyline points="{line}"/><circle cx="{end_x}" cy="{end_y}" r="3"/></svg>'
    )


def interval(row: dict[str, Any]) -> Markup:
    """Return a bar of 0–100 %: the share, its 95 % interval as a paler band, the target as a tick."""
    if row["share"] is None:
        return Markup("")

    def x(share: float) -> str:
        return f"{share * 200:.1f}"

    target = row["target"]
    tick = "" if target is None else f'<line class="goal" x1="{x(target)}" x2="{x(target)}" y1="0" y2="14"/>'
    label = (
        f"{percent(row['share'])}, khoảng tin cậy 95 % từ {percent(row['low'])} đến {percent(row['high'])}"
    )
    if target is not None:
        label += f", chỉ tiêu {percent(target)}"
    wide = max(1.5, (row["high"] - row["low"]) * 200)
    return Markup(  # noqa: S704 - every text in it is escaped
        f'<svg class="bar {row["verdict"]}" viewBox="0 0 200 14" preserveAspectRatio="none" role="img" aria-label="{escape(label)}">'
        f'<rect class="ground" x="0" y="4" width="200" height="6"/>'
        f'<rect class="share" x="0" y="4" width="{x(row["share"])}" height="6"/>'
        f'<rect class="span" x="{x(row["low"])}" y="2" width="{wide:.1f}" height="10"/>{tick}</svg>'
    )


def stacked(parts: Sequence[tuple[str, str, int]]) -> Markup:
    """Return one bar made of parts (class, title, count) that add up to the whole."""
    whole = sum(n for _, _, n in parts)
    if not whole:
        return Markup("")
    label = "; ".join(f"{title} {number(n)}" for _, title, n in parts)
    drawn, start = [], 0.0
    for kind, _, n in parts:
        width = 200 * n / whole
        drawn.append(f'<rect class="{kind}" x="{start:.1f}" y="2" width="{width:.1f}" height="10"/>')
        start += width
    return Markup(  # noqa: S704 - every text in it is escaped
        f'<svg class="bar" viewBox="0 0 200 14" preserveAspectRatio="none" role="img" aria-label="{escape(label)}">'
        f"{''.join(drawn)}</svg>"
    )
