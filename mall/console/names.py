"""Names that several parts of the console share."""

from __future__ import annotations

PREFIX = "/console"
"""The addresses of all pages begin so."""
FORM_FIELD = "form_token"
"""The hidden field that proves a form to be the console's own."""
FORM_HEADER = "X-Form-Token"
"""The same, of requests that htmx sends."""
