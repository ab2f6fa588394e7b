"""The one family of errors that a client may see.

A feature names its own errors as subclasses in its `errors.py`; the HTTP layer turns
any of them into the one error shape. `code` is stable English for programs, `message`
is Chinese that can be shown to a shopper, `param` is the field at fault. One class has a code;
what an operation may answer is declared by code (`mall.kernel.http.error_codes`).
"""

from __future__ import annotations

from collections.abc import Mapping


class MallError(Exception):
    """A request that the caller must correct. Nothing has been changed when it is raised."""

    status = 400
    type = "invalid_request"
    code = "invalid_request"
    message = "请求有误"

    def __init__(
        self,
        message: str | None = None,
        *,
        param: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.message = message or type(self).message
        self.param = param
        self.headers = dict(headers or {})
        super().__init__(f"{self.code}: {self.message}")


class ValidationFailed(MallError):
    """The request's shape is wrong: unknown field, wrong type, out of range."""

    status = 422
    code = "validation_failed"
    message = "提交的内容有误"


class NotAuthenticated(MallError):
    """No token, or one that is unknown, expired or revoked."""

    status = 401
    type = "authentication"
    code = "not_authenticated"
    message = "请先登录"


class NotPermitted(MallError):
    """A staff member whose roles lack the permission. Shoppers get NotFound instead."""

    status = 403
    type = "permission"
    code = "not_permitted"
    message = "没有权限"


class NotFound(MallError):
    """No such thing, or another shopper's."""

    status = 404
    type = "not_found"
    code = "not_found"
    message = "内容不存在"


class Conflict(MallError):
    """The thing is in a state in which this can't be done."""

    status = 409
    type = "conflict"
    code = "conflict"
    message = "当前状态无法执行该操作"


class TooManyRequests(MallError):
    """Too many; the header Retry-After tells when to try again, where that is known."""

    status = 429
    type = "rate_limit"
    code = "too_many_requests"
    message = "操作太频繁，请稍后再试"


class Unavailable(MallError):
    """Something outside (WeChat, Redis) can't answer now; nothing was changed, try again."""

    status = 503
    type = "unavailable"
    code = "unavailable"
    message = "服务繁忙，请稍后再试"
