"""Keys of the cache: the same key means the same answer, so an answer that is there need not be worked out again.

A key is a hash of everything that the answer depends on: contents of files, rules, versions, settings. That is why
an incremental night gives what a full one gives: both look up the same keys, the full one with an empty cache.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reconcile.protection.files import read_text, write_text
from reconcile.resources import rules_dir

if TYPE_CHECKING:
    from collections.abc import Iterator

KEPT: dict[str, Any] = {"compression": "lz4", "statistics": False}
"""How tables of the cache are written: quickly, since they are read whole and soon."""

FORMAT = 3
"""Raised whenever entries of an older cache would be misread."""


def digest(*parts: Any) -> str:
    """Return 24 hexadecimal digits over ``parts`` (anything that JSON can say)."""
    text = json.dumps(parts, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.blake2b(text.encode(), digest_size=12).hexdigest()


_READING = ("schema.py", "rules.py", "normalize", "ingest", "nightly/registers.py", "nightly/population.py")
_READING_RULES = ("sources", "lists", "places", "limits.toml", "input_problems.toml")
_LOADING = (*_READING, "nightly/loading.py")
_MATCHING = (*_LOADING, "match", "nightly/linking.py")
_MATCHING_RULES = (*_READING_RULES, "matching.toml")
TOUCHES = {
    "register": (_READING, _READING_RULES),
    "population": ((*_READING, "compare/doubles.py"), _READING_RULES),
    "load": (_LOADING, _READING_RULES),
    "link": (_MATCHING, _MATCHING_RULES),
    "report": (("",), ("",)),
}
"""Stage → the code and the rules that bear on its answer, below the package and below ``rules/``; "" = all."""


@lru_cache(maxsize=8)
def engine_digest(stage: str = "report") -> str:
    """Return the digest of what turns a stage's inputs into its answer: code, rules, versions of libraries."""
    import fastexcel
    import polars as pl
    import rapidfuzz
    import xlsxwriter

    hasher = hashlib.blake2b(digest_size=12)
    package = Path(__file__).resolve().parent.parent
    code, rules = TOUCHES[stage]
    for folder, names, pattern in ((package, code, "*.py"), (rules_dir(), rules, "*")):
        for name in names:
            start = folder / name
            for file in sorted(start.rglob(pattern)) if start.is_dir() else [start]:
                if file.is_file() and "_rules" not in file.relative_to(folder).parts:
                    hasher.update(file.relative_to(folder).as_posix().encode())
                    hasher.update(file.read_bytes())
    versions = [m.__version__ for m in (pl, rapidfuzz, fastexcel, xlsxwriter)]
    hasher.update(json.dumps([FORMAT, *versions]).encode())
    return hasher.hexdigest()


@contextmanager
def entry(path: Path) -> Iterator[Path]:
    """Yield a folder to write into that becomes ``path`` on leaving without error; a killed process leaves nothing there."""
    partial = path.with_name(f".{path.name}.partial-{os.getpid()}")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(mode=0o700, parents=True)
    try:
        yield partial
        if path.exists():
            shutil.rmtree(path)
        partial.rename(path)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def second_name(source: Path, target: Path) -> None:
    """Give a file a second name; copy it where the file system can't."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


def write_json(path: Path, value: Any) -> None:
    """Write JSON so that a reader sees the old file or the new one, also after a loss of power."""
    partial = path.with_name(f".{path.name}.partial-{os.getpid()}")
    write_text(partial, json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True, default=str))
    with partial.open("rb") as handle:
        os.fsync(handle.fileno())
    partial.chmod(0o600)
    partial.replace(path)


def read_json(path: Path) -> Any:
    """Return the JSON in ``path``; None where there is none or it can't be read (it is then worked out again)."""
    try:
        return json.loads(read_text(path))
    except (OSError, ValueError):
        return None
