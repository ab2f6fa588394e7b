"""The addresses that WeChat Pay calls. They carry no login: the signature is the proof."""

from __future__ import annotations

import structlog
from flask import Response, jsonify, request

from mall.kernel.http import access
from mall.kernel.http.api import Blueprint
from mall.payments.callback_urls import PREFIX
from mall.payments.notifications import receive
from mall.wechat.errors import NotificationRejected

blp = Blueprint("payment_callbacks", __name__, url_prefix=PREFIX)

_log = structlog.get_logger("mall.payments")


@blp.route("/pay", methods=["POST"])
@access.wechat
@blp.response(204, description="Taken; a repeat is taken as well and changes nothing")
@blp.alt_response(401, description="Not WeChat's, or stale: nothing was written")
@blp.alt_response(500, description="Not taken: WeChat repeats it")
def pay() -> Response:
    """WeChat says that a payment succeeded."""
    return take_callback("pay")


@blp.route("/refund", methods=["POST"])
@access.wechat
@blp.response(204, description="Taken; a repeat is taken as well and changes nothing")
@blp.alt_response(401, description="Not WeChat's, or stale: nothing was written")
@blp.alt_response(500, description="Not taken: WeChat repeats it")
def refund() -> Response:
    """WeChat says how a refund ended."""
    return take_callback("refund")


def take_callback(kind: str) -> Response:
    """Receive the callback of this request; the answer that WeChat understands."""
    try:
        receive(kind, dict(request.headers), request.get_data())
    except NotificationRejected as rejected:
        status = 400 if rejected.reason == "malformed" else 401
        return _fail(status, rejected.reason)
    except Exception:
        # Whatever it was, WeChat understands this answer and comes again.
        _log.exception("callback failed", kind=kind)
        return _fail(500, "try again")
    return Response(status=204)


def _fail(status: int, message: str) -> Response:
    response = jsonify(code="FAIL", message=message)
    response.status_code = status
    return response
