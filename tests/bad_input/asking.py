"""Sending what no client of ours would send, and what the answer must be."""

from __future__ import annotations

import json
from typing import Any

from werkzeug.test import TestResponse

from tests.support.error_codes import check_error
from tests.support.http import Http, error_code

REFUSALS = {400, 401, 404, 409, 413, 415, 422}


def refused(answer: TestResponse, what: str) -> None:
    """The answer is a 4xx of the one error shape."""
    assert answer.status_code in REFUSALS, (what, answer.status_code, answer.get_data()[:300])
    assert answer.content_type == "application/json", what
    assert error_code(answer), what
    assert answer.get_json()["error"]["message"], what


def send_json(who: Http, method: str, path: str, body: Any) -> TestResponse:
    """With every character that isn't ASCII escaped, a lone surrogate too."""
    return send(who, method, path, json.dumps(body).encode())


def send(
    who: Http,
    method: str,
    path: str,
    raw: bytes,
    content_type: str = "application/json",
    *,
    key: str = "0123456789abcdef",
) -> TestResponse:
    headers = {"Idempotency-Key": key}
    if who.token:
        headers["Authorization"] = f"Bearer {who.token}"
    with who.app.app_context(), who.app.test_client() as client:
        response = client.open(
            path, method=method, headers=headers, data=raw, content_type=content_type
        )
    check_error(who.app, response)
    return response
