"""Great Expectations for what it is good at: input contracts and targets as suites, with Data Docs (extra ``quality``).

Row rules run elsewhere and name every row; here suites are generated from ``rules/`` and checked over small frames:
the measures against their targets, and their own shape as a contract. Imported only when used: importing takes
seconds. Analytics are switched off before the import. A check that raised is a fault of the engine, never bad data.
"""

from __future__ import annotations

import os
import re
import shutil
from html import escape
from pathlib import Path
from typing import Any

import polars as pl

from reconcile.problems import ReconcileError
from reconcile.quality.intervals import FEWEST
from reconcile.quality.knowledge import knowledge
from reconcile.quality.tables import MEASURES

TARGETS, CONTRACT, INPUT = "chi_tieu", "bang_so_do", "dau_vao"
"""Names of the suites: targets of the area's measures; shape of the table of measures; rows of a register."""


def _library() -> Any:
    os.environ["GX_ANALYTICS_ENABLED"] = "False"
    try:
        import great_expectations
    except ImportError as error:
        raise ReconcileError(
            "Great Expectations is not installed. Install it with: pip install 'reconcile-registers[quality]'"
        ) from error
    return great_expectations


def target_frame(card: dict[str, Any]) -> pl.DataFrame:
    """Return one row per commune and dimension with the ends of its interval: what the targets are checked over."""
    rows = [
        {
            "commune": one["commune"],
            "measure": row["measure"],
            "numerator": row["numerator"],
            "denominator": row["denominator"],
            "share": row["share"],
            "low": row["low"],
            "high": row["high"],
            "target": row["target"],
        }
        for one in [card["area"], *card["communes"].values()]
        for row in one["dimensions"]
        if row["denominator"]
    ]
    types = {"commune": pl.String, "measure": pl.String, "numerator": pl.Int64, "denominator": pl.Int64}
    return pl.DataFrame(rows, schema=types | dict.fromkeys(("share", "low", "high", "target"), pl.Float64))


def check(
    docs: Path,
    *,
    card: dict[str, Any] | None = None,
    measures: pl.DataFrame | None = None,
    inputs: dict[str, pl.DataFrame] | None = None,
) -> list[str]:
    """Check suites over the scorecard, the measures and commune-sized frames; render Data Docs into ``docs``.

    ``card``: its targets. ``measures``: the contract of their table. ``inputs``: ``<commune> <register>`` or just
    ``<register>`` → required cells (``cells.input_frames``). Returns one sentence per target missed and per contract
    broken. Raises ReconcileError where a check raised an exception: nothing is concluded from such a check.
    """
    gx = _library()
    context = _context(gx, docs)
    failed: list[str] = []
    results: list[Any] = []
    if card is not None:
        failed += _targets(gx, context, docs, card, results)
    if measures is not None:
        results.append(_validate(gx, context, contract_suite(gx), measures))
        if not results[-1].success:
            raise ReconcileError(
                "The table of measures breaks its own contract; see the Data Docs. This is a fault of the program."
            )
    for name, frame in sorted((inputs or {}).items()):
        register = name.rpartition(" ")[2]
        suite = input_suite(gx, register, name, present=frame.columns)
        results.append(_validate(gx, context, suite, frame))
        if not results[-1].success:
            failed.append(f"{name}: suite {suite.name}, see {docs / 'index.html'}")
    context.build_data_docs()
    make_offline(docs)
    write_index(docs, results)
    return failed


def check_targets(card: dict[str, Any], docs: Path, measures: pl.DataFrame | None = None) -> list[str]:
    """Check the targets of a scorecard, and the contract of its measures; see ``check``."""
    return check(docs, card=card, measures=measures)


def check_inputs(cells: dict[str, pl.DataFrame], docs: Path) -> list[str]:
    """Check the contracts of commune-sized frames of required cells; see ``check``."""
    return check(docs, inputs=cells)


def _targets(gx: Any, context: Any, docs: Path, card: dict[str, Any], results: list[Any]) -> list[str]:
    """A target is missed where the upper end of the area's interval lies below it, with enough cases, as on the page."""
    rows = target_frame(card)
    failed = []
    for measure in sorted(rows["measure"].unique()):
        mine = rows.filter((pl.col("measure") == measure) & (pl.col("commune") == "*"))
        target = mine["target"][0] if mine.height else None
        if target is None:
            continue
        suite = gx.ExpectationSuite(name=f"{TARGETS}_{measure}")
        suite.add_expectation(gx.expectations.ExpectColumnValuesToNotBeNull(column="share"))
        suite.add_expectation(
            gx.expectations.ExpectColumnValuesToBeBetween(
                column="high",
                min_value=float(target),
                meta={"notes": knowledge().measures[measure].title},
            )
        )
        results.append(_validate(gx, context, suite, mine.filter(pl.col("denominator") >= FEWEST)))
        if not results[-1].success:
            failed.append(f"{measure}: suite {suite.name}, see {docs / 'index.html'}")
    return failed


def contract_suite(gx: Any) -> Any:
    """Return the suite of the table of measures, generated from its schema: columns, keys, numerator ≤ denominator."""
    suite = gx.ExpectationSuite(name=CONTRACT)
    suite.add_expectation(gx.expectations.ExpectTableColumnsToMatchOrderedList(column_list=MEASURES.names))
    for column in ("measure_id", "dimension", "numerator", "day"):
        suite.add_expectation(gx.expectations.ExpectColumnValuesToNotBeNull(column=column))
    suite.add_expectation(gx.expectations.ExpectColumnValuesToBeBetween(column="numerator", min_value=0))
    suite.add_expectation(
        gx.expectations.ExpectColumnPairValuesAToBeGreaterThanB(
            column_A="denominator",
            column_B="numerator",
            or_equal=True,
            ignore_row_if="either_value_is_missing",
        )
    )
    return suite


def input_suite(gx: Any, register: str, name: str | None = None, *, present: list[str] | None = None) -> Any:
    """Return the contract of a register's rows, generated from the required fields of ``rules/quality``.

    Each field exists and is filled in at least the share that the target of ``field_filled`` asks for. ``name``: of
    the frame. ``present``: its columns; what an absent one holds can't be asked, only that it is absent.
    """
    target = knowledge().measures["field_filled"].target or 1.0
    suite = gx.ExpectationSuite(name=f"{INPUT}_{(name or register).replace(' ', '_')}")
    for field in knowledge().required[register]:
        suite.add_expectation(gx.expectations.ExpectColumnToExist(column=field))
        if present is None or field in present:
            suite.add_expectation(gx.expectations.ExpectColumnValuesToNotBeNull(column=field, mostly=target))
    return suite


def _context(gx: Any, docs: Path) -> Any:
    """Return a context without any file but the docs; no request leaves the machine."""
    shutil.rmtree(docs, ignore_errors=True)
    docs.mkdir(parents=True, mode=0o700)
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    for site in list(context.list_data_docs_sites()):
        context.delete_data_docs_site(site)
    context.add_data_docs_site(
        site_name="site",
        site_config={
            "class_name": "SiteBuilder",
            "show_how_to_buttons": False,
            "site_index_builder": {"class_name": "DefaultSiteIndexBuilder"},
            "store_backend": {
                "class_name": "TupleFilesystemStoreBackend",
                "base_directory": str(docs.absolute()),
            },
        },
    )
    return context


def _validate(gx: Any, context: Any, suite: Any, frame: pl.DataFrame) -> Any:
    """Check one frame; raise where the engine failed, so that a fault never reads as bad data."""
    asset = context.data_sources.add_pandas(suite.name).add_dataframe_asset(name=suite.name)
    batch = asset.add_batch_definition_whole_dataframe("all")
    definition = context.validation_definitions.add(
        gx.ValidationDefinition(name=suite.name, data=batch, suite=context.suites.add(suite))
    )
    point = context.checkpoints.add(
        gx.Checkpoint(
            name=suite.name,
            validation_definitions=[definition],
            actions=[gx.checkpoint.UpdateDataDocsAction(name="docs")],
            result_format="SUMMARY",
        )
    )
    ran = point.run(batch_parameters={"dataframe": as_pandas(frame)})
    result = next(iter(ran.run_results.values()))
    for one in result.results:
        if raised(one.exception_info):
            raise ReconcileError(
                f"The check {one.expectation_config.type} of suite {suite.name} could not be carried out: a fault of "
                "the program, not of the data. Nothing was concluded from it."
            )
    return result


POLICY = (
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src file: 'unsafe-inline'; "
    'img-src file: data:; font-src file: data:">'
)
PLAIN_STYLE = (
    "<style>body{font:15px/1.5 system-ui,sans-serif;max-width:1100px;margin:1rem auto;padding:0 1rem}"
    "table{border-collapse:collapse}td,th{border:1px solid #ccc;padding:.3rem .5rem;text-align:left}"
    ".fa-check-circle::before{content:'✓'}.fa-times::before,.fa-times-circle::before{content:'✕'}</style>"
)
_AFAR = re.compile(
    r"<script\b.*?</script>|<link\b[^>]*https?://[^>]*>|<img\b[^>]*https?://[^>]*>|<form\b.*?</form>"
    r"|<a\b[^>]*https?://greatexpectations[^>]*>.*?</a>|<footer\b.*?</footer>",
    re.DOTALL | re.IGNORECASE,
)


def make_offline(docs: Path) -> None:
    """Take out of the rendered docs whatever would be fetched from elsewhere: the library's pages load nine hosts."""
    for page in docs.rglob("*.html"):
        text = _AFAR.sub("", page.read_text(encoding="utf-8"))
        page.write_text(text.replace("<head>", f"<head>{POLICY}{PLAIN_STYLE}", 1), encoding="utf-8")


def write_index(docs: Path, results: list[Any]) -> None:
    """Write ``index.html`` as a plain list of suites and outcomes: the library's own is empty without its scripts."""
    rows = []
    for result in sorted(results, key=lambda r: (r.success, r.suite_name)):
        page = next(iter((docs / "validations" / result.suite_name).rglob("*.html")), None)
        name = escape(result.suite_name)
        link = name if page is None else f'<a href="{page.relative_to(docs).as_posix()}">{name}</a>'
        passed = (
            f"{result.statistics['successful_expectations']} / {result.statistics['evaluated_expectations']}"
        )
        rows.append(
            f"<tr><td>{link}</td><td>{'✓ Đạt' if result.success else '✕ Chưa đạt'}</td><td>{passed}</td></tr>"
        )
    head = "<tr><th>Bộ kiểm tra</th><th>Kết quả</th><th>Số kiểm tra đạt</th></tr>"
    (docs / "index.html").write_text(
        f'<!doctype html><html lang="vi"><head>{POLICY}<meta charset="utf-8"><title>Kiểm tra dữ liệu</title>{PLAIN_STYLE}</head>'
        f"<body><main><h1>Kiểm tra dữ liệu</h1><table>{head}{''.join(rows)}</table></main></body></html>",
        encoding="utf-8",
    )


def raised(info: dict[str, Any] | None) -> bool:
    """Tell whether a check raised. The library nests the flag one level down where several metrics failed."""
    if not info:
        return False
    if info.get("raised_exception"):
        return True
    return any(isinstance(inner, dict) and inner.get("raised_exception") for inner in info.values())


def as_pandas(frame: pl.DataFrame) -> Any:
    """Return a small frame as pandas, column by column: no further package is needed."""
    import pandas as pd

    return pd.DataFrame(frame.to_dict(as_series=False), columns=frame.columns)
