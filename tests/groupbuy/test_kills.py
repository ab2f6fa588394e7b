"""kill -9 around the commits of teams, and in the middle of a large settlement."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from sqlalchemy import text

from mall.groupbuy.settlement import jobs
from mall.kernel.db import db
from tests.conftest import ROOT
from tests.groupbuy.dying import COMMANDS
from tests.support.dying import Die, dying
from tests.support.group_shop import GroupShop
from tests.support.groupbuy import (
    carry_out_all,
    expire,
    joined,
    make_activity,
    members_of,
    opened,
    refunds_of,
    seat_of,
    seats_of,
    team_of,
)
from tests.support.groupbuy_crowd import crowded
from tests.support.invariants import check_invariants
from tests.support.orders import make_buyer, order_of
from tests.support.payments import PAY, assert_money_is_right, wait_for
from tests.support.races import execute
from tests.support.servers import LiveServer

BOTH = pytest.mark.parametrize("when", ["before", "after"])
DUE = "SELECT count(*) FROM groupbuy_members WHERE due IS NOT NULL"
CROWD = 1_000


@pytest.fixture(scope="module")
def die(environment: dict[str, str]) -> Iterator[Die]:
    """Run a command that must die at a failpoint."""
    with dying("tests.groupbuy.dying", environment) as die:
        yield die


@BOTH
@pytest.mark.parametrize("members", [1, 3])
def test_while_a_team_is_closed(app: Flask, die: Die, when: str, members: int) -> None:
    team_id = opened(make_activity({2: 9_000, 3: 8_000, 9: 7_000}))
    for _ in range(members - 1):
        joined(team_id)
    carry_out_all()
    execute("UPDATE groupbuy_teams SET expires_at = now() - interval '1 second'")
    die(f"groupbuy.{when}_closing_commit", "close", "")
    ended = {"failed": 1, "settled": 3}
    assert (team_of(team_id).status in ended) == (when == "after")
    COMMANDS["close"]("")
    assert ended[team_of(team_id).status] == members
    assert {one.due for one in members_of(team_id)} == {"refund" if members == 1 else "settle"}
    carry_out_all()
    check_invariants()


@BOTH
def test_while_an_outcome_is_carried_out(app: Flask, die: Die, when: str) -> None:
    team_id = opened(make_activity({2: 9_000}))
    (leader,) = members_of(team_id)
    expire(team_id)
    die(f"groupbuy.{when}_outcome_commit", "do_what_is_due", str(leader.id))
    assert (members_of(team_id)[0].due is None) == (when == "after")
    COMMANDS["do_what_is_due"](str(leader.id))
    assert _refunds() == [(leader.order_id, 1)]
    check_invariants()


@BOTH
def test_while_a_difference_is_given(app: Flask, die: Die, when: str) -> None:
    team_id = opened(make_activity({2: 9_000, 3: 8_000}))
    order_no = [joined(team_id) for _ in range(2)][1]
    carry_out_all()
    expire(team_id)
    member_id = str(seat_of(order_no).id)
    die(f"groupbuy.{when}_outcome_commit", "do_what_is_due", member_id)
    for _ in range(2):
        COMMANDS["do_what_is_due"](member_id)
    assert refunds_of(order_no) == [("groupbuy:tier:", 1_000)]
    carry_out_all()
    check_invariants()


@BOTH
def test_while_a_member_leaves(app: Flask, die: Die, when: str) -> None:
    team_id, member = opened(make_activity({3: 9_000})), make_buyer()
    order_no = joined(team_id, member)
    who = f"{member.user_id} {team_id}"
    die(f"groupbuy.{when}_leaving_commit", "leave", who)
    assert seats_of(team_id) == ("forming", 0, 1 if when == "after" else 2, 0)
    if when == "before":
        COMMANDS["leave"](who)
    assert seats_of(team_id) == ("forming", 0, 1, 0)
    assert refunds_of(order_no) == [("groupbuy:leave:", order_of(order_no).paid_fen)]
    check_invariants()


@pytest.fixture
def shop(
    app: Flask, simulator: LiveServer, live_mall: LiveServer, work: Callable[[], None]
) -> GroupShop:
    return GroupShop(app, simulator, work)


@BOTH
def test_while_the_last_seat_is_paid(shop: GroupShop, die: Die, when: str) -> None:
    """The seat, the payment and the team's forming are one commit."""
    activity_id = make_activity({2: 9_000})
    team_id, leader_no = shop.opens(shop.me(), activity_id)
    member = shop.person()
    order_no = shop.takes_seat(member, activity_id, team_id)["order_no"]
    shop.fault(PAY, "drop")
    parameters = shop.starts_paying(member, order_no)
    shop.control("/request-payment", **parameters, openid=member.openid)
    shop.settle_down()
    order_id = str(order_of(order_no).id)
    die(f"payments.{when}_payment_commit", "ask_wechat", order_id)
    is_paid = when == "after"
    assert seats_of(team_id) == ("formed" if is_paid else "forming", 1 - is_paid, 1 + is_paid, 0)
    shop.let_time_pass(1)
    shop.sweep()
    shop.teams_end()
    assert seats_of(team_id) == ("settled", 0, 2, 0)
    assert [order_of(one).hold_reason for one in (leader_no, order_no)] == [None, None]
    assert_money_is_right(shop)


def test_in_the_middle_of_the_settlement_of_a_thousand(
    app: Flask, environment: dict[str, str]
) -> None:
    team_id = crowded(CROWD)
    expire(team_id)
    assert (team_of(team_id).status, team_of(team_id).tier_size) == ("settled", 500)
    execute("UPDATE groupbuy_members SET due_since = due_since - interval '3 minutes'")
    with subprocess.Popen(
        [sys.executable, "-m", "tests.groupbuy.dying", "settle"],
        cwd=ROOT,
        env={**os.environ, **environment},
    ) as settling:
        wait_for(lambda: _count(DUE) <= CROWD * 3 // 4, 120)
        settling.send_signal(signal.SIGKILL)
    left = _count(DUE)
    assert 0 < left < CROWD
    assert len(_refunds()) == CROWD - left
    jobs.carry_out_overdue.run()
    assert _count(DUE) == 0
    assert [count for _, count in _refunds()] == [1] * CROWD
    given = "SELECT sum(amount_fen), sum(refunding_fen) FROM refunds r JOIN orders o"
    assert _row(f"{given} ON o.id = r.order_id") == (CROWD * 1_000, CROWD * 1_000)
    check_invariants()


def _count(query: str) -> int:
    return int(_row(query)[0])


def _row(query: str) -> tuple[int, ...]:
    db.session.rollback()
    found = tuple(db.session.execute(text(query)).one())
    db.session.rollback()
    return found


def _refunds() -> list[tuple[int, int]]:
    """How many refunds each order has."""
    db.session.rollback()
    rows = db.session.execute(
        text("SELECT order_id, count(*) FROM refunds GROUP BY order_id ORDER BY order_id")
    )
    return [(row[0], row[1]) for row in rows]
