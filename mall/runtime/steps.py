"""What the person at the terminal sees: each step, what it does and how long it took."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

from rich.console import Console
from rich.markup import escape

from mall.runtime.interrupts import pause


class Steps:
    """Prints one line a step; on a terminal with a spinner while it runs."""

    def __init__(self, console: Console | None = None) -> None:
        # Lines are never wrapped: an address cut in two can't be clicked or searched for.
        self.console = console or Console(highlight=False, soft_wrap=True)

    @contextmanager
    def step(self, title: str) -> Iterator[list[str]]:
        """Run one step. What the block appends to the list is shown beside the time.

        Raises StopRequested instead when the start isn't wanted any more."""
        pause(0)
        details: list[str] = []
        started = time.monotonic()
        try:
            with self._waiting(title):
                yield details
        except BaseException:
            self._line("[red]✗[/red]", title, started, details)
            raise
        self._line("[green]✓[/green]", title, started, details)

    def say(self, text: str = "") -> None:
        self.console.print(escape(text))

    def facts(self, rows: dict[str, str]) -> None:
        """A block of names and values, lined up."""
        width = max(map(len, rows))
        for name, value in rows.items():
            self.console.print(f"  {name:<{width}}  [bold]{escape(value)}[/bold]")

    def _waiting(self, title: str) -> AbstractContextManager[object]:
        if self.console.is_terminal:
            return self.console.status(escape(title))
        return nullcontext()

    def _line(self, mark: str, title: str, started: float, details: list[str]) -> None:
        seconds = time.monotonic() - started
        note = f"  [dim]{escape(' · '.join(details))}[/dim]" if details else ""
        self.console.print(f"{mark} {escape(title):<30} {seconds:5.1f} s{note}")
