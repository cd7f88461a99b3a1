"""Files made to hurt, under the limits that are shipped: each is refused with its reason, the file beside it is read."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import polars as pl
import pytest
from ingest_files import HEADER, birth, xlsx

from reconcile.ingest import read_civil
from reconcile.ingest.limits import limits
from reconcile.ledger.reading import FileRefusedError, file_content
from reconcile.nightly.isolation import Bounds, Pool

MEGABYTE = 1_000_000


def refused(folder: Path) -> str:
    """Read the folder with a sound file beside the hostile one; return the one code of refusal."""
    xlsx(folder / "zz_good.xlsx", [HEADER, birth(1)])
    got = read_civil(folder)
    assert got.records["source_file"].to_list() == ["zz_good.xlsx"]
    (code,) = got.rejected["code"].unique()
    return str(code)


def workbook(path: Path, sheet: bytes, **others: bytes) -> None:
    """Write a workbook whose only sheet is the given XML; ``others`` replace or add parts by their file names."""
    plain = io.BytesIO()
    import xlsxwriter

    with xlsxwriter.Workbook(plain) as book:
        book.add_worksheet().write_row(0, 0, HEADER)
    with zipfile.ZipFile(plain) as source, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            part = {"sheet1.xml": sheet, **{k.replace("_", "."): v for k, v in others.items()}}
            target.writestr(name, part.get(name.rsplit("/", 1)[-1]) or source.read(name))


def test_a_zip_bomb_in_a_sheet(tmp_path: Path) -> None:
    workbook(tmp_path / "bomb.xlsx", b"<worksheet>" + b" " * 70 * MEGABYTE)
    assert (tmp_path / "bomb.xlsx").stat().st_size < MEGABYTE
    assert refused(tmp_path) == "ZIP_BOMB"


def test_a_returned_workbook_that_unpacks_to_too_much(tmp_path: Path) -> None:
    with (
        zipfile.ZipFile(tmp_path / "tra.xlsx", "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("xl/workbook.xml", "w") as part,
    ):
        for _ in range(520):
            part.write(b"\0" * 1024 * 1024)
    with pytest.raises(FileRefusedError):
        file_content(tmp_path / "tra.xlsx", None)


def test_a_parquet_file_of_few_bytes_and_too_many_rows(tmp_path: Path) -> None:
    rows = (
        pl.LazyFrame({"nksHoTen": ["x"]}).select(pl.col("nksHoTen").repeat_by(20_000_001).explode()).collect()
    )
    rows.write_parquet(tmp_path / "rows.parquet", compression="zstd")
    assert (tmp_path / "rows.parquet").stat().st_size < 10 * MEGABYTE
    assert refused(tmp_path) == "TOO_LARGE"


def test_a_file_larger_than_any_register(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shipped = limits()
    small = shipped.model_copy(update={"file": shipped.file.model_copy(update={"max_megabytes": 20})})
    monkeypatch.setattr("reconcile.ingest.reading.limits", lambda: small)  # gigabytes take long to write
    with (tmp_path / "large.csv").open("wb") as handle:
        handle.truncate(21 * MEGABYTE)
    assert refused(tmp_path) == "TOO_LARGE"


def test_elements_nested_without_end(tmp_path: Path) -> None:
    workbook(tmp_path / "deep.xlsx", b"<worksheet>" + b"<sheetData>" * 200_000)
    xlsx(tmp_path / "zz_good.xlsx", [HEADER, birth(1)])
    assert read_civil(tmp_path).records["source_file"].to_list() == ["zz_good.xlsx"]


def test_columns_nested_without_end(tmp_path: Path) -> None:
    column = pl.Series("nksHoTen", ["x"])
    for _ in range(60):
        column = pl.DataFrame({"nksHoTen": column}).to_struct("nksHoTen")
    pl.DataFrame({"so": ["1"], "nksHoTen": column}).write_parquet(tmp_path / "deep.parquet")
    xlsx(tmp_path / "zz_good.xlsx", [HEADER, birth(1)])
    got = read_civil(tmp_path)
    assert "zz_good.xlsx" in got.records["source_file"].to_list()


def test_entities_are_not_expanded(tmp_path: Path) -> None:
    laughs = b'<!DOCTYPE l [<!ENTITY a "' + b"ha" * 1000 + b'">'
    for before, name in (("a", "b"), ("b", "c"), ("c", "d"), ("d", "e")):
        laughs += f'<!ENTITY {name} "{f"&{before};" * 100}">'.encode()
    sheet = (
        b'<?xml version="1.0"?>' + laughs + b"]>"
        b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1">'
        b'<c r="A1" t="inlineStr"><is><t>&e;</t></is></c></row></sheetData></worksheet>'
    )
    workbook(
        tmp_path / "laughs.xlsx", sheet, styles_xml=b'<?xml version="1.0"?>' + laughs + b"]><styleSheet/>"
    )
    xlsx(tmp_path / "zz_good.xlsx", [HEADER, birth(1)])
    got = read_civil(tmp_path)
    assert got.records["source_file"].to_list() == ["zz_good.xlsx"]
    assert not any("hahaha" in (value or "") for value in got.rejected["value"])


def test_a_worker_imports_nothing_from_the_folder_it_is_started_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("polars.py", "json.py"):
        (tmp_path / name).write_text("raise SystemExit('code from the inbox was run')", encoding="utf-8")
    (tmp_path / "reconcile").mkdir()
    (tmp_path / "reconcile" / "__init__.py").write_text("raise SystemExit('hijacked')", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    with Pool(Bounds(jobs=1, memory_megabytes=4000, seconds=60)) as pool:
        ((_, answer),) = pool.run([{"stage": "no such stage"}])
    assert "KeyError" in answer["error"], "the worker itself must have answered"
