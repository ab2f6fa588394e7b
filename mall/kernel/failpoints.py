"""Places where a test may kill the process, to show that a kill there loses nothing.

`MALL_FAILPOINT` names one; in production the configuration refuses it. A point that isn't named
costs one comparison.
"""

from __future__ import annotations

import os

from mall.config import Config

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
