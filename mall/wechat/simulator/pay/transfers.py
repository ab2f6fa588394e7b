"""/v3/fund-app/mch-transfer/transfer-bills (merchant transfer since 2025)."""

from __future__ import annotations

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from mall.wechat.simulator.context import simulator
from mall.wechat.simulator.pay import transferring
from mall.wechat.simulator.pay.shapes import Items, Record, Text, Whole, body_of

_INFO = Record(
    required=True,
    fields={
        "info_type": Text(most=15, required=True),
        "info_content": Text(most=32, required=True),
    },
)
_TRANSFER = Record(
    fields={
        "appid": Text(most=32, required=True),
        "out_bill_no": Text(most=32, pattern=r"[0-9A-Za-z]+", required=True),
        "transfer_scene_id": Text(most=36, required=True),
        "openid": Text(most=64, required=True),
        "user_name": Text(most=1024),
        "transfer_amount": Whole(required=True),
        "transfer_remark": Text(most=32, required=True),
        "notify_url": Text(most=256),
        "user_recv_perception": Text(most=32),
        "transfer_scene_report_infos": Items(item=_INFO, most=10, required=True),
        "user_recv_style": Record(
            fields={"type": Text(most=32, choices=("CONFIRM_PAGE", "RED_PACKET"), required=True)}
        ),
    }
)
_BILLS = "/fund-app/mch-transfer/transfer-bills"


def register(blueprint: Blueprint) -> None:
    blueprint.post(_BILLS)(create_transfer)
    blueprint.get(f"{_BILLS}/out-bill-no/<number>")(query_transfer)
    blueprint.get(f"{_BILLS}/transfer-bill-no/<number>")(query_by_bill)
    blueprint.post(f"{_BILLS}/out-bill-no/<number>/cancel")(cancel_transfer)


def create_transfer() -> ResponseReturnValue:
    current, body = simulator(), body_of(_TRANSFER)
    serial = request.headers.get("Wechatpay-Serial", "")
    return jsonify(transferring.as_reply(transferring.accept(current, body, serial)))


def query_transfer(number: str) -> ResponseReturnValue:
    return jsonify(transferring.as_transfer(transferring.transfer_of(simulator(), number)))


def query_by_bill(number: str) -> ResponseReturnValue:
    found = transferring.transfer_by_bill(simulator(), number)
    return jsonify(transferring.as_transfer(found))


def cancel_transfer(number: str) -> ResponseReturnValue:
    return jsonify(transferring.as_cancelled(transferring.cancel(simulator(), number)))
