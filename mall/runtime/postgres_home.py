"""The directory that holds an embedded PostgreSQL's cluster, owned by the server's user.

For a plain user it is `<data_dir>/cluster`. Under root it belongs to another user, who
must be able to reach it; where a parent directory is closed to that user it lies under
`/var/lib/mall` instead, and `<data_dir>/location` says where.
"""

from __future__ import annotations

import os
import secrets
import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from mall.runtime.accounts import Account, is_root, owner_of, server_account
from mall.runtime.errors import RuntimeFault
from mall.runtime.paths import private_directory, reason

BASE_DIRECTORIES = (Path("/var/lib/mall"), Path("/var/tmp/mall-embedded"))  # noqa: S108 - owner is checked
_POINTER = "location"
_ORIGIN = "origin"  # beside the home: whose data it is


@dataclass(frozen=True)
class Home:
    """Where the cluster lives and who owns it; `account` is None when that is just us."""

    path: Path
    account: Account | None

    @property
    def data(self) -> Path:
        return self.path / "data"


def find_or_make(data_dir: Path, *, throwaway: bool) -> Home:
    """The cluster's directory for `data_dir`, made on first use.

    `data_dir` exists and this process may write in it.
    """
    inside = data_dir / "cluster"
    if not is_root():
        return Home(private_directory(inside), None)
    pointer = data_dir / _POINTER
    if pointer.exists():
        return _outside(data_dir, pointer)
    account = server_account()
    if inside.exists():
        owner = owner_of(inside)
        account = account if owner.uid == 0 else owner
    if _make_inside(inside, account):
        return Home(inside, account)
    return _make_outside(data_dir, pointer, account, throwaway=throwaway)


def base_directory() -> Path:
    """A directory of root's that every user may enter, for what the server's user must reach."""
    refusals = []
    for path in BASE_DIRECTORIES:
        try:
            path.mkdir(mode=0o755, exist_ok=True)
            if (status := path.lstat()).st_uid == 0 and not status.st_mode & 0o022:
                return path
            refusals.append(f"{path} isn't root's alone")
        except OSError as fault:
            refusals.append(f"{path}: {reason(fault)}")
    raise RuntimeFault(
        f"no place for PostgreSQL's data ({'; '.join(refusals)}): "
        "run the mall as a plain user, or set DATABASE_URL"
    )


def remove(data_dir: Path, home: Home) -> None:
    """Delete the cluster for good (the server is stopped)."""
    shutil.rmtree(home.path, ignore_errors=True)
    with suppress(FileNotFoundError):
        _origin_of(home.path).unlink()
    with suppress(FileNotFoundError):
        (data_dir / _POINTER).unlink()


def _make_inside(inside: Path, account: Account) -> bool:
    """True if `inside` can be the home; nothing is left behind otherwise."""
    fresh = not inside.exists()
    try:
        inside.mkdir(mode=0o700, exist_ok=True)
        os.chown(inside, account.uid, account.gid)
        if account.can_enter(inside):
            return True
    except OSError:  # a file system without owners, such as a share of the host
        pass
    if fresh:
        with suppress(OSError):
            inside.rmdir()
    return False


def _make_outside(data_dir: Path, pointer: Path, account: Account, *, throwaway: bool) -> Home:
    base = base_directory()
    _remove_abandoned(base, data_dir)
    path = private_directory(base / f"pg-{secrets.token_hex(4)}", account)
    origin = f"{data_dir}\n" + ("throwaway\n" if throwaway else "")
    _origin_of(path).write_text(origin)
    pointer.write_text(f"{path}\n")
    return Home(path, account)


def _outside(data_dir: Path, pointer: Path) -> Home:
    path = Path(pointer.read_text().strip())
    if not path.is_dir():
        raise RuntimeFault(
            f"PostgreSQL's data is gone from {path}: remove {data_dir} to start with an empty shop"
        )
    origin = _origin(path)
    if origin and origin[0] != str(data_dir):
        if _points_at(Path(origin[0]), path):
            raise RuntimeFault(
                f"{data_dir} is a copy of {origin[0]} and its data would be shared: "
                f"remove {data_dir} to start with an empty shop"
            )
        _origin_of(path).write_text("\n".join([str(data_dir), *origin[1:]]) + "\n")  # it moved
    return Home(path, owner_of(path))


def _remove_abandoned(base: Path, data_dir: Path) -> None:
    """Remove clusters that nobody can reach any more: `var/` was deleted by hand.

    A lasting cluster goes only when its own data_dir starts afresh (a disk that is
    not mounted looks deleted too); a throwaway one when its data_dir is gone.
    """
    for path in base.glob("pg-*"):
        origin = _origin(path) if path.is_dir() else None
        if not origin or _points_at(Path(origin[0]), path):
            continue
        if origin[0] == str(data_dir) or "throwaway" in origin[1:]:
            shutil.rmtree(path, ignore_errors=True)
            with suppress(FileNotFoundError):
                _origin_of(path).unlink()


def _points_at(data_dir: Path, home: Path) -> bool:
    try:
        return (data_dir / _POINTER).read_text().strip() == str(home)
    except OSError:
        return False


def _origin_of(home: Path) -> Path:
    return home.with_name(f"{home.name}.{_ORIGIN}")


def _origin(home: Path) -> list[str]:
    try:
        return _origin_of(home).read_text().splitlines()
    except OSError:
        return []
