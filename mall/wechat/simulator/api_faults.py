"""Faults of the API itself: answers that are late, cut off, wrong or badly signed."""

from __future__ import annotations

import socket
import time
from typing import Any

from flask import Flask, Response, g, jsonify, request

from mall.wechat.simulator.context import simulator
from mall.wechat.simulator.pay.errors import request_id
from mall.wechat.simulator.state import Doc


def attach(app: Flask) -> None:
    app.before_request(before_handling)
    app.after_request(after_handling)


def before_handling() -> Response | None:
    """Take the next fault for this request; answer at once if it forbids handling it."""
    if request.path.startswith(("/_control", "/phone", "/static")):
        return None
    fault = simulator().faults.take("api", request.path)
    if fault is None:
        return None
    g.fault = fault
    if fault["kind"] == "delay":
        time.sleep(fault["seconds"])
        return None
    if fault["kind"] == "hang":
        time.sleep(fault["seconds"])
        return _drop_connection(Response(status=504))
    return _replacement(fault)


def after_handling(reply: Response) -> Response:
    """Replace or cut the answer of a request that took effect."""
    fault = g.get("fault")
    kind = fault["kind"] if fault else ""
    if kind == "lost_reply":
        return _drop_connection(Response(status=504))
    if kind == "hang_after":
        time.sleep(fault["seconds"])
        return _drop_connection(Response(status=504))
    if kind == "429_accepted":
        return _pay_error(429, "FREQUENCY_LIMITED", "频率超限，请降低请求频率")
    if kind == "http_500_accepted":
        return _server_error()
    if fault and kind == "error_accepted":
        return _ordered_error(fault)
    return reply


def _replacement(fault: Doc) -> Response | None:
    kind, error = fault["kind"], fault["error"]
    if kind == "http_500":
        return _server_error()
    if kind == "error":
        return _ordered_error(fault)
    if kind == "errcode":
        errcode = int(error.get("errcode", -1))
        return jsonify({"errcode": errcode, "errmsg": str(error.get("errmsg", "system error"))})
    if kind == "token_40001":
        return jsonify({"errcode": 40001, "errmsg": "invalid credential, access_token is invalid"})
    return None


def _ordered_error(fault: Doc) -> Response:
    """The refusal that the fault names."""
    error = fault["error"]
    return _pay_error(
        int(error.get("status", 500)),
        str(error.get("code", "SYSTEM_ERROR")),
        str(error.get("message", "系统异常，请稍后重试")),
    )


def _server_error() -> Response:
    if request.path.startswith("/v3/"):
        return _pay_error(500, "SYSTEM_ERROR", "系统异常，请稍后重试")
    return Response("<html>502 Bad Gateway</html>", status=502, mimetype="text/html")


def _pay_error(status: int, code: str, message: str) -> Response:
    reply = jsonify({"code": code, "message": message})
    reply.status_code = status
    reply.headers["Request-ID"] = request_id()
    return reply


def _drop_connection(fallback: Response) -> Response:
    """End the connection without an answer; a server without a socket gets `fallback`."""
    connection: Any = request.environ.get("werkzeug.socket") or request.environ.get(
        "gunicorn.socket"
    )
    if connection is not None:
        try:
            connection.shutdown(socket.SHUT_RDWR)
        except OSError:  # the client hung up first
            return fallback
    return fallback
