"""Places where a test may kill the process, to show that a kill there loses nothing.

`MALL_FAILPOINT` names one; in production the configuration refuses it. A point that isn't named
costs one comparison.
"""

from __future__ import annotations

import os

from sqlalchemy.orm import Session

from mall.config import Config
from mall.kernel.db import after_commit, before_commit

KILLED = 137
"""The exit status of a process that was killed by SIGKILL, as a shell reports it."""


class _Armed:
    name = ""


def init_failpoints(config: Config) -> None:
    """Arm the point that the configuration names, or none."""
    _Armed.name = "" if config.is_production else config.failpoint


def failpoint(name: str) -> None:
    """End the process at once, without any clean-up, when this point is armed."""
    if _Armed.name and _Armed.name == name:
        os._exit(KILLED)


def around_commit(session: Session, before: str, after: str) -> None:
    """Two points: right before and right after the open transaction commits."""
    if _Armed.name == before:
        before_commit(session, lambda _: failpoint(before))
    elif _Armed.name == after:
        after_commit(session, lambda _: failpoint(after))
