"""Headless Chromium for the tests of pages: the page after its scripts, pictures, print. No driver is needed."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--hide-scrollbars", "--disable-dev-shm-usage",
    # Whatever the page asks for outside this machine is refused and shows in the log.
    "--host-resolver-rules=MAP * ~NOTFOUND",
)  # fmt: skip

needs_browser = [
    pytest.mark.browser,
    pytest.mark.skipif(
        BROWSER is None, reason="Chromium is not installed; scripts/system-packages installs it"
    ),
    pytest.mark.xdist_group("browser"),
]


def browse(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Chromium once with an empty profile; return what it printed."""
    assert BROWSER is not None
    with tempfile.TemporaryDirectory() as profile:
        command = [BROWSER, *FLAGS, f"--user-data-dir={profile}", *arguments]
        return subprocess.run(command, capture_output=True, text=True, timeout=90, check=True)


def dom(page: Path, *, wide: int = 1280) -> tuple[str, str]:
    """Return the page after its scripts ran, and Chromium's log of its console."""
    done = browse(
        f"--window-size={wide},900", "--enable-logging=stderr", "--v=0", "--virtual-time-budget=3000",
        "--dump-dom", page.absolute().as_uri(),
    )  # fmt: skip
    return done.stdout, done.stderr


def picture(page: Path, target: Path, *, wide: int, high: int) -> None:
    """Save a picture of the page."""
    browse(f"--window-size={wide},{high}", f"--screenshot={target}", page.absolute().as_uri())


def printed(page: Path, target: Path) -> None:
    """Save the page as it prints."""
    browse("--no-pdf-header-footer", f"--print-to-pdf={target}", page.absolute().as_uri())


@contextmanager
def opened(
    page: Path, *, wide: int = 1366, high: int = 900, media: str = "screen", scripts: bool = True
) -> Iterator[Any]:
    """Yield the page in Chromium, driven; it must ask for nothing but files of this machine and log no error."""
    from playwright.sync_api import sync_playwright

    asked: list[str] = []
    told: list[str] = []
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=BROWSER, args=list(FLAGS[1:]))
        try:
            context = browser.new_context(
                viewport={"width": wide, "height": high}, java_script_enabled=scripts, offline=True
            )
            shown = context.new_page()
            shown.on("request", lambda request: asked.append(request.url))
            shown.on(
                "console", lambda line: told.append(line.text) if line.type in ("error", "warning") else None
            )
            shown.on("pageerror", lambda error: told.append(str(error)))
            shown.emulate_media(media=media)
            shown.goto(page.absolute().as_uri())
            yield shown
        finally:
            browser.close()
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == [], (
        "no request leaves the machine"
    )
    assert told == [], "no error in the console"


def axe(shown: Any) -> tuple[list[str], list[str], set[str]]:
    """Run the whole of axe-core over an opened page: what it finds wrong, what it can't tell, the rules that passed."""
    from axe_playwright_python.sync_playwright import Axe

    told = Axe().run(shown, options={}).response
    wrong = [f"{rule['id']}: {node['html'][:160]}" for rule in told["violations"] for node in rule["nodes"]]
    open_ = [
        f"{rule['id']}: {check['message']}"
        for rule in told["incomplete"] for node in rule["nodes"] for check in node["any"] + node["all"]
    ]  # fmt: skip
    return wrong, open_, {rule["id"] for rule in told["passes"]}
