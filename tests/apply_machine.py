"""A clerk who does anything with a workbook, and a model of what must become of it.

The model keeps what was typed on intact rows. After every return: each answer that the ledger holds is one that was
typed, each typed answer is in the ledger or was refused with a reason, and what was taken never changes by itself.
The annotated copy holds every reason in its row and everything else as it was.
"""

from __future__ import annotations

import collections
import functools
import os
import shutil
import sys
import tempfile
import warnings
from pathlib import Path
from typing import Any
from unittest import mock

import openpyxl
import polars as pl
import report_data
from apply_books import (
    HAS_LIBREOFFICE,
    NOW,
    PARTIAL,
    TONE,
    Office,
    assert_annotated,
    changed_value,
    libreoffice,
)
from apply_pages import header_of, put_rows, rows_of, typed_in
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)
from msoffcrypto.method.ecma376_agile import ECMA376Agile

from reconcile.report import layout
from reconcile.report.encryption import encrypt
from reconcile.report.tables import ReportTables

SPELLINGS = st.sampled_from(layout.CONCLUSIONS).flatmap(
    lambda c: st.sampled_from([c, c.upper(), c.lower(), f"  {c} ", c.replace(" ", "  ")])
)
INJECTIONS = (
    "=HYPERLINK(\"http://x.invalid\",\"bấm\")", "+cmd|' /C calc'!A0", "-1+1", "@SUM(1;1)", "\t=1+1", "=#REF!",
    "<c r=\"A1\"/>", "&lt;b&gt;", "]]>", "_x0041_", "';DROP TABLE decisions;--",
)  # fmt: skip
TYPED = st.one_of(
    SPELLINGS,
    st.none(),
    st.sampled_from(["", "Sửa", "đúng", "=1+1", "#N/A", "xong", "0", *INJECTIONS]),
    st.text(max_size=12),
)
VALUES = st.one_of(
    st.none(),
    st.sampled_from(["Phạm Văn Bình", "PHẠM VĂN BÍNH", "03.05.2016", "31/02/2016", "030216000111", 30216000111, "1985", "x", "Kinh"]),
    st.sampled_from(INJECTIONS),
)  # fmt: skip
NOTES = st.sampled_from([None, "trang 7", "đã gọi điện", "a\nb", "=cmd", " ", *INJECTIONS])
NAMES = st.sampled_from([None, "An", "Bình", "an"])
SEED = st.integers(0, 10_000)
PASSWORD = "mật-khẩu"

SAVES = int(os.environ.get("RECONCILE_APPLY_SAVES", "0"))
"""One of how many saves goes through LibreOffice, which takes seconds; 0: none. It has tests of its own."""

RETURNS = 4
"""How often a clerk returns workbooks at most: that is where the time goes, and a fifth time tells little that is new."""

DONE: collections.Counter[str] = collections.Counter()
"""What all clerks of this process did so far."""


def let_clerks_work(runs: int, *, at: int | None = None, shorten: bool = True) -> None:
    """Let ``runs`` clerks work; raise what the first finds. ``at``: seed, the same gives the same clerks; None: always the same.

    ``shorten``: look for the shortest clerk who finds it, which takes minutes; else they are told as they were.
    """
    clerk = type("ClerkMachine", (ClerkMachine,), {})
    how = settings(
        max_examples=runs,
        stateful_step_count=20,
        deadline=None,
        derandomize=at is None,
        phases=list(Phase) if shorten else [Phase.explicit, Phase.generate],
        report_multiple_bugs=False,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    with few_rounds():
        run_state_machine_as_test(clerk if at is None else seed(at)(clerk), settings=how)


def few_rounds() -> Any:
    """Encrypt with a hundredth of the rounds, which the file states: the same format, a third of all time less."""
    real = ECMA376Agile.generate_encryption_parameters
    return mock.patch.object(
        ECMA376Agile,
        "generate_encryption_parameters",
        staticmethod(lambda key, salt_value=None, _spin_count=0: real(key, salt_value, 1_000)),
    )


@functools.cache
def scratch() -> Path:
    """Return a folder for what all clerks of this process share, removed at its end."""
    folder = tempfile.TemporaryDirectory(prefix="clerks-")
    scratch.kept = folder  # type: ignore[attr-defined]  # removed when nothing holds it any more
    return Path(folder.name)


@functools.cache
def first_office() -> Office:
    """Return the office as every clerk finds it: made once, since the same input gives the same bytes."""
    return Office(scratch() / "office")


@functools.cache
def later_night(number: int, changed: str | None, gone: bool) -> tuple[str, ReportTables, Path]:
    """Return run, tables and workbook of a later night: a value of ``changed`` is another, or a common cause is gone."""
    tables = report_data.small()
    if changed is not None:
        tables = changed_value(tables, changed, population_value=f"Phạm Văn Bảng {number}")
    if gone:
        left = tables.discrepancies.filter(pl.col("systematic").is_null())
        tables = report_data.replace(tables, discrepancies=left)
    run_id = f"20261123-{number}"
    office = Office(scratch() / f"{number}-{changed}-{gone}")
    return run_id, tables, office.publish(run_id, tables)


class ClerkMachine(RuleBasedStateMachine):
    """Two workbooks of one run; the clerk edits either and returns either, any number of times."""

    @initialize()
    def begin(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="clerk-", dir=scratch()))
        self.office = first_office().like_new(self.folder)
        self.books = [openpyxl.load_workbook(self.office.published) for _ in range(2)]
        self.saved = False
        self.seen: dict[str, tuple[Any, ...]] = {}
        self.returns = 0
        self.runs = 0

    def teardown(self) -> None:
        if hasattr(self, "folder") and self.returns == 0 and sys.exc_info()[0] is None:
            self.give_back((0, 1), secret=False, go_on=False)  # nobody keeps the workbooks
        DONE["clerks"] += getattr(self, "returns", 0) > 0
        shutil.rmtree(getattr(self, "folder", "/nonexistent"), ignore_errors=True)

    # edits ------------------------------------------------------------------------------------------------

    def _pages(self, book: Any) -> list[Any]:
        return [p for p in book.worksheets if p.sheet_state == "visible" and header_of(p) is not None]

    def _row(self, book: Any, seed: int) -> tuple[Any, int] | None:
        rows = [
            (p, r)
            for p in self._pages(book)
            for at in [header_of(p)]
            if at is not None and layout.ID_KEY in at
            for r in range(2, p.max_row + 1)
            if p.cell(r, at[layout.ID_KEY] + 1).value
        ]
        return rows[seed % len(rows)] if rows else None

    @rule(which=st.booleans(), seed=SEED, typed=TYPED, value=VALUES, note=NOTES, by=NAMES)
    def answer(self, which: bool, seed: int, typed: Any, value: Any, note: Any, by: Any) -> None:
        found = self._row(self.books[which], seed)
        if found is None:
            return
        page, row = found
        at = header_of(page)
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

    @rule(which=st.booleans(), seeds=st.lists(SEED, min_size=1, max_size=8))
    def plainly(self, which: bool, seeds: list[int]) -> None:
        """The usual thing: a choice from the list on one row after the other, who it was and a remark."""
        for chosen in seeds:
            found = self._row(self.books[which], chosen)
            at = header_of(found[0]) if found else None
            if found is None or at is None:
                continue
            page, row = found
            for key, written in (
                ("ket_luan", layout.CONCLUSIONS[chosen % 6]),
                ("ghi_chu", "xem sổ"),
                ("nguoi_xu_ly", ("An", "Bình")[which]),
            ):
                if key in at:
                    page.cell(row, at[key] + 1).value = written

    @rule(which=st.booleans(), seed=SEED, column=st.integers(2, 8), down=st.booleans())
    def sort(self, which: bool, seed: int, column: int, down: bool) -> None:
        pages = self._pages(self.books[which])
        page = pages[seed % len(pages)]
        put_rows(page, sorted(rows_of(page), key=lambda r: str(r[min(column, len(r) - 1)]), reverse=down))

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
            put_rows(page, [*rows_of(page), [c.value for c in page[row]]])

    @rule(seed=SEED, which=st.booleans())
    def copy_from_the_other(self, seed: int, which: bool) -> None:
        found = self._row(self.books[not which], seed)
        if found and found[0].title in self.books[which].sheetnames:
            page = self.books[which][found[0].title]
            put_rows(page, [*rows_of(page), [c.value for c in found[0][found[1]]]])

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
        put_rows(page, [*rows_of(page), ["la|nks|", "0" * 16, *["x"] * (width - 2)]])

    @rule(which=st.booleans(), seed=SEED)
    def retype(self, which: bool, seed: int) -> None:
        """Type the same text again, with another blank: the row is still what it was."""
        found = self._row(self.books[which], seed)
        if found:
            cell = found[0].cell(found[1], 4 + seed % 6)
            if isinstance(cell.value, str) and cell.data_type == "s":
                cell.value = f"{cell.value} "
                cell.data_type = "s"

    @rule(which=st.booleans(), seed=SEED, note=st.sampled_from(INJECTIONS))
    def formula_anywhere(self, which: bool, seed: int, note: str) -> None:
        """A formula or what would be one, in a cell of the clerk's own to the right of all others."""
        found = self._row(self.books[which], seed)
        if found:
            page, row = found
            page.cell(row, page.max_column + 1).value = note

    @rule(which=st.booleans(), seed=SEED)
    def move_column(self, which: bool, seed: int) -> None:
        """Cut a column out and put it behind the last one, title and all."""
        page = self._pages(self.books[which])[seed % len(self._pages(self.books[which]))]
        at, behind = 3 + seed % max(1, page.max_column - 3), page.max_column + 1
        for row in range(1, page.max_row + 1):
            page.cell(row, behind).value = page.cell(row, at).value
        page.delete_cols(at)

    @rule(which=st.booleans(), seed=SEED)
    def insert_column(self, which: bool, seed: int) -> None:
        pages = self._pages(self.books[which])
        page = pages[seed % len(pages)]
        page.insert_cols(1 + seed % page.max_column)

    @rule(which=st.booleans(), seed=SEED, width=st.integers(0, 120))
    def widen(self, which: bool, seed: int, width: int) -> None:
        pages = self._pages(self.books[which])
        page = pages[seed % len(pages)]
        letter = openpyxl.utils.get_column_letter(1 + seed % page.max_column)
        page.column_dimensions[letter].width = width or 8
        page.column_dimensions[letter].hidden = width == 0

    @rule(changed=st.sampled_from([TONE, PARTIAL, None]), gone=st.booleans(), fresh=st.booleans())
    @precondition(lambda self: self.runs < 2)
    def another_night(self, changed: str | None, gone: bool, fresh: bool) -> None:
        """The nightly run asks anew, a value having changed or not; the clerk's workbooks are of an older run now."""
        self.runs += 1
        run_id, tables, published = later_night(self.runs, changed, gone)
        self.office.ask(run_id, tables)
        if fresh:
            self.books[1] = openpyxl.load_workbook(published)

    @rule(which=st.booleans(), seed=SEED)
    @precondition(lambda self: SAVES > 0 and HAS_LIBREOFFICE)
    def save_in_libreoffice(self, which: bool, seed: int) -> None:
        if seed % SAVES == 0:
            path = self.folder / "luu.xlsx"
            self.books[which].save(path)
            saved = libreoffice(path, self.folder, scratch() / "profile")
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                self.books[which] = openpyxl.load_workbook(saved)
            DONE["LibreOffice"] += 1
            DONE["clerks with LibreOffice"] += not self.saved
            self.saved = True

    @rule(which=st.booleans(), seed=SEED)
    def blank(self, which: bool, seed: int) -> None:
        found = self._row(self.books[which], seed)
        at = header_of(found[0]) if found else None
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

    @rule(
        which=st.sampled_from([(0,), (1,), (0, 1), (1, 0)]), secret=st.sampled_from([False, False, False, True]),
        go_on=st.booleans(),
    )  # fmt: skip
    @precondition(lambda self: self.returns < RETURNS)
    def give_back(self, which: tuple[int, ...], secret: bool, go_on: bool) -> None:
        """Return one or both, with a password or without, and go on in the annotated copies or in the own files."""
        self.returns += 1
        DONE["returns"] += 1
        paths = []
        for at in which:
            path = self.folder / f"tra-{at}.xlsx"
            self.books[at].save(path)
            paths.append(path)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            plain = {p.name: openpyxl.load_workbook(p) for p in paths}
        typed = {name: typed_in(book) for name, book in plain.items()}
        password = PASSWORD if secret else None
        for path in paths if secret else ():
            encrypt(path, PASSWORD)
        returned = self.folder / "tra-lai"
        done = self.office.apply(*paths, now=NOW, returned=returned, password=password)
        for path in paths:
            refused = [o for o in done.outcomes if o.status == "refused" and o.row.file == path.name]
            copy = returned / f"{path.stem}_chua-nhan.xlsx"
            assert (copy in done.copies) == bool(refused)
            if refused:
                book = assert_annotated(plain[path.name], copy, refused, password=password)
                if go_on:
                    self.books[which[paths.index(path)]] = book
        with self.office.ledger() as ledger:
            assert ledger.verify() == []
            now = {r["case_id"]: r for r in ledger.decisions().iter_rows(named=True)}
        DONE.update({"repeated": "known"}.get(o.status, o.status) for o in done.outcomes)
        outcomes = {(o.row.file, o.row.tab, o.row.row): o for o in done.outcomes}
        for name, rows in typed.items():
            for (tab, row), (case, conclusion) in rows.items():
                outcome = outcomes.pop((name, tab, row), None)
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
        again = self.office.apply(*paths, now=NOW, returned=None, password=password)
        assert again.entry is None, "nothing is taken twice"


def _answer(row: dict[str, Any]) -> tuple[Any, ...]:
    return row["conclusion"], row["correct_value"], row["note"], row["decided_by"]
