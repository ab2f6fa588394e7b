"""Blueprints of pages: every answer gets the headers that keep a browser from leaking or running
what isn't the console's own."""

from __future__ import annotations

from flask import Blueprint, Response

from mall.console.names import PREFIX

HEADERS = {
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data: blob:;"
    " frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
    "Vary": "HX-Request",
}
"""No inline script, style or handler; no frame; no page in a cache that others may read."""

ASSETS = Blueprint(
    "console", __name__, url_prefix=PREFIX, static_folder="static", template_folder="templates"
)
"""Templates, scripts and styles; everybody may have them, since they say nothing of the shop."""


def page_blueprint(name: str, import_name: str, prefix: str) -> Blueprint:
    """A blueprint of pages below `prefix`."""
    blueprint = Blueprint(name, import_name, url_prefix=prefix)
    blueprint.after_request(with_headers)
    return blueprint


def with_headers(response: Response) -> Response:
    """The response with the headers of a page."""
    response.headers.update(HEADERS)
    return response
