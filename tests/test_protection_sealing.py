"""Sealed files and keys: whole or refused, and nothing readable without the key."""

from __future__ import annotations

import io
import os
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconcile.problems import ReconcileError
from reconcile.protection import files
from reconcile.protection.keyring import AREA, Key, owner_of, protect, release
from reconcile.protection.sealing import HEADER, DamagedError, key_id_of, seal, unseal_into
from reconcile.protection.unlocking import WrongKeyError, key_in, read_key, write_key

CHUNK = 1 << 20
KEY = Key(bytes(range(32)))


def unsealed(content: bytes, key: Key = KEY) -> bytes:
    target = io.BytesIO()
    unseal_into(io.BytesIO(content), target, key)
    return target.getvalue()


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 2 * CHUNK + 7])
def test_what_was_sealed_comes_back_whatever_its_size(size: int) -> None:
    content = os.urandom(size)
    sealed = seal(content, KEY)
    assert unsealed(sealed) == content
    assert content[:64] not in sealed or size == 0 or size < 8


@given(st.binary(max_size=300))
def test_two_sealings_share_no_bytes_but_the_name_of_the_key(content: bytes) -> None:
    one, two = seal(content, KEY), seal(content, KEY)
    assert one != two
    assert unsealed(one) == unsealed(two) == content


@pytest.mark.parametrize("at", [0, 8, 17, HEADER, HEADER + 5, HEADER + CHUNK + 20, -1])
def test_one_changed_bit_anywhere_is_seen(at: int) -> None:
    sealed = bytearray(seal(b"x" * (CHUNK + 100), KEY))
    sealed[at] ^= 1
    with pytest.raises(DamagedError):
        unsealed(bytes(sealed))


@pytest.mark.parametrize("kept", [10, HEADER, HEADER + 7, HEADER + CHUNK + 16, HEADER + CHUNK + 17, -1])
def test_a_file_that_was_cut_off_is_not_taken_for_a_whole_one(kept: int) -> None:
    with pytest.raises(DamagedError):
        unsealed(seal(b"x" * (2 * CHUNK), KEY)[:kept])


def test_exchanged_chunks_and_chunks_of_another_file_are_seen() -> None:
    step = CHUNK + 16
    sealed = seal(b"a" * CHUNK + b"b" * CHUNK + b"c" * CHUNK, KEY)
    first, second = sealed[HEADER : HEADER + step], sealed[HEADER + step : HEADER + 2 * step]
    with pytest.raises(DamagedError):
        unsealed(sealed[:HEADER] + second + first + sealed[HEADER + 2 * step :])
    other = seal(b"a" * CHUNK + b"d" * CHUNK + b"c" * CHUNK, KEY)
    with pytest.raises(DamagedError):
        unsealed(sealed[: HEADER + step] + other[HEADER + step :])


def test_another_key_opens_nothing() -> None:
    with pytest.raises(DamagedError):
        unsealed(seal(b"secret", KEY), Key.new())


def test_a_key_survives_being_written_down_and_a_slip_of_the_hand_is_told() -> None:
    key = Key.new()
    assert Key.parse(f"  {key.text()}\n") == key
    assert key.text() not in repr(key)
    letter = "A" if key.text()[20] != "A" else "B"
    with pytest.raises(ReconcileError, match="copied wrongly"):
        Key.parse(key.text()[:20] + letter + key.text()[21:])


@pytest.mark.parametrize(
    ("name", "owner"),
    [
        ("reports/10918/doi-soat_10918_20261122.xlsx", "10918"),
        ("reports/tra-lai/doi-soat_10918_20261122_phan-2_chua-nhan.xlsx", "10918"),
        ("reports/weekly/2026-11-27/.12345-bao-cao_10918.docx", "10918"),
        ("reports/weekly/2026-11-27/bao-cao_khu-vuc.xlsx", AREA),
        ("reports/export/template/10918/KS.2016.01.xlsx", "10918"),
        ("reports/khong-ro/doi-soat_khong-ro_20261122.xlsx", "khong-ro"),
        ("reports/weekly/2026-11-27/dinh-chinh.xlsx", AREA),
    ],
)
def test_whose_password_a_workbook_has(name: str, owner: str) -> None:
    assert owner_of(Path(name)) == owner


def test_passwords_differ_by_commune_and_by_key() -> None:
    assert (
        len({KEY.password("10918"), KEY.password("10919"), KEY.password(AREA), Key.new().password("10918")})
        == 4
    )


def test_tables_below_a_protected_folder_are_sealed_and_read_back(tmp_path: Path) -> None:
    inside, outside = tmp_path / "runs", tmp_path / "elsewhere"
    inside.mkdir()
    outside.mkdir()
    frame = pl.DataFrame({"ho_ten": ["Nguyễn Văn An"] * 3})
    protect([inside], KEY)
    try:
        files.write_table(frame, inside / "a.parquet", compression="uncompressed")
        files.write_table(frame, outside / "a.parquet", compression="uncompressed")
        assert key_id_of(inside / "a.parquet") == KEY.id
        assert "Nguyễn Văn An".encode() not in (inside / "a.parquet").read_bytes()
        assert "Nguyễn Văn An".encode() in (outside / "a.parquet").read_bytes()
        assert files.read_table(inside / "a.parquet").equals(frame)
        assert files.scan_table(inside / "a.parquet").collect().equals(frame)
    finally:
        release([inside])


def test_a_writer_that_fails_leaves_nothing_that_can_be_opened(tmp_path: Path) -> None:
    protect([tmp_path], KEY)
    try:
        with pytest.raises(RuntimeError), files.new_file(tmp_path / "half") as target:
            target.write(b"x" * (CHUNK + 5))
            raise RuntimeError
        with pytest.raises(DamagedError):
            files.read_bytes(tmp_path / "half")
    finally:
        release([tmp_path])


def test_a_key_file_is_for_its_owner_alone_and_lies_outside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, root = tmp_path / "keys" / "office.key", tmp_path / "ws"
    root.mkdir()
    write_key(file, KEY)
    assert file.stat().st_mode & 0o777 == 0o600
    assert read_key(file, None, root) == KEY
    with pytest.raises(ReconcileError, match="never overwritten"):
        write_key(file, Key.new())
    file.chmod(0o640)
    with pytest.raises(WrongKeyError, match="chmod 600"):
        key_in(file)
    with pytest.raises(WrongKeyError, match="Không đọc được tệp khóa"):
        key_in(tmp_path / "none")
    write_key(root / "office.key", KEY)
    with pytest.raises(WrongKeyError, match="lies in the workspace"):
        read_key(Path("office.key"), None, root)
    with pytest.raises(WrongKeyError, match="RECONCILE_KEY"):
        read_key(None, "RECONCILE_KEY", root)
    monkeypatch.setenv("RECONCILE_KEY", KEY.text())
    assert read_key(None, "RECONCILE_KEY", root) == KEY
