"""/wxa/sec/order and the list of carriers (order-shipping documentation)."""

from __future__ import annotations

from typing import Any

from flask import Blueprint
from flask.typing import ResponseReturnValue

from mall.wechat.simulator.context import Simulator, simulator
from mall.wechat.simulator.mini import shipments
from mall.wechat.simulator.mini.reply import MiniError, json_body, require_token, success
from mall.wechat.simulator.mini.shipping_rules import check_upload
from mall.wechat.simulator.state import Doc

CARRIERS = {
    "SF": "顺丰速运",
    "ZTO": "中通快递",
    "YTO": "圆通速递",
    "YD": "韵达速递",
    "STO": "申通快递",
    "JTSD": "极兔速递",
    "JD": "京东快递",
    "EMS": "邮政EMS",
    "YZPY": "邮政快递包裹",
    "DBL": "德邦快递",
    "HTKY": "百世快递",
    "UC": "优速快递",
    "ZJS": "宅急送",
}


def register(blueprint: Blueprint) -> None:
    base = "/wxa/sec/order"
    blueprint.post(f"{base}/upload_shipping_info")(upload)
    blueprint.post(f"{base}/get_order")(get_order)
    blueprint.post(f"{base}/get_order_list")(get_order_list)
    blueprint.post(f"{base}/notify_confirm_receive")(remind_receipt)
    blueprint.post(f"{base}/set_msg_jump_path")(set_jump_path)
    blueprint.post(f"{base}/is_trade_managed")(is_trade_managed)
    blueprint.post("/cgi-bin/express/delivery/open_msg/get_delivery_list")(delivery_list)


def upload() -> ResponseReturnValue:
    """Shipping information of one paid order; one correction is allowed."""
    require_token()
    body = json_body()
    check_upload(body, CARRIERS)
    current = simulator()
    key = body["order_key"]
    if key["order_number_type"] == 1 and key["mchid"] != current.credentials.mchid:
        raise MiniError(268485196, "order_key mchid mismatch")
    order = _paid_order(current, key)
    if order["openid"] != body["payer"]["openid"]:
        raise MiniError(10060031, "order is not of this openid")
    shipments.ship(current, order["out_trade_no"], body)
    return success()


def get_order() -> ResponseReturnValue:
    require_token()
    current, order = simulator(), _named_order(json_body())
    return success(order=shipments.as_shipping_order(current, order))


def get_order_list() -> ResponseReturnValue:
    """Paid orders, newest first; `last_index` is how many were seen."""
    require_token()
    body, current = json_body(), simulator()
    try:
        start = int(body.get("last_index") or 0)
    except ValueError:
        raise MiniError(10060011, "bad last_index") from None
    size = min(int(body.get("page_size") or 100), 100)
    wanted = [order for order in current.store.newest("order", 1_000_000) if order["paid_at"]]
    wanted = [order for order in wanted if _wanted(current, order, body)]
    page = wanted[start : start + size]
    return success(
        order_list=[shipments.as_shipping_order(current, order) for order in page],
        last_index=str(start + len(page)),
        has_more=start + len(page) < len(wanted),
    )


def remind_receipt() -> ResponseReturnValue:
    require_token()
    body = json_body()
    shipments.remind(simulator(), _named_order(body)["out_trade_no"], body.get("received_time"))
    return success()


def set_jump_path() -> ResponseReturnValue:
    require_token()
    simulator().store.put("jump-path", "path", {"path": str(json_body().get("path", ""))})
    return success()


def is_trade_managed() -> ResponseReturnValue:
    require_token()
    if json_body().get("appid") != simulator().credentials.appid:
        raise MiniError(40013, "invalid appid")
    return success(is_trade_managed=True)


def delivery_list() -> ResponseReturnValue:
    require_token()
    carriers = [{"delivery_id": code, "delivery_name": name} for code, name in CARRIERS.items()]
    return success(delivery_list=carriers, count=len(carriers))


def _wanted(current: Simulator, order: Doc, body: Doc) -> bool:
    span = body.get("pay_time_range") or {}
    paid_at = order["paid_at"]
    if not span.get("begin_time", 0) <= paid_at <= (span.get("end_time") or paid_at):
        return False
    if body.get("openid") not in (None, "", order["openid"]):
        return False
    state = body.get("order_state")
    return state in (None, shipments.state_of(current, order))


def _named_order(body: Doc) -> Doc:
    if body.get("transaction_id"):
        return _paid_order(simulator(), {"transaction_id": body["transaction_id"]})
    return _paid_order(simulator(), {"out_trade_no": body.get("merchant_trade_no")})


def _paid_order(current: Simulator, key: dict[str, Any]) -> Doc:
    number = key.get("out_trade_no")
    if key.get("transaction_id"):
        link = current.store.get("transaction", str(key["transaction_id"]))
        number = link["out_trade_no"] if link else None
    order = current.store.get("order", str(number)) if number else None
    if order is None or order["paid_at"] is None:
        raise MiniError(10060001, "支付单不存在")
    if current.now() - order["paid_at"] < current.settings.shipping_unknown_s:
        raise MiniError(10060001, "支付单不存在")
    return order
