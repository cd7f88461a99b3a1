"""Why a record was, or was not, matched: read back from what a run left, told in Vietnamese."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from reconcile.match.explain import explain
from reconcile.match.results import EVIDENCE_FILE
from reconcile.match.settings import Settings, load_settings
from reconcile.problems import ReconcileError
from reconcile.protection.files import scan_table
from reconcile.schema import CANDIDATES, REGISTERS, ROLES

if TYPE_CHECKING:
    from pathlib import Path

_SETTLED = {"match": "Đã tìm thấy", "review": "Cần xác nhận", "none": "Chưa tìm thấy"}
_BY_MODEL = "mo_hinh"


def run_folder(where: Path) -> Path:
    """Return the folder that holds ``links.parquet``: ``where`` itself, or the newest below a workspace's runs."""
    if (where / "links.parquet").is_file():
        return where
    runs = sorted((where / "runs").glob("**/links.parquet"), key=lambda p: (p.stat().st_mtime_ns, str(p)))
    if not runs:
        raise ReconcileError(
            f"{where} holds no run. Give the folder of 'reconcile run --out', or a workspace after its first night."
        )
    return runs[-1].parent


def explain_record(where: Path, record_id: str, role: str | None = None) -> list[dict[str, Any]]:
    """Return one explanation per mention of a record: what was decided, by what, and each candidate's evidence.

    ``where``: a run's folder or a workspace. Raises ``ReconcileError`` where the record is not in it. The result
    holds ids and evidence, no name, date or number of a person but the resident's number.
    """
    links, folder = _mentions(where, record_id)
    if role is not None:
        links = links.filter(pl.col("role") == role)
    if not links.height:
        raise ReconcileError(
            f"No record {record_id}{f' with the role {role}' if role else ''} in {where}. "
            "The ids stand in links.parquet and in the workbook's hidden column."
        )
    here = pl.col("record_id") == record_id
    candidates = {
        "review": scan_table(folder / "candidates.parquet").filter(here).collect(),
        "match": _behind_matches(folder).filter(here).collect(),
    }
    settings = load_settings()
    told = []
    for link in links.iter_rows(named=True):
        own = (pl.col("role") == link["role"]) & (pl.col("source_row") == link["source_row"])
        own &= pl.col("source_file") == link["source_file"]
        weighed = candidates.get(link["tier"], candidates["review"]).filter(own).sort("rank")
        told.append(_explained(link, weighed, settings))
    return told


def _behind_matches(folder: Path) -> pl.LazyFrame:
    """Return the evidence of matches that a run kept; none of an older run."""
    path = folder / EVIDENCE_FILE
    return scan_table(path) if path.is_file() else CANDIDATES.empty().lazy()


def _mentions(where: Path, record_id: str) -> tuple[pl.DataFrame, Path]:
    """Return the record's links and the folder they lie in; in a workspace every commune's newest run is looked at."""
    folder = run_folder(where)
    wanted = pl.col("record_id") == record_id
    found = scan_table(folder / "links.parquet").filter(wanted).collect()
    if found.height or folder == where:
        return found, folder
    others = sorted((where / "runs").glob("**/links.parquet"), key=lambda p: (-p.stat().st_mtime_ns, str(p)))
    for path in others:
        found = scan_table(path).filter(wanted).collect()
        if found.height:
            return found, path.parent
    return found, folder


def _explained(link: dict[str, Any], candidates: pl.DataFrame, settings: Settings) -> dict[str, Any]:
    rows = list(candidates.iter_rows(named=True))
    best = [row["match_weight"] for row in rows[:2]]
    return {
        "record_id": link["record_id"],
        "source": f"{link['source_file']}, dòng {link['source_row']}",
        "register": REGISTERS.get(link["register"], link["register"]),
        "role": link["role"],
        "person": ROLES.get(link["role"], link["role"]),
        "tier": link["tier"],
        "decision": _decision(link, settings),
        "resident_id": link["resident_id"],
        "probability": link["probability"],
        "match_weight": link["match_weight"],
        "ahead_of_runner_up": round(best[0] - best[1], 3) if len(best) == 2 else None,
        "candidates": [
            {
                "rank": row["rank"],
                "resident_id": row["resident_id"],
                "probability": row["probability"],
                "match_weight": row["match_weight"],
                "evidence": explain(row, settings),
                "row": row,
            }
            for row in rows
        ],
    }


def _decision(link: dict[str, Any], settings: Settings) -> str:
    """Return one sentence: what became of the mention, and by which rule."""
    head = _SETTLED.get(link["tier"], link["tier"])
    if link["tier"] == "none":
        return f"{head}: không người nào trong dữ liệu dân cư đủ giống."
    if link["tier"] == "review":
        return f"{head}: có người giống, nhưng chưa đủ chắc để máy tự ghép."
    name = link["match_pass"]
    title = next((p.title for p in settings.passes if p.name == name), None)
    if title:
        return f"{head}: chỉ một người {title}."
    if name == _BY_MODEL or name is None:
        return f"{head}: tổng hợp các bằng chứng đủ chắc, không ai khác sát bằng."
    return (
        f"{head}: theo quyết định của cán bộ."
        if "quyet_dinh" in name or "decision" in name
        else f"{head}: {name}."
    )


def as_text(explanations: list[dict[str, Any]]) -> str:
    """Return explanations as lines for a terminal."""
    lines: list[str] = []
    for told in explanations:
        lines.append(f"{told['record_id']} – {told['person']} ({told['register']}; {told['source']})")
        lines.append(f"  {told['decision']}")
        if told["resident_id"]:
            lines.append(
                f"  Người được ghép hoặc gần nhất: {told['resident_id']}, xác suất {told['probability']:.4f}"
            )
        for candidate in told["candidates"]:
            lines.append(
                f"  {candidate['rank']}. {candidate['resident_id']}: tổng trọng số {candidate['match_weight']:+.1f}, "
                f"xác suất {candidate['probability']:.4f}"
            )
            lines += [f"     {sentence}" for sentence in candidate["evidence"]]
        if told["ahead_of_runner_up"] is not None:
            lines.append(
                f"  Người thứ nhất hơn người thứ hai {told['ahead_of_runner_up']:.1f} đơn vị trọng số."
            )
    return "\n".join(lines)
