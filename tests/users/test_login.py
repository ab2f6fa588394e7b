"""Login by WeChat, over the simulator's real HTTP."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from marshmallow import ValidationError
from sqlalchemy import func, select, text, update

from mall.kernel.db import db, transaction
from mall.kernel.features import Mall
from mall.users import first_touch
from mall.users.events import ShopperRegistered
from mall.users.first_touch import Attribution
from mall.users.models import User, UserToken
from tests.support.features import installed
from tests.support.http import Http, error_code
from tests.support.servers import LiveServer
from tests.support.wechat import control, login_code


def fresh() -> User:
    db.session.rollback()
    return db.session.scalars(select(User)).one()


def test_the_first_login_makes_the_shopper(http: Http, simulator: LiveServer) -> None:
    code, openid = login_code(simulator, unionid="union-1")
    reply = http.post("/api/v1/sessions", {"code": code})
    assert reply.status_code == 201, reply.text
    body = reply.get_json()
    assert set(body) == {"user_id", "token", "expires_at", "is_new"}
    assert body["is_new"] is True
    assert len(body["token"]) == 43
    assert openid not in reply.text
    user = fresh()
    assert (str(user.id), user.openid, user.unionid) == (body["user_id"], openid, "union-1")
    me = http.as_(body["token"]).get("/api/v1/me").get_json()
    assert (me["id"], me["nickname"], me["phone"]) == (body["user_id"], None, None)


def test_how_a_shopper_came_is_kept_and_told_once(
    http: Http, simulator: LiveServer, work: Callable[[], None]
) -> None:
    told: list[ShopperRegistered] = []

    def install(mall: Mall) -> None:
        mall.on(ShopperRegistered, "tests.told", lambda _, event: told.append(event))

    came: dict[str, object] = {"scene": 1047, "by": {"user": "42", "tags": ["海报"]}}
    with installed(install):
        code, openid = login_code(simulator)
        http.post("/api/v1/sessions", {"code": code, "attribution": came})
        code, _ = login_code(simulator, openid)
        http.post("/api/v1/sessions", {"code": code, "attribution": "another way"})
        work()
    user_id = fresh().id
    assert told == [ShopperRegistered(user_id, came)]
    with transaction() as session:
        assert first_touch.of(session, user_id) == came


def test_a_shopper_may_come_from_nowhere(http: Http, simulator: LiveServer) -> None:
    for nothing in ({}, {"attribution": {}}, {"attribution": ""}):
        code, _ = login_code(simulator)
        assert http.post("/api/v1/sessions", {"code": code, **nothing}).status_code == 201
    assert db.session.scalar(select(func.count()).where(User.first_touch.is_(None))) == 3


def test_what_an_attribution_may_not_be(http: Http) -> None:
    long, deep = "长" * 400, {"a": {"b": {"c": {}}}}
    for attribution in (5, [], long, {"a": long}, deep, {"a": [[[]]]}, None):
        reply = http.post("/api/v1/sessions", {"code": "x", "attribution": attribution})
        assert (reply.status_code, error_code(reply)) == (422, "validation_failed"), attribution
    with pytest.raises(ValidationError):
        Attribution().deserialize({"a": float("inf")})  # 1e999 in JSON


def test_a_second_login_is_the_same_shopper(http: Http, simulator: LiveServer) -> None:
    code, openid = login_code(simulator)
    first = http.post("/api/v1/sessions", {"code": code}).get_json()
    again, _ = login_code(simulator, openid, unionid="union-late")
    second = http.post("/api/v1/sessions", {"code": again}).get_json()
    assert second["is_new"] is False
    assert second["user_id"] == first["user_id"]
    assert second["token"] != first["token"]
    assert fresh().unionid == "union-late"


def test_a_code_is_good_once(http: Http, simulator: LiveServer) -> None:
    code, _ = login_code(simulator)
    assert http.post("/api/v1/sessions", {"code": code}).status_code == 201
    for spent in (code, "made-up"):
        reply = http.post("/api/v1/sessions", {"code": spent})
        assert (reply.status_code, error_code(reply)) == (401, "login_code_invalid")


def test_a_user_whom_wechat_holds_for_risky_is_refused(http: Http, simulator: LiveServer) -> None:
    code, openid = login_code(simulator)
    control(simulator, "/users", openid=openid, blocked=True)
    reply = http.post("/api/v1/sessions", {"code": code})
    assert (reply.status_code, error_code(reply)) == (403, "account_refused")
    assert db.session.scalar(select(func.count()).select_from(User)) == 0


def test_a_shopper_whom_the_shop_blocked_is_refused(http: Http, simulator: LiveServer) -> None:
    code, openid = login_code(simulator)
    http.post("/api/v1/sessions", {"code": code})
    with transaction() as session:
        session.execute(update(User).values(blocked_at=func.now()))
    code, _ = login_code(simulator, openid)
    reply = http.post("/api/v1/sessions", {"code": code})
    assert (reply.status_code, error_code(reply)) == (403, "account_blocked")
    assert db.session.scalar(select(func.count()).select_from(UserToken)) == 1


def test_wechat_failing_is_a_503(http: Http, simulator: LiveServer) -> None:
    for errcode in (-1, 40013, 45011):
        code, _ = login_code(simulator)
        fault = {"target": "api", "kind": "errcode", "path": "/sns/jscode2session"}
        control(simulator, "/faults", **fault, error={"errcode": errcode})
        reply = http.post("/api/v1/sessions", {"code": code})
        assert (reply.status_code, error_code(reply)) == (503, "wechat_unavailable")


def test_logging_out_ends_this_login_only(http: Http, simulator: LiveServer) -> None:
    code, openid = login_code(simulator)
    here = http.as_(http.post("/api/v1/sessions", {"code": code}).get_json()["token"])
    code, _ = login_code(simulator, openid)
    there = http.as_(http.post("/api/v1/sessions", {"code": code}).get_json()["token"])
    assert here.delete("/api/v1/sessions/current").status_code == 204
    reply = here.get("/api/v1/me")
    assert (reply.status_code, error_code(reply)) == (401, "not_authenticated")
    assert there.get("/api/v1/me").status_code == 200


def test_logging_out_everywhere_ends_every_login(http: Http, simulator: LiveServer) -> None:
    code, openid = login_code(simulator)
    here = http.as_(http.post("/api/v1/sessions", {"code": code}).get_json()["token"])
    code, _ = login_code(simulator, openid)
    there = http.as_(http.post("/api/v1/sessions", {"code": code}).get_json()["token"])
    assert here.delete("/api/v1/sessions").status_code == 204
    assert [h.get("/api/v1/me").status_code for h in (here, there)] == [401, 401]


def test_bad_bodies(http: Http) -> None:
    for body in ({}, {"code": ""}, {"code": 5}, {"code": "x" * 129}, {"code": "x", "openid": "y"}):
        assert http.post("/api/v1/sessions", body).status_code == 422, body


def test_the_risk_rank_is_recorded(
    http: Http, simulator: LiveServer, work: Callable[[], None]
) -> None:
    code, openid = login_code(simulator)
    control(simulator, "/users", openid=openid, risk_rank=3)
    http.post("/api/v1/sessions", {"code": code})
    jobs = "SELECT args::text FROM procrastinate_jobs WHERE task_name = 'users.record_risk'"
    waiting = db.session.execute(text(jobs)).scalars().all()
    assert len(waiting) == 1
    assert openid not in waiting[0]
    assert "127.0.0.1" not in waiting[0]
    work()
    assert fresh().risk_rank == 3


def test_the_rank_stays_unknown_when_wechat_refuses(
    app: Flask, http: Http, simulator: LiveServer, work: Callable[[], None]
) -> None:
    code, _ = login_code(simulator)
    http.post("/api/v1/sessions", {"code": code})
    with transaction() as session:
        session.execute(update(User).values(openid="gone"))
    work()
    assert fresh().risk_rank is None
    state = db.session.scalar(text("SELECT status FROM procrastinate_jobs"))
    assert state == "succeeded"
