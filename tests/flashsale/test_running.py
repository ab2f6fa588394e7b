"""Arming, pausing, ending, aborting: stock leaves the shelf once and comes back once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from redis import Redis
from sqlalchemy import select, text, update

from mall.catalog.models import Sku, Spu
from mall.flashsale import gate
from mall.flashsale.gate.store import Store
from mall.flashsale.models import FlashSession
from mall.flashsale.planning import jobs, running
from mall.flashsale.reconciliation.gate_state import gate_locations
from mall.kernel.db import db, transaction
from mall.kernel.redis import RedisError
from mall.staff.models import AuditEntry
from tests.support.catalog import make_sku
from tests.support.flashsale import (
    armed_session,
    item_row,
    let_it_end,
    make_item,
    make_session,
    session_row,
    soon,
)
from tests.support.http import Http, error_code
from tests.support.invariants import check_invariants
from tests.support.inventory import Units, stock, units
from tests.support.parallel import free_port
from tests.support.staff import make_staff

SESSIONS = "/admin/api/v1/flash-sessions"


@pytest.fixture
def staff(app: Flask, http: Http) -> Http:
    return http.as_(make_staff("flash:read", "flash:write"))


def gates(session_id: int) -> list[tuple[str, int]]:
    """State and left of every part of the session's gates; "missing" for none."""
    with transaction() as session:
        places = gate_locations(session, session_id)
    parts = [part for where in places.values() for part in gate.figures(where)]
    return [(part.state, part.left) if part else ("missing", 0) for part in parts]


def refusal(answer: Any) -> tuple[int, str]:
    return answer.status_code, error_code(answer)


def test_from_the_shelf_and_back(staff: Http) -> None:
    session_id = make_session()
    item_id = make_item(session_id, shelf=25)
    sku_id = item_row(item_id).sku_id
    path = f"{SESSIONS}/{session_id}"
    assert staff.post(f"{path}/arming").get_json()["state"] == "armed"
    assert (units(sku_id), gates(session_id)) == (Units(15, 10), [("open", 10)])
    check_invariants()
    assert refusal(staff.post(f"{path}/arming")) == (409, "flash_session_state")
    assert staff.post(f"{path}/pause").get_json()["state"] == "paused"
    assert staff.post(f"{path}/pause").status_code == 200
    assert gates(session_id) == [("paused", 10)]
    assert staff.delete(f"{path}/pause").get_json()["state"] == "armed"
    assert gates(session_id) == [("open", 10)]
    jobs.end()
    assert session_row(session_id).state == "armed"
    let_it_end(session_id)
    jobs.end()
    jobs.end()
    over = session_row(session_id)
    assert (over.state, over.settled_at is not None) == ("ended", True)
    assert (units(sku_id), gates(session_id)) == (Units(25), [("ended", 10)])
    assert (item_row(item_id).returned, item_row(item_id).sold) == (10, 0)
    assert not running.settle(session_id)
    check_invariants()
    assert refusal(staff.delete(f"{path}/pause")) == (409, "flash_session_state")
    trail = db.session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)).all()
    verbs = [action.removeprefix("flash_session.") for action in trail]
    assert verbs[2:] == ["armed", "paused", "armed", "ended", "settle"]


def test_once_armed_nothing_changes(staff: Http) -> None:
    session_id, (item_id,) = armed_session()
    path = f"{SESSIONS}/{session_id}"
    item = f"/admin/api/v1/flash-items/{item_id}"
    for refused in (staff.delete(path), staff.delete(item),
                    staff.put(f"{path}/readiness", {"ready": True})):  # fmt: skip
        assert refusal(refused) == (409, "flash_session_not_draft")


def test_arming_is_all_or_nothing(staff: Http) -> None:
    session_id = make_session()
    path = f"{SESSIONS}/{session_id}/arming"
    assert refusal(staff.post(path)) == (409, "flash_session_empty")
    plenty, short = make_item(session_id), make_item(session_id, stock=10, shelf=9)
    refused = staff.post(path)
    assert refusal(refused) == (409, "out_of_stock")
    for item_id in (plenty, short):
        assert units(item_row(item_id).sku_id).reserved == 0
    assert gates(session_id) == [("missing", 0)] * 2
    stock(item_row(short).sku_id, 1)
    off_shelf = select(Sku.spu_id).where(Sku.id == item_row(short).sku_id).scalar_subquery()
    with transaction() as session:
        session.execute(update(Spu).where(Spu.id == off_shelf).values(on_shelf=False))
    assert refusal(staff.post(path)) == (409, "flash_item_not_for_sale")
    with transaction() as session:
        session.execute(update(Spu).values(on_shelf=True))
        session.execute(update(Sku).values(price_fen=9_900))
    assert refusal(staff.post(path)) == (422, "flash_price_not_lower")
    with transaction() as session:
        session.execute(update(Sku).values(price_fen=9_901))
    assert staff.post(path).status_code == 200
    check_invariants()


def test_ready_sessions_arm_themselves(app: Flask) -> None:
    later, ready, short, unready = (
        make_session(starts_at=soon(seconds=ahead).isoformat(), warm_up_s=300)
        for ahead in (900, 250, 250, 250)
    )
    for session_id in (later, ready, unready):
        make_item(session_id)
    make_item(short, shelf=3)
    with transaction() as session:
        session.execute(update(FlashSession).where(FlashSession.id != unready).values(ready=True))
    jobs.arm_ready()
    states = {row: session_row(row).state for row in (later, ready, short, unready)}
    assert states == {later: "draft", ready: "armed", short: "draft", unready: "draft"}
    assert str(session_row(short).arm_error).startswith("out_of_stock")
    assert gates(ready) == [("open", 10)]


def test_a_gate_that_redis_forgot_is_loaded_by_the_job(
    app: Flask, redis: Redis, work: Callable[[], None]
) -> None:
    session_id, _ = armed_session()
    redis.flushall()
    work()  # the job that arming deferred leaves the process that armed some time
    assert gates(session_id) == [("missing", 0)]
    with transaction() as session:
        session.execute(text("UPDATE procrastinate_jobs SET scheduled_at = now()"))
    work()
    assert gates(session_id) == [("open", 10)]


def test_what_redis_forgot_is_settled_after_a_while(app: Flask, redis: Redis) -> None:
    session_id, (item_id,) = armed_session()
    redis.flushall()
    let_it_end(session_id)
    jobs.end()
    assert session_row(session_id).settled_at is None  # nobody can say that no ticket waits
    with transaction() as session:
        session.execute(
            update(FlashSession).values(ended_at=FlashSession.ended_at - 2 * jobs.PATIENCE)
        )
    jobs.end()
    assert session_row(session_id).settled_at is not None
    assert units(item_row(item_id).sku_id) == Units(10)
    check_invariants()


def test_abort(staff: Http) -> None:
    session_id, (item_id,) = armed_session()
    path = f"{SESSIONS}/{session_id}"
    assert staff.post(f"{path}/abort", {"paid": "whatever"}).status_code == 422
    aborted = staff.post(f"{path}/abort", {"paid": "refund"}).get_json()
    assert (aborted["state"], aborted["abort_paid"]) == ("aborted", "refund")
    assert gates(session_id) == [("ended", 10)]
    jobs.end()
    assert units(item_row(item_id).sku_id) == Units(10)
    assert refusal(staff.post(f"{path}/abort", {"paid": "keep"})) == (409, "flash_session_state")
    draft = make_session()
    refused = staff.post(f"{SESSIONS}/{draft}/abort", {"paid": "keep"})
    assert refusal(refused) == (409, "flash_session_state")


def test_an_aborted_slot_is_free_again(staff: Http) -> None:
    sku_id = stock(make_sku(price_fen=19_900), 20)
    session_id, _ = armed_session({"sku_id": sku_id})
    running.abort(session_id, "keep")
    again, _ = armed_session({"sku_id": sku_id})
    assert units(sku_id) == Units(0, 20)
    jobs.end()
    assert units(sku_id) == Units(10, 10)
    assert session_row(again).state == "armed"
    check_invariants()


def test_figures(staff: Http, redis: Redis) -> None:
    session_id, (item_id,) = armed_session()
    path = f"{SESSIONS}/{session_id}/figures"
    (shown,) = staff.get(path).get_json()["items"]
    assert shown["gate"] == {"state": "open", "left": 10, "queued": 0}
    counts = {name: shown[name] for name in ("stock", "left", "admitted", "ordered", "paid")}
    assert counts == {"stock": 10, "left": 10, "admitted": 0, "ordered": 0, "paid": 0}
    assert shown["item_id"] == str(item_id)
    redis.flushall()
    (shown,) = staff.get(path).get_json()["items"]
    assert shown["gate"]["state"] == "missing"
    assert refusal(staff.get(f"{SESSIONS}/77/figures")) == (404, "flash_session_not_found")


@pytest.fixture
def no_gate(app: Flask) -> Iterator[Callable[[], None]]:
    """The gate's server can't be reached, until the given function is called."""
    there = app.extensions["mall.flash_store"]
    app.extensions["mall.flash_store"] = Store(f"redis://127.0.0.1:{free_port()}/0")

    def back() -> None:
        app.extensions["mall.flash_store"] = there

    yield back
    back()


def test_without_redis_the_steps_are_taken_and_the_gate_follows(
    staff: Http, no_gate: Callable[[], None]
) -> None:
    session_id = make_session()
    item_id = make_item(session_id)
    path = f"{SESSIONS}/{session_id}"
    assert staff.post(f"{path}/arming").get_json()["state"] == "armed"
    (shown,) = staff.get(f"{path}/figures").get_json()["items"]
    assert (shown["left"], shown["gate"]) == (10, None)
    with pytest.raises(RedisError):
        jobs.bring_gate(session_id)  # it is tried again
    assert staff.post(f"{path}/pause").get_json()["state"] == "paused"
    no_gate()
    assert gates(session_id) == [("missing", 0)]
    jobs.bring_gate(session_id)
    assert gates(session_id) == [("paused", 10)]
    assert units(item_row(item_id).sku_id) == Units(0, 10)
    check_invariants()
