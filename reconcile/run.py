"""One run of the main job, readable as a list of stages: registers and an extract in, a folder of answers out."""

from __future__ import annotations

import datetime as dt
import json
import platform
import resource
import sys
import time
import types
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from reconcile import __version__
from reconcile.compare import discrepancies_with_causes, residents_without_birth, validate
from reconcile.ingest import read_civil, read_population
from reconcile.ledger import cases_of, labels, pins_of, standing
from reconcile.ledger.chain import digest
from reconcile.ledger.runs import CASES_FILE
from reconcile.match import describe_plan, link
from reconcile.match.results import EVIDENCE_FILE
from reconcile.normalize.tables import normalize_mentions, normalize_records, normalize_residents
from reconcile.problems import ReconcileError
from reconcile.publishing import MANIFEST, file_sha256, published
from reconcile.quality.decided import resolved
from reconcile.quality.runs_kept import MEASURES_FILE
from reconcile.quality.stage import measures_of, scanned_records
from reconcile.report.encryption import encrypt
from reconcile.report.responsible import by_keeper, kept
from reconcile.report.summary import counts
from reconcile.report.tables import ReportTables
from reconcile.report.workbook import write_workbooks
from reconcile.schema import CANDIDATES, DISCREPANCIES, LINKS, MENTION_CONTEXT, REJECTED, VALIDATION
from reconcile.set_aside import set_aside

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from reconcile.ingest import PopulationInput

CONTEXT = tuple(column.name for column in MENTION_CONTEXT)
"""What a mention takes over from its record."""

STAGES = ("ingest", "normalize", "match", "compare", "report")
"""Names of the stages in order, as they stand in ``summary.json``."""


@dataclass(frozen=True, slots=True)
class RunResult:
    """What one run found. The frames are the canonical tables of ``schema.py``; ``summary`` is ``summary.json``."""

    links: pl.DataFrame
    candidates: pl.DataFrame
    discrepancies: pl.DataFrame
    rejected: pl.DataFrame
    summary: dict[str, Any]
    out: Path
    workbooks: list[Path]

    @property
    def exit_status(self) -> int:
        """0 done, 1 done but some input was rejected: a file, a row, or a cell of a row that is used."""
        return 0 if self.rejected.is_empty() else 1


@dataclass(slots=True)
class _Clock:
    """Seconds per stage; tells ``progress`` when one begins."""

    progress: Callable[[str], None] | None
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        if self.progress:
            self.progress(name)
        start = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[name] = round(self.seconds.get(name, 0.0) + time.perf_counter() - start, 3)


def _peak_memory_bytes() -> int:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def _versions() -> dict[str, str]:
    return {"reconcile": __version__, "polars": pl.__version__, "python": platform.python_version()}


def run(
    civil: Sequence[str | Path] | str | Path,
    population: str | Path,
    out: str | Path,
    *,
    profile: str | None = None,
    as_of: dt.date | None = None,
    workbook: bool = True,
    scans: str | Path | None = None,
    decisions: pl.DataFrame | None = None,
    password: str | None = None,
    progress: Callable[[str], None] | None = None,
) -> RunResult:
    """Match every person of the civil registers with the population extract and say what differs.

    ``civil``: files or folders of registers (.xlsx .xls .csv .parquet). ``population``: the extract.
    ``out``: a folder that appears whole when the run is done: ``links.parquet``, ``candidates.parquet``,
    ``discrepancies.parquet``, ``rejected.parquet``, ``validation.parquet``, ``measures.parquet``, ``evidence.parquet``
    (the weights behind every match), ``model.json``, ``summary.json`` and the clerks' workbooks.
    ``profile`` forces a source profile; ``as_of`` is the day the run is for (default today): nothing in the
    registers may be later. ``decisions``: what people decided before, as ``Ledger.decisions()`` gives it: pairs judged
    by people outrank the model, and settled questions are not put into the workbooks again; ``cases.parquet`` tells
    the ledger what is asked. ``password`` encrypts the workbooks. Raises ``ReconcileError`` where arguments are wrong; bad rows and files are
    reported in ``rejected`` instead and never stop the rest.
    """
    paths = [Path(civil)] if isinstance(civil, str | Path) else [Path(p) for p in civil]
    _check_inputs(paths, Path(population))
    day = as_of or dt.date.today()  # noqa: DTZ011 - the office's own calendar day
    clock = _Clock(progress)

    with published(Path(out)) as folder, set_aside(folder) as aside:
        with clock.stage("ingest"):
            books = read_civil(paths, profile=profile, as_of=day)
            inputs = {"civil": books.files}
            rejected = books.rejected
            written = {"records": aside.put(books.records), "mentions": aside.put(books.mentions)}
            del books
            extract = read_population(Path(population))
            _check_extract(extract)
            inputs["population"] = extract.files
            rejected = pl.concat([REJECTED.conform(rejected), REJECTED.conform(extract.rejected)])
            written["residents"] = aside.put(extract.residents)
            del extract
        with clock.stage("normalize"):
            records = aside.made(written.pop("records"), normalize_records)
            known = records.select("record_id", "source_file", "source_row", *CONTEXT)
            mentions = aside.made(
                written.pop("mentions"), lambda part: normalize_mentions(part, _of(known, part))
            )
            residents = aside.made(written.pop("residents"), normalize_residents)
        with clock.stage("match"):
            matched = link(
                # as in a night: what a commune's books say of families is heard in that commune
                mentions.with_columns(
                    kept(mentions, "registered_earliest", day)["commune_code"].alias("unit")
                ),
                residents,
                families="unit",
                decisions=None if decisions is None else pins_of(decisions),
                labels=None if decisions is None else labels(decisions),
                explained=True,
            )
            aside.rest()
        with clock.stage("compare"):
            found, causes = discrepancies_with_causes(
                matched.links, mentions, residents, records, as_of=day, after_each=aside.rest
            )
            without_birth = residents_without_birth(matched.links, residents, records)
            aside.rest()
            checked = validate(records, mentions, as_of=day)
            faults = VALIDATION.conform(checked.rename({"rule": "rule_id"}))
            aside.rest()
        with clock.stage("report"):
            LINKS.conform(matched.links).write_parquet(folder / "links.parquet")
            CANDIDATES.conform(matched.candidates).write_parquet(folder / "candidates.parquet")
            CANDIDATES.conform(matched.evidence).write_parquet(folder / EVIDENCE_FILE)
            matched.model.save(folder / "model.json")
            DISCREPANCIES.conform(found).write_parquet(folder / "discrepancies.parquet")
            rejected.write_parquet(folder / "rejected.parquet")
            faults.write_parquet(folder / "validation.parquet")
            summary = counts(records, matched.links, found, rejected, faults)
            summary["inputs"] = inputs
            if decisions is not None:
                summary["inputs"]["decisions"] = digest(decisions)
            run_id = _run_id(summary, day)
            tables = ReportTables(
                records=records,
                mentions=mentions,
                residents=residents,
                links=matched.links,
                candidates=matched.candidates,
                discrepancies=found,
                rejected=rejected,
                residents_without_birth=without_birth,
                duplicates=matched.duplicates,
                systematic=causes,
                validation=faults,
            )
            tables = by_keeper(tables, day)
            aside.rest()
            cases = cases_of(tables)
            aside.rest()
            cases.write_parquet(folder / CASES_FILE)
            measures_of(
                tables,
                run_id=run_id,
                day=day,
                scanned=scanned_records(records, Path(scans) if scans else None),
                settled=None if decisions is None else resolved(decisions),
                checked=checked,
            ).write_parquet(folder / MEASURES_FILE)
            if decisions is not None:
                tables = replace(tables, standing=standing(cases, decisions))
            names: list[Path] = []
            if workbook:
                names = write_workbooks(
                    folder,
                    tables,
                    run_id=run_id,
                    as_of=day,
                    scans=Path(scans) if scans else None,
                )
            if password is not None:
                for path in names:
                    encrypt(path, password)
        summary |= {
            "run_id": run_id,
            "as_of": day.isoformat(),
            "versions": _versions(),
            "stages": clock.seconds,
            "seconds": round(sum(clock.seconds.values()), 3),
            "peak_memory_bytes": _peak_memory_bytes(),
            "outputs": {p.name: file_sha256(p) for p in sorted(folder.iterdir())},
        }
        (folder / MANIFEST).write_text(
            json.dumps(summary, ensure_ascii=False, indent=1, default=str), encoding="utf-8"
        )
    target = Path(out)
    return RunResult(
        matched.links, matched.candidates, found, rejected, summary, target, [target / p.name for p in names]
    )


def plan_of(
    civil: Sequence[str | Path],
    population: str | Path,
    *,
    profile: str | None = None,
    as_of: dt.date | None = None,
) -> str:
    """Return in words what matching would do with these files and what it would cost; nothing is written."""
    paths = [Path(p) for p in civil]
    _check_inputs(paths, Path(population))
    books = read_civil(paths, profile=profile, as_of=as_of or dt.date.today())  # noqa: DTZ011 - as in run
    records = normalize_records(books.records)
    residents = normalize_residents(read_population(Path(population)).residents)
    return describe_plan(normalize_mentions(books.mentions, records), residents)


def _of(records: pl.DataFrame, mentions: pl.DataFrame) -> pl.DataFrame:
    """Return the records that some mentions stand in."""
    if mentions.height < records.height:
        return records.filter(pl.col("record_id").is_in(mentions["record_id"].implode()))
    return records


def _check_inputs(civil: list[Path], population: Path) -> None:
    """Raise one error that names every path that is not there."""
    missing = [str(p) for p in [*civil, population] if not p.exists()]
    if not civil:
        raise ReconcileError("No register file given. Name at least one file or folder.")
    if missing:
        raise ReconcileError(f"There is no such file or folder: {', '.join(missing)}. Check the path.")


def _check_extract(extract: PopulationInput) -> None:
    """Raise where the extract holds nobody: a run without residents would tell a clerk that everybody is missing."""
    if extract.residents.height:
        return
    told = [
        f"{row['source_file']}: {row['reason']} {row['advice']}"
        for row in extract.rejected.filter("fatal").head(5).iter_rows(named=True)
    ]
    raise ReconcileError(
        "No person could be read from the population extract, so nothing can be compared.\n" + "\n".join(told)
    )


def _run_id(summary: dict[str, Any], day: dt.date) -> str:
    """Return a short id that is the same for the same inputs, version and day."""
    import hashlib

    basis = json.dumps([summary["inputs"], day.isoformat(), _versions()], sort_keys=True, default=str)
    return f"{day:%Y%m%d}-{hashlib.sha256(basis.encode()).hexdigest()[:8]}"


class _CallableModule(types.ModuleType):
    """Python puts this module in the place of the function ``reconcile.run`` once it is imported: it acts as that."""

    def __call__(self, *args: Any, **named: Any) -> RunResult:
        return run(*args, **named)


sys.modules[__name__].__class__ = _CallableModule
