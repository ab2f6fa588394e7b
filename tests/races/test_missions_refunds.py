"""A reward that is claimed while its order goes back."""

from __future__ import annotations

import time
from functools import partial

import pytest
from flask import Flask

from mall.kernel.db import transaction
from mall.missions.board.claiming import claim
from mall.missions.board.counting import count_all
from mall.missions.board.locking import lock_missions_of
from mall.missions.board.triggers import TRIGGERS
from mall.orders.events import OrderRefunded
from mall.orders.refunding import reserve_refund, settle_refund
from tests.support.board import bought, grants, mission, missions_hold, stands, without_lock, work
from tests.support.invariants import rows_of
from tests.support.orders import lines_of, make_buyer, make_goods
from tests.support.races import slow_writes, together


def refund(order_no: str) -> None:
    """All of an order's only line has arrived at the shopper; nobody has heard of it."""
    (row,) = lines_of(order_no)
    parts = [(row.id, row.quantity, row.payable_fen)]
    with transaction() as session:
        reserve_refund(session, order_no, parts, 0, "tests")
        settle_refund(session, order_no, parts, 0, in_all=parts)


def hear_of_it(user_id: int, order_no: str) -> None:
    """A worker hears of the refund, a moment after the claim has begun."""
    time.sleep(0.1)
    trigger, event = TRIGGERS["order_paid"], OrderRefunded(order_no, user_id)
    with transaction() as session:
        missions = lock_missions_of(session, user_id)
        count_all(session, user_id, trigger, missions, trigger.facts(session, event))


def claim_while_it_goes(app: Flask) -> tuple[tuple[int, str], list[str]]:
    """How the mission stands at the end, and its rewards."""
    buyer = make_buyer()
    wanted = mission(period="once")
    order_no = bought(app, buyer, {make_goods(): 1})
    refund(order_no)
    claims = partial(claim, buyer.user_id, wanted)
    hears = partial(hear_of_it, buyer.user_id, order_no)
    with slow_writes("reward_grants", of="INSERT", seconds=0.4):
        together(app, [claims, hears])
    work(app)
    return stands(buyer.user_id, wanted), [status for _, status in grants()]


def test_a_promise_that_is_claimed_meanwhile_goes_with_the_order(app: Flask) -> None:
    assert claim_while_it_goes(app) == ((0, "open"), ["canceled"])
    missions_hold()


def test_control_without_the_lock_the_reward_stays_promised(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_lock(monkeypatch)
    assert claim_while_it_goes(app)[1] == ["pending"]
    assert rows_of("I36d")
