"""What the commands share: the app to work in, and how a fault is told to a person."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import click
from flask import Flask

from mall.application import create_app
from mall.config import ConfigurationError, Settings
from mall.runtime.environment import load_environment


def build_app() -> Flask:
    """The app of the environment, or of the mall that runs in this directory."""
    try:
        return create_app(Settings.from_env(load_environment()))
    except ConfigurationError as fault:
        hint = "Start the mall with `make run` first, or set these variables."
        raise click.ClickException(f"{fault}\n{hint}") from None


def with_app(command: Callable[..., Any]) -> Callable[..., Any]:
    """Run a command inside the app's context."""

    @functools.wraps(command)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        with build_app().app_context():
            return command(*args, **kwargs)

    return wrapper
