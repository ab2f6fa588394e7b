"""Alembic's environment, run by Flask-Migrate (`mall db upgrade`)."""

from alembic import context
from flask import current_app

from mall.kernel.db import Base, db
from mall.kernel.migrating import migrating_connection


def include_object(obj, name, type_, reflected, compare_to):
    """Leave procrastinate's own tables alone: its schema file made them."""
    return not (type_ == "table" and reflected and name.startswith("procrastinate_"))


def run() -> None:
    if context.is_offline_mode():
        url = current_app.config["SQLALCHEMY_DATABASE_URI"]
        context.configure(url=url, target_metadata=Base.metadata, literal_binds=True)
        with context.begin_transaction():
            context.run_migrations()
        return
    with migrating_connection(db.engine) as connection:
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            include_object=include_object,
            compare_type=True,
            compare_server_default=False,
            # What is done stays done; and an index is built outside of transactions.
            transaction_per_migration=True,
        )
        with context.begin_transaction():
            context.run_migrations()


run()
