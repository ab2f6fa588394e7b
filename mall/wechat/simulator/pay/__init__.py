"""WeChat Pay APIv3 as the simulator speaks it."""

from __future__ import annotations

from flask import Blueprint

from mall.wechat.simulator.pay import (
    bills,
    certificates,
    refunds,
    signatures,
    transactions,
    transfers,
)


def pay_blueprint() -> Blueprint:
    """Every /v3 route, with signatures checked before it and put on after it."""
    blueprint = Blueprint("pay", __name__, url_prefix="/v3")
    signatures.install(blueprint)
    transactions.register(blueprint)
    refunds.register(blueprint)
    transfers.register(blueprint)
    certificates.register(blueprint)
    bills.register(blueprint)
    return blueprint
