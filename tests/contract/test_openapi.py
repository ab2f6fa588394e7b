"""The OpenAPI document is valid and says enough to generate a client from."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from flask import Flask
from openapi_spec_validator import validate

from mall.kernel.http.access import rule_of
from tests.support.http import Http

Document = dict[str, Any]
# Answers that are no JSON: a picture, a table.
BINARY = {
    ("GET", "/api/v1/uploads/{name}"),
    ("GET", "/api/v1/products/{product_id}/wxacode"),
    ("GET", "/api/v1/group-buy/teams/{code}/code"),
    ("POST", "/admin/api/v1/poster-previews"),
    ("POST", "/admin/api/v1/collage-previews"),
    ("GET", "/admin/api/v1/channels/{channel_id}/code"),
    ("GET", "/admin/api/v1/channel-reports/sheet"),
    ("GET", "/admin/api/v1/payout-taxes/export"),
    ("GET", "/admin/api/v1/orders/export"),
    ("GET", "/admin/api/v1/catalog/import-template"),
    ("GET", "/admin/api/v1/coupon-batches/{batch_id}/codes"),
    ("GET", "/admin/api/v1/points-sheets/{sheet_id}/report"),
    ("GET", "/admin/api/v1/lotteries/{lottery_id}/proofs"),
    ("GET", "/admin/api/v1/prizes/sheet"),
    ("GET", "/admin/api/v1/shoppers/{user_id}/points-entries/export"),
    ("GET", "/admin/api/v1/points-reports/liability/export"),
    ("GET", "/admin/api/v1/points-reports/flows/export"),
    ("GET", "/admin/api/v1/points-reports/rules/export"),
    ("GET", "/admin/api/v1/group-activities/{activity_id}/teams/export"),
}


@pytest.fixture
def document(http: Http) -> Document:
    answer = http.get("/docs/openapi.json")
    assert answer.status_code == 200
    found: Document = answer.get_json()
    return found


def operations(document: Document) -> list[tuple[str, str, Document]]:
    return [
        (method.upper(), path, operation)
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if method in ("get", "post", "put", "delete") and not path.startswith("/callbacks/")
    ]


def test_patterns_are_of_every_language(document: Document) -> None:
    """`\\Z` and named groups are Python's alone."""
    patterns = re.findall(r'"pattern": "([^"]*)"', json.dumps(document))
    assert patterns
    assert [p for p in patterns if "\\Z" in p or "(?P" in p or not p.startswith("^")] == []


def documented(app: Flask) -> set[tuple[str, str]]:
    """Every method and path of the two APIs, as the document writes them."""
    return {
        (method, re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", route.rule))
        for route in app.url_map.iter_rules()
        if route.rule.startswith(("/api/", "/admin/"))
        for method in (route.methods or set()) - {"HEAD", "OPTIONS"}
    }


def test_it_is_valid(document: Document) -> None:
    validate(document)


def test_it_covers_every_route(app: Flask, document: Document) -> None:
    assert {(method, path) for method, path, _ in operations(document)} == documented(app)


def test_every_operation_has_a_summary_and_a_name(document: Document) -> None:
    nameless = [
        f"{method} {path}"
        for method, path, operation in operations(document)
        if not operation.get("summary") or not operation.get("operationId")
    ]
    assert nameless == []
    names = [operation["operationId"] for *_, operation in operations(document)]
    assert len(names) == len(set(names))


def test_every_answer_has_a_shape(document: Document) -> None:
    shapeless = []
    for method, path, operation in operations(document):
        good = {code: r for code, r in operation["responses"].items() if code.startswith("2")}
        assert good, f"{method} {path}"
        for code, response in good.items():
            shape = response.get("content", {}).get("application/json", {}).get("schema")
            if code != "204" and not shape and (method, path) not in BINARY:
                shapeless.append(f"{method} {path} {code}")
    assert shapeless == []


def test_every_operation_may_fail_in_the_one_shape(document: Document) -> None:
    shapes = {
        str(resolve(document, operation["responses"].get("default", {})))
        for *_, operation in operations(document)
    }
    assert len(shapes) == 1
    error = document["components"]["schemas"]["Error"]
    assert list(error["properties"]) == ["error"]


def resolve(document: Document, node: Document) -> Document:
    if "$ref" not in node:
        return node
    found: Document = document
    for part in node["$ref"].removeprefix("#/").split("/"):
        found = found[part]
    return found


def test_every_operation_says_who_may_call_it(app: Flask, document: Document) -> None:
    schemes = {"shopper": [{"shopperToken": []}], "staff": [{"staffToken": []}], "public": None}
    kinds = {
        (method, re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", route.rule)): rule.kind
        for route in app.url_map.iter_rules()
        if (rule := rule_of(app, route.endpoint)) is not None
        for method in route.methods or set()
    }
    for method, path, operation in operations(document):
        assert operation.get("security") == schemes[kinds[method, path]], f"{method} {path}"


def test_what_asks_for_a_body_shows_its_shape(document: Document) -> None:
    for method, path, operation in operations(document):
        body = operation.get("requestBody")
        if body is not None:
            (content,) = body["content"].values()  # JSON, or a form for a picture
            assert content["schema"], f"{method} {path}"
