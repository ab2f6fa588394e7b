"""Turn every failure into the one error shape; a bug shows a reference, never a traceback."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import structlog
from flask import Flask, Response, g, jsonify, request
from marshmallow.exceptions import SCHEMA as WHOLE
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException

from mall.kernel.errors import MallError, Unavailable
from mall.kernel.http.labels import label_of
from mall.kernel.registry import Registry

OF_STATUS = {
    400: ("invalid_request", "bad_request", "请求格式有误"),
    404: ("not_found", "not_found", "内容不存在"),
    405: ("invalid_request", "method_not_allowed", "不支持该请求方式"),
    413: ("invalid_request", "body_too_large", "提交的内容过大"),
    414: ("invalid_request", "uri_too_long", "请求的网址过长"),
    415: ("invalid_request", "unsupported_media_type", "请以 JSON 格式提交"),
    422: ("invalid_request", "validation_failed", "提交的内容有误"),
    431: ("invalid_request", "headers_too_large", "请求头过大"),
    500: ("internal", "internal_error", "服务出错了，请稍后再试"),
}
"""The type, the code and the message of what Flask and the parser refuse, and of a bug."""
EVERYWHERE = (
    *("bad_request", "not_found", "method_not_allowed", "body_too_large", "uri_too_long"),
    *("unsupported_media_type", "headers_too_large", "internal_error", "database_busy"),
)
"""What any address may answer, so that no operation lists it. `not_found`: there is no such
address, for example because a part of it can't be an id."""
_RETRYABLE_SQLSTATES = ("40001", "40P01", "55P03", "57014", "57P01", "57P02", "57P03", "53300")


@dataclass(frozen=True, slots=True)
class ErrorShown:
    """What a client is told of an error. `param` is the field at fault, if it is one's."""

    type: str
    code: str
    message: str
    param: str | None
    request_id: str


@dataclass(frozen=True)
class ErrorPages:
    """How addresses at and below `prefix` say errors, where JSON isn't read: `render(error,
    status)`."""

    prefix: str
    render: Callable[[ErrorShown, int], Response]

    def covers(self, path: str) -> bool:
        """Whether an address is one of these."""
        return path == self.prefix or path.startswith(f"{self.prefix}/")


ERROR_PAGES: Registry[ErrorPages] = Registry("error pages", lambda one: one.prefix)


class DatabaseBusy(Unavailable):
    """PostgreSQL can't be reached, or ended the statement: nothing was changed, try again."""

    code = "database_busy"


def init_errors(app: Flask) -> None:
    app.register_error_handler(MallError, _mall_error)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(DBAPIError, _database_error)
    app.register_error_handler(PoolTimeout, _database_error)
    app.register_error_handler(Exception, _bug)


def error_response(
    status: int, type_: str, code: str, message: str, param: str | None = None
) -> Response:
    shown = ErrorShown(type_, code, message, param, g.get("request_id", ""))
    for pages in ERROR_PAGES.items().values():
        if pages.covers(request.path):
            return pages.render(shown, status)
    response = jsonify(error=asdict(shown))
    response.status_code = status
    return response


def _mall_error(error: MallError) -> Response:
    response = error_response(error.status, error.type, error.code, error.message, error.param)
    response.headers.update(error.headers)
    return response


def _http_error(error: HTTPException) -> Response:
    status = error.code or 500
    type_, code, message = OF_STATUS.get(
        status, ("invalid_request" if status < 500 else "internal", "http_error", "请求有误")
    )
    param, detail = _first_fault(getattr(error, "data", None))
    response = error_response(status, type_, code, detail or message, param)
    if status == 405 and error.response is None:
        kind = response.content_type
        response.headers.extend(error.get_headers())
        response.content_type = kind
    return response


def _first_fault(data: Any) -> tuple[str | None, str | None]:
    """The first field at fault of webargs' nested messages: its path for programs
    ("lines.0.quantity"), and what is wrong for people ("商品行第 1 项 › 数量：应为整数")."""
    messages = (data or {}).get("messages")
    if not isinstance(messages, dict):
        return None, None
    path: list[str] = []
    node: Any = next(iter(messages.values()), None)  # below the location ("json", "query")
    while isinstance(node, dict) and node:
        key, node = next(iter(node.items()))
        path.append(str(key))
    text = node[0] if isinstance(node, list) and node else None
    path = [part for part in path if part != WHOLE]
    label = label_of(path)
    return ".".join(path) or None, f"{label}：{text}" if label and text else text


def _database_error(error: DBAPIError | PoolTimeout) -> Response:
    state = getattr(getattr(error, "orig", None), "sqlstate", None)
    passing = (
        isinstance(error, OperationalError | PoolTimeout)
        or state in _RETRYABLE_SQLSTATES
        or getattr(error, "connection_invalidated", False)
    )
    if not passing:
        return _bug(error)
    structlog.get_logger("mall.http").warning("database unavailable", sqlstate=state)
    return _mall_error(DatabaseBusy())


def _bug(error: Exception) -> Response:
    structlog.get_logger("mall.http").error("unhandled error", exc_info=error)
    return error_response(500, *OF_STATUS[500])
