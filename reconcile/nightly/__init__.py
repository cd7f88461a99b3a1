"""Every night, every commune: only what changed is worked on, each commune apart, whole reports or none.

``run_night`` is imported only when it is used: a worker begins its first task half a second earlier without it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__all__ = ["NightResult", "run_night"]

if TYPE_CHECKING:
    from reconcile.nightly.night import NightResult, run_night


def __getattr__(name: str) -> Any:
    if name in __all__:
        from reconcile.nightly import night

        return getattr(night, name)
    raise AttributeError(f"module 'reconcile.nightly' has no attribute {name!r}")
