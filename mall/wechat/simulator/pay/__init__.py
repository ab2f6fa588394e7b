"""WeChat Pay APIv3 as the simulator speaks it."""

from __future__ import annotations

from flask import Blueprint

from mall.wechat.simulator.pay import bills, certificates, gate, refunds, transactions


def pay_blueprint() -> Blueprint:
    """Every /v3 route behind the gate that checks and signs."""
    blueprint = Blueprint("pay", __name__, url_prefix="/v3")
    gate.guard(blueprint)
    transactions.register(blueprint)
    refunds.register(blueprint)
    certificates.register(blueprint)
    bills.register(blueprint)
    return blueprint
