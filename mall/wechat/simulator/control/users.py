"""Shoppers: login codes, phone codes, message grants, what they received."""

from __future__ import annotations

import secrets
import string

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from mall.wechat.simulator.context import Simulator, simulator
from mall.wechat.simulator.control.access import count_in, json_of, text_in
from mall.wechat.simulator.errors import ControlError
from mall.wechat.simulator.mini import shipments
from mall.wechat.simulator.mini.login import issue_code
from mall.wechat.simulator.mini.messages import add_grants

_ALPHABET = string.ascii_letters + string.digits + "-_"


def register(blueprint: Blueprint) -> None:
    blueprint.post("/login-codes")(login_code)
    blueprint.post("/phone-codes")(phone_code)
    blueprint.post("/users")(set_user)
    blueprint.get("/users")(users)
    blueprint.post("/grants")(grants)
    blueprint.get("/messages")(messages)
    blueprint.get("/shipments")(list_shipments)
    blueprint.post("/shipments/<number>/confirm")(confirm_receipt)


def login_code() -> ResponseReturnValue:
    """What wx.login gives; without an openid a new shopper is made."""
    current, body = simulator(), json_of()
    openid = body.get("openid") or "o" + "".join(secrets.choice(_ALPHABET) for _ in range(27))
    _remember(current, openid, {"unionid": body["unionid"]} if body.get("unionid") else {})
    return jsonify(
        {"code": issue_code(current, "login-code", {"openid": openid}), "openid": openid}
    )


def phone_code() -> ResponseReturnValue:
    """What the phone button gives: `phone` without country code, `country_code` 86."""
    current, body = simulator(), json_of()
    fields = {
        "openid": text_in(body, "openid"),
        "phone": text_in(body, "phone"),
        "country_code": str(body.get("country_code", "86")),
    }
    _remember(current, fields["openid"], {})
    return jsonify({"code": issue_code(current, "phone-code", fields)})


def set_user() -> ResponseReturnValue:
    """Set a shopper's unionid, risk_rank (0 to 4) or blocked."""
    current, body = simulator(), json_of()
    openid = text_in(body, "openid")
    unknown = set(body) - {"openid", "unionid", "risk_rank", "blocked"}
    if unknown:
        raise ControlError(400, "unknown_field", f"unknown: {', '.join(sorted(unknown))}")
    fields = {name: value for name, value in body.items() if name != "openid"}
    return jsonify(_remember(current, openid, fields))


def users() -> ResponseReturnValue:
    return jsonify({"users": simulator().store.newest("user")})


def grants() -> ResponseReturnValue:
    """The shopper accepts subscribe messages of a template `count` times more."""
    body = json_of()
    count = count_in(body)
    assert count is not None
    left = add_grants(simulator(), text_in(body, "openid"), text_in(body, "template_id"), count)
    return jsonify({"left": left})


def messages() -> ResponseReturnValue:
    found = simulator().store.newest("message")
    openid = request.args.get("openid")
    return jsonify({"messages": [m for m in found if openid in (None, m["openid"])]})


def list_shipments() -> ResponseReturnValue:
    found = simulator().store.newest("shipment")
    openid = request.args.get("openid")
    return jsonify({"shipments": [s for s in found if openid in (None, s["openid"])]})


def confirm_receipt(number: str) -> ResponseReturnValue:
    """The shopper presses "confirm receipt" (or, with automatic, the period passed)."""
    automatic = json_of().get("automatic") is True
    return jsonify(shipments.confirm(simulator(), number, automatic=automatic))


def _remember(current: Simulator, openid: str, fields: dict[str, object]) -> dict[str, object]:
    with current.store.transaction():
        known = current.store.get("user", openid) or {"openid": openid, "last_login_at": 0}
        user = known | fields
        current.store.put("user", openid, user)
    return user
