"""The report of an evaluation as plain text."""

from __future__ import annotations

from typing import Any

from reconcile.match.evaluation_discrepancies import format_discrepancies


def _percent(value: float | None) -> str:
    return "      –" if value is None else f"{value:7.2%}"


def _table(title: str, rows: list[dict[str, Any]], names: tuple[str, ...]) -> list[str]:
    lines = [f"{title:<24} mentions  precision   recall       F1   review    found"]
    for row in rows:
        label = " ".join(str(row[name]) for name in names)
        shares = "  ".join(
            _percent(row[c]) for c in ("precision", "recall", "f1", "review_share", "found_share")
        )
        lines.append(f"  {label:<22} {row['mentions']:>8}    {shares}")
    return [*lines, ""]


def _case(row: dict[str, Any]) -> str:
    place = f"{row['source_file']} row {row['source_row']} {row['role']}"
    linked = "nobody" if row["linked_row"] is None else f"row {row['linked_row']}"
    true = (
        f"row {row['population_row']}"
        if row["population_row"] is not None
        else f"nobody ({row.get('why_absent')})"
    )
    chance = "" if row["probability"] is None else f" p={row['probability']:.4f}"
    said = f"  {place}: {row['tier']}{chance} with {linked}, true {true}"
    if row.get("errors"):
        said += f" [{', '.join(row['errors'])}]"
    if "written_name" in row:
        said += f"\n      written {row['written_name']} {row['written_birth']}"
    for side in ("linked", "true"):
        if row.get(f"{side}_name"):
            said += f"\n      {side:<7} {row[f'{side}_name']} {row[f'{side}_birth']}"
    return said


def format_report(report: dict[str, Any]) -> str:
    """Return ``evaluate``'s report for a terminal. It names rows and ids; values only if evaluate was given the frames."""
    every = report["all"]
    if not every:
        return "The truth names no mention: nothing to judge."
    lines = [
        (
            f"{every['mentions']} mentions, {every['with_person']} of them in the extract; "
            f"{every['matches']} matched, {every['wrong']} wrongly; {every['review']} for review; "
            f"{every['not_looked_up']} never looked up."
        ),
        "",
    ]
    lines += _table("All", [{"of": "all", **every}], ("of",))
    lines += _table("By register and role", report["by_register_role"], ("register", "role"))
    if "by_period" in report:
        lines += _table("By period of the book", report["by_period"], ("period",))
    if "by_pass" in report:
        lines += ["By pass                  matches     right  precision"]
        lines += [
            f"  {row['match_pass']!s:<22} {row['matches']:>7}  {row['right']:>8}    {_percent(row['precision'])}"
            for row in report["by_pass"]
        ]
        lines += [""]
    if "absent" in report:
        lines += ["Not in the extract        mentions  wrongly matched"]
        lines += [
            f"  {row['why_absent']!s:<22} {row['mentions']:>8}  {row['wrongly_matched']:>8}"
            for row in report["absent"]
        ]
        lines += [""]
    if report.get("blocking_recall") is not None:
        lines += [
            f"Blocking proposes the right person for {_percent(report['blocking_recall']).strip()} of the mentions.",
            "",
        ]
    lines += ["If every link from this probability were a match"]
    lines += ["  threshold     links  precision   recall"]
    lines += [
        f"  {row['threshold']:>9} {row['links']:>9}    {_percent(row['precision'])}  {_percent(row['recall'])}"
        for row in report["threshold_curve"]
    ]
    lines += ["", "Calibration: said and true probability", "  from – to          links     said     true"]
    lines += [
        f"  {row['from']:>5} – {row['to']:<5} {row['links']:>10}  {_percent(row['mean_probability'])}  {_percent(row['right'])}"
        for row in report["calibration"]
    ]
    for name, title in (("false_links", "Worst false links"), ("misses", "Worst misses")):
        if report["worst"][name]:
            lines += ["", title, *(_case(row) for row in report["worst"][name])]
    if "discrepancies" in report:
        lines += ["", format_discrepancies(report["discrepancies"])]
    return "\n".join(lines)
