"""What is owed, taken back, and paid by what is owed next."""

from __future__ import annotations

import pytest
from flask import Flask

from mall.kernel.db import transaction
from mall.payouts.granter import CashGranter
from mall.payouts.owing import Back, Owed, owe
from mall.payouts.rewards_kind import REWARD
from mall.rewards.errors import RewardUnknown
from mall.rewards.granters import Part
from mall.rewards.reversing import reverse_for
from tests.support.invariants import check_invariants
from tests.support.payouts import (
    cash_rule,
    debt_of,
    owed,
    payout_of,
    payouts_of,
    rewarded,
    taken_back,
)
from tests.support.users import make_shopper


@pytest.fixture(autouse=True)
def _app(app: Flask) -> None:
    """Each test has an app, and a database of its own."""


def pay(payout_id: int) -> None:
    """As if it had been paid by hand."""
    with transaction() as session:
        payout = session.merge(payout_of(payout_id))
        payout.status, payout.way, payout.receipt = "paid", "hand", "回单 1"
        payout.paid_at = payout.created_at


def test_the_same_is_owed_once() -> None:
    user_id = make_shopper()[0]
    with transaction() as session:
        first = owe(session, user_id, Owed(REWARD, "one", 500, "奖励"))
        assert owe(session, user_id, Owed(REWARD, "one", 700, "奖励")) == first
    assert payout_of(first).amount_fen == 500
    check_invariants()


def test_what_waits_becomes_less() -> None:
    payout_id = owed(make_shopper()[0], 500)
    assert taken_back(payout_id, 200) == Back(200, 0)
    assert payout_of(payout_id).payable_fen == 300
    assert taken_back(payout_id, 300) == Back(300, 0)
    assert payout_of(payout_id).status == "void"
    check_invariants()


def test_what_was_paid_is_a_debt_that_the_next_pays_first() -> None:
    user_id = make_shopper()[0]
    first = owed(user_id, 500)
    pay(first)
    assert taken_back(first, 500) == Back(0, 500)
    assert debt_of(user_id) == 500
    small, large = owed(user_id, 200), owed(user_id, 1_000)
    assert (payout_of(small).status, payout_of(small).offset_fen) == ("void", 200)
    assert (payout_of(large).status, payout_of(large).payable_fen) == ("ready", 700)
    assert debt_of(user_id) == 0
    check_invariants()


def test_a_void_payout_that_is_taken_back_is_owed_again() -> None:
    """Its money had paid an older debt."""
    user_id = make_shopper()[0]
    first = owed(user_id, 500)
    pay(first)
    taken_back(first, 500)
    second = owed(user_id, 500)
    assert payout_of(second).status == "void"
    assert taken_back(second, 500) == Back(0, 500)
    assert debt_of(user_id) == 500
    check_invariants()


def test_what_had_paid_a_debt_is_owed_again_and_the_rest_taken_off() -> None:
    user_id = make_shopper()[0]
    first = owed(user_id, 500)
    pay(first)
    taken_back(first, 500)
    second = owed(user_id, 700)
    assert taken_back(second, 700) == Back(200, 500)
    assert (payout_of(second).status, debt_of(user_id)) == ("void", 500)
    check_invariants()


def test_cash_as_a_reward_comes_and_goes() -> None:
    user_id, _ = make_shopper()
    rule_id = cash_rule(800)
    rewarded(user_id, rule_id)
    rewarded(user_id, rule_id)
    with transaction() as session:
        reverse_for(session, "test:1", cause="test")
    (payout,) = payouts_of(user_id)
    assert (payout.status, payout.back_fen) == ("void", 800)
    check_invariants()


@pytest.mark.parametrize("fen", [9, 20_001])
def test_cash_that_wechat_wouldnt_transfer_is_no_reward(fen: int) -> None:
    with pytest.raises(RewardUnknown):
        cash_rule(fen)


def test_cash_has_a_price() -> None:
    with transaction() as session:
        assert CashGranter().cost_fen(session, Part("cash", "", 800)) == 800
