"""The mini program's server API as the simulator speaks it."""

from __future__ import annotations

from flask import Blueprint

from mall.wechat.simulator.mini import links, login, messages, reply, safety, shipping


def mini_blueprint() -> Blueprint:
    """Every /sns, /cgi-bin and /wxa route."""
    blueprint = Blueprint("mini", __name__)
    blueprint.register_error_handler(reply.MiniError, reply.error_reply)
    for part in (login, messages, links, safety, shipping):
        part.register(blueprint)
    return blueprint
