"""Missions that members of a community reach together."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from mall.games.communities.giving import give_due
from mall.games.communities.queries import figures as mission_figures
from mall.games.communities.queries import my_missions
from mall.kernel.db import transaction
from mall.missions.checkin.checking_in import check_in
from mall.orders.refunding import reserve_refund, settle_refund
from mall.users.closing import close_account
from tests.support.board import settle
from tests.support.communities import (
    begin,
    code_of,
    community,
    community_mission,
    finish,
    mission_draft,
    mission_terms,
)
from tests.support.events import work_off
from tests.support.http import Http, error_code
from tests.support.invariants import check_invariants
from tests.support.lottery import points_rule
from tests.support.missions import days_pass
from tests.support.orders import Buyer, buy, lines_of, make_buyer, make_goods, pay
from tests.support.packets import open_check_in
from tests.support.points import figures
from tests.support.staff import make_staff
from tests.support.users import make_shopper

ADMIN, SHOPPER = "/admin/api/v1/communities", "/api/v1/communities"
DESK = "/admin/api/v1/community-missions"


def published(staff: Http, community_id: str, **terms: Any) -> str:
    """A mission that staff composed and published."""
    draft = staff.post(f"{ADMIN}/{community_id}/missions", mission_terms(**terms))
    assert draft.status_code == 201, draft.get_json()
    mission_id = str(draft.get_json()["id"])
    body = {"replaces": 1, "accept_warnings": True}
    answer = staff.post(f"{DESK}/{mission_id}/publication", body)
    assert answer.get_json()["state"] == "upcoming", answer.get_json()
    return mission_id


def total(mission_id: int) -> tuple[int, int]:
    """The total, and how many took part."""
    with transaction() as session:
        told = mission_figures(session, mission_id)
        return told["total"], told["took_part"]


def test_three_members_reach_it_and_two_who_took_part_get_it(app: Flask, http: Http) -> None:
    open_check_in()
    staff = http.as_(make_staff("games:read", "games:write", "games:publish"))
    made = staff.post(ADMIN, {"name": "老客户群"}).get_json()
    shoppers = [make_shopper() for _ in range(4)]
    clients = [http.as_(token) for _, token in shoppers]
    for one in clients[:3]:
        joined = one.post(SHOPPER, {"code": made["code"].lower()})
        assert [each["name"] for each in joined.get_json()["items"]] == ["老客户群"]
    mission_id = published(staff, made["id"], target=2)
    begin(int(mission_id))
    path = f"{SHOPPER}/{made['id']}/missions"
    assert error_code(clients[3].get(path)) == "community_not_found"
    for place in (3, 0, 0):  # not a member; once a day
        check_in(shoppers[place][0])
        work_off()
    (shown,) = clients[0].get(path).get_json()["items"]
    assert (shown["state"], shown["total"], shown["mine"]) == ("running", 1, 1)
    check_in(shoppers[1][0])
    work_off()
    for client, mine in zip(clients[:3], (1, 1, 0), strict=True):
        (shown,) = client.get(path).get_json()["items"]
        assert (shown["state"], shown["total"], shown["mine"]) == ("reached", 2, mine)
        assert shown["rewarded"] == bool(mine)
    assert [figures(user_id)[0] for user_id, _ in shoppers] == [10, 10, 0, 0]
    check_in(shoppers[2][0])  # too late
    work_off()
    told = staff.get(f"/admin/api/v1/community-missions/{mission_id}/figures").get_json()
    assert told == {
        **{"members": 3, "took_part": 2, "total": 2, "target": 2},
        **{"due": 0, "given": 2, "refused": 0},
    }
    check_invariants()


def refund(order_no: str, units: int) -> None:
    """So many units back, the first time or after others."""
    (line,) = lines_of(order_no)
    amount = line.payable_fen * units // line.quantity
    back = line.refunded_quantity + units
    with transaction() as session:
        reserve_refund(session, order_no, [(line.id, units, amount)], 0, "staff")
        settle_refund(
            session,
            order_no,
            [(line.id, units, amount)],
            0,
            in_all=[(line.id, back, line.payable_fen * back // line.quantity)],
        )


@pytest.fixture
def buyers(app: Flask) -> list[Buyer]:
    return [make_buyer() for _ in range(2)]


def test_orders_count_once_they_are_settled_and_a_refund_before_the_goal_takes_them_back(
    app: Flask, buyers: list[Buyer]
) -> None:
    community_id = community(*(one.user_id for one in buyers))
    orders = community_mission(community_id, counts="settled_orders", target=2)
    spent = community_mission(community_id, counts="settled_fen", target=5_000)
    sku_id = make_goods(10, 1_000)
    first = buy(buyers[0], {sku_id: 2})
    pay(first)
    work_off()
    assert [total(one) for one in (orders, spent)] == [(0, 0), (0, 0)], "it may come back yet"
    settle(app, buyers[0], first)
    work_off()
    assert [total(one) for one in (orders, spent)] == [(1, 1), (2_000, 1)]
    refund(first, 1)
    work_off()
    assert [total(one)[0] for one in (orders, spent)] == [1, 1_000]
    refund(first, 1)
    work_off()
    assert [total(one) for one in (orders, spent)] == [(0, 0), (0, 0)]
    for buyer in buyers:
        order_no = buy(buyer, {sku_id: 1})
        pay(order_no)
        settle(app, buyer, order_no)
    work_off()
    assert [total(one) for one in (orders, spent)] == [(2, 2), (2_000, 2)]
    assert [figures(one.user_id)[0] for one in buyers] == [10, 10]


def test_what_was_done_before_joining_or_the_start_doesn_t_count(app: Flask) -> None:
    open_check_in()
    early, late = make_shopper()[0], make_shopper()[0]
    check_in(late)
    community_id = community(early)
    mission_id = community_mission(community_id)
    community_late = community(late)
    other = community_mission(community_late)
    check_in(early)
    work_off()
    assert (total(mission_id), total(other)) == ((1, 1), (0, 0))
    days_pass()
    finish(mission_id)
    check_in(early)
    work_off()
    assert total(mission_id) == (1, 1)
    check_invariants()


def test_ended_by_staff_nothing_counts(app: Flask, http: Http) -> None:
    open_check_in()
    staff = http.as_(make_staff("games:publish"))
    user_id, _ = make_shopper()
    mission_id = community_mission(community(user_id))
    path = f"/admin/api/v1/community-missions/{mission_id}/end"
    assert staff.post(path, {"reason": "供应商停产"}).get_json()["state"] == "ended"
    assert error_code(staff.post(path, {"reason": "再次"})) == "community_mission_over"
    check_in(user_id)
    work_off()
    assert total(mission_id) == (0, 0)
    check_invariants()


def test_who_closed_the_account_gets_nothing_and_a_refusal_is_tried_again(app: Flask) -> None:
    open_check_in()
    leaver, stayer = make_shopper()[0], make_shopper()[0]
    community_id = community(leaver, stayer)
    mission_id = community_mission(community_id, target=2)
    for user_id in (leaver, stayer):
        check_in(user_id)
    with transaction() as session:
        session.execute(
            text(
                "UPDATE reward_rules SET enabled = false WHERE id ="
                " (SELECT rule_id FROM community_missions)"
            )
        )
    work_off()
    with transaction() as session:
        assert mission_figures(session, mission_id)["refused"] == 2
        session.execute(text("UPDATE reward_rules SET enabled = true"))
    close_account(leaver)
    give_due(refused=True)
    assert figures(stayer)[0] == 10
    with transaction() as session:
        told = mission_figures(session, mission_id)
        assert (told["given"], told["due"]) == (1, 1)
        (shown,) = my_missions(session, community_id, stayer)
    assert shown["rewarded"]
    work_off()
    check_invariants()


def test_terms_that_can_t_be(app: Flask, http: Http) -> None:
    staff = http.as_(make_staff("games:write", "games:publish"))
    community_id = community()
    path = f"{ADMIN}/{community_id}/missions"
    for wrong, code in (
        ({"starts_at": "2019-01-01", "ends_at": "2020-01-01"}, "community_times_invalid"),
        ({"rule_id": "900719925"}, "community_rule_unknown"),
        ({"rule_id": str(points_rule(10, daily_cap=1))}, "community_rule_bounded"),
        ({"counts": "shares"}, "validation_failed"),
    ):
        assert error_code(staff.post(path, mission_terms(**wrong))) == code, wrong
    begun = mission_draft(community_id, starts_at="2020-01-01")
    late = staff.post(f"{DESK}/{begun}/publication", {"replaces": 1, "accept_warnings": True})
    assert error_code(late) == "community_times_invalid"


def test_a_draft_counts_nothing_and_published_terms_never_change(app: Flask, http: Http) -> None:
    open_check_in()
    staff = http.as_(make_staff("games:read", "games:write", "games:publish"))
    user_id, token = make_shopper()
    community_id = community(user_id, make_shopper()[0])
    mission_id = mission_draft(community_id)
    path, mine = f"{DESK}/{mission_id}", f"{SHOPPER}/{community_id}/missions"
    begin(mission_id)
    check_in(user_id)
    work_off()
    assert total(mission_id) == (0, 0)
    assert http.as_(token).get(mine).get_json()["items"] == []
    for early in (
        staff.put(f"{path}/pause", {"paused": True}),
        staff.post(f"{path}/end", {"reason": "供应商停产"}),
    ):
        assert error_code(early) == "community_mission_not_published"
    changed = staff.put(path, mission_terms(target=5, replaces=1)).get_json()
    assert (changed["revision"], changed["target"], changed["state"]) == (2, 5, "draft")
    cost = staff.get(f"{path}/preview").get_json()
    assert cost == {"one_fen": 10, "shoppers": 5, "expected_fen": 20, "worst_fen": 50}
    assert staff.get(f"{path}/preview", shoppers=4).get_json()["expected_fen"] == 40
    staff.post(f"{ADMIN}/{community_id}/closing")
    assert staff.get(f"{path}/preview").get_json()["worst_fen"] == 20, "nobody else joins"
    body = {"replaces": 1, "accept_warnings": True}
    assert error_code(staff.post(f"{path}/publication", body)) == "community_mission_changed"
    body["replaces"] = 2
    assert staff.post(f"{path}/publication", body).get_json()["state"] == "upcoming"
    for late in (
        staff.put(path, mission_terms(replaces=2)),
        staff.post(f"{path}/publication", body),
    ):
        assert error_code(late) == "community_mission_published"
    (shown,) = http.as_(token).get(mine).get_json()["items"]
    assert (shown["state"], shown["target"]) == ("upcoming", 5)
    check_invariants()


def test_paused_it_counts_on_and_is_reached_when_it_goes_on(app: Flask, http: Http) -> None:
    open_check_in()
    staff = http.as_(make_staff("games:read", "games:publish"))
    shoppers = [make_shopper()[0] for _ in range(3)]
    mission_id = community_mission(community(*shoppers), target=2)
    path = f"{DESK}/{mission_id}"
    for _ in range(2):
        assert staff.put(f"{path}/pause", {"paused": True}).get_json()["state"] == "paused"
    for user_id in shoppers:
        check_in(user_id)
    work_off()
    assert total(mission_id) == (3, 3)
    check_invariants()
    finish(mission_id)
    shown = staff.put(f"{path}/pause", {"paused": False}).get_json()
    assert (shown["state"], shown["total"]) == ("reached", 3)
    work_off()
    assert [figures(user_id)[0] for user_id in shoppers] == [10] * 3
    assert error_code(staff.put(f"{path}/pause", {"paused": True})) == "community_mission_over"
    check_invariants()


def test_a_closed_community_takes_nobody_in(app: Flask, http: Http) -> None:
    staff = http.as_(make_staff("games:write"))
    community_id = community()
    me = http.as_(make_shopper()[1])
    assert staff.post(f"{ADMIN}/{community_id}/closing").get_json()["closed_at"] is not None
    assert error_code(me.post(SHOPPER, {"code": code_of(community_id)})) == "community_code_unknown"
    assert me.get(SHOPPER).get_json()["items"] == []
