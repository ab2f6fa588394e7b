"""Orders of the simulated WeChat Pay: what is owed, paid, closed and given back.

The functions here know no HTTP; the pay API and the shopper's phone both use them.
"""

from __future__ import annotations

import secrets
from urllib.parse import urlsplit

from mall.wechat.simulator.callbacks import queue_callback
from mall.wechat.simulator.clock import china_date, parse_rfc3339, rfc3339
from mall.wechat.simulator.context import Simulator
from mall.wechat.simulator.pay.errors import PayError, param_error
from mall.wechat.simulator.state import Doc

PREPAY_LIFE_S = 7200
DEFAULT_LIFE_S = 7 * 86400
SHORTEST_LIFE_S = 60
LONGEST_LIFE_S = 15 * 86400
STATE_TEXT = {
    "SUCCESS": "支付成功",
    "REFUND": "转入退款",
    "NOTPAY": "订单未支付",
    "CLOSED": "订单已关闭",
}
_LOCAL_HOSTS = ("127.0.0.1", "localhost", "::1")


def place(simulator: Simulator, body: Doc) -> str:
    """Take a JSAPI order or its exact repetition; the fresh prepay_id."""
    check_notify_url(simulator, body["notify_url"])
    number = body["out_trade_no"]
    with simulator.store.transaction():
        order = simulator.store.get("order", number)
        if order is None:
            order = _new_order(simulator, body)
        elif order["state"] in ("SUCCESS", "REFUND"):
            raise PayError(400, "INVALID_REQUEST", "该订单已支付", number=268449538)
        elif order["state"] == "CLOSED":
            raise PayError(400, "INVALID_REQUEST", "订单已关闭，请重新下单", number=268447914)
        elif order["request"] != body:
            raise PayError(403, "OUT_TRADE_NO_USED", "商户订单号重复", number=268498688)
        prepay_id = _stamp(simulator, "wx") + secrets.token_hex(13)
        order["prepay_ids"][prepay_id] = simulator.now() + PREPAY_LIFE_S
        simulator.store.put("order", number, order)
        simulator.store.put("prepay", prepay_id, {"out_trade_no": number})
    return prepay_id


def check_notify_url(simulator: Simulator, url: str) -> None:
    """https without a query; plain http only to this machine or to the mall it knows."""
    parts = urlsplit(url)
    mall_host = urlsplit(simulator.mall_url).hostname
    local = parts.hostname is not None and parts.hostname in (*_LOCAL_HOSTS, mall_host)
    if parts.query or not (parts.scheme == "https" or (parts.scheme == "http" and local)):
        raise param_error("/notify_url", url, "must be https without a query string")


def _new_order(simulator: Simulator, body: Doc) -> Doc:
    now = simulator.now()
    expires_at = now + DEFAULT_LIFE_S
    if "time_expire" in body:
        try:
            wished = parse_rfc3339(body["time_expire"])
        except ValueError:
            raise param_error("/time_expire", body["time_expire"], "not RFC 3339") from None
        if not now + SHORTEST_LIFE_S <= wished <= now + LONGEST_LIFE_S:
            issue = "must be one minute to 15 days ahead"
            raise param_error("/time_expire", body["time_expire"], issue)
        expires_at = wished
    return {
        "out_trade_no": body["out_trade_no"],
        "request": body,
        "description": body["description"],
        "openid": body["payer"]["openid"],
        "total": body["amount"]["total"],
        "coupon": 0,
        "state": "NOTPAY",
        "phone": "pending",
        "prepay_ids": {},
        "created_at": now,
        "expires_at": expires_at,
        "transaction_id": None,
        "paid_at": None,
        "refunded": 0,
        "refund_count": 0,
        "last_refund_at": None,
    }


def pay(simulator: Simulator, number: str) -> Doc:
    """The shopper pays; the mall is told. PayError when the order can't be paid."""
    with simulator.store.transaction():
        order = order_of(simulator, number)
        now = simulator.now()
        if order["state"] in ("SUCCESS", "REFUND"):
            raise PayError(400, "INVALID_REQUEST", "该订单已支付")
        if order["state"] == "CLOSED":
            raise PayError(400, "INVALID_REQUEST", "订单已关闭")
        if order["expires_at"] <= now:
            raise PayError(400, "INVALID_REQUEST", "订单已过期")
        transaction_id = _stamp(simulator, "4200002") + "".join(
            secrets.choice("0123456789") for _ in range(13)
        )
        order |= {
            "state": "SUCCESS",
            "phone": "approved",
            "transaction_id": transaction_id,
            "paid_at": now,
            "coupon": min(simulator.settings.coupon_fen, order["total"] - 1),
        }
        simulator.store.put("order", number, order)
        simulator.store.put("transaction", transaction_id, {"out_trade_no": number})
        queue_callback(
            simulator,
            target="pay-notify",
            ref=number,
            url=order["request"]["notify_url"],
            event_type="TRANSACTION.SUCCESS",
            original_type="transaction",
            summary="支付成功",
            plaintext=as_transaction(simulator, order),
        )
    return order


def close(simulator: Simulator, number: str) -> None:
    """Close an unpaid order; again is fine, a paid one is refused."""
    with simulator.store.transaction():
        order = order_of(simulator, number)
        if order["state"] in ("SUCCESS", "REFUND"):
            raise PayError(400, "INVALID_REQUEST", "该订单已支付", number=268449538)
        simulator.store.put("order", number, order | {"state": "CLOSED"})


def set_phone(simulator: Simulator, number: str, phone: str) -> Doc:
    """What the shopper did on the phone without paying: declined or ignored."""
    with simulator.store.transaction():
        order = order_of(simulator, number) | {"phone": phone}
        simulator.store.put("order", number, order)
    return order


def order_of(simulator: Simulator, number: str) -> Doc:
    order = simulator.store.get("order", number)
    if order is None:
        raise PayError(404, "ORDER_NOT_EXIST", "订单不存在", number=268512771)
    return order


def order_of_transaction(simulator: Simulator, transaction_id: str) -> Doc:
    link = simulator.store.get("transaction", transaction_id)
    return order_of(simulator, link["out_trade_no"] if link else "")


def as_transaction(simulator: Simulator, order: Doc) -> Doc:
    """An order as query and callback show it; what isn't known before paying is absent."""
    request = order["request"]
    shown: Doc = {
        "appid": request["appid"],
        "mchid": request["mchid"],
        "out_trade_no": order["out_trade_no"],
        "trade_state": order["state"],
        "trade_state_desc": STATE_TEXT[order["state"]],
    }
    if "attach" in request:
        shown["attach"] = request["attach"]
    if order["paid_at"] is None:
        return shown
    shown |= {
        "transaction_id": order["transaction_id"],
        "trade_type": "JSAPI",
        "bank_type": "OTHERS",
        "success_time": rfc3339(order["paid_at"]),
        "payer": {"openid": order["openid"]},
        "amount": {
            "total": order["total"],
            "payer_total": order["total"] - order["coupon"],
            "currency": "CNY",
            "payer_currency": "CNY",
        },
    }
    if "device_id" in request.get("scene_info", {}):
        shown["scene_info"] = {"device_id": request["scene_info"]["device_id"]}
    if order["coupon"]:
        shown["promotion_detail"] = [_coupon(order)]
    return shown


def _coupon(order: Doc) -> Doc:
    return {
        "coupon_id": "10" + order["transaction_id"][-8:],
        "name": "微信支付立减",
        "scope": "GLOBAL",
        "type": "NOCASH",
        "amount": order["coupon"],
        "stock_id": "16000001",
        "wechatpay_contribute": order["coupon"],
        "merchant_contribute": 0,
        "other_contribute": 0,
        "currency": "CNY",
    }


def _stamp(simulator: Simulator, prefix: str) -> str:
    """A prefix and the China date, as WeChat's own numbers begin."""
    return prefix + china_date(simulator.now()).strftime("%Y%m%d")
