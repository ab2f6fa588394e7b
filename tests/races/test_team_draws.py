"""Draws of teams that race: a chance used while its order comes back, money paid back at once."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from flask import Flask
from sqlalchemy import text

from mall.kernel.db import transaction
from mall.kernel.errors import MallError
from mall.lottery.teams.free_orders import pay_back
from mall.lottery.teams.giving import give_to_member, take_back_of_order
from mall.orders.events import OrderRefunded
from mall.payments.refunds.causing import refund_in_full
from tests.support.groupbuy import refunds_arrive, refunds_of, seat_of
from tests.support.invariants import check_invariants
from tests.support.lottery import draw_once, of_lottery
from tests.support.races import execute, together, without_row_locks
from tests.support.team_draws import chances_of, drawing_activity, free_orders, settled_pair

AT_ONCE = 8


def take_back(order_no: str, user_id: int) -> None:
    with transaction() as session:
        take_back_of_order(session, OrderRefunded(order_no, user_id))


def presses(user_id: int, lottery_id: int, order_no: str) -> list[Callable[[], object]]:
    """A draw, and the news that the order came back."""
    return [partial(draw_once, user_id, lottery_id), partial(take_back, order_no, user_id)]


def come_back(order_no: str) -> None:
    """The whole order is refunded; what is told of it, the test tells."""
    with transaction() as session:
        refund_in_full(session, order_no, "test:back", "退货")
    refunds_arrive(order_no)


def test_a_chance_is_used_or_taken_back(app: Flask) -> None:
    activity_id, lottery_id = drawing_activity(free=20, tickets=40)
    for _ in range(6):
        (user_id, order_no), _ = settled_pair(activity_id)
        come_back(order_no)
        before = of_lottery(lottery_id, "drawn")
        found = together(app, presses(user_id, lottery_id, order_no) * 2)
        assert all(not isinstance(one, Exception) or isinstance(one, MallError) for one in found)
        drawn = of_lottery(lottery_id, "drawn") - before
        status = chances_of(activity_id)[-2]
        assert (drawn, status) in {(1, "given"), (0, "taken_back")}
    check_invariants()


def test_control_without_the_lock_of_chances_both_happen(app: Flask) -> None:
    """The check of the table refuses what the lock would have let wait."""
    activity_id, lottery_id = drawing_activity(free=20, tickets=40)
    for _ in range(10):
        (user_id, order_no), _ = settled_pair(activity_id)
        come_back(order_no)
        with without_row_locks("lottery_chances"):
            found = together(app, presses(user_id, lottery_id, order_no) * 3)
        if any(isinstance(one, Exception) and not isinstance(one, MallError) for one in found):
            return
    raise AssertionError("nobody met anybody")


def test_a_member_s_chance_by_many_workers(app: Flask) -> None:
    activity_id, _ = drawing_activity()
    (_, order_no), _ = settled_pair(activity_id)
    execute(
        "TRUNCATE lottery_chance_entries, lottery_chances",
        "UPDATE lottery_members SET status = 'due'",
    )
    member_id = seat_of(order_no).id
    together(app, [partial(give_to_member, member_id)] * AT_ONCE)
    assert chances_of(activity_id) == ["given", "due"]
    with transaction() as session:
        assert session.scalar(text("SELECT sum(given) FROM lottery_chances")) == 1


def test_money_of_a_free_order_by_many_workers(app: Flask) -> None:
    activity_id, lottery_id = drawing_activity(free=2)
    (user_id, order_no), _ = settled_pair(activity_id)
    draw_once(user_id, lottery_id)
    member_id = seat_of(order_no).id
    found = together(app, [partial(pay_back, member_id)] * AT_ONCE)
    assert found == [True] * AT_ONCE
    assert free_orders() == [9_000]
    assert refunds_of(order_no) == [("lottery:free:", 9_000)]
    check_invariants()
