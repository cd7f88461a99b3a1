"""The scorecard as a workbook: the numbers of the page, to be sorted and copied into other reports."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconcile.protection.files import xlsx_options
from reconcile.quality.approvals import STATES
from reconcile.quality.history import summed
from reconcile.quality.knowledge import knowledge
from reconcile.quality.words import word

if TYPE_CHECKING:
    import datetime as dt
    from pathlib import Path

    import polars as pl

Rows = list[list[Any]]


def write_card(path: Path, card: dict[str, Any], now: pl.DataFrame) -> None:
    """Write the workbook: overview, communes, rules, discrepancies, books, and the measures behind them."""
    import xlsxwriter

    book = xlsxwriter.Workbook(str(path), {"default_date_format": "dd/mm/yyyy"} | xlsx_options(path))
    made: dt.date = card["day"]
    book.set_properties({"created": _moment(made), "title": "Chất lượng dữ liệu hộ tịch"})
    style = _Styles(book)
    _sheet(book, style, "Tổng hợp", _overview(card))
    _sheet(book, style, "Các xã", _communes(card))
    _sheet(book, style, "Lỗi", _rules(card))
    _sheet(book, style, "Sai lệch", _codes(card))
    _sheet(book, style, "Sổ và giai đoạn", _books(card))
    _sheet(book, style, "Theo loại sổ, giai đoạn", _cuts(card))
    _sheet(book, style, "Số đo khác", _others(card))
    _sheet(book, style, "Phê duyệt", _approvals(card))
    rolled = summed(now, "commune", "measure_id", "register", "source")
    _sheet(book, style, "Số đo", [list(rolled.columns), *map(list, rolled.iter_rows())])
    book.close()


def _moment(day: dt.date) -> dt.datetime:
    import datetime as dt

    return dt.datetime(day.year, day.month, day.day)  # noqa: DTZ001 - a day without a zone, so that bytes stay the same


class _Styles:
    def __init__(self, book: Any) -> None:
        self.head = book.add_format(
            {
                "bold": True,
                "bg_color": "#17375E",
                "font_color": "#FFFFFF",
                "text_wrap": True,
                "valign": "vcenter",
            }
        )
        self.share = book.add_format({"num_format": "0.0%"})
        self.count = book.add_format({"num_format": "#,##0"})
        self.day = book.add_format({"num_format": "dd/mm/yyyy"})


def _sheet(book: Any, style: _Styles, name: str, rows: Rows) -> None:
    import datetime as dt

    sheet = book.add_worksheet(name)
    sheet.hide_gridlines(2)
    sheet.freeze_panes(1, 1)
    widths = [len(str(title)) + 2 for title in rows[0]]
    sheet.write_row(0, 0, rows[0], style.head)
    for number, row in enumerate(rows[1:], start=1):
        for column, value in enumerate(row):
            if isinstance(value, float):
                sheet.write_number(number, column, value, style.share)
            elif isinstance(value, int):
                sheet.write_number(number, column, value, style.count)
            elif isinstance(value, dt.date):
                sheet.write_datetime(number, column, _moment(value), style.day)
            elif value is not None:
                sheet.write_string(number, column, str(value))
                widths[column] = max(widths[column], min(60, len(str(value)) + 2))
    for column, width in enumerate(widths):
        sheet.set_column(column, column, max(10, width))
    if len(rows) > 1:
        sheet.autofilter(0, 0, len(rows) - 1, len(rows[0]) - 1)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)


_SHARE = ("Đạt", "Trong số", "Tỷ lệ", "Thấp nhất (95 %)", "Cao nhất (95 %)", "Chỉ tiêu", "So với chỉ tiêu")


def _share(row: dict[str, Any]) -> list[Any]:
    keys = ("numerator", "denominator", "share", "low", "high", "target")
    return [*(row[k] for k in keys), word("verdict", row["verdict"])]


def _overview(card: dict[str, Any]) -> Rows:
    return [
        ["Mặt chất lượng", "Số đo", *_SHARE],
        *([r["dimension_title"], r["title"], *_share(r)] for r in card["area"]["dimensions"]),
    ]


def _communes(card: dict[str, Any]) -> Rows:
    titles = [d["title"] for d in knowledge().dimensions.values()]
    rows: Rows = [
        [
            "Mã xã",
            "Xã",
            "Bản ghi",
            *titles,
            "Chưa đạt",
            "Chưa đủ số liệu",
            "Phải sửa để đạt",
            "Đang mở",
            "Sẵn sàng",
        ]
    ]
    for code, one in card["communes"].items():
        shares = [r["share"] for r in one["dimensions"]] or [None] * len(titles)
        rows.append(
            [
                code,
                one["name"],
                sum(b["records"] for b in one["books"]),
                *shares,
                ", ".join(n["dimension"] for n in one["need"]["missed"]),
                ", ".join(one["need"]["few"]),
                one["need"]["cases"],
                one["open"],
                sum(b["ready"] for b in one["books"]),
            ]
        )
    return rows


def _rules(card: dict[str, Any]) -> Rows:
    return [
        ["Lỗi", "Mã quy tắc", "Mặt chất lượng", "Trường hợp", *_SHARE],
        *(
            [r["title"], r["rule"], knowledge().dimensions[r["dimension"]]["title"], r["failing"], *_share(r)]
            for r in card["area"]["rules"]
        ),
    ]


def _codes(card: dict[str, Any]) -> Rows:
    rows: Rows = [["Mã xã", "Xã", "Loại sai lệch", "Mã", "Tư pháp", "Công an", "Xác minh", "Tổng"]]
    for one in [card["area"], *card["communes"].values()]:
        code = "" if one is card["area"] else one["commune"]
        rows += [
            [code, one["name"], c["title"], c["code"], c["tu_phap"], c["cong_an"], c["xac_minh"], c["total"]]
            for c in one["codes"]
        ]
    return rows


def _each(card: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return [("", card["area"]), *card["communes"].items()]


def _cuts(card: dict[str, Any]) -> Rows:
    rows: Rows = [["Mã xã", "Xã", "Chia theo", "Loại sổ, giai đoạn", "Mặt chất lượng", *_SHARE[:5]]]
    for code, one in _each(card):
        for r in one["cuts"]:
            by = "Loại sổ" if r["cut"] == "register" else "Giai đoạn"
            rows += [
                [code, one["name"], by, r["title"], knowledge().dimensions[d]["title"]]
                + [s[k] for k in ("numerator", "denominator", "share", "low", "high")]
                for d, s in r["shares"].items()
                if s
            ]
    return rows


def _others(card: dict[str, Any]) -> Rows:
    return [
        ["Mã xã", "Xã", "Số đo", "Nguồn", *_SHARE],
        *(
            [code, one["name"], r["title"], r["source_title"], *_share(r)]
            for code, one in _each(card)
            for r in one["others"]
        ),
    ]


def _approvals(card: dict[str, Any]) -> Rows:
    titles = [word("book_state_title", state) for state in STATES]
    return [
        ["Mã xã", "Xã", *titles, "Bản ghi đã phê duyệt", "Bản ghi đã chuyển đổi"],
        *(
            [
                code,
                one["name"],
                *one["approval"]["books"].values(),
                one["approval"]["approved"],
                one["approval"]["converted"],
            ]
            for code, one in _each(card)
            if one["approval"]
        ),
    ]


def _books(card: dict[str, Any]) -> Rows:
    keys = ("books", "records", "agreeing", "differing", "review", "missing", "scans", "ready")
    titles = (
        "Quyển", "Bản ghi", "Khớp", "Sai lệch", "Chờ xác nhận người", "Chưa tìm thấy", "Có bản quét", "Sẵn sàng",
    )  # fmt: skip
    rows: Rows = [["Mã xã", "Xã", "Loại sổ", "Giai đoạn", *titles]]
    for one in [card["area"], *card["communes"].values()]:
        code = "" if one is card["area"] else one["commune"]
        rows += [
            [code, one["name"], b["register_title"], b["period_title"], *(b[k] for k in keys)]
            for b in one["books"]
        ]
    return rows
