"""Cell formats of one workbook. Colour never carries a meaning alone: the word always stands in the cell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconcile.report.wording import words

if TYPE_CHECKING:
    import xlsxwriter

INK = "#1F4E79"
GRID = "#BFBFBF"
PAPER = "#FFF8DC"
TAKEN = "#E2EFDA"
_SEVERITY_FILL = {"critical": "#F8CBAD", "major": "#FFE699", "minor": "#DDEBF7", "info": "#EDEDED"}


class Styles:
    """The formats, made once per workbook."""

    def __init__(self, book: xlsxwriter.Workbook) -> None:
        """Register the formats with ``book``."""
        cell = {"valign": "top", "text_wrap": True, "border": 1, "border_color": GRID, "num_format": "@"}

        def make(**properties: Any) -> Any:
            return book.add_format(properties)

        self.text = make(**cell)
        self.edit = make(**cell, bg_color=PAPER, locked=False)
        self.hidden = make(num_format="@", font_color="#7F7F7F")
        self.link = make(**cell, font_color="#0563C1", underline=1)
        head = {"bold": True, "text_wrap": True, "valign": "vcenter", "border": 1, "border_color": GRID}
        self.header = make(**head, bg_color=INK, font_color="#FFFFFF")
        self.header_edit = make(**head, bg_color="#FFD966", font_color="#000000")
        self.differs = make(bold=True, underline=1, font_color="#C00000")
        self.differs_cell = make(**cell, bold=True, underline=1, font_color="#C00000")
        self.same = make()
        self.empty = make(italic=True, font_color="#595959")
        self.title = make(bold=True, font_size=16, font_color=INK)
        self.subtitle = make(font_color="#595959")
        self.section = make(
            valign="bottom", bold=True, font_size=12, font_color=INK, bottom=2, bottom_color=INK
        )
        self.plain = make(text_wrap=True, valign="top")
        self.strong = make(bold=True, text_wrap=True, valign="top")
        box = {"border": 1, "border_color": GRID, "valign": "vcenter"}
        self.label = make(**box, text_wrap=True)
        self.number = make(**box, num_format="#,##0", align="right")
        self.hours = make(**box, num_format="#,##0.0", align="right")
        self.share = make(**box, num_format="0 %", align="right")
        self.label_total = make(**box, bold=True, text_wrap=True)
        self.hours_total = make(**box, bold=True, num_format="#,##0.0", align="right")
        self.number_total = make(**box, bold=True, num_format="#,##0", align="right")
        self.share_total = make(**box, bold=True, num_format="0 %", align="right")
        self.label_link = make(**box, font_color="#0563C1", underline=1)
        # conditional
        self.by_severity = {
            word: make(bg_color=_SEVERITY_FILL[code], bold=code == "critical")
            for code, word in words("severity").items()
        }
        self.group = make(bg_color="#D9D2E9", bold=True)
        self.taken = make(bg_color=TAKEN)
        self.next_record = make(
            top=1,
            top_color="#404040",
            left=1,
            left_color=GRID,
            right=1,
            right_color=GRID,
            bottom=1,
            bottom_color=GRID,
        )
