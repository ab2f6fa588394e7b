"""Every body that a write route takes, spoiled in every field and as a whole.

Each is refused with a 4xx in the one error shape, and no table changes. A route that isn't
in the table below fails the last test.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from flask import Flask

from mall.kernel.http.times import Moment, ShopDay
from tests.bad_input.asking import refused, send, send_json
from tests.bad_input.extremes import places, put
from tests.bad_input.route import Route, filled
from tests.bad_input.routes import ROUTES
from tests.bad_input.world import World, in_groups
from tests.support.http import Http
from tests.support.rows import changed, fingerprint
from tests.support.shapes import request_fields

TOO_LONG = "长" * 300_000
NO_TEXT: list[Any] = [None, 1, True, [], {}, TOO_LONG, "a\0b", "\ud800", "\x1b[31m"]
NO_ID: list[Any] = [
    *(None, 1, 1.0, True, [], {}, "", "0", "-1", "1.0", "abc", "1 OR 1=1"),
    # Of nothing that is there: a text is taken without the spaces around it, and may be an id.
    *("+900719925", " 900719925", "９００", "9223372036854775808", "9" * 400),
]
NO_NUMBER: list[Any] = [None, "1", "", 1.0, 1.5, True, -1, -(10**12), 10**12, 10**30, 2**63, [], {}]
NO_BOOLEAN: list[Any] = [None, 0, 1, 1.0, "true", "yes", "", [], {}]
TOO_FAR = ["9999-12-31", "0001-01-01", "1999-12-31", "2101-01-01"]
NO_DAY: list[Any] = [1, True, [], {}, "", "yesterday", "2031-02-30", "2031-2-3", *TOO_FAR]
NO_TIME: list[Any] = [
    *(*NO_DAY, "2031-13-01T00:00:00Z", "2031-01-01T00:00:00", "9999-12-31T23:59:59-08:00"),
    *("0001-01-01T00:00:00+14:00", "1999-12-31T23:59:59+08:00", "2100-12-31T23:59:59-08:00"),
]
A_DAY = re.compile(r"20\d\d-\d\d-\d\d")
NO_LIST: list[Any] = [None, 1, True, "x", {}]
NO_OBJECT: list[Any] = [None, 1, True, "x", []]


def wrong_values(value: Any) -> list[Any]:
    """What can't stand where `value` stands."""
    if isinstance(value, bool):
        return NO_BOOLEAN
    if isinstance(value, int):
        return NO_NUMBER
    if isinstance(value, list):
        return [*NO_LIST, value * 1001]
    return NO_OBJECT if isinstance(value, dict) else wrong_texts(value)


def wrong_texts(value: str) -> list[Any]:
    if value.startswith("{"):
        return NO_ID
    if A_DAY.match(value):
        return NO_DAY if A_DAY.fullmatch(value) else NO_TIME
    return NO_TEXT


def spoiled_bodies(route: Route) -> Iterator[tuple[str, dict[str, Any]]]:
    """The body with one thing wrong, and where."""
    yield "unknown field", {**route.body, "unknown": 1}
    yield "unknown field of a prototype", {**route.body, "__proto__": {}}
    for way, value in places(route.body):
        where = ".".join(map(str, way))
        for wrong in wrong_values(value):
            if wrong is None and where in route.loose:
                continue
            yield f"{where} = {str(wrong)[:30]!r}", put(route.body, way, wrong)
        if isinstance(value, dict) and where != "results":
            yield f"{where} with an unknown field", put(route.body, way, {**value, "unknown": 1})


REQUIRED = ("sku_id", "quantity", "address_id")


def name_of(route: Route) -> str:
    return f"{route.method} {route.path}" + (" cart" if "cart" in route.body else "")


@pytest.mark.parametrize("routes", in_groups(ROUTES), ids=lambda group: name_of(group[0]))
def test_one_thing_wrong(world: World, routes: Sequence[Route]) -> None:
    ready = [(route, route.path.format(**world.ids)) for route in routes]
    before = fingerprint()
    for route, path in ready:
        who: Http = getattr(world, route.who)
        for what, body in spoiled_bodies(route):
            answer = send_json(who, route.method, path, filled(body, world.ids))
            refused(answer, f"{name_of(route)}: {what}")
        for required in (name for name in route.body if name in REQUIRED):
            left = {name: value for name, value in route.body.items() if name != required}
            if required != "address_id" or route.path.endswith("/orders"):
                answer = send_json(who, route.method, path, filled(left, world.ids))
                refused(answer, f"{name_of(route)} without {required}")
        assert changed(before) == [], name_of(route)


RAW = {
    "nothing": b"",
    "not JSON": b"{",
    "form fields": b"quantity=1",
    "a list": b"[]",
    "a text": b'"x"',
    "null": b"null",
    "a number": b"1",
    "NaN": b'{"quantity": NaN, "price_fen": NaN}',
    "infinity": b'{"quantity": Infinity}',
    "minus infinity": b'{"quantity": -Infinity}',
    "a number of 10,000 digits": b'{"quantity": ' + b"9" * 10_000 + b"}",
    "a huge exponent": b'{"quantity": 1e999999}',
    "NUL as an escape": rb'{"remark": "a\u0000b"}',
    "a NUL byte": b'{"remark": "a\0b"}',
    "a lone surrogate": rb'{"remark": "\ud800"}',
    "not UTF-8": b'{"remark": "\xff\xfe"}',
    "UTF-16": '{"quantity": 1}'.encode("utf-16"),
    "nested deep": b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "objects nested deep": b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
    "10 MB": b'{"remark": "' + b"x" * 10_000_000 + b'"}',
}
NEEDS_NO_BODY = {"/admin/api/v1/products/{product_id}/link"}
OTHER_TYPES = (
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "text/plain",
    "application/xml",
    "",
)


@pytest.mark.parametrize("routes", in_groups(ROUTES), ids=lambda group: name_of(group[0]))
def test_the_whole_body_wrong(world: World, routes: Sequence[Route]) -> None:
    before = fingerprint()
    for route in routes:
        who: Http = getattr(world, route.who)
        path = route.path.format(**world.ids)
        good = json.dumps(filled(route.body, world.ids)).encode()
        for what, raw in RAW.items():
            if what == "nothing" and route.path in NEEDS_NO_BODY:
                continue
            refused(send(who, route.method, path, raw), f"{name_of(route)}: {what}")
        for other in OTHER_TYPES:
            refused(send(who, route.method, path, good, other), f"{name_of(route)} as {other!r}")
        assert changed(before) == [], name_of(route)


def test_no_route_with_a_body_is_missing(app: Flask, http: Http) -> None:
    document = http.get("/docs/openapi.json").get_json()
    described = {
        (method.upper(), unnamed(path))
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
        if isinstance(operation, dict)
        if "application/json" in operation.get("requestBody", {}).get("content", {})
    }
    tried = {(route.method, unnamed(route.path)) for route in ROUTES}
    assert described == tried


def test_no_time_of_a_body_is_missing(app: Flask) -> None:
    """Each time and each day that a body may say is in the body that is spoiled above."""
    tried = {
        " ".join([route.method, unnamed(route.path), *(key for key in way if isinstance(key, str))])
        for route in ROUTES
        for way, value in places(route.body)
        if isinstance(value, str) and A_DAY.match(value)
    }
    asked = {
        re.sub("<.*?>", "{}", place.where).replace(" json ", " ")
        for place in request_fields(app)
        if isinstance(place.field, Moment | ShopDay) and " json " in place.where
    }
    assert asked - tried == set()
    assert len(asked) > 60


def unnamed(path: str) -> str:
    """A path without the names of its parameters: two features may both say `template_id`."""
    return re.sub(r"\{\w+\}", "{}", path)
