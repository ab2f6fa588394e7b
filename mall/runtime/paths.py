"""Directories that are ours: private ones, short ones for sockets, locks."""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

from mall.runtime.accounts import Account
from mall.runtime.errors import RuntimeFault

# sun_path is 108 bytes on Linux and 104 on macOS, the closing zero byte among them.
LONGEST_SOCKET_PATH = 103
_SERVER_LINE = re.compile(r"\[\d{4}-\d\d-\d\d ")  # gunicorn's own, after the traceback
_SHORT_ROOT = Path("/tmp")  # noqa: S108 - made private and checked, see private_directory


def make_directory(path: Path) -> Path:
    """Make `path` and its parents; one clear line when that is not allowed."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as fault:
        raise RuntimeFault(f"can't make the directory {path}: {reason(fault)}") from fault
    if not os.access(path, os.W_OK | os.X_OK):
        raise RuntimeFault(
            f"can't write in {path}: make it yours (chown), or remove it and start again"
        )
    return path


def private_directory(path: Path, account: Account | None = None) -> Path:
    """Make `path` with mode 0700, owned by `account` or us; refuse what another user laid there."""
    uid = account.uid if account else os.geteuid()
    try:
        path.mkdir(mode=0o700, parents=True)
        if account:
            os.chown(path, account.uid, account.gid)
    except FileExistsError:
        status = path.lstat()
        if not stat.S_ISDIR(status.st_mode) or status.st_uid != uid or status.st_mode & 0o077:
            raise RuntimeFault(
                f"{path} exists and is not a private directory of ours: remove it"
            ) from None
    except OSError as fault:
        raise RuntimeFault(f"can't make the directory {path}: {reason(fault)}") from fault
    return path


def socket_directory(wanted: Path, name: str, account: Account | None = None) -> Path:
    """`wanted`, or a short private directory where a socket `name` in it can't be addressed.

    Its path may be too long for the kernel. Or it holds characters, such as a space, that
    the libraries which take a URL escape in different ways.
    """
    path = str(wanted / name)
    if len(os.fsencode(path)) <= LONGEST_SOCKET_PATH and quote(path) == path:
        return wanted
    digest = hashlib.sha256(os.fsencode(wanted)).hexdigest()[:12]
    uid = account.uid if account else os.geteuid()
    return private_directory(_SHORT_ROOT / f"mall-{uid}-{digest}", account)


def remove_socket_directory(wanted: Path, name: str, account: Account | None = None) -> None:
    """Remove the short directory that `socket_directory` made, if it did."""
    directory = socket_directory(wanted, name, account)
    if directory != wanted:
        with suppress(OSError):
            directory.rmdir()


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold an exclusive lock on the file `path`; the kernel drops it if we die."""
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as fault:
        raise RuntimeFault(f"can't write {path}: {reason(fault)}") from fault
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def reason(fault: OSError) -> str:
    """The system's words for an error, without the path that they come with."""
    return (fault.strerror or str(fault)).lower()


def last_lines(path: Path, count: int = 3) -> str:
    """The end of a log file on one line, for a message."""
    try:
        lines = path.read_text(errors="replace").splitlines()
    except OSError:
        return "no log"
    return " | ".join(line.strip() for line in lines[-count:] if line.strip()) or "empty log"


def ran_out_of_space(path: Path) -> bool:
    """True if the end of a log tells of a full disk."""
    try:
        end = path.read_text(errors="replace").splitlines()[-15:]
    except OSError:
        return False
    return any("No space left on device" in line for line in end)


def explanation(path: Path) -> str:
    """What a failed command said at its end: its "Error: …" to the end, else its last line."""
    try:
        lines = path.read_text(errors="replace").splitlines()[-40:]
    except OSError:
        return "no log"
    lines = [line.strip() for line in lines if line.strip() and not _SERVER_LINE.match(line)]
    for position in range(len(lines) - 1, -1, -1):
        if lines[position].startswith("Error: "):
            return " ".join(lines[position:])
    return lines[-1] if lines else "it said nothing"
