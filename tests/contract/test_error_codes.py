"""Every operation tells programs what it may refuse, and each code is of one error class."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from mall.application import create_app
from mall.config import Config
from mall.kernel.features import Mall
from mall.kernel.http.error_codes import (
    ErrorCode,
    declared_errors,
    error_classes,
    errors_of,
    known_errors,
)
from mall.kernel.http.errors import EVERYWHERE, OF_STATUS
from mall.orders.errors import OrderNotFound
from mall.orders.participants import PLACING
from mall.wiring import FEATURES
from tests.contract.test_openapi import Document, operations, resolve
from tests.support.error_codes import check_code
from tests.support.http import Http

# Codes that no operation answers, each with the reason.
AT_NO_OPERATION = {
    "invalid_request": "the base of all errors",
    "conflict": "the base of what is refused for its state",
    "unavailable": "the base of what something outside can't do now",
    "no_access_rule": "a view without a rule: a mistake that test_access.py finds",
    "row_refused": "shown with its row in the report of a sheet",
    "board_not_found": "other features call boards with boards of their own",
    "board_not_due": "a job closes boards, and only those that are due",
    "board_fact_outside": "handlers of events count only what is inside the period",
    "form_not_trusted": "pages of the console, which no document lists",
}


@pytest.fixture
def document(http: Http) -> Document:
    found: Document = http.get("/docs/openapi.json").get_json()
    return found


def codes_of(operation: Document) -> set[str]:
    return {one["code"] for one in operation["x-error-codes"]}


def test_every_operation_has_its_list(document: Document) -> None:
    for method, path, operation in operations(document):
        listed = operation["x-error-codes"]
        assert listed == sorted(listed, key=lambda one: (one["status"], one["code"]))
        assert len(codes_of(operation)) == len(listed), f"{method} {path}"
        for one in listed:
            assert set(one) == {"code", "status", "type", "message"}, f"{method} {path}"


def test_codes_everywhere_stand_at_the_top(document: Document) -> None:
    assert {one["code"] for one in document["x-error-codes"]} == set(EVERYWHERE)


def test_what_the_machinery_answers_is_listed(document: Document) -> None:
    paths = document["paths"]
    placing = codes_of(paths["/api/v1/orders"]["post"])
    of_key = {"idempotency_key_required", "idempotency_key_reused", "request_in_flight"}
    assert placing >= {"not_authenticated", "validation_failed", *of_key}
    assert "not_permitted" not in placing
    assert "not_permitted" in codes_of(paths["/admin/api/v1/orders"]["get"])
    assert "not_permitted" not in codes_of(paths["/admin/api/v1/me"]["get"])
    assert "too_many_requests" in codes_of(paths["/api/v1/sessions"]["post"])


def test_features_add_to_operations_that_they_join(document: Document) -> None:
    quote = codes_of(document["paths"]["/api/v1/quotes"]["post"])
    placing = codes_of(document["paths"]["/api/v1/orders"]["post"])
    assert {"coupon_not_usable", "points_choice_invalid"} <= quote & placing
    assert {"promotion_gone", "undeliverable"} <= placing - quote


def test_a_response_narrows_its_codes(document: Document) -> None:
    """So a generated client has a union type of them."""
    everywhere = {one["code"]: one["status"] for one in document["x-error-codes"]}
    for method, path, operation in operations(document):
        for status in {one["status"] for one in operation["x-error-codes"]}:
            own = {one["code"] for one in operation["x-error-codes"] if one["status"] == status}
            shared = {code for code, of_status in everywhere.items() if of_status == status}
            response = resolve(document, operation["responses"][str(status)])
            assert _codes_in(response) == own | shared, f"{method} {path} {status}"


def _codes_in(response: Document) -> set[str]:
    shape = response["content"]["application/json"]["schema"]
    assert shape["allOf"][0] == {"$ref": "#/components/schemas/Error"}
    codes: list[str] = shape["allOf"][1]["properties"]["error"]["properties"]["code"]["enum"]
    return set(codes)


def test_no_error_is_documented_by_hand(document: Document) -> None:
    for method, path, operation in operations(document):
        written = {status for status in operation["responses"] if status.startswith(("4", "5"))}
        listed = {str(one["status"]) for one in operation["x-error-codes"]}
        assert written == listed, f"{method} {path}: use @blp.fails(…)"


def test_every_code_stands_at_an_operation(app: Flask) -> None:
    declared = {one.code for errors in declared_errors(app).values() for one in errors}
    features = {
        error.code for error in error_classes() if error.__module__.partition(".")[0] == "mall"
    }
    assert features - declared - set(EVERYWHERE) == set(AT_NO_OPERATION)


def test_one_class_has_a_code(app: Flask) -> None:
    """`known_errors` fails otherwise; what Flask refuses has the words of our own classes."""
    known = known_errors()
    for status, (type_, code, message) in OF_STATUS.items():
        assert known[code] == ErrorCode(status, code, type_, message)


def test_a_code_that_no_class_has_is_refused() -> None:
    with pytest.raises(RuntimeError, match=r"orders\.place fails with no_such_code"):
        errors_of(["no_such_code"], known_errors(), "orders.place")


def test_a_second_class_with_the_code_is_refused() -> None:
    twice: Any = type("Twice", (), dict(vars(OrderNotFound)))
    with pytest.raises(RuntimeError, match="both have the code 'order_not_found'"):
        known_errors([OrderNotFound, twice])


def test_a_hook_that_no_operation_names_is_refused(config: Config) -> None:
    class Wrong:
        @staticmethod
        def install(mall: Mall, /) -> None:
            mall.fails(f"{PLACING}x", "order_not_found")

    with pytest.raises(RuntimeError, match="hooks that no operation names"):
        create_app(config, features=(*FEATURES, Wrong()))


def test_the_check_of_answers_fails_for_what_is_not_declared(app: Flask) -> None:
    check_code(app, "GET", "/api/v1/orders/1", 404, "order_not_found")
    check_code(app, "GET", "/api/v1/orders/1", 503, "database_busy")
    for status, code in ((404, "not_found"), (409, "order_not_found")):
        with pytest.raises(AssertionError, match=r"mall\.orders\.routes\.read_order"):
            check_code(app, "GET", "/api/v1/orders/1", status, code)
