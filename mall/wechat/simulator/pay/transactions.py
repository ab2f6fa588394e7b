"""/v3/pay/transactions: JSAPI orders, queries, close (documents 4012791897 to 4012791901)."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request
from flask.typing import ResponseReturnValue

from mall.wechat.simulator.context import simulator
from mall.wechat.simulator.pay import orders
from mall.wechat.simulator.pay.errors import PayError
from mall.wechat.simulator.pay.shapes import Flag, Items, Record, Text, Whole, body_of

_GOODS = Record(
    required=True,
    fields={
        "merchant_goods_id": Text(most=32, required=True),
        "wechatpay_goods_id": Text(most=32),
        "goods_name": Text(most=256),
        "quantity": Whole(required=True),
        "unit_price": Whole(least=0, required=True),
    },
)
_DETAIL = Record(
    most_bytes=6144,
    fields={
        "cost_price": Whole(least=0),
        "invoice_id": Text(most=32),
        "goods_detail": Items(item=_GOODS),
    },
)
_STORE = Record(
    fields={
        "id": Text(most=32, required=True),
        "name": Text(most=256),
        "area_code": Text(most=32),
        "address": Text(most=512),
    }
)
_SCENE = Record(
    fields={
        "payer_client_ip": Text(most=45, required=True),
        "device_id": Text(most=32),
        "store_info": _STORE,
    }
)
_JSAPI = Record(
    fields={
        "appid": Text(most=32, required=True),
        "mchid": Text(most=32, required=True),
        "description": Text(most=127, required=True),
        "out_trade_no": Text(least=6, most=32, pattern=r"[0-9A-Za-z_\-|*]+", required=True),
        "time_expire": Text(most=64),
        "attach": Text(most=128),
        "notify_url": Text(most=255, required=True),
        "goods_tag": Text(most=32),
        "support_fapiao": Flag(),
        "amount": Record(
            required=True,
            fields={
                "total": Whole(required=True),
                "currency": Text(most=16, choices=("CNY",)),
            },
        ),
        "payer": Record(
            required=True,
            fields={"openid": Text(most=128, pattern=r"[0-9A-Za-z_\-]+", required=True)},
        ),
        "detail": _DETAIL,
        "scene_info": _SCENE,
        "settle_info": Record(fields={"profit_sharing": Flag()}),
    }
)
_CLOSE = Record(fields={"mchid": Text(most=32, required=True)})


def register(blueprint: Blueprint) -> None:
    transactions = "/pay/transactions"
    blueprint.post(f"{transactions}/jsapi")(prepay)
    blueprint.get(f"{transactions}/out-trade-no/<number>")(query_by_number)
    blueprint.get(f"{transactions}/id/<transaction_id>")(query_by_id)
    blueprint.post(f"{transactions}/out-trade-no/<number>/close")(close)


def prepay() -> ResponseReturnValue:
    body = body_of(_JSAPI)
    current = simulator()
    _check_mchid(body["mchid"])
    if body["appid"] != current.credentials.appid:
        raise PayError(400, "APPID_MCHID_NOT_MATCH", "appid和mchid不匹配", number=268445527)
    return jsonify({"prepay_id": orders.place(current, body)})


def query_by_number(number: str) -> ResponseReturnValue:
    _check_mchid(request.args.get("mchid"))
    current = simulator()
    return jsonify(orders.as_transaction(current, orders.order_of(current, number)))


def query_by_id(transaction_id: str) -> ResponseReturnValue:
    _check_mchid(request.args.get("mchid"))
    current = simulator()
    order = orders.order_of_transaction(current, transaction_id)
    return jsonify(orders.as_transaction(current, order))


def close(number: str) -> ResponseReturnValue:
    _check_mchid(body_of(_CLOSE)["mchid"])
    orders.close(simulator(), number)
    return Response(status=204)


def _check_mchid(mchid: str | None) -> None:
    if not mchid:
        raise PayError(400, "PARAM_ERROR", "缺少参数mchid", number=268435457)
    if mchid != simulator().credentials.mchid:
        raise PayError(400, "MCH_NOT_EXISTS", "商户号不存在")
