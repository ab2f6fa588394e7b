"""The receiver's side of transfers: the page that asks to confirm, and what else may happen."""

from __future__ import annotations

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from mall.wechat.simulator.context import simulator
from mall.wechat.simulator.control.access import count_in, json_of, text_in
from mall.wechat.simulator.errors import ControlError
from mall.wechat.simulator.pay import transferring
from mall.wechat.simulator.state import Doc


def register(blueprint: Blueprint) -> None:
    blueprint.get("/transfers")(transfers)
    blueprint.post("/request-merchant-transfer")(request_transfer)
    blueprint.post("/transfers/policy")(transfer_policy)
    blueprint.post("/transfers/scenes")(scenes)
    blueprint.post("/transfers/<number>/confirm")(confirm_transfer)
    blueprint.post("/transfers/<number>/fail")(fail)
    blueprint.post("/transfers/<number>/lapse")(lapse)
    blueprint.post("/transfers/<number>/proceed")(proceed)


def transfers() -> ResponseReturnValue:
    """The newest 200 that match `openid`."""
    openid = request.args.get("openid")
    found = simulator().store.newest("transfer", 1_000_000)
    chosen = [one for one in found if openid in (None, one["openid"])]
    return jsonify({"transfers": [_shown(one) for one in chosen[:200]]})


def request_transfer() -> ResponseReturnValue:
    """wx.requestMerchantTransfer with its parameters, and the `openid` who holds the phone."""
    current, body = simulator(), json_of()
    if set(body) - {"mchId", "appId", "package", "openId", "openid"}:
        raise _failed("bad_parameters", "unknown parameter")
    if (body.get("mchId"), body.get("appId")) != (
        current.credentials.mchid,
        current.credentials.appid,
    ):
        raise _failed("bad_parameters", "mchId或appId不正确")
    package = text_in(body, "package")
    for one in current.store.newest("transfer", 1_000_000):
        if one["package_info"] == package:
            if body.get("openid") not in (None, one["openid"]):
                raise _failed("wrong_receiver", "非收款用户")
            done = transferring.confirm(current, one["out_bill_no"])
            return jsonify({"errMsg": "requestMerchantTransfer:ok"} | _shown(done))
    raise _failed("bad_package", "package无效或已过期")


def confirm_transfer(number: str) -> ResponseReturnValue:
    """The receiver confirms."""
    return jsonify(_shown(transferring.confirm(simulator(), number)))


def fail(number: str) -> ResponseReturnValue:
    """The receiver confirms, and it fails all the same: `reason`, such as ACCOUNT_FROZEN."""
    reason = text_in(json_of(), "reason")
    return jsonify(_shown(transferring.confirm(simulator(), number, reason)))


def lapse(number: str) -> ResponseReturnValue:
    """Nobody confirmed for a day."""
    return jsonify(_shown(transferring.let_lapse(simulator(), number)))


def proceed(number: str) -> ResponseReturnValue:
    """What hung in PROCESSING goes on."""
    return jsonify(_shown(transferring.proceed(simulator(), number)))


def transfer_policy() -> ResponseReturnValue:
    """What becomes of the next `count` transfers at first; null for all."""
    body = json_of()
    transferring.POLICY.set(simulator(), text_in(body, "outcome"), count_in(body))
    return jsonify({"outcome": body["outcome"], "count": body.get("count", 1)})


def scenes() -> ResponseReturnValue:
    """Scenes that the merchant isn't allowed: `closed`, a list of their ids."""
    closed = json_of().get("closed")
    if not isinstance(closed, list) or not all(isinstance(one, str) for one in closed):
        raise ControlError(400, "bad_scenes", "closed is a list of scene ids")
    simulator().store.put("policy", "transfer-scenes", {"closed": closed})
    return jsonify({"closed": closed})


def _shown(one: Doc) -> Doc:
    names = (
        *("out_bill_no", "transfer_bill_no", "openid", "amount", "remark", "state"),
        *("package_info", "fail_reason", "created_at", "updated_at"),
    )
    return {name: one[name] for name in names}


def _failed(code: str, message: str) -> ControlError:
    return ControlError(400, code, f"requestMerchantTransfer:fail {message}")
