"""`mall birthdays`."""

from __future__ import annotations

import click

from mall.kernel.cli import with_app
from mall.kernel.db import db
from tests.features.birthdays import queries


@click.command()
@with_app
def birthdays() -> None:
    """Say how many shoppers have their birthday today."""
    session = db.session()
    found = queries.on_day(session, f"{queries.today(session):%m-%d}")
    click.echo(f"{len(found)} shopper(s) today")
