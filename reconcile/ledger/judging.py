"""One returned row → a draft of a decision, or the reason why it can't be taken. Each row for itself."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from reconcile.ledger.conclusions import nearest, plain, read_conclusion
from reconcile.ledger.rulings import GROUP_SHEET, Ruling, reason, rulings
from reconcile.ledger.values import PERSONAL, Reading, kind_of, read_value
from reconcile.report import layout

if TYPE_CHECKING:
    from reconcile.ledger.known import Known, Row
    from reconcile.ledger.reading import ReturnedRow

TITLES = {
    "ket_luan": "Kết luận",
    "gia_tri_dung": "Giá trị đúng",
    "ghi_chu": "Ghi chú",
    "nguoi_xu_ly": "Người xử lý",
}
SIDE_NAMES = {"civil": "sổ hộ tịch", "population": "dân cư"}
CORRECTED_SIDE = {"Sửa hộ tịch": "civil", "Sửa dân cư": "population"}


class RefusedError(Exception):
    """A row can't be taken; ``str()`` is the Vietnamese sentence."""


@dataclass(slots=True)
class Draft:
    """A decision that stands on its own feet, before it is held against others.

    ``value_key`` is what the correct value is compared by. ``members``: of a group, the drafts of its rows.
    """

    row: ReturnedRow
    case: Row
    kind: str
    conclusion: str | None
    content: str
    value: str | None = None
    value_key: str | None = None
    reading: str | None = None
    value_source: str = "none"
    note: str | None = None
    by: str | None = None
    members: list[Draft] = field(default_factory=list)
    head: Draft | None = None
    supersedes: str | None = None

    @property
    def case_id(self) -> str:
        """Return the question decided."""
        return str(self.case["case_id"])

    @property
    def resident_id(self) -> str | None:
        """Return the resident judged: the case's, or the number that the clerk found for an absent person."""
        if self.kind == "absent" and self.conclusion == "Đúng cùng người":
            return self.reading
        return self.case["resident_id"]  # type: ignore[no-any-return]

    @property
    def answer(self) -> tuple[str | None, str | None]:
        """Return what two answers to one question must share to agree."""
        return self.conclusion, self.value_key


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one returned row: ``taken``, ``repeated`` (the ledger holds it already) or ``refused``."""

    row: ReturnedRow
    status: str
    reason: str | None = None
    decision_id: str | None = None
    covered: int = 0


def content_of(row: ReturnedRow) -> str:
    """Return the digest of what was written in a row: the same row is taken once, from whatever file it comes."""
    conclusion = read_conclusion(row.text("ket_luan") or "")
    parts = [row.sheet.key, row.case_id, conclusion, *(row.text(k) for k in layout.EDIT_KEYS[1:])]
    text = "\x1f".join("" if p is None else p for p in parts)
    return hashlib.blake2b(text.encode(), digest_size=12).hexdigest()


def draft(row: ReturnedRow, known: Known, commune: str | None, today: dt.date) -> Draft:
    """Check one row by itself: cells, identity, question, conclusion, value, note. Raises RefusedError."""
    _check_cells(row)
    if row.case_id is None:
        raise RefusedError(reason("id_missing"))
    if not row.intact:
        raise RefusedError(reason("row_changed"))
    if not row.sheet.has("ket_luan"):
        return _remark(row, known)
    conclusion = _conclusion(row)
    if row.case_id.startswith(layout.GROUP_PREFIX):
        return _group(row, known, commune, conclusion, today)
    case = _case(row, known)
    section = layout.DISCREPANCIES.key if row.sheet is layout.GROUP_ROWS else row.sheet.key
    return _answer(row, case, str(case["kind"]), conclusion, rulings().sheet[section][conclusion], today)


def _check_cells(row: ReturnedRow) -> None:
    limit = rulings().limits.text
    for key, cell in row.cells.items():
        if cell.fault:
            raise RefusedError(reason(cell.fault, column=TITLES[key], given=cell.text))
        if cell.text and len(cell.text) > limit:
            raise RefusedError(reason("value_too_long", limit=limit))


def _conclusion(row: ReturnedRow) -> str:
    given = row.text("ket_luan")
    if given is None:
        raise RefusedError(reason("conclusion_missing"))
    conclusion = read_conclusion(given)
    if conclusion is None:
        near = nearest(given)
        hint = f" Có phải “{near}”?" if near else ""
        raise RefusedError(reason("conclusion_unknown", given=given[:80], hint=hint))
    return conclusion


def _case(row: ReturnedRow, known: Known) -> Row:
    """Return the question of a row as it is asked now; refuse where it is another question by now."""
    assert row.case_id is not None
    case = known.case(row.case_id)
    if case is None:
        last = known.ever(row.case_id)
        if last is None:
            raise RefusedError(reason("id_unknown"))
        fresh = known.successor(last) if last["kind"] == "discrepancy" else None
        if fresh is None:
            raise RefusedError(reason("gone"))
        raise RefusedError(reason("changed", what=_what_changed(last, fresh)))
    if case["kind"] == "discrepancy":
        return case  # the id binds pair and values
    seen = known.earlier(row.case_id, row.run_id)
    if seen is None:
        raise RefusedError(reason("run_unknown", run=row.run_id or "(không ghi)"))
    if (seen["civil_key"], seen["population_key"]) != (case["civil_key"], case["population_key"]):
        sides = [
            n for k, n in (("civil_key", "sổ hộ tịch"), ("population_key", "dân cư")) if seen[k] != case[k]
        ]
        raise RefusedError(reason("changed", what=f" thông tin bên {' và '.join(sides)}."))
    return case


def _what_changed(before: Row, now: Row) -> str:
    said = [
        f" {name} trước ghi “{before[k] or '(trống)'}”, nay ghi “{now[k] or '(trống)'}”."
        for k, name in (("civil_value", "sổ hộ tịch"), ("population_value", "dân cư"))
        if before[k] != now[k]
    ]
    return "".join(said) or " người được ghép nay là người khác."


def _remark(row: ReturnedRow, known: Known) -> Draft:
    """A remark on a row that could not be read decides nothing, but is kept."""
    assert row.case_id is not None
    case = known.case(row.case_id) or known.ever(row.case_id)
    if case is None:
        raise RefusedError(reason("id_unknown"))
    return Draft(
        row, case, "note", None, content_of(row), note=row.text("ghi_chu"), by=row.text("nguoi_xu_ly")
    )


def _answer(row: ReturnedRow, case: Row, kind: str, conclusion: str, ruling: Ruling, today: dt.date) -> Draft:
    if ruling.refuse:
        raise RefusedError(reason(ruling.refuse))
    note = row.text("ghi_chu")
    made = Draft(row, case, kind, conclusion, content_of(row), note=note, by=row.text("nguoi_xu_ly"))
    _value(made, ruling, today)
    if ruling.note == "given" and not note:
        raise RefusedError(reason("note_missing", conclusion=conclusion))
    return made


def _value(made: Draft, ruling: Ruling, today: dt.date) -> None:
    """Fill in the correct value of a draft: given, or implied by the conclusion."""
    given = made.row.text("gia_tri_dung")
    what = kind_of(made.case["field"]) if made.kind == "discrepancy" else "text"
    if ruling.value == "number":
        what = "number"
        if not given:
            raise RefusedError(reason("number_missing"))
    if given:
        read = read_value(given, what, today)
        if read.fault:
            raise RefusedError(reason(read.fault, given=given[:80]))
        made.value, made.reading, made.value_key, made.value_source = given, read.value, read.key, "given"
        if made.kind == "discrepancy":
            _check_against_sides(made, ruling, what, today)
        return
    if ruling.value == "implied":
        _imply(made, ruling, what, today)
    elif ruling.value == "one_of" and not made.note:
        raise RefusedError(reason("value_or_note_missing", conclusion=made.conclusion))


def _imply(made: Draft, ruling: Ruling, what: str, today: dt.date) -> None:
    side = ruling.side or "civil"
    written = made.case[f"{side}_value"]
    read = read_value(written, what, today) if written else Reading(None, None)
    if read.value is None:
        raise RefusedError(reason("value_missing", conclusion=made.conclusion, side=SIDE_NAMES[side]))
    made.value, made.reading, made.value_key, made.value_source = written, read.value, read.key, side


def _check_against_sides(made: Draft, ruling: Ruling, what: str, today: dt.date) -> None:
    """A given value must fit the conclusion: change something, need its basis, contradict nothing."""
    keys = {}
    for side in SIDE_NAMES:
        written = made.case[f"{side}_value"]
        keys[side] = read_value(written, what, today).key if written else None
    third = made.value_key not in keys.values()
    if ruling.value == "none" and third:
        raise RefusedError(reason("value_contradicts"))
    wrong = CORRECTED_SIDE.get(made.conclusion or "")
    if wrong and keys[wrong] == made.value_key:
        raise RefusedError(reason("value_changes_nothing", side=SIDE_NAMES[wrong]))
    if ruling.note == "third" and third and not made.note:
        raise RefusedError(reason("note_for_third_value"))


def _group(row: ReturnedRow, known: Known, commune: str | None, conclusion: str, today: dt.date) -> Draft:
    """One decision for a group: a draft with one member per row of the group that is still asked."""
    assert row.case_id is not None
    systematic = row.case_id.removeprefix(layout.GROUP_PREFIX)
    ruling = rulings().sheet[GROUP_SHEET][conclusion]
    if ruling.refuse:
        raise RefusedError(reason(ruling.refuse))
    cases = known.members(systematic, commune, row.run_id)
    if not cases:
        raise RefusedError(reason("group_empty"))
    given = row.text("gia_tri_dung")
    if given and any(kind_of(c["field"]) in PERSONAL for c in cases):
        raise RefusedError(reason("value_of_group"))
    note = row.text("ghi_chu")
    if ruling.note == "given" and not note:
        raise RefusedError(reason("note_missing", conclusion=conclusion))
    case: dict[str, Any] = dict.fromkeys(cases[0]) | {
        "case_id": row.case_id, "commune_code": commune, "systematic": systematic, "kind": "group",
    }  # fmt: skip
    head = Draft(
        row, case, "group", conclusion, content_of(row), value=given, value_key=given and plain(given),
        note=note, by=row.text("nguoi_xu_ly"), value_source="given" if given else "none",
    )  # fmt: skip
    for member in cases:
        try:
            one = _answer(row, member, "discrepancy", conclusion, ruling, today)
        except RefusedError:
            continue  # this row needs a value of its own: it stays open
        one.head, one.content = head, ""
        head.members.append(one)
    if not head.members:
        raise RefusedError(reason("group_empty"))
    return head
