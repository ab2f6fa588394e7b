"""The migrations make what the models say."""

from __future__ import annotations

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from sqlalchemy import Table, inspect, text

from mall.kernel.db import Base, db
from mall.kernel.http.health import migration_heads
from tests.conftest import ROOT


def of_procrastinate(obj: object, name: str | None, type_: str, *_: object) -> bool:
    """Leave the job library's own tables out: its schema file made them."""
    return not (type_ == "table" and str(name).startswith("procrastinate_"))


def test_models_match_migrations(app: Flask) -> None:
    with db.engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={"compare_type": True, "include_object": of_procrastinate},
        )
        assert compare_metadata(context, Base.metadata) == []


def test_checks_match_too(app: Flask) -> None:
    """What autogenerate doesn't compare: names of checks, and defaults on both sides."""
    inspector = inspect(db.engine)
    for name, table in Base.metadata.tables.items():
        assert isinstance(table, Table)
        made = {check["name"] for check in inspector.get_check_constraints(name)}
        modelled = {
            str(constraint.name)
            for constraint in table.constraints
            if type(constraint).__name__ == "CheckConstraint"
        }
        assert made == modelled, name
        for column in inspector.get_columns(name):
            model = table.columns[column["name"]]
            has_default = model.server_default is not None or model.identity is not None
            if model.computed is not None:
                assert "computed" in column, f"{name}.{column['name']}"
                continue
            made_default = column["default"] is not None or "identity" in column
            assert made_default == has_default, f"{name}.{column['name']}"


def test_one_line_of_migrations(app: Flask) -> None:
    script = ScriptDirectory(str(ROOT / "migrations"))
    (head,) = script.get_heads()
    applied = db.session.scalar(text("SELECT version_num FROM alembic_version"))
    assert applied == head
    assert migration_heads() == {head}, "/readyz reads the files by themselves"
