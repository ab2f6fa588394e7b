"""The console's cookie, and what proves that a form is the console's own.

The cookie holds a session of staff, as the API's bearer token does. A form comes from the console
when the browser says so (`Sec-Fetch-Site`, `Origin`) and when it carries a token that only its
pages know: an HMAC under the session's own token, so it ends with the session and nobody stores it.
"""

from __future__ import annotations

import hmac
from hashlib import sha256

from flask import Request, Response, request

from mall.config import current_config
from mall.console.names import FORM_FIELD, FORM_HEADER
from mall.kernel.errors import NotAuthenticated, NotPermitted
from mall.staff.logging_in import StaffLogin

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class FormNotTrusted(NotPermitted):
    """A form that isn't from a page of this session: forged, or of a session that is over."""

    code = "form_not_trusted"
    message = "页面已过期，请刷新后重试"


def cookie_name() -> str:
    """Of a mall that is served by https the name keeps the cookie to this host alone."""
    return "__Host-mall_staff" if _is_secure() else "mall_staff"


def token_of(incoming: Request) -> str:
    """The session's token in the cookie. Raises NotAuthenticated when there is none."""
    token = incoming.cookies.get(cookie_name(), "")
    if not token or len(token) > 200 or not token.isascii():
        raise NotAuthenticated
    return token


def keep_login(response: Response, login: StaffLogin) -> None:
    """Give the browser the cookie. It has no end of its own: the session's end is the server's."""
    response.set_cookie(
        cookie_name(), login.token, secure=_is_secure(), httponly=True, samesite="Strict", path="/"
    )


def forget_login(response: Response) -> None:
    """Take the cookie away."""
    response.delete_cookie(
        cookie_name(), secure=_is_secure(), httponly=True, samesite="Strict", path="/"
    )


def form_token() -> str:
    """The token for the forms of this request's page."""
    return _form_token(token_of(request))


def refuse_forged(incoming: Request) -> None:
    """Raise FormNotTrusted for a change that isn't asked for by a page of this session."""
    if incoming.method in SAFE_METHODS:
        return
    refuse_foreign(incoming)
    incoming.get_data(cache=True)  # before the form is read: the idempotency key reads it again
    given = incoming.headers.get(FORM_HEADER) or incoming.form.get(FORM_FIELD, "")
    if not hmac.compare_digest(given.encode(), _form_token(token_of(incoming)).encode()):
        raise FormNotTrusted


def refuse_foreign(incoming: Request) -> None:
    """Raise FormNotTrusted unless the browser says that a page of this origin sent it."""
    site, origin = incoming.headers.get("Sec-Fetch-Site"), incoming.headers.get("Origin")
    is_own = origin == f"{incoming.scheme}://{incoming.host}"
    if (site is None and origin is None) or site not in (None, "same-origin"):
        raise FormNotTrusted
    if origin is not None and not is_own:
        raise FormNotTrusted


def _form_token(session_token: str) -> str:
    return hmac.new(session_token.encode(), b"forms of the console", sha256).hexdigest()


def _is_secure() -> bool:
    return current_config().public_base_url.startswith("https://")
