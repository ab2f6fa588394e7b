"""The shopper's side of merchant transfers."""

from __future__ import annotations

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from mall.wechat.simulator.context import simulator
from mall.wechat.simulator.control.access import count_in, json_of, text_in
from mall.wechat.simulator.pay import transferring
from mall.wechat.simulator.pay.transfers import as_transfer


def register(blueprint: Blueprint) -> None:
    blueprint.get("/transfers")(transfers)
    blueprint.post("/transfers/policy")(transfer_policy)
    blueprint.post("/transfers/<number>/confirm")(confirm_transfer)
    blueprint.post("/transfers/<number>/fail")(fail_transfer)
    blueprint.post("/transfers/<number>/fund")(fund_transfer)


def transfers() -> ResponseReturnValue:
    openid = request.args.get("openid")
    found = [
        transfer
        for transfer in simulator().store.newest("transfer")
        if openid in (None, transfer["request"]["openid"])
    ]
    return jsonify({"transfers": [as_transfer(transfer) for transfer in found]})


def transfer_policy() -> ResponseReturnValue:
    """How the next `count` transfers begin; null for all."""
    body = json_of()
    transferring.set_policy(simulator(), text_in(body, "outcome"), count_in(body))
    return jsonify({"outcome": body["outcome"], "count": body.get("count", 1)})


def confirm_transfer(number: str) -> ResponseReturnValue:
    """wx.requestMerchantTransfer: `package` is checked when given."""
    transfer = transferring.confirm(simulator(), number, json_of().get("package"))
    return jsonify({"errMsg": "requestMerchantTransfer:ok"} | as_transfer(transfer))


def fail_transfer(number: str) -> ResponseReturnValue:
    reason = str(json_of().get("reason") or "OVERDUE_CLOSE")
    return jsonify(as_transfer(transferring.fail(simulator(), number, reason)))


def fund_transfer(number: str) -> ResponseReturnValue:
    return jsonify(as_transfer(transferring.fund(simulator(), number)))
