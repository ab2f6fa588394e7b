"""How WeChat Pay says no: HTTP status, stable code, Chinese message, error number."""

from __future__ import annotations

import secrets

from flask import Response, jsonify, request

from mall.wechat.simulator.state import Doc


class PayError(Exception):
    """An APIv3 error reply. `number` ends the Request-ID header, as at the gateway."""

    def __init__(
        self, status: int, code: str, message: str, *, number: int = 0, detail: Doc | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.number = number
        self.detail = detail


def param_error(field: str, value: object, issue: str) -> PayError:
    """400 PARAM_ERROR that points at a body field by JSON pointer."""
    detail: Doc = {"field": field, "value": value, "issue": issue, "location": "body"}
    return PayError(400, "PARAM_ERROR", "参数错误", number=268435457, detail=detail)


def unknown_field(field: str) -> PayError:
    detail: Doc = {"field": field, "issue": "undefined", "location": "body"}
    message = "请求中含有未在API文档中定义的参数"
    return PayError(400, "PARAM_ERROR", message, number=270924358, detail=detail)


def sign_error(message: str) -> PayError:
    return PayError(401, "SIGN_ERROR", message)


def error_reply(error: PayError) -> Response:
    """The JSON reply; a 401 of the transactions API has no Request-ID."""
    body: Doc = {"code": error.code, "message": error.message}
    if error.detail:
        body["detail"] = error.detail
    reply = jsonify(body)
    reply.status_code = error.status
    if not (error.status == 401 and request.path.startswith("/v3/pay/transactions/")):
        reply.headers["Request-ID"] = request_id(error.number)
    return reply


def request_id(number: int = 0) -> str:
    return f"{secrets.token_hex(16).upper()}-{number}"
