"""Staff login: one answer for every failure, an exact lock, sessions that end."""

from __future__ import annotations

from time import perf_counter

import pytest
from flask import Flask
from sqlalchemy import select, text, update

from mall.kernel.db import db, transaction
from mall.staff import sessions
from mall.staff.admins import create_admin, reset_password_of
from mall.staff.models import AuditEntry, StaffMember
from tests.support.http import Http, error_code

LOGIN = "/admin/api/v1/sessions"


@pytest.fixture
def password(app: Flask) -> str:
    made = create_admin("boss")
    assert made is not None
    return made


def attempt(http: Http, password: str, username: str = "boss") -> int:
    return http.post(LOGIN, {"username": username, "password": password}).status_code


def test_login_and_logout(http: Http, password: str) -> None:
    reply = http.post(LOGIN, {"username": "Boss", "password": password})
    assert reply.status_code == 201, reply.text
    token = reply.get_json()["token"]
    me = http.as_(token).get("/admin/api/v1/me").get_json()
    assert (me["staff"]["username"], me["permissions"]) == ("boss", ["*"])
    assert "password" not in str(me)
    assert http.as_(token).delete(LOGIN + "/current").status_code == 204
    assert http.as_(token).get("/admin/api/v1/me").status_code == 401


def test_nothing_secret_is_stored_in_clear(http: Http, password: str) -> None:
    token = http.post(LOGIN, {"username": "boss", "password": password}).get_json()["token"]
    for table in ("staff_members", "staff_sessions", "audit_entries"):
        stored = str(db.session.execute(text(f"SELECT t::text FROM {table} t")).all())
        assert token not in stored
        assert password not in stored
    assert db.session.scalars(select(StaffMember.password_hash)).one().startswith("$argon2id$")


def test_five_failures_lock_even_for_the_right_password(http: Http, password: str) -> None:
    for _ in range(4):
        assert attempt(http, "wrong") == 401
    assert attempt(http, password) == 201  # and the count starts anew
    for _ in range(5):
        assert attempt(http, "wrong") == 401
    reply = http.post(LOGIN, {"username": "boss", "password": password})
    assert (reply.status_code, error_code(reply)) == (401, "login_failed")
    assert "staff.lock" in db.session.scalars(select(AuditEntry.action)).all()
    with transaction() as session:
        session.execute(
            update(StaffMember).values(locked_until=text("now() - interval '1 second'"))
        )
    assert attempt(http, "wrong") == 401
    assert attempt(http, password) == 201


def test_the_lock_lasts_fifteen_minutes(http: Http, password: str) -> None:
    for _ in range(5):
        attempt(http, "wrong")
    left = db.session.scalar(
        text("SELECT extract(epoch FROM locked_until - now()) FROM staff_members")
    )
    assert 890 < float(left) <= 900


def test_every_failure_has_the_same_answer(http: Http, password: str) -> None:
    def answer(username: str, given: str) -> object:
        reply = http.post(LOGIN, {"username": username, "password": given})
        body = reply.get_json()["error"]
        return reply.status_code, {**body, "request_id": None}

    unknown = answer("nobody", "wrong")
    answers = [answer("boss", "wrong") for _ in range(5)]
    answers.append(answer("boss", password))  # locked by now
    with transaction() as session:
        session.execute(
            update(StaffMember).values(
                locked_until=None, failed_logins=0, disabled_at=text("now()")
            )
        )
    answers.append(answer("boss", password))
    assert all(each == unknown for each in answers)


def test_an_unknown_name_takes_as_long(http: Http, password: str) -> None:
    def seconds(username: str) -> float:
        started = perf_counter()
        attempt(http, "wrong", username)
        return perf_counter() - started

    seconds("nobody")
    # In turns, and the shortest of each: what else the machine does lengthens single ones.
    pairs = [(seconds("boss"), seconds("nobody")) for _ in range(9)]
    known, unknown = map(min, zip(*pairs, strict=True))
    assert 0.5 < unknown / known < 2


def test_an_expired_session_is_refused_and_use_slides_it(http: Http, password: str) -> None:
    token = http.post(LOGIN, {"username": "boss", "password": password}).get_json()["token"]
    for left, status in (("10 minutes", 200), ("-1 second", 401)):
        with transaction() as session:
            session.execute(
                text(f"UPDATE staff_sessions SET expires_at = now() + interval '{left}'")
            )
        assert http.as_(token).get("/admin/api/v1/me").status_code == status
        if status == 200:
            minutes = db.session.scalar(
                text("SELECT extract(epoch FROM expires_at - now()) / 60 FROM staff_sessions")
            )
            assert float(minutes) > 479
    sessions.forget_expired_sessions()
    assert db.session.scalar(text("SELECT count(*) FROM staff_sessions")) == 0


def test_changing_the_password_ends_every_session(http: Http, password: str) -> None:
    token = http.post(LOGIN, {"username": "boss", "password": password}).get_json()["token"]
    other = http.post(LOGIN, {"username": "boss", "password": password}).get_json()["token"]
    boss = http.as_(token)

    def change(current: str, new: str) -> str | int:
        body = {"current_password": current, "new_password": new}
        reply = boss.put("/admin/api/v1/me/password", body)
        return reply.status_code if reply.status_code == 204 else error_code(reply)

    assert change("wrong", "a new password 1") == "login_failed"
    assert change(password, "short") == "weak_password"
    assert change(password, password) == "weak_password"
    assert change(password, "a new password 1") == 204
    for old in (token, other):
        assert http.as_(old).get("/admin/api/v1/me").status_code == 401
    assert attempt(http, password) == 401
    assert attempt(http, "a new password 1") == 201


def test_a_reset_by_command_ends_sessions_and_lifts_the_lock(http: Http, password: str) -> None:
    token = http.post(LOGIN, {"username": "boss", "password": password}).get_json()["token"]
    for _ in range(5):
        attempt(http, "wrong")
    renewed = reset_password_of("boss")
    assert http.as_(token).get("/admin/api/v1/me").status_code == 401
    assert attempt(http, renewed) == 201
