"""Nickname, picture and phone."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from mall.kernel.db import db
from tests.support.http import Http, error_code
from tests.support.servers import LiveServer
from tests.support.users import make_shopper
from tests.support.wechat import control, login_code, phone_code


@pytest.fixture
def shopper(http: Http, simulator: LiveServer) -> tuple[Http, str]:
    """A shopper who has just logged in, and the openid."""
    code, openid = login_code(simulator)
    token = http.post("/api/v1/sessions", {"code": code}).get_json()["token"]
    return http.as_(token), openid


def test_a_clean_nickname_is_kept(shopper: tuple[Http, str]) -> None:
    http, _ = shopper
    change = {"nickname": "阿花🌸", "avatar_url": "https://img.example.com/a.png"}
    reply = http.put("/api/v1/me", change)
    assert reply.status_code == 200, reply.text
    me = http.get("/api/v1/me").get_json()
    assert {name: me[name] for name in change} == change
    cleared = http.put("/api/v1/me", {"avatar_url": None}).get_json()
    assert (cleared["nickname"], cleared["avatar_url"]) == ("阿花🌸", None)


@pytest.mark.parametrize("nickname", ["赌博之王", "加微信领广告"])
def test_a_doubtful_nickname_is_refused(shopper: tuple[Http, str], nickname: str) -> None:
    http, _ = shopper
    reply = http.put("/api/v1/me", {"nickname": nickname, "avatar_url": "https://a.example/b"})
    assert (reply.status_code, error_code(reply)) == (422, "nickname_refused")
    me = http.get("/api/v1/me").get_json()
    assert (me["nickname"], me["avatar_url"]) == (None, None)


def test_nothing_is_set_while_wechat_is_down(
    shopper: tuple[Http, str], simulator: LiveServer
) -> None:
    http, _ = shopper
    control(simulator, "/faults", target="api", kind="http_500", path="/wxa/msg_sec_check")
    reply = http.put("/api/v1/me", {"nickname": "阿花"})
    assert (reply.status_code, error_code(reply)) == (503, "wechat_unavailable")
    assert http.get("/api/v1/me").get_json()["nickname"] is None


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"nickname": ""},
        {"nickname": "x" * 33},
        {"nickname": "a\u0007b"},
        {"avatar_url": "http://plain.example.com/a.png"},
        {"avatar_url": "javascript:alert(1)"},
        {"openid": "o1"},
        {"risk_rank": 0},
    ],
)
def test_bad_profiles(app: Flask, http: Http, body: dict[str, Any]) -> None:
    _, token = make_shopper()
    assert http.as_(token).put("/api/v1/me", body).status_code == 422


def test_the_phone_is_sealed_and_shown_masked(
    shopper: tuple[Http, str], simulator: LiveServer
) -> None:
    http, openid = shopper
    code = phone_code(simulator, openid, "13812341234")
    reply = http.put("/api/v1/me/phone", {"code": code})
    assert reply.status_code == 200, reply.text
    assert reply.get_json()["phone"] == "138****1234"
    row = db.session.execute(text("SELECT u::text, phone_sealed FROM users u")).one()
    assert "13812341234" not in row[0]
    assert b"13812341234".hex() not in row[0]
    assert bytes(row[1]).startswith(b"\x04test")
    assert http.delete("/api/v1/me/phone").status_code == 204
    assert http.get("/api/v1/me").get_json()["phone"] is None


def test_a_phone_code_of_another_or_used_is_refused(
    shopper: tuple[Http, str], simulator: LiveServer
) -> None:
    http, openid = shopper
    code = phone_code(simulator, openid)
    assert http.put("/api/v1/me/phone", {"code": code}).status_code == 200
    for bad in (code, phone_code(simulator, "o-another"), "made-up"):
        reply = http.put("/api/v1/me/phone", {"code": bad})
        assert (reply.status_code, error_code(reply)) == (400, "phone_code_invalid")
