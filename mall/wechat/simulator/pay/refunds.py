"""/v3/refund/domestic/refunds (documents 4012791903 to 4012791906)."""

from __future__ import annotations

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from mall.wechat.simulator.context import simulator
from mall.wechat.simulator.pay import refunding
from mall.wechat.simulator.pay.errors import PayError, param_error
from mall.wechat.simulator.pay.shapes import Items, Record, Text, Whole, body_of
from mall.wechat.simulator.state import Doc

_GOODS = Record(
    required=True,
    fields={
        "merchant_goods_id": Text(most=32, required=True),
        "wechatpay_goods_id": Text(most=32),
        "goods_name": Text(most=256),
        "unit_price": Whole(least=0, required=True),
        "refund_amount": Whole(least=0, required=True),
        "refund_quantity": Whole(required=True),
    },
)
_FROM = Record(
    required=True,
    fields={
        "account": Text(most=32, choices=("AVAILABLE", "UNAVAILABLE"), required=True),
        "amount": Whole(required=True),
    },
)
_REFUND = Record(
    fields={
        "transaction_id": Text(most=32),
        "out_trade_no": Text(least=6, most=32),
        "out_refund_no": Text(most=64, pattern=r"[0-9A-Za-z_\-|*@]+", required=True),
        "reason": Text(most=80, in_bytes=True),
        "notify_url": Text(most=256),
        "funds_account": Text(most=32, choices=("AVAILABLE", "UNSETTLED")),
        "amount": Record(
            required=True,
            fields={
                "refund": Whole(required=True),
                "total": Whole(required=True),
                "currency": Text(most=16, choices=("CNY",), required=True),
                "from": Items(item=_FROM),
            },
        ),
        "goods_detail": Items(item=_GOODS),
    }
)


def register(blueprint: Blueprint) -> None:
    blueprint.post("/refund/domestic/refunds")(create)
    blueprint.get("/refund/domestic/refunds/<out_refund_no>")(query)


def create() -> ResponseReturnValue:
    current = simulator()
    limits = current.settings
    if not current.refund_calls.admit(limits.refunds_per_s, limits.failed_refunds_per_s):
        raise PayError(429, "FREQUENCY_LIMITED", "频率超限，请降低请求频率")
    try:
        accepted = refunding.accept(current, _wanted())
    except PayError:
        current.refund_calls.note_failed()
        raise
    return jsonify(refunding.as_refund(accepted))


def _wanted() -> Doc:
    body = body_of(_REFUND)
    if not ("transaction_id" in body or "out_trade_no" in body):
        raise param_error("/out_trade_no", None, "transaction_id or out_trade_no is needed")
    return body


def query(out_refund_no: str) -> ResponseReturnValue:
    current = simulator()
    refund = current.store.get("refund", out_refund_no)
    if refund is None:
        raise PayError(404, "RESOURCE_NOT_EXISTS", "退款单不存在", number=268512771)
    return jsonify(refunding.as_refund(refund))
