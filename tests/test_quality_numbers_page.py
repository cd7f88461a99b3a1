"""Every number printed on the scorecard's page equals SQL over the measures, or the JSON that was held to it."""

from __future__ import annotations

import re
from collections import defaultdict
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from quality_numbers import COMMUNES, HEADS, SHARES, cards, dots, per_cent, table


class Tables(HTMLParser):
    """Reads a page as section → rows of cells, and section → facts."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.section = ""
        self.rows: dict[str, list[list[str]]] = defaultdict(list)
        self.cell: list[str] | None = None
        self.deep = 0
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "section":
            self.section = dict(attrs).get("id") or ""
        elif tag == "tr" or tag == "dt":
            self.rows[self.section].append([])
        if tag in ("td", "th", "dt", "dd"):
            self.cell = []
        self.deep += tag == "details"

    def handle_endtag(self, tag: str) -> None:
        self.deep -= tag == "details"
        if tag in ("td", "th", "dt", "dd") and self.cell is not None:
            self.rows[self.section][-1].append(" ".join("".join(self.cell).replace("\u00a0", " ").split()))
            self.cell = None

    def handle_data(self, data: str) -> None:
        in_drill = self.deep and self.section == "quy-tac"
        if self.cell is not None and not in_drill:
            self.cell.append(data)


def test_every_table_of_the_page_shows_the_numbers_of_sql(made: Path, told: dict[str, Any]) -> None:
    """The JSON was held to SQL above; here each printed cell is held to SQL, or to the JSON where that was checked."""
    shown = Tables((made / "card" / "index.html").read_text(encoding="utf-8")).rows
    now = table(made, SHARES.format("m"), 2)
    area = told["*"]

    body = {row[0]: row[1:] for row in shown["sai-lech"][1:]}
    assert body == {
        **{
            c["title"]: [dots(c[k]) for k in ("tu_phap", "cong_an", "xac_minh", "total")]
            for c in area["codes"]
        },
        "Tổng": [dots(sum(c[k] for c in area["codes"])) for k in ("tu_phap", "cong_an", "xac_minh", "total")],
    }
    for row, r in zip(shown["quy-tac"][1:], area["rules"][:15], strict=True):
        assert row[0].startswith(r["title"])
        assert row[2:5] == [
            dots(r["failing"]),
            dots(r["denominator"]),
            per_cent(r["numerator"], r["denominator"]),
        ]
    keys = ("books", "records", "agreeing", "differing", "missing", "ready")
    for row, b in zip(shown["so"][1:-1], area["books"], strict=True):
        assert [row[2], row[3], *row[5:]] == [dots(b[k]) for k in keys]
    assert [c for c in shown["so"][-1][1:] if c] == [dots(sum(b[k] for b in area["books"])) for k in keys]

    for row in shown["cac-xa"][1:]:
        code, one = next((c, o) for c, o in cards(told) if o["name"] == row[0])
        shares = [now.get((code, m), (0, 0)) for m in HEADS]
        total, ready = (sum(b[k] for b in one["books"]) for k in ("records", "ready"))
        cells = [re.sub(r" [✕?]$", "", c) for c in row[1:]]
        assert cells == [
            dots(total), *(per_cent(n, d) if d else "–" for n, d in shares),
            dots(one["open"]), dots(one["need"]["cases"]), per_cent(ready, total),
        ]  # fmt: skip
    assert len(shown["cac-xa"]) == COMMUNES + 1

    changes = {row[0]: row[1] for row in shown["thay-doi"][1:]}
    for title, rule in (
        ("Kết luận đã nhận", "returned"),
        ("Kết luận không dùng được", "refused"),
        ("Đã sửa xong", "applied"),
    ):
        assert changes[title] == dots(area["decisions"]["decisions"][rule])
    assert changes["Bản ghi đã nhập"] == dots(area["records"]["now"])
    facts = {row[0]: row[1] for row in shown["ket-luan"]}
    assert facts["Chưa có kết luận"] == dots(area["open"])
    assert facts["đến thứ Sáu 20/11/2026"] == dots(area["decisions"]["decided_in_week"]["2026-11-20"])
    signed = {row[0]: row[1] for row in shown["phe-duyet"]}
    assert signed["Bản ghi đã phê duyệt"] == dots(area["approval"]["approved"])
    plan = {row[0]: row[1] for row in shown["ke-hoach"]}
    done, total = area["pace"]["done"], COMMUNES * 15 * 2000
    assert plan["Đã nhập"] == f"{dots(done)} bản ghi trong {dots(total)} ({per_cent(done, total)})"
    assert plan["Còn lại"] == dots(total - done)
    cuts = [row for row in shown["sau-mat"] if row[0] in ("Khai sinh", "2016–2018")]
    for row, key in zip(cuts, ("KS", "2016-2018"), strict=True):
        shares = next(r["shares"] for r in area["cuts"] if r["key"] == key).values()
        wanted = [
            f"{per_cent(s['numerator'], s['denominator'])}{dots(s['numerator'])} / {dots(s['denominator'])}"
            for s in shares
        ]
        assert row[1:] == wanted
