"""The shopper's phone as a small web page; all it does goes through the control API."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from mall.wechat.simulator.control import access
from mall.wechat.simulator.errors import ControlError


def phone_blueprint() -> Blueprint:
    blueprint = Blueprint(
        "phone", __name__, static_folder="static", static_url_path="/phone/static"
    )
    blueprint.before_request(access.check_caller)
    blueprint.register_error_handler(ControlError, access.control_error)
    blueprint.get("/phone")(page)
    return blueprint


def page() -> ResponseReturnValue:
    return render_template("phone.html")
