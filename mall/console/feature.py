"""The staff console."""

from __future__ import annotations

from mall.console import login, orders, overview, settings, trail
from mall.console.error_pages import render_error
from mall.console.names import PREFIX
from mall.console.pages import ASSETS
from mall.console.sessions import refuse_forged, token_of
from mall.kernel.features import Mall
from mall.kernel.http.access import AUTHENTICATORS, Authenticator
from mall.kernel.http.errors import ERROR_PAGES, ErrorPages
from mall.staff.sessions import staff_by_token


def install(mall: Mall) -> None:
    """Declare the pages, how their cookie is read, and how they say errors."""
    mall.add(
        AUTHENTICATORS, Authenticator("console", staff_by_token, token_of, check=refuse_forged)
    )
    mall.add(ERROR_PAGES, ErrorPages(PREFIX, render_error))
    mall.blueprints(ASSETS, login.blp, overview.blp, orders.blp, settings.blp, trail.blp)
