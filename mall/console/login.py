"""Logging in to the console and out of it."""

from __future__ import annotations

from posixpath import normpath
from urllib.parse import urlsplit

from flask import Response, make_response, redirect, request, url_for

from mall.console.forms import read_form
from mall.console.names import PREFIX
from mall.console.pages import page_blueprint
from mall.console.rendering import render_outside
from mall.console.sessions import forget_login, keep_login, refuse_foreign
from mall.kernel.http import access
from mall.kernel.http.access import current_staff
from mall.kernel.http.limits import address, limited
from mall.kernel.http.schemas import Text
from mall.staff import logging_in
from mall.staff.errors import LoginFailed
from mall.staff.schemas import StaffLoginSchema

blp = page_blueprint("console_login", __name__, PREFIX)
NEXT_MAX = 500


class ConsoleLoginSchema(StaffLoginSchema):
    """Name and password as the API takes them, and where one wanted to go."""

    next = Text(at_most=NEXT_MAX, load_default=PREFIX)


@blp.get("/login")
@access.public
def show() -> str:
    """The form."""
    return _form(request.args.get("next", PREFIX))


@blp.post("/session")
@access.public
@limited("staff_login", by=address)
def log_in() -> Response:
    """Log in and go where one wanted to. Five failures lock the account for 15 minutes."""
    refuse_foreign(request)
    form = read_form(ConsoleLoginSchema())
    try:
        login = logging_in.log_in(form["username"], form["password"])
    except LoginFailed as failed:
        page = _form(form["next"], username=form["username"], fault=failed.message)
        return make_response(page, failed.status)
    response = make_response(redirect(_own(form["next"]), 303))
    keep_login(response, login)
    return response


@blp.post("/session/end")
@access.console(access.SELF)
def log_out() -> Response:
    """Log out."""
    logging_in.log_out(current_staff().session_id)
    response = make_response(redirect(url_for("console_login.show"), 303))
    forget_login(response)
    return response


def _form(onward: str, *, username: str = "", fault: str = "") -> str:
    return render_outside("login.html", next=_own(onward), username=username, fault=fault)


def _own(address: str) -> str:
    """The address if it is one of the console's pages; else its first page. Whoever sends
    somebody a link to the login must not choose where they land."""
    parts = urlsplit(address)
    is_plain = not parts.scheme and not parts.netloc and normpath(parts.path) == parts.path
    return address if is_plain and f"{parts.path}/".startswith(f"{PREFIX}/") else PREFIX
