"""Health, settings, faults, the log of callbacks, reset."""

from __future__ import annotations

import time
from dataclasses import asdict
from typing import cast

from flask import Blueprint, current_app, jsonify, request
from flask.typing import ResponseReturnValue

from mall.wechat.simulator.callbacks import queue_push
from mall.wechat.simulator.context import simulator
from mall.wechat.simulator.control.access import json_of, text_in
from mall.wechat.simulator.dispatcher import Dispatcher
from mall.wechat.simulator.errors import ControlError
from mall.wechat.simulator.faults import TAMPERING_OF
from mall.wechat.simulator.pay.bill_file import add_bill_fault
from mall.wechat.simulator.pay.fund_bill_file import add_fund_flow_fault
from mall.wechat.simulator.settings import change_settings
from mall.wechat.simulator.state import Doc


def register(blueprint: Blueprint) -> None:
    blueprint.get("/health")(health)
    blueprint.get("/settings")(settings)
    blueprint.post("/settings")(set_settings)
    blueprint.get("/faults")(faults)
    blueprint.post("/faults")(add_fault)
    blueprint.delete("/faults")(clear_faults)
    blueprint.post("/bill/faults")(add_fault_of_bill)
    blueprint.post("/fund-flow-bill/faults")(add_fault_of_fund_flow_bill)
    blueprint.delete("/bill/faults")(clear_bill_faults)
    blueprint.delete("/fund-flow-bill/faults")(clear_fund_flow_bill_faults)
    blueprint.get("/callbacks")(callbacks)
    blueprint.post("/callbacks/<callback_id>/redeliver")(redeliver)
    blueprint.post("/pushes")(push)
    blueprint.post("/wait")(wait)
    blueprint.post("/reset")(reset)


def health() -> ResponseReturnValue:
    current = simulator()
    return jsonify(
        {
            "status": "ok",
            "appid": current.credentials.appid,
            "mchid": current.credentials.mchid,
            "mall_url": current.mall_url,
            "payments": current.store.count("order"),
            "callbacks": current.store.count("callback"),
        }
    )


def settings() -> ResponseReturnValue:
    return jsonify(asdict(simulator().settings))


def set_settings() -> ResponseReturnValue:
    return jsonify(asdict(change_settings(simulator().store, json_of())))


def faults() -> ResponseReturnValue:
    return jsonify({"faults": simulator().faults.all()})


def add_fault() -> ResponseReturnValue:
    return jsonify(simulator().faults.add(json_of())), 201


def clear_faults() -> ResponseReturnValue:
    return jsonify({"cleared": simulator().faults.clear()})


def add_fault_of_bill() -> ResponseReturnValue:
    return jsonify(add_bill_fault(simulator(), json_of())), 201


def add_fault_of_fund_flow_bill() -> ResponseReturnValue:
    return jsonify(add_fund_flow_fault(simulator(), json_of())), 201


def clear_fund_flow_bill_faults() -> ResponseReturnValue:
    return jsonify({"cleared": simulator().store.clear("fund-flow-fault")})


def clear_bill_faults() -> ResponseReturnValue:
    return jsonify({"cleared": simulator().store.clear("bill-fault")})


def callbacks() -> ResponseReturnValue:
    """The log, newest first; `target` and `ref` (an order or refund number) narrow it."""
    target, ref = request.args.get("target"), request.args.get("ref")
    found = [
        doc
        for doc in simulator().store.newest("callback", 500)
        if target in (None, doc["target"]) and ref in (None, doc["ref"])
    ]
    return jsonify({"callbacks": found})


def redeliver(callback_id: str) -> ResponseReturnValue:
    """Send a callback again now, whatever became of it; `tampering` falsifies this one sending."""
    body = json_of()
    tampering = body.get("tampering", "")
    store = simulator().store
    with store.transaction():
        doc = store.get("callback", callback_id)
        if doc is None:
            raise ControlError(404, "no_callback", f"no callback {callback_id}")
        if tampering and tampering not in TAMPERING_OF[doc["target"]]:
            kinds = ", ".join(TAMPERING_OF[doc["target"]])
            raise ControlError(400, "bad_tampering", f"tampering is one of {kinds}")
        if doc["status"] == "in_flight":
            raise ControlError(409, "in_flight", "the callback is on its way")
        doc |= {
            "status": "pending",
            "tampering": tampering,
            "tampering_seconds": float(body.get("seconds", 3600)),
            "retry": bool(body.get("retry", not tampering)),
            "next_attempt_at": time.time(),
        }
        store.put("callback", callback_id, doc, due_at=doc["next_attempt_at"])
    return jsonify(doc)


def push() -> ResponseReturnValue:
    """Push any event to the mall: `event`, its `fields`, `openid` of the sender."""
    body = json_of()
    fields: Doc = body.get("fields") or {}
    openid = str(body.get("openid") or "")
    queue_push(simulator(), text_in(body, "event"), fields, ref="", openid=openid)
    return jsonify({"queued": bool(simulator().mall_url)}), 202


def wait() -> ResponseReturnValue:
    """Wait up to `seconds` (5) until no callback is under way or due `within` (0.5) s."""
    body = json_of()
    seconds, within = float(body.get("seconds", 5)), float(body.get("within", 0.5))
    return jsonify({"idle": _dispatcher().wait_idle(seconds, within)})


def reset() -> ResponseReturnValue:
    """Forget shoppers, payments, callbacks, faults and settings; the account stays.

    No callback from before arrives after the answer.
    """
    current = simulator()
    _dispatcher().forget()
    current.nonces.clear()
    current.refund_calls.clear()
    return jsonify({"reset": True})


def _dispatcher() -> Dispatcher:
    return cast(Dispatcher, current_app.extensions["wechat_simulator_dispatcher"])
