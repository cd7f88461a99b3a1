"""Intervals of shares: three rows say little, and a small commune must not be shamed by them."""

from __future__ import annotations

import math

Z = 1.959963984540054
"""Two-sided 95 %."""

FEWEST = 30
"""Cases below which no target counts as missed: with targets near 1 one bad row of three would already do."""


def wilson(numerator: int, denominator: int) -> tuple[float, float]:
    """Return lower and upper end of the 95 % interval of a share (Wilson 1927, score interval), both within 0..1.

    Without any case the interval is the whole 0..1.
    """
    if denominator <= 0:
        return 0.0, 1.0
    share = numerator / denominator
    centre = (share + Z * Z / (2 * denominator)) / (1 + Z * Z / denominator)
    spread = math.sqrt(share * (1 - share) / denominator + Z * Z / (4 * denominator**2))
    half = Z * spread / (1 + Z * Z / denominator)
    return max(0.0, centre - half), min(1.0, centre + half)


def verdict(numerator: int, denominator: int, target: float | None) -> str:
    """Return ``met``, ``missed`` or ``open`` (too few cases to tell) or ``none`` (no target, no case).

    ``missed`` only where there are ``FEWEST`` cases and even the upper end of the interval lies below the target.
    """
    if target is None or denominator <= 0:
        return "none"
    if numerator >= target * denominator - 1e-9:
        return "met"
    return "missed" if denominator >= FEWEST and wilson(numerator, denominator)[1] < target else "open"
