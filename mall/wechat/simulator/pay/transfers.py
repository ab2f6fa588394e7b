"""/v3/fund-app/mch-transfer/transfer-bills (documents 4012716434 to 4012716458)."""

from __future__ import annotations

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from mall.wechat.simulator import signing
from mall.wechat.simulator.clock import rfc3339
from mall.wechat.simulator.context import simulator
from mall.wechat.simulator.pay import transferring
from mall.wechat.simulator.pay.errors import PayError, param_error
from mall.wechat.simulator.pay.shapes import Items, Record, Text, Whole, body_of
from mall.wechat.simulator.state import Doc

_REPORT = Record(
    required=True,
    fields={
        "info_type": Text(most=15, required=True),
        "info_content": Text(most=32, required=True),
    },
)
_STYLE = Record(fields={"type": Text(most=32, choices=("CONFIRM_PAGE", "RED_PACKET"))})
_TRANSFER = Record(
    fields={
        "appid": Text(most=32, required=True),
        "out_bill_no": Text(most=32, pattern=r"[0-9A-Za-z]+", required=True),
        "transfer_scene_id": Text(most=36, required=True),
        "openid": Text(most=64, pattern=r"[0-9A-Za-z_\-]+", required=True),
        "user_name": Text(most=1024),
        "transfer_amount": Whole(required=True),
        "transfer_remark": Text(most=32, required=True),
        "notify_url": Text(most=256),
        "user_recv_perception": Text(most=32, least=0),
        "transfer_scene_report_infos": Items(item=_REPORT, required=True),
        "user_recv_style": _STYLE,
    }
)


def register(blueprint: Blueprint) -> None:
    base = "/fund-app/mch-transfer/transfer-bills"
    blueprint.post(base)(create_transfer)
    blueprint.get(f"{base}/out-bill-no/<number>")(query_transfer)
    blueprint.get(f"{base}/transfer-bill-no/<transfer_bill_no>")(query_transfer_by_bill)
    blueprint.post(f"{base}/out-bill-no/<number>/cancel")(cancel_transfer)


def create_transfer() -> ResponseReturnValue:
    body = body_of(_TRANSFER)
    if "user_name" in body:
        _check_name(body["user_name"])
    transfer = transferring.accept(simulator(), body)
    shown = _short(transfer) | {"create_time": rfc3339(transfer["created_at"])}
    if transfer["state"] == "WAIT_USER_CONFIRM":
        shown["package_info"] = transfer["package_info"]
    return jsonify(shown)


def query_transfer(number: str) -> ResponseReturnValue:
    return jsonify(as_transfer(transferring.current(simulator(), number)))


def query_transfer_by_bill(transfer_bill_no: str) -> ResponseReturnValue:
    link = simulator().store.get("transfer-bill", transfer_bill_no)
    return query_transfer(link["out_bill_no"] if link else "")


def cancel_transfer(number: str) -> ResponseReturnValue:
    transfer = transferring.cancel(simulator(), number)
    return jsonify(_short(transfer) | {"update_time": rfc3339(transfer["updated_at"])})


def as_transfer(transfer: Doc) -> Doc:
    """A transfer as its query shows it."""
    body = transfer["request"]
    shown = _short(transfer) | {
        "mch_id": simulator().credentials.mchid,
        "appid": body["appid"],
        "openid": body["openid"],
        "transfer_amount": body["transfer_amount"],
        "transfer_remark": body["transfer_remark"],
        "create_time": rfc3339(transfer["created_at"]),
        "update_time": rfc3339(transfer["updated_at"]),
    }
    if transfer["fail_reason"]:
        shown["fail_reason"] = transfer["fail_reason"]
    return shown


def _short(transfer: Doc) -> Doc:
    return {name: transfer[name] for name in ("out_bill_no", "transfer_bill_no", "state")}


def _check_name(sealed: str) -> None:
    current = simulator()
    asked = request.headers.get("Wechatpay-Serial", "")
    if not asked:
        raise PayError(400, "PARAM_ERROR", "加密字段须带Wechatpay-Serial")
    credentials = current.credentials
    key = credentials.pay_key if asked == credentials.public_key_id else credentials.platform_key
    try:
        signing.decrypt_field(key, sealed)
    except ValueError:
        raise param_error("/user_name", None, "can't be decrypted") from None
