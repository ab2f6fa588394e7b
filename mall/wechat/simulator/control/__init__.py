"""/_control: the phone, the merchant's console, settings and faults, as JSON.

`docs/simulator.md` lists every call. Answers to this machine only unless the server was
started openly, and to no web page but its own and the shop's.
"""

from __future__ import annotations

from flask import Blueprint

from mall.wechat.simulator.control import access, operations, payments, transfers, users
from mall.wechat.simulator.errors import ControlError
from mall.wechat.simulator.pay.errors import PayError


def control_blueprint() -> Blueprint:
    blueprint = Blueprint("control", __name__, url_prefix="/_control")
    blueprint.before_request(access.check_caller)
    blueprint.after_request(access.let_shop_read)
    blueprint.register_error_handler(ControlError, access.control_error)
    blueprint.register_error_handler(PayError, access.pay_error)
    for part in (users, payments, transfers, operations):
        part.register(blueprint)
    return blueprint
