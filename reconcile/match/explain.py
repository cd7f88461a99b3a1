"""Say in Vietnamese why a pair was proposed: one sentence per field of evidence, with its weight."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconcile.match.settings import Settings, load_settings

if TYPE_CHECKING:
    from collections.abc import Mapping

_STRONG, _WEAK = 6.0, 1.0  # log2 Bayes factor: 64 times, 2 times as likely
_MISSING = "không đủ dữ liệu để so"


def explain(candidate: Mapping[str, Any], settings: Settings | None = None) -> list[str]:
    """Return sentences for one row of ``candidates`` (a mapping with evidence_<field> and weight_<field>).

    The strongest evidence comes first; fields that could not be compared stand in one last sentence. The sentences
    hold no name, date or number.
    """
    rules = settings or load_settings()
    found: list[tuple[float, str]] = []
    missing: list[str] = []
    for evidence in rules.evidence:
        code = candidate.get(f"evidence_{evidence.name}")
        if code is None:
            missing.append(evidence.title.lower())
            continue
        title = next((level.title for level in evidence.levels if level.code == code), str(code))
        weight = float(candidate.get(f"weight_{evidence.name}") or 0.0)
        found.append((weight, f"{evidence.title}: {title} – {strength(weight)} ({_signed(weight)})."))
    sentences = [text for _, text in sorted(found, key=lambda item: -abs(item[0]))]
    if missing:
        sentences.append(f"{', '.join(missing).capitalize()}: {_MISSING}.")
    return sentences


def strength(weight: float) -> str:
    """Return what a weight (log2 Bayes factor) means, in words."""
    if abs(weight) < _WEAK:
        return "gần như không nói lên điều gì"
    direction = "ủng hộ" if weight > 0 else "phản đối"
    return f"{direction} mạnh" if abs(weight) >= _STRONG else f"{direction} vừa phải"


def _signed(weight: float) -> str:
    return f"{weight:+.1f}".replace(".", ",").replace("-", "−")
