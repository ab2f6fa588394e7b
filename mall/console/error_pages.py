"""Errors for people: the same code, message and request id as the API's, as HTML.

Who isn't logged in is led to the login page and comes back to where they were. A press of a button
gets only the message, which is put above the page, so that what was typed stays.
"""

from __future__ import annotations

from urllib.parse import urlencode

from flask import Response, make_response, redirect, request, url_for

from mall.console.pages import with_headers
from mall.console.rendering import render_outside
from mall.kernel.errors import NotAuthenticated
from mall.kernel.http.errors import ErrorShown

HTTP_UNAUTHORIZED = 401


def render_error(error: ErrorShown, status: int) -> Response:
    """The answer to a request of a page that failed so."""
    if status == HTTP_UNAUTHORIZED and error.code == NotAuthenticated.code:
        return with_headers(_to_login())
    if "HX-Request" in request.headers:
        response = make_response(render_outside("message.html", error=error), status)
        response.headers.update({"HX-Retarget": "#message", "HX-Reswap": "innerHTML"})
        response.headers["HX-Reselect"] = "unset"
        return with_headers(response)
    return with_headers(make_response(render_outside("error.html", error=error), status))


def _to_login() -> Response:
    address = url_for("console_login.show")
    if "HX-Request" in request.headers:
        return Response(status=204, headers={"HX-Redirect": address})
    if request.method == "GET":
        address = f"{address}?{urlencode({'next': request.full_path.rstrip('?')})}"
    return make_response(redirect(address, 303))
