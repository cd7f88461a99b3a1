"""Every night, every commune: only what changed is worked on, each commune apart, whole reports or none."""

from __future__ import annotations

from reconcile.nightly.night import NightResult, run_night

__all__ = ["NightResult", "run_night"]
