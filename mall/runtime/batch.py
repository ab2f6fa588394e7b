"""Several `mall` commands in one process: each of its own would load the whole mall again.

The process runs `mall batch`, which writes a line to a report when a command is done;
the supervisor reads along, so that every command is a step of its own on the screen.
What a command prints goes into the report too, not into a log: it may be a password.
"""

from __future__ import annotations

import io
import json
import os
import shlex
import signal
import sys
from collections.abc import Mapping, Sequence
from contextlib import redirect_stdout, suppress
from pathlib import Path
from types import TracebackType

import click

from mall.runtime.interrupts import pause
from mall.runtime.layout import PROJECT
from mall.runtime.processes import spawn
from mall.runtime.services import describe_exit, fault_with_log, open_log


@click.command(hidden=True)
@click.argument("report", type=click.Path(path_type=Path, dir_okay=False))
@click.argument("lines", nargs=-1)
@click.pass_context
def batch(context: click.Context, report: Path, lines: tuple[str, ...]) -> None:
    """Run each of LINES as a mall command and report it when it is done."""
    main = context.find_root().command
    handle = os.open(report, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as done:
        for line in lines:
            printed = io.StringIO()
            with redirect_stdout(printed):
                main.main(args=shlex.split(line), prog_name="mall", standalone_mode=False)
            done.write(json.dumps(printed.getvalue()) + "\n")
            done.flush()


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

    def wait_for_next(self) -> str:
        """Return what the next command printed once it is done; RuntimeFault if it fails."""
        while True:
            code = self._process.poll()
            outputs = self._outputs()
            if len(outputs) > self._done:
                self._done += 1
                return outputs[self._done - 1]
            if code is not None:
                name = " ".join(shlex.split(self._commands[self._done])[:2])
                raise fault_with_log(f"mall {name} failed ({describe_exit(code)})", self._log)
            pause(0.03)

    def _outputs(self) -> list[str]:
        try:
            lines = self._report.read_text().split("\n")
        except OSError:
            return []
        return [json.loads(line) for line in lines[:-1]]  # the last one isn't complete yet

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
