"""`mall db …`: bring the schema to this version of the code."""

from __future__ import annotations

from pathlib import Path

import click
import flask_migrate

from mall.cli.context import with_app

MIGRATIONS = Path(__file__).resolve().parents[2] / "migrations"


@click.group("db")
def db_group() -> None:
    """Database schema."""


@db_group.command()
@with_app
def upgrade() -> None:
    """Apply every migration that is missing. Safe to repeat and to run on many hosts at once."""
    flask_migrate.upgrade(directory=str(MIGRATIONS))


@db_group.command()
@click.option("-m", "--message", required=True, help="What the migration does.")
@click.option("--rev-id", required=True, help="Its name, for example orders_0002.")
@with_app
def migrate(message: str, rev_id: str) -> None:
    """Write a migration from the difference between models and database (for developers)."""
    flask_migrate.migrate(directory=str(MIGRATIONS), message=message, rev_id=rev_id)
