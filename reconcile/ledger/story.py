"""The story of one record: which runs asked what, who concluded what from which file, what was undone."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import polars as pl

from reconcile.report.wording import words

if TYPE_CHECKING:
    from reconcile.ledger.store import Ledger

_WORDS = {
    "vi": {
        "title": "Bản ghi {record}",
        "nothing": "Sổ quyết định không có gì về “{record}”.",
        "open": "lần chạy {run} hỏi: {what}",
        "close": "lần chạy {run} không còn hỏi: {what}",
        "decided": "{by} kết luận “{conclusion}”{value} về {what} [{id}]",
        "follows": " theo quyết định của nhóm [{group}]",
        "value": ", giá trị đúng “{value}”",
        "replaces": ", thay cho [{id}]",
        "undone": "{by} hủy quyết định [{id}] về {what}",
        "note": "ghi chú: {note}",
        "remark": "{by} ghi chú: {note}",
        "from": "tệp {file}, trang {sheet}, dòng {row}",
        "values": "sổ {civil} / dân cư {population}",
        "empty": "(để trống)",
        "somebody": "(không ghi tên)",
        "now": "Hiện nay: {state}",
        "asked": "đang hỏi {count} câu; {decided} câu đã có kết luận.",
        "pair": "có cùng người không ({resident})",
        "absent": "chưa tìm thấy trong dân cư",
        "duplicate": "nghi trùng với {other}",
        "resident": "dân cư chưa có khai sinh",
        "unreadable": "ô không đọc được",
        "group": "cả nhóm",
        "book": "quyển sổ",
    },
    "en": {
        "title": "Record {record}",
        "nothing": "The ledger holds nothing about “{record}”.",
        "open": "run {run} asked: {what}",
        "close": "run {run} no longer asked: {what}",
        "decided": "{by} concluded “{conclusion}”{value} on {what} [{id}]",
        "follows": " following the decision of the group [{group}]",
        "value": ", correct value “{value}”",
        "replaces": ", in place of [{id}]",
        "undone": "{by} undid decision [{id}] on {what}",
        "note": "note: {note}",
        "remark": "{by} remarked: {note}",
        "from": "file {file}, sheet {sheet}, row {row}",
        "values": "register {civil} / population {population}",
        "empty": "(empty)",
        "somebody": "(no name given)",
        "now": "Now: {state}",
        "asked": "questions asked: {count}; of them decided: {decided}.",
        "pair": "same person? ({resident})",
        "absent": "not found in the population",
        "duplicate": "perhaps registered twice, with {other}",
        "resident": "resident without birth record",
        "unreadable": "cell that can't be read",
        "group": "the whole group",
        "book": "the book",
    },
}


def story(ledger: Ledger, about: str, language: str = "vi") -> tuple[list[str], list[dict[str, Any]]]:
    """Return the story of a record as lines and as objects for ``--json``, in the order in which things happened.

    ``about``: a record_id, a case_id, a resident_id or the id of a group.
    """
    text = _WORDS[language]
    events = _about(ledger.case_events(), about)
    decided = _about(ledger.all_decisions(), about)
    journal = {r["entry"]: r for r in ledger.journal().iter_rows(named=True)}
    told: list[tuple[int, int, str, dict[str, Any]]] = []
    for row in events.iter_rows(named=True):
        line = text[row["event"]].format(run=row["run_id"], what=_what(row, text))
        values = text["values"].format(
            civil=_quoted(row["civil_value"], text), population=_quoted(row["population_value"], text)
        )
        shown = line + (f"; {values}" if row["event"] == "open" and row["field"] else "")
        told.append((row["entry"], row["line"], shown, row))
    for row in decided.iter_rows(named=True):
        told.append((row["entry"], row["line"], _decision_line(row, text), row))
    if not told:
        return [text["nothing"].format(record=about)], []
    lines = [text["title"].format(record=about)]
    objects = []
    for entry, _, shown, row in sorted(told, key=lambda t: t[:2]):
        at = str(journal[entry]["at"])[:16].replace("T", " ")
        lines.append(f"{at}  {shown}")
        objects.append(
            {"at": journal[entry]["at"], "text": shown} | {k: v for k, v in row.items() if v is not None}
        )
    asked = _about(ledger.cases(), about)
    answers = asked.join(ledger.decisions().select("case_id"), on="case_id", how="semi")
    state = text["asked"].format(count=asked.height, decided=answers.height)
    lines.append(text["now"].format(state=state))
    return lines, objects


def _quoted(value: str | None, text: dict[str, str]) -> str:
    return f"“{value}”" if value else text["empty"]


def _about(frame: pl.DataFrame, about: str) -> pl.DataFrame:
    columns = [
        c
        for c in ("record_id", "case_id", "resident_id", "other_record_id", "decision_id")
        if c in frame.columns
    ]
    return frame.filter(pl.any_horizontal(pl.col(c) == about for c in columns))


def _what(row: dict[str, Any], text: dict[str, str]) -> str:
    kind = row["kind"]
    if kind in ("discrepancy", "note") and row["field"]:
        role = words("role").get(row["role"], row["role"] or "")
        return f"{words('field').get(row['field'], row['field'])} ({role}, {row['code']})"
    if kind in text:
        return text[kind].format(
            resident=row["resident_id"], other=row.get("other_record_id") or row["case_id"]
        )
    return str(row["case_id"])


def _decision_line(row: dict[str, Any], text: dict[str, str]) -> str:
    by = row["decided_by"] or text["somebody"]
    what = _what(row, text)
    if row["undoes"]:
        said = text["undone"].format(by=by, id=row["undoes"], what=what)
        return said + (f"; {text['note'].format(note=row['note'])}" if row["note"] else "")
    place = text["from"].format(file=row["source_file"], sheet=row["source_sheet"], row=row["source_row"])
    if row["conclusion"] is None:
        return f"{text['remark'].format(by=by, note=row['note'] or '')}; {place}"
    value = text["value"].format(value=row["correct_value"]) if row["correct_value"] else ""
    said = text["decided"].format(
        by=by, conclusion=row["conclusion"], value=value, what=what, id=row["decision_id"]
    )
    if row["group_decision"]:
        said += text["follows"].format(group=row["group_decision"])
    if row["supersedes"]:
        said += text["replaces"].format(id=row["supersedes"])
    if row["note"]:
        said += f"; {text['note'].format(note=row['note'])}"
    return f"{said}; {place}"


def as_json(objects: list[dict[str, Any]]) -> str:
    """Return one JSON object per line."""
    return "\n".join(json.dumps(o, ensure_ascii=False, default=str) for o in objects)
