"""kill -9 around the commit that gives a free order's money back, and the same again."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from mall.kernel.db import db
from mall.lottery.teams.free_orders import pay_back
from tests.support.dying import Die, dying
from tests.support.groupbuy import refunds_of, seat_of
from tests.support.invariants import check_invariants
from tests.support.lottery import draw_once
from tests.support.team_draws import drawing_activity, free_orders, settled_pair


@pytest.fixture(scope="module")
def die(environment: dict[str, str]) -> Iterator[Die]:
    """Run a command that must die at a failpoint."""
    with dying("tests.lottery.teams.dying", environment) as die:
        yield die


@pytest.mark.parametrize("when", ["before", "after"])
def test_money_of_a_free_order(app: Flask, die: Die, when: str) -> None:
    activity_id, lottery_id = drawing_activity(free=2)
    (user_id, order_no), _ = settled_pair(activity_id)
    draw_once(user_id, lottery_id)
    member_id = seat_of(order_no).id
    db.session.remove()
    die(f"lottery.{when}_free_commit", "pay", str(member_id))
    assert free_orders() == [9_000 if when == "after" else None]
    pay_back(member_id)
    pay_back(member_id)
    assert free_orders() == [9_000]
    assert refunds_of(order_no) == [("lottery:free:", 9_000)]
    check_invariants()
