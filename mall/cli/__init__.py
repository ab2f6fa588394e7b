"""`mall …`: every command of the shop's people. Each topic has a module of its own."""

from __future__ import annotations

import click

from mall.cli.catalog import catalog_group
from mall.cli.database import db_group
from mall.cli.demo import demo_group
from mall.cli.doctor import doctor
from mall.cli.flash import flash_worker
from mall.cli.jobs import jobs_group
from mall.cli.keys import keys_group
from mall.cli.reconcile import reconcile
from mall.cli.regions import regions_group
from mall.cli.staff import staff_group
from mall.cli.tour import tour
from mall.cli.worker import worker
from mall.runtime.commands import COMMANDS as RUNTIME


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Run and look after a mall. In a fresh checkout, start with `make run`."""


main.add_command(catalog_group)
main.add_command(db_group)
main.add_command(demo_group)
main.add_command(doctor)
main.add_command(flash_worker)
main.add_command(jobs_group)
main.add_command(keys_group)
main.add_command(reconcile)
main.add_command(regions_group)
main.add_command(staff_group)
main.add_command(tour)
main.add_command(worker)
for command in RUNTIME:
    main.add_command(command)
