"""Common to every mini-program call: token, JSON body, the errcode reply on HTTP 200."""

from __future__ import annotations

import json
import secrets

from flask import Response, jsonify, request
from flask.typing import ResponseReturnValue

from mall.wechat.simulator.context import simulator
from mall.wechat.simulator.state import Doc


class MiniError(Exception):
    """A refusal; answered as `{errcode, errmsg}` with HTTP 200."""

    def __init__(self, errcode: int, errmsg: str) -> None:
        super().__init__(errmsg)
        self.errcode = errcode
        self.errmsg = errmsg


def error_reply(error: MiniError) -> Response:
    trace = f"{secrets.token_hex(4)}-{secrets.token_hex(4)}-{secrets.token_hex(4)}"
    return jsonify({"errcode": error.errcode, "errmsg": f"{error.errmsg} rid: {trace}"})


def success(**fields: object) -> ResponseReturnValue:
    return jsonify({"errcode": 0, "errmsg": "ok"} | fields)


def require_token() -> None:
    """40001 for a token never given, 42001 for one past its time."""
    token = request.args.get("access_token", "")
    if not token:
        raise MiniError(41001, "access_token missing")
    current = simulator()
    known = current.store.get("token", token)
    if known is None:
        raise MiniError(40001, "invalid credential, access_token is invalid or not latest")
    if known["expires_at"] <= current.now():
        raise MiniError(42001, "access_token expired")


def json_body() -> Doc:
    """The body as JSON whatever Content-Type says: some clients send none."""
    raw = request.get_data()
    if not raw:
        raise MiniError(44002, "empty post data")
    try:
        body = json.loads(raw)
    except ValueError:
        raise MiniError(47001, "data format error") from None
    if not isinstance(body, dict):
        raise MiniError(47001, "data format error")
    return body


def text_of(body: Doc, name: str, errcode: int = 40097) -> str:
    """A required text field."""
    value = body.get(name)
    if not isinstance(value, str) or not value:
        raise MiniError(errcode, f"invalid args: {name}")
    return value
