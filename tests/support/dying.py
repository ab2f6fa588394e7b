"""Commands that die at a failpoint, in processes that are forked from one which knows the mall."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from flask import Flask

from mall.application import create_app
from mall.config import current_config
from mall.kernel.failpoints import KILLED, init_failpoints

Commands = Mapping[str, Callable[[str], object]]
Die = Callable[[str, str, str], None]


def answer(commands: Commands, features: Any) -> None:
    """Read lines of JSON, `[point, command, argument]`; answer each with an exit status."""
    app = create_app(features=features)  # opens nothing: what is forked may use it
    for line in sys.stdin:
        sys.stdout.write(f"{_die(app, commands, *json.loads(line))}\n")
        sys.stdout.flush()


def _die(app: Flask, commands: Commands, point: str, command: str, argument: str) -> int:
    """The exit status of a process that ran a command with a failpoint."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    with app.app_context():
        init_failpoints(replace(current_config(), failpoint=point))
        commands[command](argument)
    os._exit(0)


@contextmanager
def dying(module: str, environment: Mapping[str, str]) -> Iterator[Die]:
    """`die(point, command, argument)`: run a command of `module`, which must die there."""
    with subprocess.Popen(
        [sys.executable, "-m", module],
        env={**os.environ, **environment},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as running:
        wanted, statuses = running.stdin, running.stdout
        assert wanted is not None
        assert statuses is not None

        def die(point: str, command: str, argument: str) -> None:
            print(json.dumps([point, command, argument]), file=wanted, flush=True)
            assert int(statuses.readline()) == KILLED, (point, command)

        yield die
        wanted.close()
