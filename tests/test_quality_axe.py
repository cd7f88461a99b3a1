"""The pages in Chromium: axe-core finds nothing, on a wide and a narrow screen and on paper; all is there without scripts."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from quality_browser import axe, needs_browser, opened
from quality_data import invented_history

from reconcile.quality.history import keep
from reconcile.quality.publish import write_scorecard
from reconcile.quality.settings import Office

pytestmark = needs_browser
LAST = dt.date(2026, 11, 20)
KNOWN_UNCLEAR = "Element content contains only non-text characters"
"""A cross or a question mark beside a number: axe can't measure single signs; their colours are those of the texts."""


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("axe")
    for frame in invented_history(5, 9, LAST):
        keep(folder / "measures", frame)
    write_scorecard(folder / "measures", folder / "card", Office("Huyện Mẫu", "district"))
    return folder / "card"


@pytest.mark.parametrize("page", ["index.html", "xa-10001.html"])
@pytest.mark.parametrize(("wide", "media"), [(1366, "screen"), (390, "screen"), (1060, "print")])
def test_axe_finds_nothing(out: Path, page: str, wide: int, media: str) -> None:
    with opened(out / page, wide=wide, media=media) as shown:
        shown.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true; })")
        wrong, unclear, passed = axe(shown)
        overflow = shown.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
    assert wrong == []
    assert [text for text in unclear if KNOWN_UNCLEAR not in text] == []
    assert {
        "color-contrast",
        "heading-order",
        "page-has-heading-one",
        "html-has-lang",
        "landmark-one-main",
    } <= passed
    assert overflow <= 0, "nothing sticks out sideways"


def test_axe_finds_what_is_wrong(out: Path, tmp_path: Path) -> None:
    """The check can fail: grey on grey and a heading that skips a level are told."""
    text = (out / "index.html").read_text(encoding="utf-8")
    broken = text.replace("--quiet:#55606e", "--quiet:#aab0b8").replace("<h2>Có gì", "<h5>Có gì", 1)
    (tmp_path / "index.html").write_text(broken, encoding="utf-8")
    with opened(tmp_path / "index.html") as shown:
        wrong, _, _ = axe(shown)
    assert {text.partition(":")[0] for text in wrong} >= {"color-contrast", "heading-order"}


def test_everything_is_readable_without_scripts(out: Path) -> None:
    with opened(out / "index.html", scripts=False) as shown:
        sections = shown.locator("main section")
        assert sections.count() >= 10
        assert all(sections.nth(n).is_visible() for n in range(sections.count()))
        assert shown.locator("#communes tbody tr").count() == 5
        assert not shown.locator(".tools").is_visible(), "tools that need scripts are not offered"
        painted = shown.locator("svg.trend polyline").count()
    assert painted > 0, "trends are part of the page"


def test_tables_are_sorted_and_filtered_by_keyboard(out: Path) -> None:
    with opened(out / "index.html", wide=390) as shown:
        shown.focus("#find")
        shown.keyboard.type("xa 10001")
        assert shown.locator("#communes tbody tr:visible").count() == 1
        assert "1 trong 5" in str(shown.locator("#told").text_content())
    with opened(out / "index.html") as shown:
        shown.focus("#communes thead th:nth-child(2) button")
        shown.keyboard.press("Enter")
        assert shown.locator("#communes thead th:nth-child(2)").get_attribute("aria-sort") == "descending"
        shown.keyboard.press("Tab")
        assert shown.evaluate("document.activeElement.tagName") == "BUTTON"
