"""A named failpoint ends the process; production refuses to have one."""

from __future__ import annotations

import subprocess
import sys

import pytest

from mall.config import Config, ConfigurationError
from mall.kernel.failpoints import KILLED

PROBE = """
import os
from types import SimpleNamespace
from mall.kernel.failpoints import failpoint, init_failpoints
init_failpoints(SimpleNamespace(failpoint=os.environ["POINT"], is_production=False))
failpoint("here")
print("alive")
"""


@pytest.mark.parametrize(("armed", "status"), [("here", KILLED), ("there", 0), ("", 0)])
def test_only_the_named_point_kills(armed: str, status: int) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROBE], env={"POINT": armed}, capture_output=True, check=False
    )
    assert done.returncode == status
    assert (b"alive" in done.stdout) == (status == 0)


def test_production_refuses_a_failpoint(environment: dict[str, str]) -> None:
    with pytest.raises(ConfigurationError, match="MALL_FAILPOINT"):
        Config.from_env({**environment, "MALL_ENV": "production", "MALL_FAILPOINT": "x"})
