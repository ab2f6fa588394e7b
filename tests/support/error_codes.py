"""What a test is answered stands among the error codes that its operation declares."""

from __future__ import annotations

from flask import Flask
from werkzeug.exceptions import HTTPException
from werkzeug.test import TestResponse

from mall.kernel.errors import NotFound
from mall.kernel.http.error_codes import declared_errors, error_classes
from mall.kernel.http.errors import EVERYWHERE


def check_error(app: Flask, response: TestResponse) -> None:
    """Fails when the response is an error with a code that its operation doesn't declare."""
    if response.status_code < 400 or response.mimetype != "application/json":
        return
    error = (response.get_json(silent=True) or {}).get("error")
    if isinstance(error, dict):
        asked = response.request
        check_code(app, asked.method, asked.path, response.status_code, str(error.get("code")))


def check_code(app: Flask, method: str, path: str, status: int, code: str) -> None:
    """Fails when the operation behind a path doesn't declare the code with the status."""
    try:
        endpoint, _ = app.url_map.bind("localhost").match(path, method)
    except HTTPException:
        return  # no operation has this path
    declared = declared_errors(app).get(endpoint)
    if declared is None or code in set(EVERYWHERE) - {NotFound.code}:
        return  # a view of a test, or what every address may answer; this one is there
    if any((status, code) == (one.status, one.code) for one in declared):
        return
    if code in {one.code for one in error_classes() if one.__module__.startswith("tests.")}:
        return  # a toy feature's, which declares nothing
    view = app.view_functions[endpoint]
    raise AssertionError(
        f"{method} {path} answered {status} {code!r}: add it to `@blp.fails(…)` of"
        f" {view.__module__}.{view.__name__}"
    )
