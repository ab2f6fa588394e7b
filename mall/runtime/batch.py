"""Several `mall` commands in one process: each of its own would load the whole mall again.

The process runs `mall batch`, which writes a line to a report when a command is done;
the supervisor reads along, so that every command is a step of its own on the screen.
"""

from __future__ import annotations

import os
import shlex
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType

import click

from mall.runtime.layout import PROJECT
from mall.runtime.processes import spawn
from mall.runtime.services import fault_of, open_log, told

_DONE = "done"


@click.command(hidden=True)
@click.argument("report", type=click.Path(path_type=Path, dir_okay=False))
@click.argument("lines", nargs=-1)
@click.pass_context
def batch(context: click.Context, report: Path, lines: tuple[str, ...]) -> None:
    """Run each of LINES as a mall command and report it when it is done."""
    main = context.find_root().command
    with report.open("w", buffering=1) as done:
        for line in lines:
            main.main(args=shlex.split(line), prog_name="mall", standalone_mode=False)
            done.write(f"{_DONE}\n")


class Batch:
    """The process that runs the commands; leaving the block ends it."""

    def __init__(
        self, commands: Sequence[Sequence[str]], environment: Mapping[str, str], log: Path
    ) -> None:
        self._commands = [shlex.join(command) for command in commands]
        self._report = log.with_suffix(".report")
        self._log = log
        self._done = 0
        self._report.unlink(missing_ok=True)
        command = [sys.executable, "-m", "mall", "batch", str(self._report), *self._commands]
        with open_log(log) as output:
            self._process = spawn(command, cwd=PROJECT, env=environment, output=output)

    def wait_for_next(self) -> None:
        """Return when the next command is done; RuntimeFault if it fails."""
        while True:
            code = self._process.poll()
            if self._count() > self._done:
                self._done += 1
                return
            if code is not None:
                name = " ".join(shlex.split(self._commands[self._done])[:2])
                raise fault_of(f"mall {name} failed ({told(code)})", self._log)
            time.sleep(0.03)

    def _count(self) -> int:
        try:
            return self._report.read_text().count(_DONE)
        except OSError:
            return 0

    def __enter__(self) -> Batch:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._report.unlink(missing_ok=True)
