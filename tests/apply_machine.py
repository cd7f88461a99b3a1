"""A clerk who does anything with a workbook, and a model of what must become of it.

The model keeps what was typed on intact rows. After every return: each answer that the ledger holds is one that was
typed, each typed answer is in the ledger or was refused with a reason, and what was taken never changes by itself.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

import openpyxl
from apply_books import NOW, Office
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from reconcile.ledger.conclusions import read_conclusion
from reconcile.ledger.reading import recognised
from reconcile.report import layout

SPELLINGS = st.sampled_from(layout.CONCLUSIONS).flatmap(
    lambda c: st.sampled_from([c, c.upper(), c.lower(), f"  {c} ", c.replace(" ", "  ")])
)
TYPED = st.one_of(
    SPELLINGS,
    st.none(),
    st.sampled_from(["", "Sửa", "đúng", "=1+1", "#N/A", "xong", "0"]),
    st.text(max_size=12),
)
VALUES = st.one_of(
    st.none(),
    st.sampled_from(["Phạm Văn Bình", "PHẠM VĂN BÍNH", "03.05.2016", "31/02/2016", "030216000111", 30216000111, "1985", "x", "Kinh"]),
)  # fmt: skip
NOTES = st.sampled_from([None, "trang 7", "đã gọi điện", "a\nb", "=cmd", " "])
NAMES = st.sampled_from([None, "An", "Bình", "an"])
SEED = st.integers(0, 10_000)


class ClerkMachine(RuleBasedStateMachine):
    """Two workbooks of one run; the clerk edits either and returns either, any number of times."""

    template: Path | None = None

    @initialize()
    def begin(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="clerk-"))
        self.office = Office(self.folder)
        self.books = [openpyxl.load_workbook(self.office.published) for _ in range(2)]
        self.seen: dict[str, tuple[Any, ...]] = {}
        self.returns = 0

    def teardown(self) -> None:
        shutil.rmtree(getattr(self, "folder", "/nonexistent"), ignore_errors=True)

    # edits ------------------------------------------------------------------------------------------------

    def _pages(self, book: Any) -> list[Any]:
        return [p for p in book.worksheets if p.sheet_state == "visible" and _header(p) is not None]

    def _row(self, book: Any, seed: int) -> tuple[Any, int] | None:
        rows = [(p, r) for p in self._pages(book) for r in range(2, p.max_row + 1) if p.cell(r, 1).value]
        return rows[seed % len(rows)] if rows else None

    @rule(which=st.booleans(), seed=SEED, typed=TYPED, value=VALUES, note=NOTES, by=NAMES)
    def answer(self, which: bool, seed: int, typed: Any, value: Any, note: Any, by: Any) -> None:
        found = self._row(self.books[which], seed)
        if found is None:
            return
        page, row = found
        at = _header(page)
        assert at is not None
        for key, written in (
            ("ket_luan", typed),
            ("gia_tri_dung", value),
            ("ghi_chu", note),
            ("nguoi_xu_ly", by),
        ):
            if key in at:
                try:
                    page.cell(row, at[key] + 1).value = written
                except openpyxl.utils.exceptions.IllegalCharacterError:
                    page.cell(row, at[key] + 1).value = None

    @rule(which=st.booleans(), seed=SEED)
    def plainly(self, which: bool, seed: int) -> None:
        """The usual thing: a choice from the list."""
        found = self._row(self.books[which], seed)
        if found is not None:
            page, row = found
            at = _header(page)
            if at is not None and "ket_luan" in at:
                page.cell(row, at["ket_luan"] + 1).value = layout.CONCLUSIONS[seed % 6]
                page.cell(row, at["ghi_chu"] + 1).value = "xem sổ"

    @rule(which=st.booleans(), seed=SEED, column=st.integers(2, 8), down=st.booleans())
    def sort(self, which: bool, seed: int, column: int, down: bool) -> None:
        pages = self._pages(self.books[which])
        page = pages[seed % len(pages)]
        _put(page, sorted(_rows(page), key=lambda r: str(r[min(column, len(r) - 1)]), reverse=down))

    @rule(which=st.booleans(), seed=SEED)
    def delete(self, which: bool, seed: int) -> None:
        found = self._row(self.books[which], seed)
        if found:
            found[0].delete_rows(found[1])

    @rule(which=st.booleans(), seed=SEED)
    def duplicate(self, which: bool, seed: int) -> None:
        found = self._row(self.books[which], seed)
        if found:
            page, row = found
            _put(page, [*_rows(page), [c.value for c in page[row]]])

    @rule(seed=SEED, which=st.booleans())
    def copy_from_the_other(self, seed: int, which: bool) -> None:
        found = self._row(self.books[not which], seed)
        if found and found[0].title in self.books[which].sheetnames:
            page = self.books[which][found[0].title]
            _put(page, [*_rows(page), [c.value for c in found[0][found[1]]]])

    @rule(which=st.booleans(), seed=SEED)
    def overwrite(self, which: bool, seed: int) -> None:
        """Change a cell that is not for the clerk: the row is not trusted any more."""
        found = self._row(self.books[which], seed)
        if found:
            found[0].cell(found[1], 4 + seed % 3).value = "sửa"

    @rule(which=st.booleans(), seed=SEED)
    def foreign_row(self, which: bool, seed: int) -> None:
        pages = self._pages(self.books[which])
        page = pages[seed % len(pages)]
        width = page.max_column
        _put(page, [*_rows(page), ["la|nks|", "0" * 16, *["x"] * (width - 2)]])

    @rule(which=st.booleans(), seed=SEED)
    def blank(self, which: bool, seed: int) -> None:
        found = self._row(self.books[which], seed)
        at = _header(found[0]) if found else None
        if found and at:
            for key in layout.EDIT_KEYS:
                if key in at:
                    found[0].cell(found[1], at[key] + 1).value = None

    @rule(which=st.booleans(), seed=SEED)
    def rename_sheet(self, which: bool, seed: int) -> None:
        pages = self._pages(self.books[which])
        pages[seed % len(pages)].title = f"trang {seed}"

    @rule(seed=SEED)
    @precondition(lambda self: self.returns > 0)
    def undo(self, seed: int) -> None:
        with self.office.ledger() as ledger:
            live = ledger.decisions()
            if live.is_empty():
                return
            undone = ledger.undo([live.row(seed % live.height, named=True)["decision_id"]])
            counts = {r["case_id"]: _answer(r) for r in ledger.decisions().iter_rows(named=True)}
        for case in undone["case_id"]:
            self.seen.pop(case, None)
            if case in counts:
                self.seen[case] = counts[case]

    # returning --------------------------------------------------------------------------------------------

    @rule(which=st.sampled_from([(0,), (1,), (0, 1), (1, 0)]))
    def give_back(self, which: tuple[int, ...]) -> None:
        self.returns += 1
        paths = []
        for at in which:
            path = self.folder / f"tra-{at}.xlsx"
            self.books[at].save(path)
            paths.append(path)
        done = self.office.apply(*paths, now=NOW, returned=None)
        typed = {str(p): _typed(p) for p in paths}
        with self.office.ledger() as ledger:
            assert ledger.verify() == []
            now = {r["case_id"]: r for r in ledger.decisions().iter_rows(named=True)}
        outcomes = {(o.row.file, o.row.tab, o.row.row): o for o in done.outcomes}
        for path, rows in typed.items():
            for (tab, row), (case, conclusion) in rows.items():
                outcome = outcomes.pop((Path(path).name, tab, row), None)
                assert outcome is not None, "a filled row has an outcome"
                if outcome.status == "refused":
                    assert outcome.reason
                elif conclusion is not None:
                    assert now[case]["conclusion"] == conclusion, "what was typed is what counts"
        assert not outcomes, "no outcome without a filled row"
        taken = {o.row.case_id for o in done.outcomes if o.status == "taken"}
        for case, earlier in self.seen.items():
            if case not in taken and now[case]["group_decision"] is None:
                assert _answer(now[case]) == earlier, "what was decided does not change by itself"
        written = {case for rows in typed.values() for case, _ in rows.values()}
        for case, row in now.items():
            assert case in self.seen or case in written or row["group_decision"], "nothing is made up"
        self.seen = {case: _answer(row) for case, row in now.items()}
        again = self.office.apply(*paths, now=NOW, returned=None)
        assert again.entry is None, "nothing is taken twice"


def _answer(row: dict[str, Any]) -> tuple[Any, ...]:
    return row["conclusion"], row["correct_value"], row["note"], row["decided_by"]


def _header(page: Any) -> dict[str, int] | None:
    found = recognised([c.value for c in page[1]])
    return found[1] if found else None


def _rows(page: Any) -> list[list[Any]]:
    return [[c.value for c in row] for row in page.iter_rows(min_row=2)]


def _put(page: Any, rows: list[list[Any]]) -> None:
    page.delete_rows(2, page.max_row)
    for at, row in enumerate(rows, start=2):
        for column, value in enumerate(row, start=1):
            page.cell(at, column).value = value


def _typed(path: Path) -> dict[tuple[str, int], tuple[Any, str | None]]:
    """Read what stands in the file, the slow and plain way: (sheet, row) → (id, conclusion typed)."""
    book = openpyxl.load_workbook(path)
    found: dict[tuple[str, int], tuple[Any, str | None]] = {}
    for page in book.worksheets:
        at = _header(page)
        if at is None or page.title in (layout.LIST_SHEET, layout.STAMP_SHEET):
            continue
        for row in range(2, page.max_row + 1):
            cells = {k: page.cell(row, at[k] + 1).value for k in layout.EDIT_KEYS if k in at}
            text = {k: " ".join(layout.cell_text(str(v)).split()) for k, v in cells.items() if v is not None}
            if any(v for k, v in text.items() if k != "nguoi_xu_ly"):
                conclusion = read_conclusion(text.get("ket_luan", "")) if text.get("ket_luan") else None
                found[page.title, row] = (page.cell(row, 1).value, conclusion)
    return found
