"""Ladders over HTTP: progress and invitees for shoppers, what was given for staff."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import insert, select, update

from mall.kernel.db import db_now, transaction
from mall.messages.models import InboxMessage
from mall.orders.models import Order
from mall.referral.bindings.models import Binding
from mall.referral.invites.states import QUALIFIED, VOID, WAITING
from mall.referral.ladders.defining import stop_campaign
from mall.staff.models import AuditEntry
from mall.users.models import User
from tests.support.bringing import change_points_rule, points_rule
from tests.support.http import Http, error_code
from tests.support.ladder_invites import change, invited
from tests.support.ladders import from_now, ladder, rung
from tests.support.orders import Buyer, make_buyer
from tests.support.staff import make_staff

PATH, GRANTS = "/api/v1/ladders", "/admin/api/v1/ladder-grants"
Work = Callable[[], None]
FIRST = {"status": QUALIFIED, "orders_settled": 1}


@pytest.fixture
def staff(http: Http) -> Http:
    return http.as_(make_staff("ladder:read", "ladder:write"))


def friend(nickname: str) -> Buyer:
    buyer = make_buyer()
    with transaction() as session:
        session.execute(update(User).where(User.id == buyer.user_id).values(nickname=nickname))
    return buyer


def bound(inviter: Buyer, nickname: str) -> None:
    """Somebody came by the inviter's share and hasn't bought."""
    with transaction() as session:
        session.execute(
            insert(Binding).values(
                inviter_id=inviter.user_id,
                invitee_id=friend(nickname).user_id,
                bound_at=db_now(session),
            )
        )


def completed(buyer: Buyer) -> datetime:
    """The buyer's order was received a day ago: when that was."""
    with transaction() as session:
        moment = db_now(session) - timedelta(days=1)
        session.execute(
            update(Order)
            .where(Order.user_id == buyer.user_id)
            .values(status="completed", completed_at=moment)
        )
    return moment


def test_a_shopper_sees_steps_what_is_missing_and_what_waits(http: Http, work: Work) -> None:
    one, three, old, new = (
        points_rule(name=name) for name in ("五元", "十五元", "三单礼", "新人礼")
    )
    campaign_id = ladder(
        rung("inviter", 1, one),
        rung("inviter", 3, three),
        rung("per_invitee", 3, old),
        rung("invitee", 1, new),
        text="邀好友来逛逛",
    )
    me = make_buyer()
    path = f"{PATH}/{campaign_id}"
    mine = http.as_(me.token)
    fresh = mine.get(path).get_json()
    assert (fresh["invites"], fresh["qualified"], fresh["invited"]) == (0, 0, False)
    assert fresh["campaign"]["text"] == "邀好友来逛逛"
    assert "rule_id" not in fresh["campaign"]["rungs"][0]
    change(invited(me), **FIRST)
    change(invited(me))
    work()
    shown = mine.get(path).get_json()
    assert (shown["invites"], shown["qualified"], shown["waiting"]) == (2, 1, 1)
    rungs = {one["rung"]["name"]: one for one in shown["rungs"]}
    assert (rungs["五元"]["given"], rungs["五元"]["missing"], rungs["五元"]["hint"]) == (1, 0, None)
    assert (rungs["十五元"]["given"], rungs["十五元"]["missing"]) == (0, 1)
    assert rungs["十五元"]["hint"] == "再有 1 位好友下单"
    change(invited(me))
    work()
    rungs = {one["rung"]["name"]: one for one in mine.get(path).get_json()["rungs"]}
    assert (rungs["十五元"]["promised"], rungs["十五元"]["missing"]) == (1, 0)
    assert rungs["十五元"]["hint"] == "2 位好友的订单还在售后期或核实中"
    assert [one["id"] for one in mine.get(PATH).get_json()["items"]] == [str(campaign_id)]


def test_an_invitee_sees_their_own_side(http: Http, work: Work) -> None:
    campaign_id = ladder(rung("invitee", 1, points_rule(name="新人礼")))
    me, other = make_buyer(), make_buyer()
    invite_id = invited(other, invitee=me)
    change(invite_id)
    work()
    (own,) = http.as_(me.token).get(f"{PATH}/{campaign_id}").get_json()["rungs"]
    assert (own["counted"], own["promised"], own["hint"]) == (1, 1, "等待订单过售后期")
    change(invite_id, **FIRST)
    work()
    shown = http.as_(me.token).get(f"{PATH}/{campaign_id}").get_json()
    assert (shown["invited"], shown["rungs"][0]["given"], shown["rungs"][0]["hint"]) == (
        True,
        1,
        None,
    )
    with transaction() as session:
        (told,) = session.scalars(
            select(InboxMessage).where(InboxMessage.user_id == me.user_id)
        ).all()
    assert told.title == "邀新奖励到账"
    assert "新人礼" in told.body


def test_invitees_are_masked_and_say_why_they_wait(http: Http, work: Work) -> None:
    campaign_id = ladder(rung("inviter", 9, points_rule()), rung("per_invitee", 1, points_rule()))
    me = make_buyer()
    bound(me, "还没买")
    names = ("已计入", "在售后", "在路上", "核实中", "退款了")
    friends = {name: friend(name) for name in names}
    invites = {name: invited(me, invitee=friends[name]) for name in names}
    ended = completed(friends["在售后"])
    change(invites["已计入"], **FIRST)
    change(invites["在售后"])
    change(invites["核实中"], status=WAITING, orders_settled=1)
    change(invites["退款了"], status=VOID)
    work()
    path = f"{PATH}/{campaign_id}/invitees"
    items = http.as_(me.token).get(path).get_json()["items"]
    assert [one["name"] for one in items] == ["退**", "核**", "在**", "在**", "已**", "还**"]
    assert [(one["state"], one["reason"]) for one in items] == [
        ("gone", "gone"),
        ("waiting", "checking"),
        ("waiting", "under_way"),
        ("waiting", "return_window"),
        ("qualified", None),
        ("bound", "no_order"),
    ]
    until = datetime.fromisoformat(items[3]["until"])
    assert until == ended + timedelta(days=7)
    assert items[3]["reason_text"] == "好友的订单还在售后期"
    assert [one["state"] for one in items[4]["rewards"]] == ["granted"]
    first = http.as_(me.token).get(path, limit=4).get_json()
    rest = http.as_(me.token).get(path, limit=4, cursor=first["next_cursor"]).get_json()
    assert first["items"] + rest["items"] == items
    assert http.as_(make_buyer().token).get(path).get_json()["items"] == []


def test_campaigns_that_are_planned_or_over(http: Http, work: Work) -> None:
    me = make_buyer()
    planned = ladder(rung("inviter", 1, points_rule()), starts_at=from_now(days=2))
    over, mine = ladder(), ladder()
    stop_campaign(over, "停")
    change(invited(me), **FIRST)
    work()
    stop_campaign(mine, "停")
    reader = http.as_(me.token)
    assert error_code(reader.get(f"{PATH}/{planned}")) == "ladder_not_found"
    assert error_code(reader.get(f"{PATH}/{planned}/invitees")) == "ladder_not_found"
    assert error_code(reader.get(f"{PATH}/987654321")) == "ladder_not_found"
    assert [one["id"] for one in reader.get(PATH).get_json()["items"]] == [str(mine)]
    assert http.get(PATH).status_code == 401


def test_staff_see_rewards_and_try_refused_ones_again(http: Http, staff: Http, work: Work) -> None:
    rule_id = points_rule(budget=1)
    campaign_id = ladder(rung("inviter", 1, rule_id), rung("inviter", 2, rule_id))
    me = make_buyer()
    for _ in range(2):
        change(invited(me), **FIRST)
    work()
    listed = staff.get(GRANTS, campaign_id=campaign_id, user_id=me.user_id).get_json()["items"]
    assert [(one["needed"], one["status"], one["refusal"]) for one in listed] == [
        (2, None, "reward_budget_spent"),
        (1, "granted", None),
    ]
    (refused,) = staff.get(GRANTS, refused="true").get_json()["items"]
    path = f"{GRANTS}/{refused['id']}/retry"
    assert staff.post(path).get_json()["refusal"] == "reward_budget_spent"
    change_points_rule(rule_id, budget=2)
    assert [staff.post(path).get_json()["status"] for _ in range(2)] == ["granted", "granted"]
    assert error_code(staff.post(f"{GRANTS}/987654321/retry")) == "ladder_grant_not_found"
    assert http.as_(make_staff("ladder:read")).post(path).status_code == 403
    figures = staff.get(f"/admin/api/v1/ladder-campaigns/{campaign_id}/figures").get_json()
    assert (figures["steps"], figures["shoppers"], figures["granted"]) == (2, 1, 2)
    with transaction() as session:
        tries = session.scalars(
            select(AuditEntry.after).where(AuditEntry.action == "ladder_grant.retry")
        ).all()
    assert [one["status"] for one in tries if one] == [None, "granted"]


@pytest.mark.parametrize("wrong", [{"cursor": "x"}, {"limit": "0"}, {"user_id": "x"}])
def test_wrong_queries_are_refused(app: Flask, staff: Http, wrong: dict[str, str]) -> None:
    assert staff.get(GRANTS, **wrong).status_code == 422
