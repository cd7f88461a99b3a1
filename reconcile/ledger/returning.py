"""The annotated copy: the clerk's own workbook with the reason beside every row that could not be taken.

Nothing is written but the reasons: the archive's parts are copied, and cells are put into the XML of the sheets, so
that marks within cells, widths, filters, notes and whatever else a clerk did come back as they were.
"""

from __future__ import annotations

import io
import posixpath
import zipfile
from typing import TYPE_CHECKING

from reconcile.ledger.annotating import Annotations, annotated_sheet, list_sheet, shared_texts, with_styles
from reconcile.ledger.markup import attribute, edited, elements, inside, utf8, with_attributes
from reconcile.ledger.reading import file_content
from reconcile.protection.files import write_office
from reconcile.protection.office import encrypted, is_encrypted
from reconcile.publishing import partial_file

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from reconcile.ledger.judging import Outcome
    from reconcile.ledger.markup import Edit, Element

LIST_TITLE = "Chưa nhận"
SUFFIX = "_chua-nhan"

_BOOK, _RELATIONS, _TYPES = "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "[Content_Types].xml"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_SHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"


def write_annotated(
    path: Path, refused: Sequence[Outcome], folder: Path, *, password: str | None = None
) -> Path:
    """Write ``<name>_chua-nhan.xlsx`` into ``folder``: a list of all reasons first, and each reason in its row.

    The copy can be put right and returned as it is; reasons of an earlier copy are taken out. Encrypted with the same
    password where the workbook was, with that of its commune in an encrypted workspace.
    """
    content = file_content(path, password)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    target = folder / f"{path.stem.removesuffix(SUFFIX)}{SUFFIX}.xlsx"
    copy = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source:
        parts = _Workbook(source).annotated(refused)
        with zipfile.ZipFile(copy, "w", zipfile.ZIP_DEFLATED, compresslevel=4) as made:
            for member in source.infolist():
                if not member.is_dir():
                    data = parts.pop(member.filename, None)
                    made.writestr(member.filename, source.read(member) if data is None else data)
            for name, data in parts.items():
                made.writestr(name, data)
    with partial_file(target) as partial:
        if password and is_encrypted(path.read_bytes()):
            partial.write_bytes(encrypted(copy.getvalue(), password))
        else:
            write_office(partial, copy.getvalue())
    return target


class _Workbook:
    """The parts of a returned workbook that an annotated copy changes."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self.archive = archive
        self.book = utf8(archive.read(_BOOK))
        self.relations = utf8(archive.read(_RELATIONS))
        names = ("sheets", "sheet", "workbookView", "definedName")
        self.prefix, found = elements(self.book, names)
        self.found: dict[str, list[Element]] = {name: [] for name in names}
        for one in found:
            self.found[one.name].append(one)
        self.links = elements(self.relations, ("Relationships", "Relationship"))[1]
        targets = {one.attributes.get("Id"): one.attributes for one in self.links[1:]}
        self.parts: dict[str, str] = {}
        for sheet in self.found["sheet"]:
            told = next((v for k, v in sheet.attributes.items() if k.rpartition(":")[2] == "id"), "")
            target = targets.get(told, {}).get("Target", "")
            self.parts[sheet.attributes["name"]] = posixpath.normpath(
                target.lstrip("/") if target.startswith("/") else f"xl/{target}"
            )

    def annotated(self, refused: Sequence[Outcome]) -> dict[str, bytes]:
        """Return part → its new content."""
        texts = shared_texts(self._read_if_there(self._of_kind("sharedStrings") or "xl/sharedStrings.xml"))
        styles_at = self._of_kind("styles") or "xl/styles.xml"
        styles, look = with_styles(self._read_if_there(styles_at))
        changed = {styles_at: styles} if styles else {}
        rows: dict[str, dict[int, str]] = {}
        for one in refused:
            rows.setdefault(one.row.tab, {})[one.row.row] = one.reason or ""
        for title, part in self.parts.items():
            if part not in self.archive.NameToInfo:
                continue  # a chart on a sheet of its own
            sheet = utf8(self.archive.read(part))
            changed[part] = annotated_sheet(sheet, Annotations(rows.get(title, {}), look, texts))
        listed = list_sheet([(o.row.tab, o.row.row, o.reason or "") for o in refused], look)
        if (again := self.parts.get(LIST_TITLE)) is not None and self._is_list(again, texts):
            changed[again] = listed
            shown = list(self.parts).index(LIST_TITLE)
            changed[_BOOK] = edited(self.book, self._show(shown))
            return changed
        return changed | self._with_sheet_in_front(listed)

    def _read_if_there(self, part: str) -> bytes:
        return utf8(self.archive.read(part)) if part in self.archive.NameToInfo else b""

    def _of_kind(self, kind: str) -> str | None:
        for one in self.links[1:]:
            if one.attributes.get("Type", "").endswith(f"/{kind}"):
                target = one.attributes["Target"]
                return posixpath.normpath(target.lstrip("/") if target.startswith("/") else f"xl/{target}")
        return None

    def _is_list(self, part: str, texts: list[str]) -> bool:
        """Tell whether the sheet of that name is the list of an earlier copy, not a sheet of the clerk's own."""
        return Annotations({}, {}, texts).is_list(utf8(self.archive.read(part)))

    def _show(self, at: int) -> list[Edit]:
        """Return the edits that open the workbook at its sheet ``at``."""
        values = {"activeTab": str(at), "firstSheet": None}
        return [with_attributes(self.book, view, values) for view in self.found["workbookView"]]

    def _with_sheet_in_front(self, listed: bytes) -> dict[str, bytes]:
        """Return the parts that put a new sheet before all others: names bound to a sheet count one further."""
        name, number = LIST_TITLE, 2
        while name in self.parts:
            name, number = f"{LIST_TITLE} {number}", number + 1
        part = next(
            p
            for n in range(1, 10**6)
            if (p := f"xl/worksheets/chua-nhan{n}.xml") not in self.archive.NameToInfo
        )
        known = {one.attributes.get("Id") for one in self.links}
        link = next(i for n in range(1, 10**6) if (i := f"rIdChuaNhan{n}") not in known)
        number = 1 + max((int(s.attributes.get("sheetId", 0)) for s in self.found["sheet"]), default=0)
        entry = f'<{self.prefix}sheet xmlns:rel="{_OFFICE}" name="{attribute(name)}" sheetId="{number}" rel:id="{link}"/>'
        edits = self._show(0)
        first = self.found["sheet"][0].start
        edits.append((first, first, entry.encode()))
        for one in self.found["definedName"]:
            if (local := one.attributes.get("localSheetId")) is not None:
                edits.append(with_attributes(self.book, one, {"localSheetId": str(int(local) + 1)}))
        prefix, (root, *_) = elements(self.relations, ("Relationships",))
        relation = f'<{prefix}Relationship Id="{link}" Type="{_OFFICE}/worksheet" Target="/{part}"/>'.encode()
        types = utf8(self.archive.read(_TYPES))
        types_prefix, (kinds, *_) = elements(types, ("Types",))
        kind = f'<{types_prefix}Override PartName="/{part}" ContentType="{_SHEET_TYPE}"/>'.encode()
        return {
            part: listed,
            _BOOK: edited(self.book, edits),
            _RELATIONS: edited(self.relations, [inside(self.relations, root, relation, prefix)]),
            _TYPES: edited(types, [inside(types, kinds, kind, types_prefix)]),
        }
