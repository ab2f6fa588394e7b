"""`mall db …`: bring the schema to this version of the code."""

from __future__ import annotations

from pathlib import Path

import click
import flask_migrate
from flask import Flask, current_app

from mall.kernel.cli import with_app
from mall.kernel.db import db
from mall.kernel.pooling import refuse_transaction_pooling

MIGRATIONS = Path(__file__).resolve().parents[2] / "migrations"


@click.group("db")
def db_group() -> None:
    """Database schema."""


@db_group.command()
@with_app
def upgrade() -> None:
    """Apply every migration that is missing. Safe to repeat and to run on many hosts at once."""
    upgrade_schema(current_app._get_current_object())  # type: ignore[attr-defined]


@db_group.command()
@click.option("-m", "--message", required=True, help="What the migration does.")
@click.option("--rev-id", required=True, help="Its name, for example orders_0002.")
@with_app
def migrate(message: str, rev_id: str) -> None:
    """Write a migration from the difference between models and database (for developers)."""
    _with_alembic(current_app._get_current_object())  # type: ignore[attr-defined]
    flask_migrate.migrate(directory=str(MIGRATIONS), message=message, rev_id=rev_id)


def upgrade_schema(app: Flask) -> None:
    """Apply every missing migration to the database of `app`, whose context is open.

    Raises TransactionPooling: migrators take turns by a lock of their session.
    """
    refuse_transaction_pooling(app.extensions["mall.config"].database_url)
    _with_alembic(app)
    flask_migrate.upgrade(directory=str(MIGRATIONS))


def _with_alembic(app: Flask) -> None:
    """Alembic joins here and not in `create_app`: it would cost each web worker 11 MB."""
    if "migrate" not in app.extensions:
        flask_migrate.Migrate(app, db, directory=str(MIGRATIONS), compare_type=True)
