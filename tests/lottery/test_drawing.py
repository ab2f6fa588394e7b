"""Draws: what they use, give and leave behind."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from mall.kernel.db import transaction
from mall.kernel.errors import MallError
from mall.lottery.campaigns.running import end, end_due, pause
from mall.lottery.chances.buying import buy_chances, return_unused
from mall.lottery.draws.drawing import draw
from mall.lottery.draws.winning import give_all_refused
from mall.rewards.commands import change_rule
from mall.rewards.schemas import RewardRuleInSchema
from mall.users.closing import close_account, losses
from tests.support.invariants import check_invariants
from tests.support.lottery import (
    NONCE,
    all_agree,
    begin,
    chances,
    draw_once,
    finish,
    of_lottery,
    points_rule,
    prize,
    published,
    running_lottery,
    tamper,
    thanks,
)
from tests.support.points import figures, give
from tests.support.users import make_shopper


def refusal_of(user_id: int, lottery_id: int) -> str:
    with pytest.raises(MallError) as refused:
        draw_once(user_id, lottery_id)
    return refused.value.code


def test_a_win_is_given_at_once(app: Flask) -> None:
    user_id, _ = make_shopper()
    lottery_id = running_lottery(prize(points_rule(70), weight=1))
    chances(user_id, lottery_id)
    made = draw_once(user_id, lottery_id)
    assert (made.number, made.prize, made.refusal) == (1, 0, None)
    assert figures(user_id)[0] == 70
    assert refusal_of(user_id, lottery_id) == "lottery_no_chance"
    all_agree(lottery_id)
    check_invariants()


def test_counted_prizes_are_all_won_by_the_last_ticket(app: Flask) -> None:
    user_id, _ = make_shopper()
    lottery_id = running_lottery(
        prize(count=3), prize(weight=1, name="小奖"), thanks(3), tickets=12
    )
    chances(user_id, lottery_id, 13)
    drawn = [draw_once(user_id, lottery_id).prize for _ in range(12)]
    assert drawn.count(0) == 3
    assert of_lottery(lottery_id, "left_counts") == [0, 0, 0]
    assert refusal_of(user_id, lottery_id) == "lottery_drawn_out"
    all_agree(lottery_id)
    check_invariants()
    assert end_due() == 1, "nothing is left to draw"
    assert refusal_of(user_id, lottery_id) == "lottery_over"


def test_the_guarantee_comes_with_its_draw(app: Flask) -> None:
    user_id, _ = make_shopper()
    lottery_id = running_lottery(
        prize(count=1, name="大奖"),
        prize(weight=0),
        thanks(1),
        tickets=1_000_000,
        guarantee={"draws": 3, "prize": 1},
    )
    chances(user_id, lottery_id, 7)
    made = [draw_once(user_id, lottery_id) for _ in range(7)]
    assert [one.number for one in made if one.guaranteed] == [3, 6]
    all_agree(lottery_id)
    check_invariants()


def test_a_budget_is_never_passed(app: Flask) -> None:
    """Whoever could still win the dearest prize may draw; then nobody."""
    user_id, _ = make_shopper()
    lottery_id = running_lottery(prize(points_rule(100), weight=1), budget_fen=250)
    chances(user_id, lottery_id, 5)
    draws = [draw_once(user_id, lottery_id) for _ in range(2)]
    assert [one.prize for one in draws] == [0, 0]
    assert refusal_of(user_id, lottery_id) == "lottery_budget_spent"
    assert of_lottery(lottery_id, "spent_fen") == 200
    check_invariants()


def test_a_shoppers_day_is_bounded(app: Flask) -> None:
    user_id, _ = make_shopper()
    lottery_id = running_lottery(daily_draws=2)
    chances(user_id, lottery_id, 3)
    for _ in range(2):
        draw_once(user_id, lottery_id)
    assert refusal_of(user_id, lottery_id) == "lottery_daily_cap"
    with transaction() as session:
        session.execute(text("UPDATE lottery_shoppers SET day = day - 1"))
    draw_once(user_id, lottery_id)
    check_invariants()


def test_only_a_running_lottery_is_drawn_from(app: Flask) -> None:
    user_id, _ = make_shopper()
    lottery_id = published()
    chances(user_id, lottery_id, 3)
    assert refusal_of(user_id, lottery_id) == "lottery_not_started"
    begin(lottery_id)
    pause(lottery_id, True)
    assert refusal_of(user_id, lottery_id) == "lottery_paused"
    pause(lottery_id, False)
    draw_once(user_id, lottery_id)
    finish(lottery_id)
    assert refusal_of(user_id, lottery_id) == "lottery_over"
    assert refusal_of(user_id, 987654321) == "lottery_not_found"
    check_invariants()


def test_the_end_reveals_the_secret(app: Flask) -> None:
    lottery_id = running_lottery()
    assert of_lottery(lottery_id, "secret") is None
    end(lottery_id, "奖品供应商倒闭")
    secret = of_lottery(lottery_id, "secret")
    with transaction() as session:
        hashed = session.scalar(
            text("SELECT encode(sha256(decode(:secret, 'hex')), 'hex')"), {"secret": secret}
        )
    assert hashed == of_lottery(lottery_id, "commitment")
    assert end_due() == 0


def test_a_refused_prize_is_given_later(app: Flask) -> None:
    user_id, _ = make_shopper()
    rule_id = points_rule(40)
    lottery_id = running_lottery(prize(rule_id, weight=1))
    chances(user_id, lottery_id, 1)
    body = {"name": "抽奖积分", "reward": [{"kind": "points", "count": 40}]}
    change_rule(rule_id, **RewardRuleInSchema().load({**body, "enabled": False}))
    assert draw_once(user_id, lottery_id).refusal == "reward_rule_paused"
    assert give_all_refused() == 1
    assert figures(user_id)[0] == 0
    change_rule(rule_id, **RewardRuleInSchema().load(body))
    assert give_all_refused() == 1
    assert figures(user_id)[0] == 40
    assert give_all_refused() == 0
    check_invariants()


def test_bought_chances_are_used_last_and_come_back(app: Flask) -> None:
    user_id, _ = make_shopper()
    give(user_id, 100)
    lottery_id = running_lottery(thanks(1), prize(count=1), tickets=1_000_000, price_points=10)
    chances(user_id, lottery_id)
    buy_chances(user_id, lottery_id, 2, 10)
    buy_chances(user_id, lottery_id, 1, 10)
    assert figures(user_id)[0] == 70
    draw_once(user_id, lottery_id)
    draw_once(user_id, lottery_id)
    assert return_unused() == 0, "it isn't over"
    end(lottery_id, "提前结束")
    check_invariants()
    assert return_unused() == 1
    assert figures(user_id)[0] == 90, "two of three bought ones were left"
    assert return_unused() == 0
    check_invariants()


def test_a_closed_account_draws_nothing_more(app: Flask) -> None:
    """What it won and couldn't get stays so; the points of its unused chances are gone."""
    user_id, _ = make_shopper()
    give(user_id, 10)
    rule_id = points_rule(40)
    lottery_id = running_lottery(prize(rule_id, weight=1), price_points=10)
    chances(user_id, lottery_id, 2)
    buy_chances(user_id, lottery_id, 1, 10)
    body = {"name": "抽奖积分", "reward": [{"kind": "points", "count": 40}]}
    change_rule(rule_id, **RewardRuleInSchema().load({**body, "enabled": False}))
    draw_once(user_id, lottery_id)
    change_rule(rule_id, **RewardRuleInSchema().load(body))
    with transaction() as session:
        told = [one.message for one in losses(session, user_id)]
    assert "2 次抽奖机会将作废" in told
    close_account(user_id)
    assert refusal_of(user_id, lottery_id) == "account_closed"
    assert give_all_refused() == 0
    end(lottery_id, "结束")
    assert return_unused() == 1
    assert figures(user_id)[0] == 0
    check_invariants()


@pytest.mark.parametrize(
    ("terms", "points", "code"),
    [
        ({}, 10, "lottery_chance_not_sold"),
        ({"price_points": 10}, 9, "lottery_price_changed"),
        ({"price_points": 20}, 20, "points_short"),
    ],
)
def test_what_buying_refuses(app: Flask, terms: dict[str, int], points: int, code: str) -> None:
    user_id, _ = make_shopper()
    give(user_id, 10)
    lottery_id = running_lottery(**terms)
    with pytest.raises(MallError) as refused:
        buy_chances(user_id, lottery_id, 1, points)
    assert refused.value.code == code
    assert figures(user_id)[0] == 10


def test_the_same_nonce_of_two_draws_brings_two_numbers(app: Flask) -> None:
    user_id, _ = make_shopper()
    lottery_id = running_lottery()
    chances(user_id, lottery_id, 2)
    assert draw(user_id, lottery_id, NONCE).random != draw(user_id, lottery_id, NONCE).random


@pytest.mark.parametrize(
    "change", ["UPDATE {} SET created_at = now()", "DELETE FROM {}", "UPDATE {} SET lottery_id = 2"]
)
@pytest.mark.parametrize("table", ["lottery_versions", "lottery_draws", "lottery_chance_entries"])
def test_what_is_proof_never_changes(app: Flask, table: str, change: str) -> None:
    with pytest.raises(DBAPIError, match="never change"), transaction() as session:
        session.execute(text(change.format(table)))


def test_tamper_is_what_the_trigger_keeps_off(app: Flask) -> None:
    """The support of the tests gets past it, so that others show what is found then."""
    user_id, _ = make_shopper()
    lottery_id = running_lottery()
    chances(user_id, lottery_id)
    draw_once(user_id, lottery_id)
    tamper(lottery_id, 1, "nonce = 'another-nonce-000'")
    with pytest.raises(AssertionError):
        all_agree(lottery_id)
