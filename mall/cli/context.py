"""The app that the commands work in, and how a fault is told to a person."""

from __future__ import annotations

import click
from flask import Flask

from mall.application import create_app
from mall.config import Config, ConfigurationError
from mall.runtime.environment import load_environment


def app_of_environment() -> Flask:
    """The app of the environment, or of the mall that runs in this directory."""
    try:
        return create_app(Config.from_env(load_environment()))
    except ConfigurationError as fault:
        hint = "Start the mall with `make run` first, or set these variables."
        raise click.ClickException(f"{fault}\n{hint}") from None
