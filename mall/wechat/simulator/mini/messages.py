"""Subscribe messages: one grant, one message; every value within its key's limits."""

from __future__ import annotations

import re
import secrets
from typing import Any

from flask import Blueprint
from flask.typing import ResponseReturnValue

from mall.wechat.simulator.context import Simulator, simulator
from mall.wechat.simulator.mini.reply import MiniError, json_body, require_token, success, text_of
from mall.wechat.simulator.state import Doc

_HAN = r"\u4e00-\u9fff"
# Key prefix → what its value must match in full (subscribe-message documentation).
_VALUE_RULES = {
    "thing": r".{1,20}",
    "number": r"-?[0-9]{1,32}(\.[0-9]{1,32})?",
    "letter": r"[A-Za-z]{1,32}",
    "symbol": r"[^0-9A-Za-z\u4e00-\u9fff]{1,5}",
    "character_string": rf"[^{_HAN}]{{1,32}}",
    "time": r"[0-9年月日时分秒:：~～ /.\-]{4,64}",
    "date": r"[0-9年月日时分秒:：~～ /.\-]{4,64}",
    "amount": r"[^0-9A-Za-z]?[0-9]{1,10}(\.[0-9]{1,10})?元?",
    "phone_number": r"[0-9+\-() ]{1,17}",
    "car_number": r".{1,8}",
    "name": rf"([{_HAN}·]{{1,10}}|[A-Za-z .]{{1,20}})",
    "phrase": rf"[{_HAN}]{{1,5}}",
    "enum": r".{1,20}",
    "const": r".{1,20}",
}
_KEY = re.compile(rf"({'|'.join(_VALUE_RULES)})[0-9]+")


def register(blueprint: Blueprint) -> None:
    blueprint.post("/cgi-bin/message/subscribe/send")(send)


def send() -> ResponseReturnValue:
    require_token()
    current, body = simulator(), json_body()
    openid = text_of(body, "touser", 40003)
    template_id = text_of(body, "template_id", 40037)
    _check_options(body.get("miniprogram_state"), body.get("lang"))
    data = _checked_data(body.get("data"))
    with current.store.transaction():
        _use_grant(current, openid, template_id)
        message: Doc = {
            "id": secrets.token_hex(8),
            "openid": openid,
            "template_id": template_id,
            "page": str(body.get("page") or ""),
            "data": data,
            "sent_at": current.now(),
        }
        current.store.put("message", message["id"], message)
    return success(msgid=int(message["id"][:12], 16))


def add_grants(current: Simulator, openid: str, template_id: str, count: int) -> int:
    """The shopper accepted the prompt `count` more times; how many grants are left."""
    key = f"{openid}|{template_id}"
    with current.store.transaction():
        grant = current.store.get("grant", key) or {"left": 0}
        grant = {"openid": openid, "template_id": template_id, "left": grant["left"] + count}
        current.store.put("grant", key, grant)
    return int(grant["left"])


def _use_grant(current: Simulator, openid: str, template_id: str) -> None:
    key = f"{openid}|{template_id}"
    grant = current.store.get("grant", key)
    if grant is None or grant["left"] <= 0:
        raise MiniError(43101, "user refuse to accept the msg")
    current.store.put("grant", key, grant | {"left": grant["left"] - 1})


def _check_options(state: object, language: object) -> None:
    if state not in (None, "developer", "trial", "formal"):
        raise MiniError(40097, "invalid args: miniprogram_state")
    if language not in (None, "zh_CN", "en_US", "zh_HK", "zh_TW"):
        raise MiniError(40097, "invalid args: lang")


def _checked_data(data: Any) -> dict[str, str]:
    if not isinstance(data, dict) or not data:
        raise MiniError(47003, "argument invalid! data is empty")
    checked: dict[str, str] = {}
    for key, entry in data.items():
        match = _KEY.fullmatch(key)
        value = entry.get("value") if isinstance(entry, dict) else None
        if match is None:
            raise MiniError(47003, f"argument invalid! data.{key} is not defined")
        if not isinstance(value, str) or value == "":
            raise MiniError(47003, f"argument invalid! data.{key}.value is empty")
        if not re.fullmatch(_VALUE_RULES[match[1]], value):
            raise MiniError(47003, f"argument invalid! data.{key}.value invalid")
        checked[key] = value
    return checked
