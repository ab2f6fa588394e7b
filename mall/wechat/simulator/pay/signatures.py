"""Before and after every pay call: the merchant's signature is checked, ours is put on.

Checked as strictly as at the gateway: exactly the bytes that came over the wire, five
minutes of clock, the one known serial, a nonce never seen before. Replies below 300 are
signed, all others are not.
"""

from __future__ import annotations

import time

from flask import Blueprint, Response, g, request

from mall.wechat.simulator import signing
from mall.wechat.simulator.context import Simulator, simulator
from mall.wechat.simulator.envelopes import default_serial, sign_headers
from mall.wechat.simulator.faults import REPLY_TAMPERING
from mall.wechat.simulator.pay.errors import PayError, error_reply, request_id, sign_error

TOLERANCE_S = 300
UNSIGNED_PATHS = ("/v3/billdownload/file",)


def install(blueprint: Blueprint) -> None:
    blueprint.before_request(check_request)
    blueprint.after_request(sign_reply)
    blueprint.register_error_handler(PayError, error_reply)


def check_request() -> None:
    """Refuse a request that the gateway would refuse before it looks at its meaning."""
    if not request.headers.get("User-Agent"):
        raise PayError(400, "PARAM_ERROR", "Http头缺少User-Agent")
    if request.method == "POST" and request.mimetype != "application/json":
        raise PayError(400, "PARAM_ERROR", "Http头Content-Type须为application/json")
    current = simulator()
    _check_authorization(current)
    asked = request.headers.get("Wechatpay-Serial", "")
    known = ("", current.credentials.public_key_id, current.credentials.platform_serial)
    if asked not in known:
        raise PayError(400, "PARAM_ERROR", "Wechatpay-Serial无效", number=268435457)


def wire_target() -> str:
    """Path and query exactly as the client sent them, not as WSGI decoded them."""
    raw = request.environ.get("RAW_URI") or request.environ.get("REQUEST_URI")
    if raw is None:
        query = request.query_string.decode()
        return request.path + (f"?{query}" if query else "")
    target = str(raw)
    if "://" in target:  # absolute form, as a proxy would send it
        target = "/" + target.split("://", 1)[1].partition("/")[2]
    return target


def _check_authorization(current: Simulator) -> None:
    header = request.headers.get("Authorization", "")
    if not header:
        raise sign_error("Http头缺少Authorization")
    claim = signing.parse_authorization(header)
    if claim is None:
        raise sign_error("Http头Authorization格式错误")
    if claim.mchid != current.credentials.mchid:
        raise sign_error("商户号不存在")
    now = time.time()
    if not claim.timestamp.isdigit() or abs(now - int(claim.timestamp)) > TOLERANCE_S:
        raise sign_error("Http头Authorization中的timestamp与发起请求的时间不得超过5分钟")
    if claim.serial_no.upper() != current.credentials.mch_serial:
        raise sign_error("商户证书序列号有误")
    message = signing.request_message(
        request.method, wire_target(), claim.timestamp, claim.nonce_str, request.get_data()
    )
    if not signing.verify(current.credentials.mch_public_key, message, claim.signature):
        raise sign_error("签名错误，请检查后再试")
    if not current.nonces.first_use(claim.serial_no, claim.nonce_str, now):
        raise sign_error("Http头Authorization中的nonce_str重复使用")


def sign_reply(reply: Response) -> Response:
    """Put the Wechatpay-* headers on a success, with the key that the request asked for."""
    if not 200 <= reply.status_code < 300:
        return reply
    reply.headers.setdefault("Request-ID", request_id())
    if request.path in UNSIGNED_PATHS:
        return reply
    current = simulator()
    asked = request.headers.get("Wechatpay-Serial", "")
    by_public_key = asked == current.credentials.public_key_id
    serial = current.credentials.public_key_id if by_public_key else default_serial(current)
    fault = g.get("fault")
    tampering = fault["kind"] if fault and fault["kind"] in REPLY_TAMPERING else ""
    age_s = fault["seconds"] if fault else 0
    reply.headers.update(
        sign_headers(current, reply.get_data(), serial=serial, tampering=tampering, age_s=age_s)
    )
    return reply
