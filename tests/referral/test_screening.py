"""Screening when events come late, when the owner changes their mind, and under bad input."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from mall.kernel.db import transaction
from mall.referral.bindings.events import ShopperBound
from mall.referral.invites.jobs import follow_waiting
from mall.referral.screening import handlers
from mall.referral.screening.jobs import let_go_below_threshold
from mall.referral.screening.settings import HOLD_FROM, SHADOW
from mall.referral.screening.traits import MOST_DEVICES
from tests.support.http import Http, error_code
from tests.support.invariants import rows_of
from tests.support.screening import (
    decide_as,
    invite_of,
    make_invitee,
    make_screener,
    order,
    settle,
    standing_of,
    work,
)
from tests.support.settings import set_setting
from tests.support.staff import make_staff
from tests.support.users import make_shopper

pytestmark = pytest.mark.usefixtures("app")
SCREENINGS = "/admin/api/v1/referral-screenings"
SAME = "one and the same device"


def check() -> None:
    codes = ("I56a", "I56b", "I57a", "I57b")
    assert {code: rows for code in codes if (rows := rows_of(code))} == {}


def told_of(binding_id: int) -> ShopperBound:
    query = text("SELECT id, inviter_id, invitee_id FROM referral_bindings WHERE id = :id")
    with transaction() as session:
        return ShopperBound(*session.execute(query, {"id": binding_id}).one())


def cluster(app: Flask, http: Http, size: int = 3) -> list[tuple[str, int]]:
    """Invitees on one device whose first orders are settled: order number and binding of each."""
    inviter_id, _ = make_shopper()
    found = []
    for _ in range(size):
        invitee, binding_id = make_invitee(app, inviter_id)
        told = http.as_(invitee.token).put("/api/v1/me/device", {"device": SAME})
        assert told.status_code == 204
        found.append((order(invitee), binding_id))
    work(app)
    settle(*(order_no for order_no, _ in found))
    work(app)
    return found


# -- events that come late --------------------------------------------------------------------


@pytest.mark.parametrize("settled", [False, True])
def test_a_binding_heard_of_after_its_order_stays_as_it_stands(app: Flask, settled: bool) -> None:
    invitee, binding_id = make_invitee(app)
    order_no = order(invitee)
    work(app)
    if settled:
        settle(order_no)
        work(app)
    before = invite_of(binding_id)
    with transaction() as session:
        handlers.screen_new_binding(session, told_of(binding_id))
    work(app)
    assert standing_of(binding_id) == ("clear", None)
    assert invite_of(binding_id) == before == ("qualified" if settled else "ordered")
    check()


def test_a_binding_that_was_voided_before_its_order_counts_for_nothing(app: Flask) -> None:
    invitee, binding_id = make_invitee(app)
    decide_as(make_screener(), binding_id, "void")
    order_no = order(invitee)
    work(app)
    assert invite_of(binding_id) == "void"
    settle(order_no)
    work(app)
    assert (invite_of(binding_id), standing_of(binding_id)[0]) == ("void", "void")
    decide_as(make_screener(), binding_id, "release", "查明是本人")
    work(app)
    assert invite_of(binding_id) == "qualified", "what was settled meanwhile counts"
    check()


# -- the owner changes their mind -------------------------------------------------------------


def test_invites_that_waited_count_once_the_shop_only_looks_on(app: Flask, http: Http) -> None:
    bindings = [binding_id for _, binding_id in cluster(app, http)]
    assert {invite_of(one) for one in bindings} == {"waiting"}
    decide_as(make_screener(), bindings[0], "void")
    set_setting(SHADOW, True)
    follow_waiting()
    work(app)
    assert [invite_of(one) for one in bindings] == ["void", "qualified", "qualified"]
    assert [standing_of(one)[0] for one in bindings] == ["void", "held", "held"]
    follow_waiting()
    check()


def test_a_higher_threshold_lets_go_what_no_staff_member_held(app: Flask, http: Http) -> None:
    bindings = [binding_id for _, binding_id in cluster(app, http)]
    decide_as(make_screener(), bindings[0], "hold")
    set_setting(HOLD_FROM, 71)
    let_go_below_threshold()
    work(app)
    assert [invite_of(one) for one in bindings] == ["waiting", "qualified", "qualified"]
    assert standing_of(bindings[1]) == ("clear", None)
    check()


# -- what is kept -----------------------------------------------------------------------------


def test_a_shopper_has_so_many_devices_and_no_flood_hides_the_first(http: Http) -> None:
    user_id, token = make_shopper()
    shopper = http.as_(token)
    for number in (0, *range(MOST_DEVICES + 5), 0):
        sent = shopper.put("/api/v1/me/device", {"device": f"device number {number}"})
        assert sent.status_code == 204
    query = text("SELECT count(*) FROM referral_traits WHERE user_id = :id AND kind = 'device'")
    with transaction() as session:
        assert session.scalar(query, {"id": user_id}) == MOST_DEVICES


def test_staff_see_what_a_threshold_would_hold(app: Flask, http: Http) -> None:
    cluster(app, http)
    set_setting(SHADOW, True)
    make_invitee(app)
    staff = http.as_(make_staff("referral:read"))
    found = staff.get(f"{SCREENINGS}/summary", days=7).get_json()
    tens = {one["from_score"]: one for one in found["items"]}
    held = sum(one["held"] for one in tens.values())
    assert (found["days"], found["hold_from"], found["shadow"]) == (7, HOLD_FROM.get(), True)
    assert held == 3
    assert sum(one["waiting"] for one in tens.values()) == 1
    assert all(not one["held"] for score, one in tens.items() if score < HOLD_FROM.get())
    assert {score: one["reaching"] for score, one in tens.items()} == {0: 3, 70: 3}


# -- bad input --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "query",
    [
        {"status": "guilty"},
        {"from_score": 101},
        {"from_score": -1},
        {"inviter_id": "x"},
        {"limit": 101},
        {"unknown": 1},
    ],
)
def test_wrong_queries_are_refused(http: Http, query: dict[str, Any]) -> None:
    staff = http.as_(make_staff("referral:read"))
    assert staff.get(SCREENINGS, **query).status_code == 422


@pytest.mark.parametrize("days", [0, 91, "week"])
def test_wrong_summaries_are_refused(http: Http, days: object) -> None:
    staff = http.as_(make_staff("referral:read"))
    assert staff.get(f"{SCREENINGS}/summary", days=days).status_code == 422


@pytest.mark.parametrize(
    "body",
    [
        {"binding_ids": [], "decision": "void", "reason": "x"},
        {"binding_ids": ["1; DROP TABLE users"], "decision": "void", "reason": "x"},
        {"binding_ids": ["-1"], "decision": "void", "reason": "x"},
        {"binding_ids": "1", "decision": "void", "reason": "x"},
        {"binding_ids": ["1"], "decision": "void", "reason": ""},
        {"binding_ids": ["1"], "decision": "void", "reason": "x" * 201},
        {"binding_ids": ["1"], "decision": "clear", "reason": "x"},
        {"binding_ids": ["1"], "decision": "void", "reason": "x", "score": 0},
    ],
)
def test_wrong_bulk_decisions_are_refused(http: Http, body: dict[str, Any]) -> None:
    staff = http.as_(make_staff("referral:write"))
    assert staff.post(f"{SCREENINGS}/decisions", body).status_code == 422


def test_a_bulk_with_one_id_twice_decides_it_once(app: Flask, http: Http) -> None:
    _, binding_id = make_invitee(app)
    staff = http.as_(make_staff("referral:write"))
    ids = [str(binding_id)] * 2
    sent = staff.post(
        f"{SCREENINGS}/decisions", {"binding_ids": ids, "decision": "hold", "reason": "可疑"}
    )
    assert sent.get_json()["items"] == [{"binding_id": str(binding_id), "outcome": "changed"}]


def test_shoppers_and_those_who_only_read_decide_nothing(app: Flask, http: Http) -> None:
    invitee, binding_id = make_invitee(app)
    body = {"decision": "release", "reason": "放行"}
    path = f"{SCREENINGS}/{binding_id}"
    assert http.put(path, body).status_code == 401
    assert http.as_(invitee.token).put(path, body).status_code == 401
    refused = http.as_(make_staff("referral:read")).put(path, body)
    assert (refused.status_code, error_code(refused)) == (403, "not_permitted")
    assert standing_of(binding_id) == ("waiting", None)
