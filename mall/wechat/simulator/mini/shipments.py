"""Shipments of paid orders: uploaded by the mall, confirmed on the phone, then settled."""

from __future__ import annotations

from mall.wechat.simulator.callbacks import queue_push
from mall.wechat.simulator.clock import parse_rfc3339
from mall.wechat.simulator.context import Simulator
from mall.wechat.simulator.errors import ControlError
from mall.wechat.simulator.mini.reply import MiniError
from mall.wechat.simulator.mini.shipping_rules import EXPRESS, SPLIT
from mall.wechat.simulator.state import Doc

WAITING, SHIPPED, CONFIRMED, FINISHED, REFUNDED = 1, 2, 3, 4, 5
SETTLED_AFTER_S = 10 * 86400


def state_of(simulator: Simulator, order: Doc) -> int:
    """order_state: 1 to ship, 2 shipped, 3 confirmed, 4 finished, 5 refunded."""
    if order["refunded"] >= order["total"]:
        return REFUNDED
    shipment = simulator.store.get("shipment", order["out_trade_no"])
    if shipment is None:
        return WAITING
    if shipment["confirmed_at"]:
        return CONFIRMED
    return SHIPPED if shipment["finished"] else WAITING


def ship(simulator: Simulator, number: str, upload: Doc) -> None:
    """Keep an upload; the first one tells the mall when settlement is expected."""
    with simulator.store.transaction():
        order = simulator.store.get("order", number)
        assert order is not None
        if order["refunded"] >= order["total"]:
            raise MiniError(10060004, "order can't be shipped")
        known = simulator.store.get("shipment", number)
        shipment = _first(simulator, order, upload) if known is None else _again(known, upload)
        simulator.store.put("shipment", number, shipment)
        if known is None or (shipment["finished"] and not known["finished"]):
            queue_push(
                simulator,
                "trade_manage_order_settlement",
                _settlement(simulator, order, shipment),
                ref=number,
                openid=order["openid"],
            )


def _first(simulator: Simulator, order: Doc, upload: Doc) -> Doc:
    return {
        "out_trade_no": order["out_trade_no"],
        "openid": order["openid"],
        "uploads": [upload],
        "corrections": 0,
        "finished": _is_whole(upload),
        "shipped_at": simulator.now(),
        "confirmed_at": None,
        "reminded_at": None,
    }


def _again(shipment: Doc, upload: Doc) -> Doc:
    last = shipment["uploads"][-1]
    if shipment["confirmed_at"]:
        raise MiniError(10060004, "order can't be shipped")
    if _content(upload) == _content(last):
        raise MiniError(10060023, "shipping info not changed")
    if parse_rfc3339(upload["upload_time"]) <= parse_rfc3339(last["upload_time"]):
        raise MiniError(268485216, "upload_time must be newer than the last one")
    if shipment["finished"]:
        if shipment["corrections"] >= 1:
            raise MiniError(10060003, "re-ship already used")
        if upload["delivery_mode"] != last["delivery_mode"]:
            raise MiniError(10060002, "already shipped")
        shipment["corrections"] += 1
    return shipment | {"uploads": [*shipment["uploads"], upload], "finished": _is_whole(upload)}


def confirm(simulator: Simulator, number: str, *, automatic: bool = False) -> Doc:
    """The shopper confirms receipt; the settlement is pushed a second time."""
    with simulator.store.transaction():
        shipment = simulator.store.get("shipment", number)
        order = simulator.store.get("order", number)
        if shipment is None or order is None or not shipment["finished"]:
            raise ControlError(409, "not_shipped", "该订单还没有发货")
        if shipment["confirmed_at"]:
            raise ControlError(409, "confirmed", "已经确认收货")
        shipment["confirmed_at"] = simulator.now()
        simulator.store.put("shipment", number, shipment)
        settlement = _settlement(simulator, order, shipment) | {
            "confirm_receive_method": 1 if automatic else 2,
            "confirm_receive_time": int(shipment["confirmed_at"]),
            "settlement_time": int(shipment["confirmed_at"]),
        }
        queue_push(
            simulator,
            "trade_manage_order_settlement",
            settlement,
            ref=number,
            openid=order["openid"],
        )
    return shipment


def remind(simulator: Simulator, number: str, received_time: object) -> None:
    """Remind the shopper to confirm, once, for express parcels that have arrived."""
    with simulator.store.transaction():
        shipment = simulator.store.get("shipment", number)
        if shipment is None:
            raise MiniError(10060028, "order not shipped")
        if shipment["uploads"][-1]["logistics_type"] != EXPRESS:
            raise MiniError(10060032, "not an express order")
        if not isinstance(received_time, int) or received_time < int(shipment["shipped_at"]):
            raise MiniError(10060029, "received_time before shipping")
        if shipment["reminded_at"]:
            raise MiniError(10060030, "already reminded")
        simulator.store.put("shipment", number, shipment | {"reminded_at": simulator.now()})


def as_shipping_order(simulator: Simulator, order: Doc) -> Doc:
    """An order as get_order shows it."""
    shown: Doc = {
        "transaction_id": order["transaction_id"],
        "merchant_id": order["request"]["mchid"],
        "sub_merchant_id": "",
        "merchant_trade_no": order["out_trade_no"],
        "description": order["description"],
        "paid_amount": order["total"] - order["coupon"],
        "openid": order["openid"],
        "trade_create_time": int(order["created_at"]),
        "pay_time": int(order["paid_at"]),
        "order_state": state_of(simulator, order),
        "in_complaint": False,
    }
    shipment = simulator.store.get("shipment", order["out_trade_no"])
    if shipment:
        last = shipment["uploads"][-1]
        shown["shipping"] = {
            "delivery_mode": last["delivery_mode"],
            "logistics_type": last["logistics_type"],
            "finish_shipping": shipment["finished"],
            "goods_desc": last["shipping_list"][0]["item_desc"],
            "finish_shipping_count": shipment["corrections"] + int(shipment["finished"]),
            "shipping_list": [
                parcel | {"upload_time": int(parse_rfc3339(last["upload_time"]))}
                for parcel in last["shipping_list"]
            ],
        }
    return shown


def _settlement(simulator: Simulator, order: Doc, shipment: Doc) -> Doc:
    return {
        "transaction_id": order["transaction_id"],
        "merchant_id": order["request"]["mchid"],
        "sub_merchant_id": "",
        "merchant_trade_no": order["out_trade_no"],
        "pay_time": int(order["paid_at"]),
        "shipped_time": int(shipment["shipped_at"]),
        "estimated_settlement_time": int(shipment["shipped_at"] + SETTLED_AFTER_S),
    }


def _is_whole(upload: Doc) -> bool:
    return upload["delivery_mode"] != SPLIT or bool(upload["is_all_delivered"])


def _content(upload: Doc) -> Doc:
    return {name: value for name, value in upload.items() if name != "upload_time"}
