"""Draws that race: the last counted prize, one chance pressed at twenty times, a shopper's day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from copy import copy
from functools import partial

import pytest
from flask import Flask

from mall.kernel.db import transaction
from mall.kernel.errors import MallError
from mall.lottery.campaigns.running import end
from mall.lottery.chances import ledger
from mall.lottery.chances.buying import buy_chances
from mall.lottery.chances.ledger import give_chances
from mall.lottery.draws import queries
from mall.lottery.draws.drawing import DrawView
from tests.support.invariants import broken_invariants, check_invariants
from tests.support.lottery import (
    all_agree,
    chances,
    draw_once,
    of_lottery,
    points_rule,
    prize,
    running_lottery,
    thanks,
)
from tests.support.points import figures, give
from tests.support.races import together, without_row_locks
from tests.support.users import make_shopper

SHOPPERS, AT_ONCE = 200, 20


def outcomes(found: list[DrawView | Exception]) -> Counter[str]:
    """How many won, drew nothing, or were refused with which code."""
    return Counter(
        one.code if isinstance(one, MallError) else one.kind if isinstance(one, DrawView) else "?"
        for one in found
    )


def crowd(lottery_id: int, count: int) -> list[int]:
    """So many shoppers with one chance each."""
    shoppers = [make_shopper()[0] for _ in range(count)]
    for user_id in shoppers:
        chances(user_id, lottery_id)
    return shoppers


def test_two_hundred_shoppers_and_one_counted_prize(app: Flask) -> None:
    """All tickets but fifty are drawn: one of them has the prize, and one shopper gets it."""
    rule_id = points_rule(10)
    lottery_id = running_lottery(prize(rule_id, count=1), thanks(1), tickets=SHOPPERS - 50)
    shoppers = crowd(lottery_id, SHOPPERS)
    found: list[DrawView | Exception] = []
    for at in range(0, SHOPPERS, AT_ONCE):
        presses = [partial(draw_once, one, lottery_id) for one in shoppers[at : at + AT_ONCE]]
        found += together(app, presses)
    assert outcomes(found) == {"reward": 1, "thanks": SHOPPERS - 51, "lottery_drawn_out": 50}
    numbers = sorted(one.number for one in found if isinstance(one, DrawView))
    assert numbers == list(range(1, SHOPPERS - 49))
    assert sum(figures(one)[0] for one in shoppers) == 10
    all_agree(lottery_id)
    check_invariants()


def test_control_without_the_lottery_s_lock_draws_collide(app: Flask) -> None:
    lottery_id = running_lottery(prize(count=1), thanks(1), tickets=50)
    presses = [partial(draw_once, one, lottery_id) for one in crowd(lottery_id, AT_ONCE)]
    with without_row_locks("lotteries"):
        found = together(app, presses)
    assert outcomes(found)["?"], "several took the same number, and the key refused them"


def test_one_chance_pressed_twenty_times(app: Flask) -> None:
    user_id, _ = make_shopper()
    lottery_id = running_lottery()
    chances(user_id, lottery_id)
    found = together(app, [partial(draw_once, user_id, lottery_id)] * AT_ONCE)
    codes = outcomes(found)
    assert codes["reward"] + codes["thanks"] == 1
    assert codes["lottery_no_chance"] == AT_ONCE - 1
    assert of_lottery(lottery_id, "drawn") == 1
    check_invariants()


def test_control_a_chance_that_isn_t_looked_at_is_used_again(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What comes to use a chance believes that there is one: the check of the table refuses."""
    user_id, _ = make_shopper()
    lottery_id = running_lottery()
    chances(user_id, lottery_id)
    careless = copy(ledger._LOCK)
    careless.sql = "SELECT 1 AS given, 0 AS bought WHERE $1::bigint > 0 AND $2::bigint > 0"
    monkeypatch.setattr(ledger, "_LOCK", careless)
    found = together(app, [partial(draw_once, user_id, lottery_id)] * AT_ONCE)
    assert outcomes(found)["?"], "refused by the database alone"


def test_a_budget_for_three_is_for_three(app: Flask) -> None:
    lottery_id = running_lottery(prize(points_rule(100), weight=1), budget_fen=300)
    presses = [partial(draw_once, one, lottery_id) for one in crowd(lottery_id, AT_ONCE)]
    assert outcomes(together(app, presses)) == {"reward": 3, "lottery_budget_spent": AT_ONCE - 3}
    assert of_lottery(lottery_id, "spent_fen") == 300
    all_agree(lottery_id)
    check_invariants()


def test_a_shoppers_day_has_its_cap(app: Flask) -> None:
    user_id, _ = make_shopper()
    lottery_id = running_lottery(daily_draws=3)
    chances(user_id, lottery_id, AT_ONCE)
    found = outcomes(together(app, [partial(draw_once, user_id, lottery_id)] * AT_ONCE))
    assert found["reward"] + found["thanks"] == 3
    assert found["lottery_daily_cap"] == AT_ONCE - 3
    check_invariants()


def test_a_source_that_comes_twenty_times_gives_once(app: Flask) -> None:
    user_id, _ = make_shopper()
    lottery_id = running_lottery()

    def once() -> bool:
        with transaction() as session:
            return give_chances(session, user_id, lottery_id, 1, "order:1", ground="ordered")

    assert sorted(map(bool, together(app, [once] * AT_ONCE))) == [False] * (AT_ONCE - 1) + [True]
    with transaction() as session:
        assert queries.standing(session, lottery_id, user_id)["given"] == 1
    check_invariants()


def test_points_for_two_chances_buy_two(app: Flask) -> None:
    user_id, _ = make_shopper()
    give(user_id, 25)
    lottery_id = running_lottery(price_points=10)
    found = together(app, [partial(buy_chances, user_id, lottery_id, 1, 10)] * AT_ONCE)
    assert Counter(getattr(one, "code", None) for one in found) == {
        None: 2,
        "points_short": AT_ONCE - 2,
    }
    assert figures(user_id)[0] == 5
    check_invariants()


def test_draws_and_the_end(app: Flask) -> None:
    """Whoever draws before the end has drawn; nobody draws once the secret is out."""
    lottery_id = running_lottery()
    shoppers = crowd(lottery_id, AT_ONCE)
    presses: list[Callable[[], DrawView | None]] = [
        partial(draw_once, one, lottery_id) for one in shoppers
    ]
    found = together(app, [*presses, partial(end, lottery_id, "结束")])
    codes = outcomes([one for one in found if one is not None])
    assert codes["reward"] + codes["thanks"] == of_lottery(lottery_id, "drawn")
    assert set(codes) <= {"reward", "thanks", "lottery_over"}
    all_agree(lottery_id)
    assert not broken_invariants()
