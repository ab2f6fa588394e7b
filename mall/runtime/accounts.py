"""The system user that PostgreSQL runs as when the mall is run by root.

PostgreSQL refuses root. Nobody's directory is opened for that user: what it can't
reach is put into directories of its own (see `mall.runtime.postgres_home`).
"""

from __future__ import annotations

import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from mall.runtime.errors import RuntimeFault

CANDIDATES = ("postgres", "nobody")


class Identity(TypedDict, total=False):
    """Keyword arguments of subprocess.Popen."""

    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True)
class Account:
    """A user that a child process runs as."""

    uid: int
    gid: int

    def identity(self) -> Identity:
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def can_enter(self, directory: Path) -> bool:
        """Ask the kernel, as that user: mode bits alone know nothing of ACLs and mounts."""
        return self._succeeds(["test", "-x", str(directory)])

    def can_run(self, program: Path) -> bool:
        return self._succeeds([str(program), "--version"])

    def _succeeds(self, command: list[str]) -> bool:
        try:
            done = subprocess.run(  # noqa: S603
                command, cwd="/", capture_output=True, check=False, **self.identity()
            )
        except OSError:
            return False
        return done.returncode == 0


def is_root() -> bool:
    return os.geteuid() == 0


def server_account() -> Account:
    """The system user for PostgreSQL under root: `postgres` where there is one, else `nobody`."""
    for name in CANDIDATES:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        if entry.pw_uid != 0:
            return Account(entry.pw_uid, entry.pw_gid)
    raise RuntimeFault(
        "PostgreSQL refuses to run as root and there is no user 'nobody' to run it as: "
        "run the mall as a plain user, or set DATABASE_URL"
    )


def owner_of(directory: Path) -> Account:
    """The owner of an existing directory."""
    status = directory.stat()
    return Account(status.st_uid, status.st_gid)
