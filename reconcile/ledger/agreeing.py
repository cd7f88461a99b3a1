"""Drafts held against each other and against the ledger: who contradicts whom is told to both, and nobody wins."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from reconcile.ledger.judging import Draft, Outcome, content_of
from reconcile.ledger.rulings import reason
from reconcile.ledger.standing import DIFFERENT, SAME, SIDES, UNSURE

if TYPE_CHECKING:
    from reconcile.ledger.known import Known, Row


def agree(drafts: list[Draft], known: Known, *, again: bool) -> tuple[list[Draft], list[Outcome]]:
    """Return the drafts to be written, in order, and the outcomes of all others.

    ``again``: take rows once more that were undone.
    """
    outcomes: list[Outcome] = []
    fresh: list[Draft] = []
    for one in drafts:
        told = _seen_before(one, known, again=again)
        if told is None:
            fresh.append(one)
        else:
            outcomes.append(told)
    fresh, copies = _without_copies(fresh)
    fresh = _agreeing_rows(fresh, outcomes)
    fresh = [one for one in fresh if _fits_ledger(one, known, outcomes)]
    _leave_out_exceptions(fresh, known)
    fresh = _agreeing_identity(fresh, known, outcomes)
    taken: list[Draft] = []
    for one in fresh:
        if one.kind == "group":
            one.members = [m for m in one.members if not _opposed(m, fresh, known)]
            if not one.members:
                outcomes.append(Outcome(one.row, "refused", reason("group_empty")))
                continue
        earlier = known.decisions.get(one.case_id)
        one.supersedes = earlier["decision_id"] if earlier else None
        taken.append(one)
    refused = {id(o.row): o for o in outcomes if o.status == "refused"}
    for one, first in copies:
        why = refused.get(id(first.row))
        outcomes.append(Outcome(one.row, "repeated") if why is None else replace(why, row=one.row))
    return taken, outcomes


def replaced(outcomes: list[Outcome], taken: list[Draft], known: Known) -> list[Outcome]:
    """Return the outcomes, where a row taken before is refused if ``taken`` now answers its question otherwise.

    So it is told the same as when it is returned after the row that replaces it, whatever the order of the files.
    """
    now = {one.case_id: one for one in taken if one.kind != "note"}

    def told_now(outcome: Outcome) -> Outcome:
        one = now.get(outcome.row.case_id or "")
        if one is None or outcome.status != "repeated" or outcome.decision_id is None:
            return outcome
        if _same_answer(known.contents[content_of(outcome.row)], _as_row(one)):
            return outcome
        return replace(outcome, status="refused", reason=reason("superseded_now", other=_told_draft(one)))

    return [told_now(outcome) for outcome in outcomes]


def _as_row(one: Draft) -> Row:
    return {"conclusion": one.conclusion, "correct_value": one.value, "correct_reading": one.reading}


def told(row: Row) -> str:
    """Name a decision of the ledger: conclusion, value, person, file and row."""
    parts = [f"“{row['conclusion']}”"]
    if row["correct_value"] and row["value_source"] == "given":
        parts.append(f"giá trị “{row['correct_value']}”")
    if row["decided_by"]:
        parts.append(str(row["decided_by"]))
    return ", ".join([*parts, f"{row['source_file']}, trang {row['source_sheet']}, dòng {row['source_row']}"])


def _told_draft(one: Draft) -> str:
    parts = [f"“{one.conclusion}”"]
    if one.value and one.value_source == "given":
        parts.append(f"giá trị “{one.value}”")
    if one.by:
        parts.append(one.by)
    return ", ".join([*parts, one.row.place])


def _seen_before(one: Draft, known: Known, *, again: bool) -> Outcome | None:
    """Tell what became of the same row when it was returned before; None where it is new."""
    if one.kind == "note":
        return Outcome(one.row, "repeated") if one.content in known.notes else None
    earlier = known.contents.get(one.content)
    if earlier is None:
        return None
    if earlier["undone"] is not None:
        if again:
            return None
        when = str(earlier["undone"])[:10]
        day = ".".join(reversed(when.split("-")))
        return Outcome(one.row, "refused", reason("undone_before", when=day), earlier["decision_id"])
    current = known.decisions.get(earlier["case_id"])
    if current is None or current["decision_id"] == earlier["decision_id"] or _same_answer(current, earlier):
        return Outcome(one.row, "repeated", None, earlier["decision_id"])
    said = reason("superseded", other=told(current), decision=current["decision_id"])
    return Outcome(one.row, "refused", said, earlier["decision_id"])


def _same_answer(a: Row, b: Row) -> bool:
    return (a["conclusion"], a["correct_reading"] or a["correct_value"]) == (
        b["conclusion"],
        b["correct_reading"] or b["correct_value"],
    )


def _without_copies(drafts: list[Draft]) -> tuple[list[Draft], list[tuple[Draft, Draft]]]:
    """Keep one of rows that say the very same, a row copied twice being one decision; return the others beside it."""
    kept: dict[tuple[str, str], Draft] = {}
    copies = []
    for one in drafts:
        first = kept.setdefault((one.case_id, one.content), one)
        if first is not one:
            copies.append((one, first))
    return list(kept.values()), copies


def _agreeing_rows(drafts: list[Draft], outcomes: list[Outcome]) -> list[Draft]:
    """Refuse all rows of one question that answer it differently."""
    by_case: dict[str, list[Draft]] = defaultdict(list)
    for one in drafts:
        by_case[one.case_id].append(one)
    bad = {
        case for case, its in by_case.items() if its[0].kind != "note" and len({d.answer for d in its}) > 1
    }
    for case in bad:
        for one in by_case[case]:
            other = "; ".join(_told_draft(d) for d in by_case[case] if d.answer != one.answer)
            outcomes.append(Outcome(one.row, "refused", reason("conflict_rows", other=other)))
    return [one for one in drafts if one.case_id not in bad]


def _fits_ledger(one: Draft, known: Known, outcomes: list[Outcome]) -> bool:
    """Tell whether a draft may follow the decision that the ledger holds for its question; else refuse it.

    It may where both say the same, where the ledger only has *Cần xác minh* or the decision of a group, and where
    the same person corrects themselves in a workbook that is not older.
    """
    earlier = known.decisions.get(one.case_id)
    if earlier is None or one.kind == "note":
        return True
    if earlier["conclusion"] == UNSURE or earlier["group_decision"] is not None:
        return True
    same_value = (earlier["correct_reading"] or earlier["correct_value"]) == (one.reading or one.value)
    if earlier["conclusion"] == one.conclusion and same_value:
        return True
    same_person = bool(one.by) and _folded(one.by) == _folded(earlier["decided_by"])
    if same_person and not known.older_run(one.row.run_id, earlier["run_id"]):
        return True
    said = reason("conflict_ledger", other=told(earlier), decision=earlier["decision_id"])
    outcomes.append(Outcome(one.row, "refused", said, earlier["decision_id"]))
    return False


def _folded(name: Any) -> str:
    return " ".join(str(name or "").split()).casefold()


# identity -------------------------------------------------------------------------------------------------


def _stance(conclusion: str | None, kind: str) -> str | None:
    """Return what a conclusion says about the pair: same, different, implied (same, since its values are judged)."""
    if kind not in ("discrepancy", "pair", "absent"):
        return None
    if conclusion == SAME:
        return "same"
    if conclusion == DIFFERENT:
        return "different"
    return "implied" if kind == "discrepancy" and conclusion in SIDES else None


def _leave_out_exceptions(drafts: list[Draft], known: Known) -> None:
    """Leave out of each group the rows that somebody decided by themselves: exceptions."""
    own = {d.case_id for d in drafts if d.kind == "discrepancy"}
    for head in drafts:
        if head.kind != "group":
            continue
        kept = []
        for member in head.members:
            earlier = known.decisions.get(member.case_id)
            if member.case_id in own or (earlier is not None and earlier["group_decision"] is None):
                continue
            member.supersedes = earlier["decision_id"] if earlier else None
            kept.append(member)
        head.members = kept


def _stances(
    drafts: list[Draft], known: Known
) -> tuple[dict[Any, list[tuple[str, str]]], dict[Any, dict[Any, str]]]:
    """Return pair → (stance, told) and mention → residents said to be the person, of drafts and ledger together."""
    replaced = {d.case_id for d in drafts}
    pairs: dict[Any, list[tuple[str, str]]] = defaultdict(list)
    people: dict[Any, dict[Any, str]] = defaultdict(dict)

    def add(record: Any, role: Any, resident: Any, stance: str | None, said: str) -> None:
        if stance is None or resident is None:
            return
        pairs[record, role, resident].append((stance, said))
        if stance == "same":
            people[record, role].setdefault(resident, said)

    for one in drafts:
        add(
            one.case["record_id"],
            one.case["role"],
            one.resident_id,
            _stance(one.conclusion, one.kind),
            _told_draft(one),
        )
    for mention in {(d.case["record_id"], d.case["role"]) for d in drafts}:
        for row in known.by_mention.get(mention, ()):
            if row["case_id"] not in replaced:
                add(*mention, row["resident_id"], _stance(row["conclusion"], row["kind"]), told(row))
    return pairs, people


def _agreeing_identity(drafts: list[Draft], known: Known, outcomes: list[Outcome]) -> list[Draft]:
    """Refuse drafts that say of one pair both same and different, or of one person two residents."""
    pairs, people = _stances([d for d in drafts if d.kind != "group"], known)
    kept = []
    for one in drafts:
        stance = _stance(one.conclusion, one.kind)
        mention = (one.case["record_id"], one.case["role"])
        against = [
            said for s, said in pairs.get((*mention, one.resident_id), ()) if stance and _contrary(s, stance)
        ]
        others = [
            said for r, said in people.get(mention, {}).items() if stance == "same" and r != one.resident_id
        ]
        if against:
            outcomes.append(
                Outcome(one.row, "refused", reason("conflict_identity", other="; ".join(against)))
            )
        elif others:
            outcomes.append(
                Outcome(one.row, "refused", reason("conflict_two_people", other="; ".join(others)))
            )
        else:
            kept.append(one)
    return kept


def _contrary(a: str, b: str) -> bool:
    return (a == "different") != (b == "different")


def _opposed(member: Draft, drafts: list[Draft], known: Known) -> bool:
    """Tell whether somebody said that the two of a group's row are different people: then it is an exception."""
    pair = (member.case["record_id"], member.case["role"], member.case["resident_id"])
    if any(r["conclusion"] == DIFFERENT for r in known.by_pair.get(pair, ())):
        return True
    return any(
        d.conclusion == DIFFERENT and (d.case["record_id"], d.case["role"], d.resident_id) == pair
        for d in drafts
    )
