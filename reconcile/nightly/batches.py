"""Tasks of many files or many communes: cut so that all workers are busy, cut again where one of them fails.

What a process costs to start and what an extract costs to number is paid once per task, so a task holds many. Where
it fails, it is halved until the bad one stands alone; the others of its task are done.
"""

from __future__ import annotations

from typing import Any

Task = dict[str, Any]

FILES = 64
MEGABYTES = 24
"""Bounds of one task of reading: memory grows with it, and what is lost when a file kills its process."""


def batches(files: list[Task], jobs: int) -> list[Task]:
    """Return the tasks that read ``files`` (each with its size in ``bytes``), in order."""
    if not files:
        return []
    most = max(1, min(FILES, -(-len(files) // jobs)))
    tasks: list[list[Task]] = [[]]
    filled = 0
    for file in files:
        if tasks[-1] and (len(tasks[-1]) >= most or filled + file["bytes"] > MEGABYTES * 1_000_000):
            tasks.append([])
            filled = 0
        tasks[-1].append(file)
        filled += file["bytes"]
    return [{"stage": "registers", "files": own} for own in tasks]


def size(task: Task) -> int:
    """Return how many files or communes a task works on."""
    return len(task.get("files") or task.get("units") or [task])


def halves(task: Task) -> list[Task]:
    """Return the two halves of a task; nothing where it works on one alone."""
    if size(task) < 2 or task["stage"] == "learn":  # half of its communes would make another model
        return []
    if "files" in task:
        middle = len(task["files"]) // 2
        return [task | {"files": part} for part in (task["files"][:middle], task["files"][middle:])]
    codes = list(task["units"])
    middle = len(codes) // 2
    return [
        task | {"units": {code: task["units"][code] for code in part}}
        for part in (codes[:middle], codes[middle:])
    ]
