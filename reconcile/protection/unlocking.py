"""Whether a workspace is encrypted, with which key, and whether that key is the right one."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from reconcile.problems import ReconcileError
from reconcile.protection.keyring import Key, protect, release

MARK = ".encrypted"
"""File of an encrypted workspace: holds the id of its key, so that nothing is ever written in the clear by mistake."""


class WrongKeyError(ReconcileError):
    """The key is missing, or it is another workspace's."""


def read_key(key_file: Path | None, key_variable: str | None, root: Path) -> Key | None:
    """Return the key of a file or of an environment variable; None where neither is named.

    Raises ReconcileError where what is named is not there, where others may read the file, or where it lies in the
    workspace itself, beside what it opens.
    """
    if key_variable and os.environ.get(key_variable):
        return Key.parse(os.environ[key_variable])
    if key_file is None:
        if key_variable:
            raise WrongKeyError(
                f"The environment variable {key_variable} holds no key; this workspace is encrypted. Set it, for example "
                "from the service's credentials.\n"
                f"Chưa có khóa mã hóa trong biến môi trường {key_variable}."
            )
        return None
    file = root / key_file.expanduser()
    if os.path.realpath(file).startswith(os.path.realpath(root) + os.sep):
        raise WrongKeyError(
            f"{file} lies in the workspace that it opens: whoever copies one has the other. Keep the key elsewhere.\n"
            "Không để tệp khóa trong thư mục làm việc."
        )
    return key_in(file)


def key_in(file: Path) -> Key:
    """Return the key in a file. Raises ReconcileError where there is none or where others may read it."""
    try:
        mode = file.stat().st_mode
        text = file.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise WrongKeyError(
            f"The key file {file} can't be read. Mount the medium that holds it, or correct key_file in reconcile.toml.\n"
            f"Không đọc được tệp khóa mã hóa {file}."
        ) from error
    if os.name == "posix" and stat.S_IMODE(mode) & 0o077:
        raise WrongKeyError(
            f"Others may read the key file {file}. Take their rights away: chmod 600 {file}\n"
            f"Người khác đọc được tệp khóa {file}: chạy chmod 600."
        )
    return Key.parse(text)


def unlock(root: Path, places: list[Path], key: Key | None) -> None:
    """Enter the places of a workspace into the keyring; check the key against the workspace's mark.

    Raises WrongKeyError where the workspace is encrypted and the key is missing or another; where a key is named but
    the workspace holds data in the clear.
    """
    known = read_mark(root)
    if known is None and key is None:
        release(places)
        return
    if known is None:
        raise WrongKeyError(
            f"{root} names a key but is not encrypted yet. Encrypt what is there: reconcile key encrypt {root}\n"
            f"{root} chưa được mã hóa: chạy reconcile key encrypt {root}"
        )
    if key is None:
        raise WrongKeyError(
            f"{root} is encrypted with key {known[:8]} and reconcile.toml names none. Set key_file or key_variable in "
            "[encryption].\n"
            f"{root} đã được mã hóa bằng khóa {known[:8]}: khai báo key_file hoặc key_variable trong mục [encryption]."
        )
    if key.id != known:
        raise WrongKeyError(
            f"Wrong key: {root} is encrypted with key {known[:8]}, the one given is {key.id[:8]}. Nothing was changed.\n"
            f"Sai khóa: thư mục này dùng khóa {known[:8]}, khóa đang khai báo là {key.id[:8]}."
        )
    protect(places, key)


def read_mark(root: Path) -> str | None:
    """Return the id of the key that a workspace is encrypted with; None where it is not."""
    mark = root / MARK
    return mark.read_text(encoding="ascii").strip() if mark.is_file() else None


def write_mark(root: Path, key: Key | None) -> None:
    """Say with which key a workspace is encrypted; None: with none."""
    mark = root / MARK
    if key is None:
        mark.unlink(missing_ok=True)
        return
    partial = mark.with_name(f"{MARK}.partial-{os.getpid()}")
    partial.write_text(key.id + "\n", encoding="ascii")
    partial.chmod(0o600)
    partial.replace(mark)


def write_key(file: Path, key: Key) -> None:
    """Write a new key file for its owner alone. Raises ReconcileError where the file exists."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise ReconcileError(
            f"{file} exists already; a key is never overwritten. Give a new name."
        ) from error
    with os.fdopen(descriptor, "w", encoding="ascii") as handle:
        handle.write(key.text() + "\n")
        handle.flush()
        os.fsync(handle.fileno())
