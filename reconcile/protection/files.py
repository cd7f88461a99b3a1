"""Reading and writing files that may be sealed: where the folder has a key, only sealed bytes reach the disk.

Everything that a run, the ledger's room, reports and exports write goes through here.
"""

from __future__ import annotations

import io
import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from reconcile.problems import ReconcileError
from reconcile.protection.keyring import AREA, all_keys, key_for, key_with, owner_of, owners
from reconcile.protection.office import WrongPasswordError, decrypted, encrypted, is_encrypted
from reconcile.protection.sealing import SUFFIX, DamagedError, Sealer, key_id_of, seal, unseal_into

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import polars as pl


class NoKeyError(ReconcileError):
    """The file is sealed with a key that this process does not have."""

    def __init__(self, path: Path, key_id: str) -> None:
        super().__init__(
            f"{path} is encrypted with key {key_id[:8]}, which is not at hand. Set key_file or key_variable in "
            "reconcile.toml, [encryption], to the key of this workspace.\n"
            f"{path} đã được mã hóa bằng khóa {key_id[:8]} mà máy này chưa có: khai báo key_file hoặc key_variable "
            "trong mục [encryption] của reconcile.toml."
        )


# sealed or plain -------------------------------------------------------------------------------------------


def read_bytes(path: Path) -> bytes:
    """Return the content of a file, unsealed where it is sealed. Raises NoKeyError, DamagedError, OSError."""
    key_id = key_id_of(path)
    if key_id is None:
        return path.read_bytes()
    key = key_with(key_id)
    if key is None:
        raise NoKeyError(path, key_id)
    content = io.BytesIO()
    try:
        with path.open("rb") as source:
            unseal_into(source, content, key)
    except DamagedError as error:
        raise DamagedError(f"{path}: {error}") from error
    return content.getvalue()


def read_text(path: Path) -> str:
    """Return the text of a file (UTF-8)."""
    return read_bytes(path).decode("utf-8")


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file, sealed where its folder has a key."""
    key = key_for(path)
    path.write_bytes(content if key is None else seal(content, key))


def write_text(path: Path, text: str) -> None:
    """Write a text (UTF-8), sealed where its folder has a key."""
    write_bytes(path, text.encode("utf-8"))


@contextmanager
def new_file(path: Path) -> Iterator[BinaryIO]:
    """Yield a stream to write a file of any size into; sealed where its folder has a key."""
    key = key_for(path)
    with path.open("wb") as target:
        if key is None:
            yield target
            return
        sealer = Sealer(target, key)
        try:
            yield cast("BinaryIO", sealer)
        except BaseException:
            sealer.abandon()
            raise
        finally:
            sealer.close()


def for_people(path: Path) -> Path:
    """Return the name of a file that people open: with SUFFIX where it will be sealed."""
    return path if key_for(path) is None else path.with_name(path.name + SUFFIX)


# tables ----------------------------------------------------------------------------------------------------


def _source(path: str | Path) -> Path | io.BytesIO:
    path = Path(path)
    return path if key_id_of(path) is None else io.BytesIO(read_bytes(path))


def read_table(path: str | Path, columns: list[str] | None = None) -> pl.DataFrame:
    """Return a Parquet file as a frame."""
    import polars as pl

    return pl.read_parquet(_source(path), columns=columns)


def read_tables(paths: Sequence[Path], number: str) -> pl.DataFrame:
    """Return Parquet files of one shape as one frame, in order; ``number``: the column that tells each row's file (u32).

    Many small files are read three times as fast together as one by one.
    """
    import polars as pl

    if len(set(paths)) < len(paths) or any(key_id_of(path) is not None for path in paths):
        at = [
            read_table(path).with_columns(pl.lit(n, pl.UInt32).alias(number)) for n, path in enumerate(paths)
        ]
        return pl.concat(at)
    names = [str(path) for path in paths]
    frame = pl.read_parquet(names, glob=False, include_file_paths=number)
    return frame.with_columns(pl.col(number).cast(pl.Enum(names)).to_physical().cast(pl.UInt32))


def scan_table(path: str | Path) -> pl.LazyFrame:
    """Return a Parquet file as a lazy frame."""
    import polars as pl

    return pl.scan_parquet(_source(path))


def write_table(frame: pl.DataFrame, path: Path, **options: Any) -> None:
    """Write a frame as Parquet; ``options`` are those of ``write_parquet``."""
    if key_for(path) is None:
        frame.write_parquet(path, **options)
        return
    made = io.BytesIO()
    frame.write_parquet(made, **options)
    write_bytes(path, made.getvalue())


# Office files ----------------------------------------------------------------------------------------------


@contextmanager
def new_office_file(path: Path) -> Iterator[str | io.BytesIO]:
    """Yield where to write a workbook or document: the path, or memory where it must be encrypted with a password.

    The password is that of the owner that the path tells; see ``keyring.owner_of``.
    """
    key = key_for(path)
    if key is None:
        yield str(path)
        return
    plain = io.BytesIO()
    yield plain
    path.write_bytes(encrypted(plain.getvalue(), key.password(owner_of(path))))


def write_office(path: Path, content: bytes) -> None:
    """Write the bytes of a workbook or document, encrypted with its owner's password where its folder has a key."""
    key = key_for(path)
    path.write_bytes(content if key is None else encrypted(content, key.password(owner_of(path))))


def xlsx_options(path: Path) -> dict[str, Any]:
    """Return options that keep XlsxWriter from putting parts of an encrypted workbook into temporary files."""
    return {} if key_for(path) is None else {"in_memory": True, "constant_memory": False}


def read_office(path: Path) -> Path | io.BytesIO:
    """Return where to read a workbook from: the path, or memory where it is encrypted with a password of the workspace."""
    content = path.read_bytes()
    if not is_encrypted(content):
        return path
    for password in passwords_for(path):
        try:
            return io.BytesIO(decrypted(content, password))
        except WrongPasswordError:
            continue
    raise ReconcileError(
        f"{path} has a password that this workspace does not know. Give it the workspace's password, or move it away.\n"
        f"{path} có mật khẩu lạ: đặt lại mật khẩu của xã hoặc chuyển tệp đi nơi khác."
    )


def passwords_for(path: Path) -> Iterator[str]:
    """Yield the passwords that may open a workbook at ``path``, which may have been renamed and lie anywhere.

    The one that its name tells comes first, then the area's, then those of all communes that have a report.
    """
    key = key_for(path)
    for one in [key] if key is not None else all_keys():
        for owner in dict.fromkeys([owner_of(path), AREA, *owners()]):
            yield one.password(owner)


def opened(path: Path) -> bytes:
    """Return the plain content of anything that the workspace encrypted, or of a plain file."""
    if key_id_of(path) is not None:
        return read_bytes(path)
    source = read_office(path)
    return source.read_bytes() if isinstance(source, Path) else source.getvalue()


def private_copy(content: bytes, target: Path) -> None:
    """Write bytes to a new file for its owner alone, whatever the umask."""
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as handle:
        handle.write(content)
