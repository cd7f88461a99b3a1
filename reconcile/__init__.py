"""Make two Vietnamese state registers agree: civil registers (sổ hộ tịch) and the population database.

``reconcile.run`` does the main job; ``reconcile.normalize`` reads Vietnamese names, dates, places and
numbers on its own. Both are imported only when they are used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"
__all__ = ["__version__", "run"]

if TYPE_CHECKING:
    from reconcile.run import run


def __getattr__(name: str) -> Any:
    if name == "run":
        from reconcile.run import run

        return run
    raise AttributeError(f"module 'reconcile' has no attribute {name!r}")
