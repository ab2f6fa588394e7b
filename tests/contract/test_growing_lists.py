"""Every list has an index for what it filters by: no table that grows with history is read whole.

Each list is asked without and with each of its filters; the planner reads a table whole only where
it has no other way. That it has other plans for few rows doesn't matter here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import marshmallow as ma
import pytest
from flask import Flask
from marshmallow import fields, validate
from redis import Redis

from mall.kernel.db import Base
from mall.kernel.http.api import schemas_read_by
from mall.kernel.http.schemas import Id
from mall.kernel.http.times import Moment, ShopDay
from tests.bad_input.world import World, a_world
from tests.support.plans import SMALL, Statement, huge_tables, read_whole, statements

SHEETS = ("/export", "/sheet", "-sheet")
"""What is for everything, once in a while."""
KNOWN: dict[str, str] = {
    "/admin/api/v1/points-reports/liability": "what is owed to everybody, asked once in a while",
}
"""Lists that read a table whole, with why that may be."""


@pytest.fixture
def world(app: Flask, redis: Redis) -> World:
    return a_world(app, redis)


def test_no_list_reads_a_table_that_grows_whole(app: Flask, world: World) -> None:
    asked: dict[str, list[Statement]] = {}
    for path, query in questions(app):
        who = world.admin if path.startswith("/admin/") else world.shopper
        with statements() as sent:
            answer = who.get(filled(path, world), **query)
            answer.close()
        assert answer.status_code < 500, (path, query)
        asked[f"{path} {' '.join(query)}".strip()] = sent
    assert len(asked) > 300
    with huge_tables():
        whole = {name: tables for name, sent in asked.items() if (tables := read_whole(sent))}
    assert whole.keys() == KNOWN.keys(), whole


def questions(app: Flask) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each address that is read, alone and with each of its filters."""
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()) or "/api/v1/" not in rule.rule:
            continue
        if rule.rule.endswith(SHEETS):
            continue
        read = schemas_read_by(app.view_functions[rule.endpoint])
        filters = {
            field.data_key or name: field
            for place, schema in read
            if place == "query"
            for name, field in schema.load_fields.items()
        }
        needed = {name: value_of(field) for name, field in filters.items() if field.required}
        yield rule.rule, needed
        for name, field in filters.items():
            if name not in ("cursor", "limit", "format"):
                yield rule.rule, {**needed, name: value_of(field)}


def value_of(field: ma.fields.Field[Any]) -> Any:
    """A value that the filter takes."""
    for check in field.validators:
        if isinstance(check, validate.OneOf):
            return next(iter(check.choices))
    match field:
        case Id() | fields.Integer():
            return "1"
        case Moment():
            return "2026-01-01T00:00:00+08:00"
        case ShopDay():
            return "2026-01-01"
        case fields.Boolean():
            return "true"
    return "2601010000000000"


def filled(path: str, world: World) -> str:
    return re.sub(r"<(?:\w+:)?(\w+)>", lambda name: world.ids.get(name[1], "1"), path)


def test_small_tables_are_named_as_they_are() -> None:
    assert set(Base.metadata.tables) >= SMALL
