"""Who may use the control API, and the shape of its refusals.

A page of the shop may use it from its own origin, as it would use `wx.requestPayment`: that of
the mall, or one of the setting `page_origins`.
"""

from __future__ import annotations

import ipaddress
import json
from urllib.parse import urlsplit

from flask import Response, current_app, jsonify, request
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import HeaderSet

from mall.wechat.simulator.context import simulator
from mall.wechat.simulator.errors import ControlError
from mall.wechat.simulator.pay.errors import PayError
from mall.wechat.simulator.state import Doc


def check_caller() -> None:
    """Loopback callers only, under a loopback name, and no page of a stranger's origin."""
    origin = request.headers.get("Origin")
    if origin is not None and urlsplit(origin).netloc != request.host and not _is_shop(origin):
        raise ControlError(403, "foreign_origin", "不接受其他网站的请求")
    if current_app.config["OPEN_CONTROL"]:
        return
    # The name is checked too, or a rebound DNS name would let any web page in.
    name = urlsplit(f"//{request.host}").hostname or ""
    if not (_is_loopback(request.remote_addr or "") and _is_loopback(name)):
        raise ControlError(403, "not_local", "控制接口只对本机开放")


def let_shop_read(response: Response) -> Response:
    """Tell the browser that the shop's page may call, and read the answer (CORS)."""
    origin = request.headers.get("Origin")
    response.vary.add("Origin")
    if origin is not None and _is_shop(origin):
        response.access_control_allow_origin = origin
        response.access_control_allow_methods = HeaderSet(["GET", "POST", "DELETE"])
        response.access_control_allow_headers = HeaderSet(["Content-Type"])
    return response


def _is_shop(origin: str) -> bool:
    current = simulator()
    shops = (current.mall_url, *current.settings.page_origins.split())
    return _origin(origin) in [_origin(shop) for shop in shops if shop]


def _origin(url: str) -> tuple[str, str, int | None]:
    """Scheme, host and port; this machine's names are one."""
    try:
        parts = urlsplit(url)
        name, port = parts.hostname or "", parts.port
    except ValueError:
        return ("", url, None)
    return (parts.scheme, "localhost" if _is_loopback(name) else name, port)


def _is_loopback(name: str) -> bool:
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def control_error(error: ControlError) -> ResponseReturnValue:
    return jsonify({"error": {"code": error.code, "message": error.message}}), error.status


def pay_error(error: PayError) -> ResponseReturnValue:
    """A refusal of WeChat Pay, as wx.requestPayment's fail callback would show it."""
    body = {
        "errMsg": f"requestPayment:fail {error.message}",
        "error": {"code": error.code, "message": error.message},
    }
    return jsonify(body), error.status


def json_of() -> Doc:
    """The request's JSON object; nothing counts as an empty one."""
    raw = request.get_data()
    if not raw:
        return {}
    try:
        body = json.loads(raw)
    except ValueError:
        raise ControlError(400, "bad_json", "the body isn't JSON") from None
    if not isinstance(body, dict):
        raise ControlError(400, "bad_json", "the body isn't a JSON object")
    return body


def text_in(body: Doc, name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not value:
        raise ControlError(400, "missing_field", f"{name} is needed")
    return value


def count_in(body: Doc, default: int | None = 1) -> int | None:
    value = body.get("count", default)
    if value is not None and (type(value) is not int or value < 1):
        raise ControlError(400, "bad_count", "count is a whole number from 1")
    return value
