"""What the commands of `mall …` share: the app they work in, sheets, progress."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from flask import Flask
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

SHEET = click.Path(exists=True, dir_okay=False, path_type=Path)
"""A file of rows: CSV or Excel."""
_PIPED_WIDTH = 1_000


def build_app() -> Flask:
    """The app that this run of `mall` works in. The top command knows how to make it."""
    make: Callable[[], Flask] = click.get_current_context().find_root().obj
    return make()


def with_app(command: Callable[..., Any]) -> Callable[..., Any]:
    """Run a command inside the app's context."""

    @functools.wraps(command)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        with build_app().app_context():
            return command(*args, **kwargs)

    return wrapper


def make_console(*, stderr: bool = False) -> Console:
    """Where a command writes. Into a pipe or a file no line is wrapped: other programs read it."""
    console = Console(highlight=False, stderr=stderr)
    if not console.is_terminal:
        console.soft_wrap = True
        console.width = _PIPED_WIDTH
    return console


def progress(console: Console) -> Progress:
    """A bar that counts rows."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("rows"),
        TimeElapsedColumn(),
        console=console,
    )
