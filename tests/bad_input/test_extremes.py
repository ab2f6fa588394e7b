"""Nothing that is stored makes a list unreadable.

Every write route of staff is given its good body with the outermost values in its fields. Whatever
it answers, it is no 5xx; afterwards every list of the two APIs answers, and so does what it lists.
Drawn by hypothesis, the same at each run; each time is tried with each extreme time.
"""

from __future__ import annotations

import json
import re
import uuid
from collections import Counter
from collections.abc import Sequence
from typing import Any

import hypothesis
import pytest
from flask import Flask
from werkzeug.test import TestResponse

from mall.kernel.http.api import schemas_read_by
from tests.bad_input.asking import send
from tests.bad_input.extremes import Shapes, extreme_bodies, time_bodies
from tests.bad_input.route import Route, filled
from tests.bad_input.routes import ROUTES
from tests.bad_input.world import World
from tests.support.http import Http

EXAMPLES = 8
WORLDS = 3
"""A world is dear to make, so many routes share one."""
LOGS_OUT = "/admin/api/v1/me/password"
BLOCK = "/admin/api/v1/shoppers/{user_id}/block"
"""Of the other shopper: the first reads the lists."""
STAFF = [
    one
    for one in ROUTES
    if one.path.startswith("/admin/") and one.path != LOGS_OUT and not one.path.endswith("previews")
]
PARTS = [STAFF[first::WORLDS] for first in range(WORLDS)]
PREFIXES = ("/api/v1/", "/admin/api/v1/")


@pytest.mark.parametrize("routes", PARTS, ids=range(WORLDS))
def test_no_list_becomes_unreadable(app: Flask, world: World, routes: Sequence[Route]) -> None:
    shapes = Shapes(app)
    before = read_all(app, world)
    assert len(before) > 120
    taken: Counter[str] = Counter()
    for route in routes:
        for body in time_bodies(shapes, route):
            taken[route.path] += write(world, route, body)
        taken[route.path] += write_drawn(world, shapes, route)
    assert sum(map(bool, taken.values())) > len(taken) / 3, "too few of them are good to store"
    assert before - read_all(app, world) == set()


@pytest.mark.parametrize("end", ["at_least", "at_most"])
def test_settings_at_their_ends(app: Flask, world: World, end: str) -> None:
    """Each setting that is a number at one end of its range, all of them at the same time."""
    before = read_all(app, world)
    settings = world.admin.get("/admin/api/v1/settings").get_json()["items"]
    numbers = [one for one in settings if one["type"] == "whole_number"]
    assert len(numbers) > 50
    for one in numbers:
        change = {"value": one["shape"][end], "version": one["version"]}
        answer = world.admin.put(f"/admin/api/v1/settings/{one['name']}", change)
        assert answer.status_code in (200, 202, 204, 422), (one["name"], answer.get_json())
    assert before - read_all(app, world) == set()


def write_drawn(world: World, shapes: Shapes, route: Route) -> int:
    """How many were taken."""
    taken = 0

    @hypothesis.seed(20260101)
    @hypothesis.settings(
        max_examples=EXAMPLES,
        database=None,
        deadline=None,
        phases=[hypothesis.Phase.generate],
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    @hypothesis.given(body=extreme_bodies(shapes, route))
    def draw(body: dict[str, Any]) -> None:
        nonlocal taken
        taken += write(world, route, body)

    draw()
    return taken


def write(world: World, route: Route, body: dict[str, Any]) -> bool:
    """Whether it was taken."""
    who: Http = getattr(world, route.who)
    raw = json.dumps(filled(body, world.ids)).encode()
    ids = {**world.ids, "user_id": str(world.other.user_id)} if route.path == BLOCK else world.ids
    path = route.path.format(**ids)
    answer = send(who, route.method, path, raw, key=uuid.uuid4().hex)
    assert answer.status_code < 500, (route.method, path, raw[:2_000], answer.get_data()[:500])
    return answer.status_code < 400


def read_all(app: Flask, world: World) -> set[str]:
    """Read every list, and what is in it; nothing is a 5xx. What answered, if it isn't about one
    thing alone: that may have gone off the shelf."""
    rules = readable(app)
    shapes = {re.sub("<.*?>", "{}", rule.rule) for rule in rules}
    answered = set()
    for rule in rules:
        who = world.admin if rule.rule.startswith("/admin/") else world.shopper
        path = re.sub(r"<(?:\w+:)?(\w+)>", lambda name: world.ids.get(name[1], "1"), rule.rule)
        answer = read(who, path)
        if answer.status_code == 200 and path == rule.rule:
            answered.add(path)
        if f"{path}/{{}}" in shapes and answer.is_json:
            for item in answer.get_json().get("items", []):
                read(who, f"{path}/{item.get('id', 1)}")
    return answered


def read(who: Http, path: str) -> TestResponse:
    """Read it to its end: a sheet is made row by row while it is read."""
    answer = who.get(path)
    said = answer.get_data(as_text=answer.mimetype.startswith(("text/", "application/json")))
    answer.close()
    assert answer.status_code < 500, (path, said[:500])
    return answer


def readable(app: Flask) -> list[Any]:
    """The rules of what can be read without saying more than where."""
    return [
        rule
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ()) and rule.rule.startswith(PREFIXES)
        if not any(
            field.required
            for _, schema in schemas_read_by(app.view_functions[rule.endpoint])
            for field in schema.load_fields.values()
        )
    ]
