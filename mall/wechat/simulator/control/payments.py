"""The shopper's side of paying, and what happens to refunds."""

from __future__ import annotations

import secrets

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from mall.wechat.simulator import signing
from mall.wechat.simulator.context import Simulator, simulator
from mall.wechat.simulator.control.access import count_in, json_of, text_in
from mall.wechat.simulator.errors import ControlError
from mall.wechat.simulator.pay import orders, refunding
from mall.wechat.simulator.state import Doc

_PAY_FIELDS = ("timeStamp", "nonceStr", "package", "signType", "paySign")


def register(blueprint: Blueprint) -> None:
    blueprint.get("/payments")(payments)
    blueprint.get("/payments/<number>")(payment)
    blueprint.post("/payments/<number>/approve")(approve)
    blueprint.post("/payments/<number>/decline")(decline)
    blueprint.post("/payments/<number>/ignore")(ignore)
    blueprint.post("/request-payment")(request_payment)
    blueprint.get("/refunds")(refunds)
    blueprint.post("/refunds")(refund_in_console)
    blueprint.post("/refunds/policy")(policy)
    blueprint.post("/refunds/<out_refund_no>/settle")(settle)
    blueprint.post("/refunds/<out_refund_no>/revive")(revive)


def payments() -> ResponseReturnValue:
    """The newest 200 that match `openid`, `state` and `prepay_id`."""
    found = simulator().store.newest("order", 1_000_000)
    openid, state = request.args.get("openid"), request.args.get("state")
    prepay_id = request.args.get("prepay_id")
    chosen = [
        order
        for order in found
        if openid in (None, order["openid"])
        if state in (None, order["state"])
        if prepay_id is None or prepay_id in order["prepay_ids"]
    ]
    return jsonify({"payments": [as_payment(order) for order in chosen[:200]]})


def payment(number: str) -> ResponseReturnValue:
    return jsonify(as_payment(orders.order_of(simulator(), number)))


def approve(number: str) -> ResponseReturnValue:
    """Pay. With wx.requestPayment's parameters, they are checked as the phone would."""
    current, parameters = simulator(), json_of()
    if parameters:
        check_parameters(current, parameters, number)
    return _paid(orders.pay(current, number))


def request_payment() -> ResponseReturnValue:
    """wx.requestPayment with its parameters and, if wanted, the `openid` who holds the phone."""
    current, parameters = simulator(), json_of()
    openid = parameters.pop("openid", None)
    order = check_parameters(current, parameters, None)
    if openid not in (None, order["openid"]):
        raise ControlError(400, "wrong_payer", "requestPayment:fail 支付者与下单用户不一致")
    return _paid(orders.pay(current, order["out_trade_no"]))


def decline(number: str) -> ResponseReturnValue:
    """The shopper's card is refused; the order stays NOTPAY and can be paid later."""
    return jsonify(as_payment(orders.set_phone(simulator(), number, "declined")))


def ignore(number: str) -> ResponseReturnValue:
    """The shopper closes the payment sheet."""
    return jsonify(as_payment(orders.set_phone(simulator(), number, "ignored")))


def refunds() -> ResponseReturnValue:
    found = simulator().store.newest("refund")
    return jsonify({"refunds": [refunding.as_refund(refund) for refund in found]})


def refund_in_console() -> ResponseReturnValue:
    """Staff give money back in WeChat's merchant console: `out_trade_no`, `amount_fen`.

    `out_refund_no` is drawn where none is given. With `notify_url`, the address that is set in the
    console, the mall is told; without it nobody tells the mall.
    """
    wanted = json_of()
    number = str(wanted.get("out_refund_no") or f"50{secrets.randbelow(10**20):020d}")
    order = orders.order_of(simulator(), text_in(wanted, "out_trade_no"))
    body: Doc = {
        "out_trade_no": order["out_trade_no"],
        "out_refund_no": number,
        "amount": {
            "refund": int(wanted.get("amount_fen") or order["total"]),
            "total": order["total"],
            "currency": "CNY",
        },
    }
    if "notify_url" in wanted:
        body["notify_url"] = str(wanted["notify_url"])
    return jsonify(refunding.as_refund(refunding.accept(simulator(), body))), 201


def policy() -> ResponseReturnValue:
    """How the next `count` refunds end; null for all."""
    body = json_of()
    refunding.POLICY.set(simulator(), text_in(body, "outcome"), count_in(body))
    return jsonify({"outcome": body["outcome"], "count": body.get("count", 1)})


def settle(out_refund_no: str) -> ResponseReturnValue:
    """End a refund that hangs in PROCESSING or ABNORMAL."""
    refund = refunding.settle(simulator(), out_refund_no, text_in(json_of(), "outcome"))
    return jsonify(refunding.as_refund(refund))


def revive(out_refund_no: str) -> ResponseReturnValue:
    """WeChat pays a refund that it had closed, against its own rules."""
    return jsonify(refunding.as_refund(refunding.revive(simulator(), out_refund_no)))


def check_parameters(current: Simulator, parameters: Doc, number: str | None) -> Doc:
    """The order that wx.requestPayment's parameters name; ControlError as the phone fails."""
    if any(not isinstance(parameters.get(name), str) for name in _PAY_FIELDS):
        raise _failed("bad_parameters", f"parameters are the strings {', '.join(_PAY_FIELDS)}")
    if set(parameters) - set(_PAY_FIELDS):
        raise _failed("bad_parameters", "unknown parameter")
    if parameters["signType"] != "RSA" or len(parameters["nonceStr"]) > 32:
        raise _failed("bad_parameters", "signType must be RSA, nonceStr at most 32")
    message = signing.pay_message(
        current.credentials.appid,
        parameters["timeStamp"],
        parameters["nonceStr"],
        parameters["package"],
    )
    if not signing.verify(current.credentials.mch_public_key, message, parameters["paySign"]):
        raise _failed("bad_pay_sign", "支付验证签名失败")
    prefix, _, prepay_id = parameters["package"].partition("=")
    link = current.store.get("prepay", prepay_id)
    if prefix != "prepay_id" or link is None or number not in (None, link["out_trade_no"]):
        raise _failed("bad_prepay_id", "prepay_id无效")
    order = orders.order_of(current, link["out_trade_no"])
    if order["prepay_ids"][prepay_id] <= current.now():
        raise _failed("prepay_expired", "预支付会话已过期")
    return order


def as_payment(order: Doc) -> Doc:
    """An order as the phone shows it; amounts in fen, times in unix seconds."""
    shown = {
        name: order[name]
        for name in [
            "out_trade_no",
            "description",
            "openid",
            "total",
            "coupon",
            "state",
            "phone",
            "created_at",
            "expires_at",
            "transaction_id",
            "paid_at",
            "refunded",
        ]
    }
    return shown | {"attach": order["request"].get("attach")}


def _paid(order: Doc) -> ResponseReturnValue:
    return jsonify({"errMsg": "requestPayment:ok"} | as_payment(order))


def _failed(code: str, message: str) -> ControlError:
    return ControlError(400, code, f"requestPayment:fail {message}")
