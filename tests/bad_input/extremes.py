"""The outermost values that a field may be given: at its bounds, just past them, far past them."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from typing import Any

from flask import Flask
from hypothesis import strategies as st
from marshmallow import Schema, fields, validate

from mall.kernel.http.times import Moment, ShopDay
from tests.bad_input.route import Route
from tests.support.shapes import request_schemas

Way = tuple[str | int, ...]
MOMENTS = [
    *("2100-12-31T23:59:59+08:00", "2101-01-01T00:00:00+08:00", "2100-12-31", "2000-01-01"),
    *("2000-01-01T00:00:00+08:00", "1999-12-31T23:59:59.999999+08:00", "2100-12-31T23:59:59-23:59"),
    *("9999-12-31T23:59:59-08:00", "9999-12-31T23:59:59.999999+00:00", "9999-12-31", "0001-01-01"),
    *("0001-01-01T00:00:00+14:00", "0001-01-01T00:00:00Z", "10000-01-01T00:00:00Z", "infinity"),
]
DAYS = ["2100-12-31", "2000-01-01", "1999-12-31", "2101-01-01", "9999-12-31", "0001-01-01"]
NUMBERS = [0, -1, 2**31 - 1, 2**31, 2**63 - 1, 2**63, -(2**63), 10**30, 1e308]
STORED = [
    *("\u202e价", "\u2028x", "x\ufeff", "x\ufffe", "x\U0010ffff", "a\u0301" * 9, "\ufdfa"),
    *("%s{0}", "=1+1"),
]
"""Odd, but texts."""
TEXTS = [
    *("", "\x01", "\x1f", "\x7f", "\x85", "\u2028", "\ufeff", "\ud800", "\udfff", "\ud83d"),
    *("\u200d" * 30, "\ufdfa" * 30, "'", '"', "\\", "<b>"),
]
IDS = ["9223372036854775807", "9223372036854775808", "1", "0"]


class Shapes:
    """The schema that a route reads its body by."""

    def __init__(self, app: Flask) -> None:
        self._by_route = {
            re.sub("<.*?>", "{}", where.removesuffix(" json")): schema
            for where, schema in request_schemas(app)
            if where.endswith(" json")
        }

    def field_at(self, route: Route, way: Way) -> fields.Field[Any] | None:
        """The field at a place of a route's body; None inside what has no schema."""
        found: Any = self._by_route[f"{route.method} {re.sub('{.*?}', '{}', route.path)}"]
        for step in way:
            found = _inner(found, step)
        return found if isinstance(found, fields.Field) else None


def _inner(node: Any, step: str | int) -> Any:
    if isinstance(node, fields.Nested):
        node = node.schema
    if isinstance(node, Schema):
        named = {field.data_key or name: field for name, field in node.load_fields.items()}
        return named.get(str(step))
    if isinstance(node, fields.List):
        return node.inner
    return getattr(node, "value_field", None)


def extreme_values(field: fields.Field[Any] | None, value: Any) -> list[Any]:
    """What to put where `value` stands. What may be stored is there twice, to be drawn oftener."""
    if isinstance(field, ShopDay):
        return DAYS
    if isinstance(field, Moment):
        return MOMENTS
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, int):
        return [*_bounds(field) * 2, *NUMBERS]
    if isinstance(value, str):
        return IDS if value.startswith("{") else [*[*_longest(field), *STORED] * 2, *TEXTS]
    return [[], None] if isinstance(value, list) else [{}, None]


def _bounds(field: fields.Field[Any] | None) -> list[int]:
    checks = field.validators if field else []
    ends = [end for one in checks if isinstance(one, validate.Range) for end in (one.min, one.max)]
    return [end + step for end in ends if end is not None for step in (0, -1, 1)]


def _longest(field: fields.Field[Any] | None) -> list[str]:
    checks = field.validators if field else []
    ends = [one.max for one in checks if isinstance(one, validate.Length) and one.max]
    return [letter * end for end in ends for letter in ("长", "\U0001f600", "\u202e")]


def places(node: Any, way: Way = ()) -> Iterator[tuple[Way, Any]]:
    """Every place in a body, with what stands there."""
    if way:
        yield way, node
    inner: Any = node.items() if isinstance(node, dict) else ()
    inner = enumerate(node) if isinstance(node, list) else inner
    for key, value in inner:
        yield from places(value, (*way, key))


def put(body: dict[str, Any], way: Way, value: Any) -> dict[str, Any]:
    """The body with another value there; as it was where that place is gone."""
    changed: Any = copy.deepcopy(body)
    node = changed
    try:
        for key in way[:-1]:
            node = node[key]
        node[way[-1]] = value
    except (KeyError, IndexError, TypeError):
        return body
    return dict(changed)


def extreme_bodies(shapes: Shapes, route: Route) -> st.SearchStrategy[dict[str, Any]]:
    """A route's good body with one to three places changed."""
    changes = [
        (way, values)
        for way, value in places(route.body)
        if (values := extreme_values(shapes.field_at(route, way), value))
    ]
    one = st.sampled_from(changes).flatmap(
        lambda change: st.tuples(st.just(change[0]), st.sampled_from(change[1]))
    )
    return st.lists(one, min_size=1, max_size=3).map(lambda drawn: _changed(route.body, drawn))


def _changed(body: dict[str, Any], drawn: list[tuple[Way, Any]]) -> dict[str, Any]:
    for way, value in drawn:
        body = put(body, way, value)
    return body


def time_bodies(shapes: Shapes, route: Route) -> Iterator[dict[str, Any]]:
    """The body with each extreme time at each place of a time, and with the last at all of them."""
    ways = [
        (way, field)
        for way, _ in places(route.body)
        if isinstance(field := shapes.field_at(route, way), Moment | ShopDay)
    ]
    for way, field in ways:
        for value in MOMENTS if isinstance(field, Moment) else DAYS:
            yield put(route.body, way, value)
    if ways:
        starts = [(way, "2100-12-30") for way, field in ways]
        ends = [(way, "2100-12-31") for way, field in ways if getattr(field, "ends", False)]
        yield _changed(route.body, [*starts, *ends])
