"""The files under the given paths, in a fixed order, each once."""

from __future__ import annotations

import os
import re
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reconcile.ingest.limits import limits
from reconcile.ingest.reading import ENDINGS
from reconcile.ingest.rejects import FileProblem

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_PASSED_OVER = (".tmp", ".part", ".bak", ".crdownload", "~")
_COMMUNE = re.compile(r"\d{5}")


@dataclass(frozen=True, slots=True)
class Found:
    """One input file: where it lies and how it is called in every output (relative to its root, ``/``)."""

    path: Path
    name: str

    @property
    def folder_commune(self) -> str | None:
        """The nearest folder name that is a five-digit commune code."""
        for part in reversed(Path(self.name).parts[:-1]):
            if _COMMUNE.fullmatch(part):
                return part
        for part in reversed(self.path.absolute().parent.parts):
            if _COMMUNE.fullmatch(part):
                return part
        return None


@dataclass(frozen=True, slots=True)
class FileReport:
    """What became of one table of one file. ``rows_read`` = ``rows_used`` + ``rows_rejected``."""

    path: str
    sheet: str | None
    sha256: str | None
    profile: str | None = None
    register: str | None = None
    rows_read: int = 0
    rows_used: int = 0
    rows_rejected: int = 0
    rows_blank: int = 0
    columns_used: int = 0
    columns_other: int = 0
    problem: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return the report for ``summary.json``."""
        return asdict(self)


def is_input(name: str) -> bool:
    """True for a file name that is read; locks (``~$``), hidden, temporary and other files are passed over."""
    lowered = name.casefold()
    if lowered.startswith((".", "~$", "~")) or lowered.endswith(_PASSED_OVER):
        return False
    return lowered.endswith(ENDINGS)


def input_paths(paths: Sequence[str | Path] | str | Path) -> list[Path]:
    """Return what the user gave as a list of paths."""
    return [Path(paths)] if isinstance(paths, str | Path) else [Path(p) for p in paths]


def find_files(paths: Iterable[Path], root: Path | None = None) -> list[Found]:
    """Return the files under ``paths`` sorted by name, each once; links are followed, circles are not.

    The name is relative to ``root``, else to the given folder; of a file given directly, or where two folders
    hold files of one name, it is the path as given. Raises FileProblem TOO_MANY_FILES.
    """
    bound = limits().file.max_files
    seen: set[str] = set()
    found: list[Found] = []
    for path in paths:
        base = root or (path if path.is_dir() else None)
        for file, real in _walk(path) if path.is_dir() else [(path, os.path.realpath(path))]:
            if real in seen:
                continue
            seen.add(real)
            found.append(Found(file, _name(file, base)))
            if len(found) > bound:
                raise FileProblem("TOO_MANY_FILES", found=len(found), limit=bound)
    names = Counter(f.name for f in found)
    told_apart = [Found(f.path, f.path.as_posix()) if names[f.name] > 1 else f for f in found]
    return sorted(told_apart, key=lambda f: (f.name, str(f.path)))


def _name(file: Path, base: Path | None) -> str:
    if base is not None:
        try:
            return file.relative_to(base).as_posix()
        except ValueError:
            pass
    return file.as_posix()


def _walk(folder: Path) -> Iterator[tuple[Path, str]]:
    """Yield each input file and where it really lies."""
    visited: set[str] = set()
    for current, folders, files in os.walk(folder, followlinks=True):
        real = os.path.realpath(current)
        if real in visited:
            folders.clear()
            continue
        visited.add(real)
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            if is_input(name):
                file = Path(current) / name
                # a province has thousands of files: only what is a link is followed from the root on
                yield file, os.path.realpath(file) if file.is_symlink() else os.path.join(real, name)  # noqa: PTH118
