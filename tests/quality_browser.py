"""Headless Chromium for the tests of pages: the page after its scripts, pictures, print. No driver is needed."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

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
