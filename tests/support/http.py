"""A small JSON client over the app's WSGI, the same in every test."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from tests.support.error_codes import check_error


@dataclass(frozen=True)
class Http:
    """Calls the app; `as_(token)` gives the same client logged in.

    A call fails when its answer is an error that the operation doesn't declare.
    """

    app: Flask
    token: str | None = None

    def as_(self, token: str) -> Http:
        return Http(self.app, token)

    def get(self, path: str, **query: Any) -> TestResponse:
        return self.call("GET", path, query=query)

    def post(self, path: str, body: Any = None, *, key: str | None = None) -> TestResponse:
        return self.call("POST", path, body=body, key=key)

    def put(self, path: str, body: Any = None, *, key: str | None = None) -> TestResponse:
        return self.call("PUT", path, body=body, key=key)

    def delete(self, path: str) -> TestResponse:
        return self.call("DELETE", path)

    def call(
        self,
        method: str,
        path: str,
        *,
        body: Any = None,
        query: dict[str, Any] | None = None,
        key: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> TestResponse:
        """One request; every POST gets a fresh Idempotency-Key unless one is given."""
        sent = {"Idempotency-Key": key or uuid.uuid4().hex, **(headers or {})}
        if self.token:
            sent["Authorization"] = f"Bearer {self.token}"
        extra = {} if body is None else {"json": body}
        # A context of its own, so that neither `g` nor the session is shared with the test.
        with self.app.app_context(), self.app.test_client() as client:
            response = client.open(
                path, method=method, headers=sent, query_string=query or None, **extra
            )
        check_error(self.app, response)
        return response


def error_code(response: TestResponse) -> str:
    """The code of an error answer; fails when it isn't of the one error shape."""
    error = response.get_json()["error"]
    assert set(error) == {"type", "code", "message", "param", "request_id"}, error
    return str(error["code"])
