"""Every address that is read, alone and with each of its filters: lists, details, reports."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import marshmallow as ma
from flask import Flask
from marshmallow import fields, validate

from mall.kernel.http.api import schemas_read_by
from mall.kernel.http.schemas import Id
from mall.kernel.http.times import Moment, ShopDay

SHEETS = ("/export", "/sheet", "-sheet")
"""What is for everything, once in a while."""
_PLACE = re.compile(r"<(?:\w+:)?(\w+)>")


def questions(app: Flask) -> Iterator[tuple[str, dict[str, Any]]]:
    """Path with its placeholders, and query."""
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


def filled(path: str, ids: Mapping[str, str]) -> str:
    """The path with each placeholder's value; 1 where none is known."""
    return _PLACE.sub(lambda name: ids.get(name[1], "1"), path)
