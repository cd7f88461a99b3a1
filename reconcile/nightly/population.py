"""The population extract, read and normalised once for all communes; workers map it into memory and share its pages."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import polars as pl

from reconcile.compare.doubles import residents_in_doubt
from reconcile.ingest import read_population
from reconcile.match import Extract, encode_extract, load_settings
from reconcile.match.extract import FRAMES, keys_in_order, probe
from reconcile.match.keys import Ordered
from reconcile.nightly.keys import entry, read_json, write_json
from reconcile.normalize.tables import normalize_residents
from reconcile.problems import ReconcileError
from reconcile.protection.files import new_file, read_bytes, read_table, write_table
from reconcile.protection.keyring import key_for
from reconcile.protection.sealing import key_id_of
from reconcile.schema import REJECTED

RESIDENTS = "residents.arrow"
BIRTHS = "births.parquet"
IN_DOUBT = "in_doubt.parquet"


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
        _write(residents, folder / RESIDENTS)
        write_table(births_by_unit(residents), folder / BIRTHS)
        doubt = residents_in_doubt(residents).join(
            residents.select("population_row", "birth_registration_unit"),
            on="population_row",
            how="left",
            maintain_order="left",
        )
        write_table(doubt, folder / IN_DOUBT)
        write_table(rejected, folder / "rejected.parquet")
        write_json(folder / "population.json", {"reports": reports, "residents": residents.height})
    return {"residents": residents.height}


def births_by_unit(residents: pl.DataFrame) -> pl.DataFrame:
    """Return each birth_registration_unit with the population_row of its residents."""
    rows = residents.select("birth_registration_unit", "population_row").drop_nulls("birth_registration_unit")
    found = rows.group_by("birth_registration_unit", maintain_order=True)
    return found.agg("population_row").sort("birth_registration_unit")


def births_of(folder: Path, communes: list[str]) -> pl.DataFrame:
    """Return birth_registration_unit, population_row of the residents whose birth ``communes`` registered."""
    found = _births(folder).filter(pl.col("birth_registration_unit").is_in(communes))
    return found.explode("population_row")


@lru_cache(maxsize=1)
def _births(folder: Path) -> pl.DataFrame:
    return read_table(folder / BIRTHS)


def places_of(folder: Path, rows: pl.Series) -> pl.Series:
    """Return the indices (u32) of the residents whose ``population_row`` is among ``rows`` (distinct, of residents there are)."""
    numbers = residents_of(folder)["population_row"]
    if _in_order(folder):
        return numbers.search_sorted(rows).cast(pl.UInt32)
    return numbers.is_in(rows.implode()).arg_true()


@lru_cache(maxsize=1)
def _in_order(folder: Path) -> bool:
    """Whether the rows of the extract are in order, as those of one table are; then they are found without looking at all."""
    return residents_of(folder)["population_row"].is_sorted()


@lru_cache(maxsize=1)
def in_doubt(folder: Path) -> pl.DataFrame:
    """Return ``compare.doubles.residents_in_doubt`` with each row's birth_registration_unit."""
    return read_table(folder / IN_DOUBT)


def encode_population(task: dict[str, Any]) -> dict[str, Any]:
    """Number the residents of ``task['population']`` for matching, once for all communes, into ``task['out']``."""
    extract = encode_extract(residents_of(Path(task["population"])))
    with entry(Path(task["out"])) as folder:
        for name, frame in extract.frames().items():
            _write(frame, folder / f"{name}.arrow")
        write_json(folder / "encoded.json", {"probe": probe()})
    return {"residents": extract.table.height}


def order_keys(task: dict[str, Any]) -> dict[str, Any]:
    """Put the keys of the residents of ``task['encoded']`` in order, into ``task['out']``."""
    extract = extract_of(task["encoded"])
    kept: list[tuple[str, ...]] = []
    with entry(Path(task["out"])) as folder:
        # sealed ones would have to be opened whole by every worker, which is dearer than to work them out again
        if extract is not None and key_for(folder / _KEYS) is None:
            for parts, keys in keys_in_order(extract, load_settings()):
                _write(pl.DataFrame(keys._asdict()), folder / f"{len(kept)}.arrow")
                kept.append(parts)
        write_json(folder / _KEYS, kept)
    return {"keys": len(kept)}


_KEYS = "keys.json"


def residents_of(folder: Path) -> pl.DataFrame:
    """Return the NORMALIZED_RESIDENTS of a prepared extract without copying them: the file is mapped.

    A sealed one is opened once per process and stays in its memory.
    """
    return _mapped(folder / RESIDENTS)


@lru_cache(maxsize=1)
def extract_of(kept: str | None, ordered: str | None = None) -> Extract | None:
    """Return the numbered residents that ``encode_population`` kept, with the keys that ``order_keys`` kept; None where they are not
    at hand.

    Those that a machine with other hashes kept are not used.
    """
    if kept is None:
        return None
    folder = Path(kept)
    told = read_json(folder / "encoded.json")
    if told is None or told["probe"] != probe():
        return None
    extract = Extract.of({name: _mapped(folder / f"{name}.arrow") for name in FRAMES})
    return extract if ordered is None else replace(extract, keys=_kept_keys(Path(ordered)))


def _kept_keys(folder: Path) -> dict[tuple[str, ...], Ordered]:
    """Return the keys that ``order_keys`` kept."""
    keys = {}
    for number, parts in enumerate(read_json(folder / _KEYS) or []):
        frame = _mapped(folder / f"{number}.arrow")
        keys[tuple(parts)] = Ordered(frame["rows"].to_numpy(), frame["key"].to_numpy())
    return keys


def _write(frame: pl.DataFrame, path: Path) -> None:
    with new_file(path) as target:
        frame.rechunk().write_ipc(target, compression="uncompressed")


@lru_cache(maxsize=64)
def _mapped(file: Path) -> pl.DataFrame:
    """Return a table of a kept entry. A process maps it once: every page of it that is touched again costs nothing then."""
    import pyarrow as pa
    from pyarrow import ipc

    if key_id_of(file) is None:
        with pa.memory_map(str(file)) as source:
            table = ipc.open_file(source).read_all()
    else:
        table = ipc.open_file(pa.BufferReader(read_bytes(file))).read_all()
    frame = pl.from_arrow(table, rechunk=False)
    assert isinstance(frame, pl.DataFrame)
    return frame


def rejected_of_extract(folder: Path) -> pl.DataFrame:
    """Return what could not be read of a prepared extract."""
    return REJECTED.conform(read_table(folder / "rejected.parquet"))
