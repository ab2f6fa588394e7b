"""`mall …`: every command of the shop's people. What belongs to a feature stands in its folder;
here are the commands of the mall as a whole."""

from __future__ import annotations

from collections.abc import Iterable

import click

from mall.cli.context import app_of_environment
from mall.cli.database import db_group
from mall.cli.demo import demo_group
from mall.cli.jobs import jobs_group
from mall.cli.keys import keys_group
from mall.cli.tour import tour
from mall.cli.worker import worker
from mall.kernel.features import COMMANDS, Feature, Mall
from mall.runtime.commands import COMMANDS as RUNTIME
from mall.wiring import FEATURES


def build_cli(features: Iterable[Feature] = FEATURES) -> click.Group:
    """The `mall` command with the commands of these features."""
    group = click.Group(
        "mall",
        help="Run and look after a mall. In a fresh checkout, start with `make run`.",
        context_settings={"help_option_names": ["-h", "--help"], "obj": app_of_environment},
    )
    whole = (db_group, demo_group, jobs_group, keys_group, tour, worker, *RUNTIME)
    for command in (*whole, *Mall(features).items(COMMANDS).values()):
        group.add_command(command)
    return group


main = build_cli()
