"""The simulator's WSGI application."""

from __future__ import annotations

import os
from pathlib import Path

from flask import Flask, Response, jsonify, request
from flask.json.provider import DefaultJSONProvider
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from mall import loaded
from mall.wechat.simulator import api_faults
from mall.wechat.simulator.context import EXTENSION, open_simulator
from mall.wechat.simulator.control import control_blueprint
from mall.wechat.simulator.dispatcher import Dispatcher
from mall.wechat.simulator.errors import SimulatorRefused
from mall.wechat.simulator.mini import mini_blueprint
from mall.wechat.simulator.pay import pay_blueprint
from mall.wechat.simulator.pay.refunding import settle_due
from mall.wechat.simulator.pay.transferring import end_due
from mall.wechat.simulator.phone import phone_blueprint

DISPATCHER = "wechat_simulator_dispatcher"
MOST_BYTES = 4 << 20


class _WeChatJson(DefaultJSONProvider):
    """Raw UTF-8, so that signatures are over other than ASCII bytes, as at WeChat."""

    ensure_ascii = False
    sort_keys = False
    mimetype = "application/json; charset=utf-8"


def create_simulator(
    state_dir: Path,
    *,
    environment: str = "development",
    mall_url: str = "",
    open_control: bool = False,
) -> Flask:
    """A simulator that keeps its account and memory in `state_dir`.

    `mall_url` is where message pushes go. The control API and the phone page answer to
    this machine only, unless `open_control`. Starts the delivery thread;
    `close_simulator` ends it. One process only may serve a state directory.
    Raises SimulatorRefused in production.
    """
    if "production" in (environment, os.environ.get("MALL_ENV", "").strip()):
        raise SimulatorRefused("The WeChat simulator doesn't run in production.")
    loaded()
    app = Flask(__name__)
    app.json = _WeChatJson(app)
    app.config["MAX_CONTENT_LENGTH"] = MOST_BYTES
    app.config["OPEN_CONTROL"] = open_control
    simulator = open_simulator(state_dir, mall_url)
    app.extensions[EXTENSION] = simulator
    app.extensions[DISPATCHER] = Dispatcher(
        simulator, {"refund-due": settle_due, "transfer-due": end_due}
    )
    api_faults.attach(app)
    for blueprint in (mini_blueprint(), pay_blueprint(), control_blueprint(), phone_blueprint()):
        app.register_blueprint(blueprint)
    app.register_error_handler(HTTPException, _http_error)
    return app


def close_simulator(app: Flask) -> None:
    """Stop delivering and close the memory; what was queued waits for the next start."""
    app.extensions[DISPATCHER].close()
    app.extensions[EXTENSION].store.close()


def _http_error(error: HTTPException) -> ResponseReturnValue:
    """The pay gateway answers unknown paths and wrong methods with nothing at all."""
    status = error.code or 500
    if request.path.startswith("/v3/"):
        return Response(status=status)
    return jsonify({"error": {"code": error.name.lower().replace(" ", "_")}}), status
