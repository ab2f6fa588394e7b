"""Who may call a route. Each view declares one rule; a view without one is refused.

    @blp.route("/orders", methods=["GET"])
    @access.shopper
    ...

Features declare how a token becomes a principal (`AUTHENTICATORS`), so that the kernel
knows neither shoppers nor staff.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, TypeVar, cast

from flask import Flask, Request, current_app, g, request

from mall.kernel.errors import NotAuthenticated, NotPermitted
from mall.kernel.registry import Registry

View = TypeVar("View", bound=Callable[..., Any])
Kind = Literal["public", "shopper", "staff", "console", "wechat"]
RULE_ATTRIBUTE = "access_rule"
ALL = "*"
"""Every permission; held by the built-in administrators' role only."""


@dataclass(frozen=True)
class Rule:
    """`public`, `shopper`, `staff` with a `resource:action` permission, or `wechat`.

    A `wechat` route is open to the network and verifies WeChat's signature itself. A `console`
    route is a page for staff, who are known by a cookie there and not by a bearer token.
    """

    kind: Kind
    permission: str | None = None
    or_permission: str | None = None


@dataclass(frozen=True, slots=True)
class Shopper:
    """The shopper of this request."""

    user_id: int
    openid: str
    token_id: int

    log_name: ClassVar[str] = "user_id"

    @property
    def log_id(self) -> int:
        """Who asked, in a log line."""
        return self.user_id


@dataclass(frozen=True, slots=True)
class Staff:
    """The staff member of this request."""

    staff_id: int
    username: str
    session_id: int
    permissions: frozenset[str] = field(default_factory=frozenset)

    log_name: ClassVar[str] = "staff_id"

    @property
    def log_id(self) -> int:
        """Who asked, in a log line."""
        return self.staff_id

    def may(self, permission: str) -> bool:
        return ALL in self.permissions or permission in self.permissions


@dataclass(frozen=True)
class Permission:
    """What a role may hold: `resource:action`, and its Chinese label."""

    name: str
    label: str


@dataclass(frozen=True)
class Authenticator:
    """How a token becomes the principal of one kind ("shopper", "staff", "console").

    `token` takes it from a request, by default `Authorization: Bearer …`; it raises
    NotAuthenticated when there is none. `check` may refuse a request whose principal is known.
    """

    kind: Kind
    find: Callable[[str], Shopper | Staff | None]
    token: Callable[[Request], str] | None = None
    check: Callable[[Request], None] | None = None


PERMISSIONS: Registry[Permission] = Registry("permissions", lambda one: one.name)
AUTHENTICATORS: Registry[Authenticator] = Registry("authenticators", lambda one: one.kind)


class NoAccessRule(NotPermitted):
    """A view that declares no rule: a mistake of ours."""

    code = "no_access_rule"


def _declare(view: View, rule: Rule) -> View:
    setattr(view, RULE_ATTRIBUTE, rule)
    return view


def public(view: View) -> View:
    """Anybody may call it."""
    return _declare(view, Rule("public"))


def shopper(view: View) -> View:
    """A logged-in shopper."""
    return _declare(view, Rule("shopper"))


def wechat(view: View) -> View:
    """WeChat, which proves itself by a signature that the view checks."""
    return _declare(view, Rule("wechat"))


def staff(permission: str, *, or_permission: str | None = None) -> Callable[[View], View]:
    """A staff member with `permission`, written `resource:action`, or with the other one."""
    return lambda view: _declare(view, Rule("staff", permission, or_permission))


def console(permission: str, *, or_permission: str | None = None) -> Callable[[View], View]:
    """A page for staff with `permission`, or with the other one. Its key is the console's cookie:
    a bearer token opens no page, and the cookie opens no route of the API."""
    return lambda view: _declare(view, Rule("console", permission, or_permission))


SELF = "self"
"""The permission of routes about the staff member's own session: every one has it."""


def init_access(app: Flask) -> None:
    """Enforce the rules on every request that reaches a view."""
    app.before_request(_enforce)


def rule_of(app: Flask, endpoint: str) -> Rule | None:
    """The rule of a view; static files and the API document are public."""
    is_static = endpoint.rpartition(".")[2] == "static"
    if is_static or endpoint.startswith(("api-docs.", "swagger_ui.")):
        return Rule("public")
    return getattr(app.view_functions[endpoint], RULE_ATTRIBUTE, None)


def _enforce() -> None:
    endpoint = request.endpoint
    if endpoint is None:
        return
    rule = rule_of(current_app._get_current_object(), endpoint)  # type: ignore[attr-defined]
    if rule is None:
        raise NoAccessRule
    if rule.kind in ("shopper", "staff", "console"):
        _require(rule)


def _require(rule: Rule) -> None:
    authenticator = AUTHENTICATORS[rule.kind]
    found = authenticator.find((authenticator.token or bearer_token)(request))
    if found is None:
        raise NotAuthenticated
    g.principal = found
    if authenticator.check is not None:
        authenticator.check(request)
    if not lets_in(rule, found):
        raise NotPermitted


def lets_in(rule: Rule, principal: Shopper | Staff) -> bool:
    """Whether a rule with a permission is content with what its principal may do."""
    if rule.permission in (None, SELF):
        return True
    wanted = (rule.permission, rule.or_permission)
    return isinstance(principal, Staff) and any(principal.may(one) for one in wanted if one)


def bearer_token(incoming: Request) -> str:
    """The token of `Authorization: Bearer …`; NotAuthenticated when there is none."""
    scheme, _, token = incoming.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token or len(token) > 200 or not token.isascii():
        raise NotAuthenticated
    return token


def current_shopper() -> Shopper:
    """The shopper whom the rule let in."""
    return cast(Shopper, g.principal)


def shopper_if_known() -> Shopper | None:
    """On a public route: the shopper whose token came along, None where none came.

    Raises NotAuthenticated for a token that isn't valid, so that the client logs in again.
    """
    if "Authorization" not in request.headers:
        return None
    _require(Rule("shopper"))
    return current_shopper()


def current_staff() -> Staff:
    """The staff member whom the rule let in."""
    return cast(Staff, g.principal)


def principal_key() -> str:
    """Who asks, as one string: the scope of idempotency keys and rate limits."""
    principal = g.get("principal")
    if isinstance(principal, Shopper):
        return f"shopper:{principal.user_id}"
    if isinstance(principal, Staff):
        return f"staff:{principal.staff_id}"
    return "public"
