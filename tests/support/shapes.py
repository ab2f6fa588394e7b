"""The shapes of every request: which schemas the routes read, and each field in them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from flask import Flask
from marshmallow import Schema, fields

from mall.kernel.http.api import schemas_read_by


class Place(NamedTuple):
    """A field of a request: where it stands, as "POST /x json lines.quantity"."""

    where: str
    field: fields.Field[Any]


def request_schemas(app: Flask) -> Iterator[tuple[str, Schema]]:
    """Every schema that a route reads its body or its query by."""
    for rule in app.url_map.iter_rules():
        method = "/".join(sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}))
        for location, schema in schemas_read_by(app.view_functions[rule.endpoint]):
            yield f"{method} {rule.rule} {location}", schema


def request_fields(app: Flask) -> Iterator[Place]:
    """Every field of every request, nested ones too."""
    for where, schema in request_schemas(app):
        yield from fields_of(where, schema)


def fields_of(where: str, schema: Schema) -> Iterator[Place]:
    for name, field in schema.load_fields.items():
        yield from _inside(f"{where} {field.data_key or name}", field)


def _inside(where: str, field: fields.Field[Any]) -> Iterator[Place]:
    yield Place(where, field)
    if isinstance(field, fields.Nested):
        yield from fields_of(where, field.schema)
    inner = [getattr(field, name, None) for name in ("inner", "key_field", "value_field")]
    for each in inner:
        if isinstance(each, fields.Field):
            yield from _inside(where, each)
