"""Break nights in every way that was thought of; after each, look that no output is wrong and the next night recovers.

    python benchmarks/nightly_faults.py [--kills 100] [--seed 1] [--residents 600] [--disk FOLDER] [--only NAME]

Prints one line per fault with what was wrong; exit status 1 where anything was. ``--disk``: a folder on a small file
system of its own (about 60 MB), which is filled for the fault *full disk*; without it a bound on file sizes stands in.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import polars as pl
from openpyxl import load_workbook

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from nightly_office import configure, make_office, outputs

from reconcile.ledger import Ledger
from reconcile.nightly import inputs, run_night
from reconcile.publishing import file_sha256

Tables = dict[str, pl.DataFrame]
COMMAND = [sys.executable, "-m", "reconcile", "nightly"]


class Office:
    """An office, its inbox in two versions, and what a night over each gives."""

    def __init__(self, folder: Path, residents: int) -> None:
        self.workspace = make_office(folder, residents=residents, workbooks=True)
        registers = sorted(self.workspace.inbox_civil.rglob("K[ST]*.parquet"))
        self.versions: list[dict[Path, bytes]] = [{p: p.read_bytes() for p in registers}, {}]
        for path in registers:
            frame = pl.read_parquet(path)
            frame.head(max(1, frame.height - 3)).write_parquet(path)
            self.versions[1][path] = path.read_bytes()
        self.at = 1
        self.expected: list[Tables] = []
        self.keys: list[dict[str, str]] = []
        for version in (0, 1):
            self.switch(version)
            start = time.monotonic()
            run_night(self.workspace)
            self.seconds = time.monotonic() - start
            self.expected.append(outputs(self.workspace))
            self.keys.append(self.published())

    def switch(self, version: int) -> None:
        """Put the other version of the registers into the inbox, each file by renaming, as a careful copier does."""
        self.at = version
        for path, content in self.versions[version].items():
            fresh = path.with_name(f".{path.name}.part")
            fresh.write_bytes(content)
            fresh.replace(path)

    def published(self) -> dict[str, str]:
        """Return commune → key of its published report."""
        found = {}
        for folder in sorted(self.workspace.reports.iterdir()):
            if not folder.name.startswith(".") and (folder / "summary.json").is_file():
                found[folder.name] = json.loads((folder / "summary.json").read_text(encoding="utf-8"))["key"]
        return found

    def half(self) -> list[str]:
        """Return what is wrong with the published reports: missing, altered, or of no version of the inbox."""
        wrong = []
        known = {code: {keys.get(code) for keys in self.keys} for code in self.keys[0]}
        told = self.published()
        for code, keys in known.items():
            if told.get(code) not in keys:
                previous = list(self.workspace.reports.glob(f".{code}.previous-*"))
                if code in told or not previous:
                    wrong.append(f"{code}: report of no known state")
        for code in told:
            folder = self.workspace.reports / code
            listed = json.loads((folder / "summary.json").read_text(encoding="utf-8"))["outputs"]
            wrong += [
                f"{code}/{n} altered" for n, digest in listed.items() if file_sha256(folder / n) != digest
            ]
        return wrong

    def recovered(self) -> list[str]:
        """Run a night; return what differs from what this version of the inbox must give."""
        run_night(self.workspace)
        wrong = [f"after recovery: {fault}" for fault in self.half()]
        after, expected = outputs(self.workspace), self.expected[self.at]
        wrong += [f"{n} differs" for n in expected if n not in after or not expected[n].equals(after[n])]
        if self.published() != self.keys[self.at]:
            wrong.append("published reports are not those of the inbox")
        left = [
            p for p in self.workspace.root.rglob("*partial*") if self.workspace.inbox_civil not in p.parents
        ]
        return wrong + [f"left behind: {p.name}" for p in left]

    def night(self, *options: str, **more: object) -> subprocess.CompletedProcess[str]:
        """Run a night as a timer does."""
        return subprocess.run(
            [*COMMAND, str(self.workspace.root), *options],
            capture_output=True,
            text=True,
            check=False,
            **more,
        )  # type: ignore[call-overload,no-any-return]


def killed_night(office: Office, dice: random.Random) -> None:
    """Begin a night and kill it, with all its processes, at a random moment."""
    begun = subprocess.Popen(
        [*COMMAND, str(office.workspace.root)], start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    time.sleep(dice.uniform(0.3, office.seconds + 1.5))
    os.killpg(begun.pid, signal.SIGKILL)
    begun.wait()


def kills(office: Office, dice: random.Random, count: int) -> list[str]:
    """Kill nights, with all their processes, while they work on changed registers."""
    wrong = []
    for number in range(count):
        office.switch(1 - office.at)
        killed_night(office, dice)
        found = office.half() + office.recovered()
        wrong += [f"kill {number}: {fault}" for fault in found]
    return wrong


def decide(office: Office, number: int) -> str:
    """Answer one more question of a published workbook and return it to the inbox; return the question's id."""
    report = min(office.workspace.reports.glob("[!.]*/doi-soat*.xlsx"))
    returned = office.workspace.inbox_decisions / f"{number}_{report.name}"
    book = load_workbook(report)
    sheet = book["Sai lệch"]
    titles = [cell.value for cell in sheet[1]]
    row = next(r for r in range(2, sheet.max_row + 1) if not str(sheet.cell(r, 1).value).startswith("nhom:"))
    sheet.cell(row, titles.index("Kết luận") + 1).value = "Cả hai đúng"
    sheet.cell(row, titles.index("Người xử lý") + 1).value = "Cán bộ thử"
    book.save(returned)
    return str(sheet.cell(row, 1).value)


def kills_while_deciding(office: Office, dice: random.Random, count: int) -> list[str]:
    """Kill nights that take a clerk's decision: it is taken once, whatever happens."""
    wrong, decided = [], []
    for number in range(count):
        decided.append(decide(office, number))
        killed_night(office, dice)
        run_night(office.workspace)
        with Ledger.open(office.workspace.ledger_path) as ledger:
            taken = ledger.decisions()["case_id"].to_list()
        if sorted(taken) != sorted(decided):
            wrong.append(f"kill {number}: {len(taken)} decisions in the ledger, {len(decided)} made")
        if list(office.workspace.inbox_decisions.glob("*.xlsx")):
            wrong.append(f"kill {number}: the workbook was not taken")
    return wrong


def full_disk(office: Office, dice: random.Random, disk: Path | None) -> list[str]:
    """Let every write fail that goes beyond a size, or fill a small disk."""
    wrong = []
    for round_ in range(10):
        office.switch(1 - office.at)
        if disk is None:
            most = int(10 ** dice.uniform(2.5, 5.2))
            done = office.night(
                preexec_fn=lambda most=most: resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
            )
            filler = None
        else:
            filler = disk / "filler"
            free = shutil.disk_usage(disk).free
            filler.write_bytes(b"\0" * max(0, int(free - 10 ** dice.uniform(3, 6.5))))
            done = office.night()
        found = office.half()
        if filler is not None:
            filler.unlink()
        if done.returncode == 0 and office.published() != office.keys[office.at]:
            found.append("status 0 without its reports")
        found += office.recovered()
        wrong += [f"round {round_}: {fault}" for fault in found]
    return wrong


def corrupt_file(office: Office, dice: random.Random) -> list[str]:
    """Damage a register: its communes are held, the others go on, the repaired file is taken."""
    wrong = []
    for path in dice.sample(sorted(office.versions[office.at]), 3):
        good = path.read_bytes()
        broken = bytearray(good)
        for _ in range(200):
            broken[dice.randrange(len(broken))] = dice.randrange(256)
        for content in (bytes(broken), good[: len(good) // 3], b""):
            path.write_bytes(content)
            night = run_night(office.workspace)
            held = [code for code, unit in night.units.items() if unit["outcome"] == "held"]
            if not held and office.published() == office.keys[office.at]:
                wrong.append(f"{path.name}: nobody was held")
            wrong += office.half()
        path.write_bytes(good)
        wrong += office.recovered()
    return wrong


def corrupt_ledger(office: Office, dice: random.Random) -> list[str]:
    """Damage pages of the ledger: the night stops before it works, or none of its answers depends on the page."""
    wrong = []
    ledger = office.workspace.ledger_path
    good = ledger.read_bytes()
    stopped = 0
    for round_ in range(10):
        broken = bytearray(good)
        start = dice.randrange(0, len(broken), 4096)
        broken[start : start + 4096] = dice.randbytes(len(broken[start : start + 4096]))
        ledger.write_bytes(bytes(broken))
        for log in ledger.parent.glob(f"{ledger.name}.wal"):
            log.unlink()
        done = office.night()
        stopped += done.returncode == 2
        found = office.half()
        if done.returncode not in {0, 1, 2}:
            found.append(f"status {done.returncode}: {done.stderr[-200:]}")
        ledger.write_bytes(good)
        for log in ledger.parent.glob(f"{ledger.name}.wal"):
            log.unlink()
        found += office.recovered()
        wrong += [f"round {round_}, page {start // 4096}: {fault}" for fault in found]
    print(f"  {stopped} of 10 nights stopped with status 2; the others did not need the page")
    return wrong


def replaced_while_read(office: Office, dice: random.Random) -> list[str]:
    """Replace registers while they are copied: never half of one and half of another."""
    wrong = []
    copy = shutil.copyfile
    for _ in range(5):
        office.switch(1 - office.at)
        other = office.versions[1 - office.at]
        unlucky = set(dice.sample(sorted(other), 2))

        def meanwhile(
            source: Path, target: Path, unlucky: set[Path] = unlucky, other: dict[Path, bytes] = other
        ) -> None:
            content = source.read_bytes()
            if source in unlucky:
                source.write_bytes(other[source][: len(other[source]) // 2])
                target.write_bytes(content[: len(content) // 2] + source.read_bytes())
            else:
                copy(source, target)

        inputs.shutil.copyfile = meanwhile  # type: ignore[attr-defined,assignment]
        try:
            night = run_night(office.workspace)
        finally:
            inputs.shutil.copyfile = copy  # type: ignore[attr-defined]
        put_off = [name for name, one in night.files.items() if one.get("problem") == "ARRIVING"]
        if len(put_off) != 2:
            wrong.append(f"{len(put_off)} files put off instead of 2")
        office.switch(office.at)
        wrong += office.recovered()
    return wrong


def clock_back(office: Office, _dice: random.Random) -> list[str]:
    """Set the clock back by years between nights."""
    import datetime as dt

    from reconcile.nightly import keep, night

    wrong = []
    real = night.now
    for year in (2001, 2038, 1999):
        office.switch(1 - office.at)
        last = keep.manifests(office.workspace)[-1]["sequence"]
        night.now = lambda year=year: dt.datetime(year, 1, 1, tzinfo=dt.UTC)  # type: ignore[assignment]
        try:
            wrong += office.recovered()
        finally:
            night.now = real  # type: ignore[assignment]
        if keep.manifests(office.workspace)[-1]["sequence"] != last + 1:
            wrong.append(f"{year}: the number of the run is not the next one")
    return wrong


def too_much_memory(office: Office, _dice: random.Random) -> list[str]:
    """Give one commune far more rows than the bound allows: it fails alone, and is well again without them."""
    wrong = []
    code = min(office.keys[0])
    path = min(p for p in office.versions[0] if p.parent.name == code and p.name.startswith("KS"))
    frame = pl.read_parquet(path)
    number = next(c for c in frame.columns if c.casefold() == "so")
    big = pl.concat(
        [
            frame.with_columns(pl.format("{}{}", pl.col(number), pl.lit(str(n))).alias(number))
            for n in range(900)
        ]
    )
    workspace = configure(office.workspace, "# memory_megabytes = 4096", "memory_megabytes = 1100")
    before = office.published()
    huge = path.with_name("KS.them.parquet")
    big.write_parquet(huge)
    night = run_night(workspace)
    outcomes = {c: unit["outcome"] for c, unit in night.units.items()}
    print(f"  with {big.height:,} rows more: {outcomes}; {night.units[code].get('reason', '')}")
    if outcomes[code] not in {"failed", "held"}:
        wrong.append("the commune did not fail")
    if any(outcome not in {"new", "unchanged"} for other, outcome in outcomes.items() if other != code):
        wrong.append("another commune failed with it")
    if office.published().get(code) != before.get(code):
        wrong.append("its last good report did not stay")
    huge.unlink()
    configure(office.workspace, "memory_megabytes = 1100", "# memory_megabytes = 4096")
    return wrong + office.recovered()


def main() -> int:
    """Make an office, try each fault, return the exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--residents", type=int, default=600)
    parser.add_argument("--disk", type=Path)
    parser.add_argument("--only")
    given = parser.parse_args()
    faults: dict[str, Callable[[Office, random.Random], list[str]]] = {
        "corrupt file": corrupt_file,
        "replaced while read": replaced_while_read,
        "clock back": clock_back,
        "corrupt ledger": corrupt_ledger,
        "too much memory": too_much_memory,
        "full disk": lambda office, dice: full_disk(office, dice, given.disk),
        f"{given.kills} kills": lambda office, dice: kills(office, dice, given.kills),
        f"{given.kills // 5} kills while deciding": lambda o, dice: kills_while_deciding(
            o, dice, given.kills // 5
        ),
    }
    bad = 0
    with tempfile.TemporaryDirectory(dir=given.disk) as folder:
        office = Office(Path(folder), given.residents)
        print(f"{len(office.keys[0])} units, a night with changes takes {office.seconds:.1f} s", flush=True)
        for name, fault in faults.items():
            if given.only and given.only not in name:
                continue
            start = time.monotonic()
            wrong = fault(office, random.Random(given.seed))
            bad += bool(wrong)
            print(f"{name}: {len(wrong)} wrong, {time.monotonic() - start:.0f} s", flush=True)
            for line in wrong[:20]:
                print(f"  {line}", flush=True)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
