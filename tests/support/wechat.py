"""What the shopper's phone and the WeChat console do, through the simulator's control API."""

from __future__ import annotations

from typing import Any

import requests

from tests.support.servers import LiveServer


def control(simulator: LiveServer, path: str, /, **body: Any) -> dict[str, Any]:
    """One order to the simulator."""
    reply = requests.post(f"{simulator.url}/_control{path}", json=body, timeout=10)
    assert reply.ok, reply.text
    answer: dict[str, Any] = reply.json()
    return answer


def login_code(
    simulator: LiveServer, openid: str | None = None, unionid: str | None = None
) -> tuple[str, str]:
    """What wx.login gives: (code, openid); a new person without an openid."""
    answer = control(simulator, "/login-codes", openid=openid, unionid=unionid)
    return answer["code"], answer["openid"]


def phone_code(
    simulator: LiveServer, openid: str, phone: str = "13812345678", country_code: str = "86"
) -> str:
    """What the phone button gives."""
    answer = control(
        simulator, "/phone-codes", openid=openid, phone=phone, country_code=country_code
    )
    return str(answer["code"])
