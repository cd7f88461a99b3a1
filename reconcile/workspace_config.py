"""What ``reconcile.toml`` may say, checked as a whole: every mistake is told at once, with its key and the fix."""

from __future__ import annotations

import datetime as dt
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    field_validator,
    model_validator,
)

from reconcile.problems import ReconcileError

if TYPE_CHECKING:
    from typing import Self

DISTRICTS_END = dt.date(2025, 6, 30)
"""Last day of the district level (Law 72/2025/QH15); the area above a commune is a cluster or province after it."""

CommuneCode = Annotated[str, StringConstraints(pattern=r"^\d{5}$")]
Share = Annotated[float, Field(gt=0, le=1)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Area(_Strict):
    """The unit above the communes. ``kind``: district (until 30 June 2025), cluster, province."""

    name: str = Field(min_length=1)
    kind: Literal["district", "cluster", "province"]
    code: str | None = None


class Commune(_Strict):
    """One commune: its statistics-office code and the days on which it existed under this code."""

    code: CommuneCode
    name: str = Field(min_length=1)
    valid_from: dt.date | None = None
    valid_to: dt.date | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.valid_from and self.valid_to and self.valid_to < self.valid_from:
            raise ValueError("valid_to lies before valid_from; exchange them or correct one")
        return self


class Extract(_Strict):
    """The population extract. ``date``: the day it was taken; nothing later is expected in it."""

    date: dt.date | None = None


class Thresholds(_Strict):
    """Probabilities that replace those of ``rules/matching.toml``: sure (match) and worth a look (review)."""

    match: Share | None = None
    review: Share | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.match is not None and self.review is not None and self.review >= self.match:
            raise ValueError("review must be below match")
        return self


class Paths(_Strict):
    """Where things lie, relative to the workspace unless absolute."""

    civil: Path = Path("inbox/civil")
    population: Path = Path("inbox/population")
    decisions: Path = Path("inbox/decisions")
    reports: Path = Path("reports")
    runs: Path = Path("runs")
    ledger: Path = Path("ledger.duckdb")
    scans: Path | None = None


LEAST_MEGABYTES = 1024
"""Least bound on a worker's memory: with 256 to 400 nights lost good files or hung."""


class Nightly(_Strict):
    """Bounds of a night: processes at once, memory and time of one commune, runs kept, rows of one workbook."""

    jobs: int = Field(default=2, ge=1, le=256)
    memory_megabytes: int = 4096
    minutes_per_commune: float = Field(default=15, gt=0)
    keep_runs: int = Field(default=30, ge=1)
    workbook_rows: int = Field(default=5000, ge=100)
    workbooks: bool = True

    @field_validator("memory_megabytes")
    @classmethod
    def _enough(cls, value: int) -> int:
        if value < LEAST_MEGABYTES:
            raise ValueError(
                f"a process with its programs loaded needs some hundred megabytes before it reads a row, and with too "
                f"few good files fail as if they were unreadable; write {LEAST_MEGABYTES} or more (usual: 4096)"
            )
        return value


class Privacy(_Strict):
    """``mask_numbers``: reports show personal numbers as ``030•••••1234`` only."""

    mask_numbers: bool = False


class Encryption(_Strict):
    """Where the key of an encrypted workspace is: a file outside the workspace, or an environment variable."""

    key_file: Path | None = None
    key_variable: str | None = Field(default=None, pattern=r"^[A-Z][A-Z0-9_]*$")


class Plan(_Strict):
    """The work as planned: first day, deadline, records per working day and commune, and the cases to digitise.

    ``totals``: a CSV file, relative to the workspace, with the columns commune, register, period, books, records.
    """

    start: dt.date | None = None
    deadline: dt.date | None = None
    records_per_day: float | None = Field(default=None, gt=0)
    totals: Path | None = None


class ReportLetter(_Strict):
    """The frame of the area's weekly report (NĐ 30/2020). What is not said is left to fill in by hand."""

    superior: str = ""
    office: str | None = None
    symbol: str | None = None
    place: str | None = None
    to: str = ""
    recipients: tuple[str, ...] = ()
    signer: str | None = None


class Config(_Strict):
    """Everything that ``reconcile.toml`` says. Without communes, every commune that the registers name is worked on."""

    area: Area
    commune: tuple[Commune, ...] = ()
    extract: Extract = Extract()
    thresholds: Thresholds = Thresholds()
    targets: dict[str, float] = {}
    plan: Plan = Plan()
    report: ReportLetter = ReportLetter()
    paths: Paths = Paths()
    nightly: Nightly = Nightly()
    privacy: Privacy = Privacy()
    encryption: Encryption = Encryption()

    @model_validator(mode="after")
    def _agree(self) -> Self:
        codes = [c.code for c in self.commune]
        twice = sorted({c for c in codes if codes.count(c) > 1})
        if twice:
            raise ValueError(f"commune code {', '.join(twice)} stands more than once; keep one entry of each")
        if self.area.kind == "district" and self.extract.date and self.extract.date > DISTRICTS_END:
            raise ValueError(
                "area.kind is district, but the extract is later than 30 June 2025, when districts ended; "
                'write kind = "cluster" or "province"'
            )
        return self

    def names(self) -> dict[str, str]:
        """Return commune code → name as configured."""
        return {c.code: c.name for c in self.commune}


def read_config(file: Path) -> Config:
    """Read and check one ``reconcile.toml``. Raises ReconcileError that lists every mistake with its fix."""
    try:
        raw = tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ReconcileError(
            f"{file}: not valid TOML ({error}). Correct that place and run again."
        ) from error
    mistakes: list[str] = []
    try:
        config = Config.model_validate(raw)
    except ValidationError as error:
        mistakes = [_mistake(fault) for fault in error.errors()]
    else:
        mistakes = _missing_paths(config, file.parent)
    if mistakes:
        listed = "\n".join(f"- {m}" for m in mistakes)
        raise ReconcileError(f"{file} can't be used; {len(mistakes)} to correct:\n{listed}")
    return config


def _missing_paths(config: Config, root: Path) -> list[str]:
    """Only folders outside the workspace must be there already; its own are made when needed."""
    return [
        f"paths.{name}: {path} is a file; name a folder"
        for name, path in config.paths
        if name != "ledger" and path is not None and (root / path).is_file()
    ]


_FIXES = {
    "extra_forbidden": "this key is not known; remove it or correct its spelling",
    "missing": "this key is missing; add it",
    "string_pattern_mismatch": 'a commune code is five digits in quotes, like code = "10918"',
    "string_too_short": "give it a text",
    "string_type": "write it in quotes",
    "literal_error": 'write "district", "cluster" or "province"',
    "greater_than": "the number is too small",
    "greater_than_equal": "the number is too small",
    "less_than_equal": "the number is too large",
    "date_from_datetime_parsing": "write a day as 2025-06-30, without quotes",
    "date_type": "write a day as 2025-06-30, without quotes",
}


def _mistake(fault: Any) -> str:
    """Return one mistake as ``key: what to do``, entries counted from 1."""
    where = ".".join(str(part + 1) if isinstance(part, int) else str(part) for part in fault["loc"]) or "file"
    if fault["type"] == "value_error":
        return f"{where}: {str(fault['msg']).removeprefix('Value error, ')}"
    fix = _FIXES.get(fault["type"])
    limits = ", ".join(f"{k} {v}" for k, v in (fault.get("ctx") or {}).items() if k in {"gt", "ge", "le"})
    told = f"{fix}{f' ({limits})' if limits else ''}" if fix else fault["msg"]
    unknown = fault["type"] == "extra_forbidden"
    return f"{where}: {told}{_nearest(fault['loc']) if unknown else ''}"


def _nearest(location: tuple[Any, ...]) -> str:
    import difflib

    model: type[BaseModel] = Config
    for part in location[:-1]:
        field = model.model_fields.get(str(part)) if not isinstance(part, int) else None
        if field is not None:
            kind = field.annotation
            inner = getattr(kind, "__args__", (kind,))[0]
            model = inner if isinstance(inner, type) and issubclass(inner, BaseModel) else model
    near = difflib.get_close_matches(str(location[-1]), list(model.model_fields), 1)
    return f" (did you mean {near[0]}?)" if near else ""
