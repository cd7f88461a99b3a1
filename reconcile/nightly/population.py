"""The population extract, read and normalised once for all communes; workers map it into memory and share its pages."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import polars as pl

from reconcile.ingest import read_population
from reconcile.nightly.keys import entry, write_json
from reconcile.normalize.tables import normalize_residents
from reconcile.problems import ReconcileError
from reconcile.protection.files import new_file, read_bytes, read_table, write_table
from reconcile.protection.sealing import key_id_of
from reconcile.schema import REJECTED

RESIDENTS = "residents.arrow"


def prepare_population(task: dict[str, Any]) -> dict[str, Any]:
    """Read and normalise ``task['file']``, called ``task['name']``, into the cache entry ``task['out']``.

    Raises ReconcileError where the extract holds nobody: everybody would be reported as missing.
    """
    read = read_population(Path(task["file"]))
    name = pl.lit(task["name"], pl.String).alias("source_file")
    rejected = REJECTED.conform(read.rejected).with_columns(name)
    if read.residents.is_empty():
        told = [
            f"{r['reason']} {r['advice']}" for r in rejected.filter("fatal").head(3).iter_rows(named=True)
        ]
        raise ReconcileError(f"{task['name']}: no person could be read from the extract. {' '.join(told)}")
    reports = [report | {"path": task["name"]} for report in read.files]
    with entry(Path(task["out"])) as folder:
        residents = normalize_residents(read.residents)
        with new_file(folder / RESIDENTS) as target:
            residents.rechunk().write_ipc(target, compression="uncompressed")
        write_table(rejected, folder / "rejected.parquet")
        write_json(folder / "population.json", {"reports": reports, "residents": residents.height})
    return {"residents": residents.height}


@lru_cache(maxsize=1)
def _unsealed(file: Path) -> bytes:
    return read_bytes(file)


def residents_of(folder: Path) -> pl.DataFrame:
    """Return the NORMALIZED_RESIDENTS of a prepared extract without copying them: the file is mapped.

    A sealed one is opened once per process and stays in its memory.
    """
    import pyarrow as pa
    from pyarrow import ipc

    file = folder / RESIDENTS
    if key_id_of(file) is None:
        with pa.memory_map(str(file)) as source:
            table = ipc.open_file(source).read_all()
    else:
        table = ipc.open_file(pa.BufferReader(_unsealed(file))).read_all()
    frame = pl.from_arrow(table, rechunk=False)
    assert isinstance(frame, pl.DataFrame)
    return frame


def rejected_of_extract(folder: Path) -> pl.DataFrame:
    """Return what could not be read of a prepared extract."""
    return REJECTED.conform(read_table(folder / "rejected.parquet"))
