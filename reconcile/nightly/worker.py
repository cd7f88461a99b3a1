"""A worker: a process of its own with a bound on its memory. Reads one task per line, writes one answer per line.

What goes wrong is told by class and place; the text of an exception may hold a citizen's data and is not told.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import sys
import traceback
from importlib import import_module
from pathlib import Path
from typing import Any

from reconcile.problems import ReconcileError
from reconcile.protection.keyring import accept


def bound_memory(megabytes: int) -> None:
    """Bound the private memory of this process; mapped files don't count. Without effect where the system can't."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        size = megabytes * 1024 * 1024
        resource.setrlimit(resource.RLIMIT_DATA, (size, size))


def stay_on(cores: list[int]) -> None:
    """Keep this process on some cores; without effect where the system can't."""
    if cores and hasattr(os, "sched_setaffinity"):
        with contextlib.suppress(OSError):
            os.sched_setaffinity(0, cores)


STAGES = {
    "registers": "registers.read_registers",
    "population": "population.prepare_population",
    "encode": "population.encode_population",
    "keys": "population.order_keys",
    "load": "loading.load_units",
    "learn": "linking.learn_model",
    "link": "linking.link_units",
    "report": "reporting.report_unit",
}
"""Stage → the function that does its tasks, in this package."""


def _stage(name: str) -> Any:
    module, _, function = STAGES[name].partition(".")
    return getattr(import_module(f"reconcile.nightly.{module}"), function)


def answer(task: dict[str, Any]) -> dict[str, Any]:
    """Do one task; return its answer, or ``error`` where it failed; ``died``: this process had better end."""
    try:
        return {"done": _stage(task["stage"])(task)}
    except ReconcileError as error:
        return {"error": str(error)}
    except MemoryError:
        return {"error": "needed more memory than allowed (nightly.memory_megabytes)", "died": True}
    except OSError as error:
        return {"error": f"{type(error).__name__}: {error.strerror or 'input or output failed'}"}
    except BaseException as error:  # noqa: BLE001 - the boundary of one task; pyo3 panics are no Exception
        last = traceback.extract_tb(error.__traceback__)[-1]
        if os.environ.get("RECONCILE_DEBUG"):
            traceback.print_exc()
        told: dict[str, Any] = {
            "error": f"{type(error).__name__} at {Path(last.filename).name}:{last.lineno}"
        }
        # Polars panics where it gets no memory
        return told | ({"died": True} if type(error).__name__ == "PanicException" else {})


def main() -> None:
    """Serve tasks until the input ends."""
    os.umask(0o077)
    bound_memory(int(sys.argv[1]))
    stay_on([int(core) for core in sys.argv[2:]])
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # whatever a library prints must not mix with the answers
    accept(json.loads(sys.stdin.readline()))
    _stage(
        "registers"
    )  # asked first of most; the others are loaded while the night looks at the first answer
    loaded = False
    for line in sys.stdin:
        task = json.loads(line)
        result = answer(task)
        out.write(json.dumps(result, ensure_ascii=False, default=str) + "\n")
        out.flush()
        if not loaded:
            for name in STAGES:
                _stage(name)
            gc.freeze()  # it stays: looking through it for circles again and again costs a tenth of a report
            loaded = True


if __name__ == "__main__":
    main()
