"""The OpenAPI document, tried against the app: what it promises is what is answered.

Schemathesis draws requests from the document, good and bad ones; every answer must be
documented, of the documented shape and type, never a 5xx, and an error of the one shape.
The operations of one blueprint are one test, so that several workers share them.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

import hypothesis
import pytest
import schemathesis
from flask import Blueprint, Flask
from schemathesis import Case, GenerationMode
from schemathesis.checks import load_all_checks
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi import checks as promised

from mall.kernel.db import db
from mall.kernel.features import Feature, Mall
from mall.users.queries import openid_of
from mall.wiring import FEATURES
from tests.bad_input.world import World
from tests.support.error_codes import check_code
from tests.support.http import Http
from tests.support.servers import LiveServer
from tests.support.wechat import control

EXAMPLES = 8
CHECKS = (
    schemathesis.checks.not_a_server_error,
    promised.status_code_conformance,
    promised.content_type_conformance,
    promised.response_schema_conformance,
)
# These end the login under which all else is asked.
LOGS_OUT = {
    ("DELETE", "/api/v1/sessions"),
    ("DELETE", "/api/v1/sessions/current"),
    ("DELETE", "/admin/api/v1/sessions/current"),
    ("PUT", "/admin/api/v1/me/password"),
}
ERROR = {"type", "code", "message", "param", "request_id"}


class Blueprints(Mall):
    """The mall's blueprints alone: known before there is an app."""

    def __init__(self, features: Iterable[Feature]) -> None:
        self.prefixes: dict[str, str] = {}
        super().__init__(features)

    def blueprints(self, *blueprints: Blueprint) -> None:
        self.prefixes |= {one.name: one.url_prefix or "" for one in blueprints}


SIDES = {"/api/v1": "shopper", "/admin/api/v1": "admin"}
PARTS = [
    (name, side)
    for name, prefix in Blueprints(FEATURES).prefixes.items()
    for side in SIDES
    if prefix.startswith(side)
]


@pytest.fixture(scope="module")
def documented(migrated_app: Flask) -> list[Any]:
    """Every operation of the two APIs, as schemathesis reads them, but those that log out."""
    load_all_checks()
    schema = schemathesis.openapi.from_wsgi("/docs/openapi.json", migrated_app)
    found: list[Any] = [result.ok() for result in schema.get_all_operations()]  # type: ignore[union-attr]
    return [
        operation
        for operation in found
        if operation.path.startswith(tuple(SIDES))
        and (operation.method.upper(), operation.path) not in LOGS_OUT
    ]


def part_of(operation: Any) -> tuple[str, str]:
    """The blueprint that an operation's only tag names, and the API that it belongs to."""
    (tag,) = operation.definition.raw["tags"]
    (side,) = (side for side in SIDES if operation.path.startswith(f"{side}/"))
    return tag, side


def test_every_operation_is_in_one_part(documented: list[Any]) -> None:
    assert len(documented) > 180
    assert sorted(set(map(part_of, documented))) == sorted(PARTS)


def faults_of(operation: Any, client: Http, ids: dict[str, str], own_id: str) -> list[str]:
    """What isn't as promised, for requests drawn from one operation's description."""
    faults: list[str] = []
    for mode in modes_of(operation):
        try:
            attempt(operation, mode, client, ids, own_id)
        except (Exception, FailureGroup) as fault:
            faults.append(f"{operation.method.upper()} {operation.path} ({mode.value}): {fault}")
    return faults


def modes_of(operation: Any) -> list[GenerationMode]:
    """Good requests, and bad ones where something can be wrong."""
    takes_something = list(operation.body) or list(operation.query)
    bad = [GenerationMode.NEGATIVE] if takes_something else []
    return [GenerationMode.POSITIVE, *bad]


def attempt(
    operation: Any, mode: GenerationMode, client: Http, ids: dict[str, str], own_id: str
) -> None:
    app, token = client.app, client.token
    turn = itertools.count()

    @hypothesis.seed(20260101)
    @hypothesis.settings(
        max_examples=EXAMPLES,
        database=None,
        deadline=None,
        phases=[hypothesis.Phase.generate],
        suppress_health_check=list(hypothesis.HealthCheck),
        verbosity=hypothesis.Verbosity.quiet,
    )
    @hypothesis.given(case=operation.as_strategy(generation_mode=mode))
    def ask(case: Case[Any]) -> None:
        if next(turn) % 2:  # half of them about things that are there
            for name in case.path_parameters or {}:
                case.path_parameters[name] = ids.get(name, case.path_parameters[name])
        if case.path_parameters and str(case.path_parameters.get("staff_id")) == own_id:
            case.path_parameters["staff_id"] = ids["staff_id"]  # a new password logs out
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        response = case.call(headers=headers)
        case.validate_response(response, checks=list(CHECKS), headers=headers)
        if response.status_code >= 400:
            error = response.json()["error"]
            assert set(error) == ERROR, response.text
            path = urlsplit(str(response.request.url)).path
            check_code(app, operation.method.upper(), path, response.status_code, error["code"])

    ask()


@pytest.mark.parametrize(("blueprint", "side"), PARTS, ids=[name for name, _ in PARTS])
def test_the_document_keeps_its_word(
    simulator: LiveServer, world: World, documented: list[Any], blueprint: str, side: str
) -> None:
    client: Http = getattr(world, SIDES[side])
    control(simulator, "/users", openid=openid_of(db.session(), world.me.user_id))
    db.session.remove()
    asked = [operation for operation in documented if part_of(operation) == (blueprint, side)]
    assert asked
    me = client.get(f"{side}/me").get_json()
    own_id = str(me.get("staff", me)["id"])
    assert own_id != world.ids["staff_id"] or SIDES[side] == "shopper"
    faults = [
        fault for operation in asked for fault in faults_of(operation, client, world.ids, own_id)
    ]
    assert client.get(f"{side}/me").status_code == 200, "the login ended on the way"
    assert not faults, "\n\n".join(fault[:1500] for fault in faults)
