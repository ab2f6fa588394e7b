"""The tables of states, and the numbers that WeChat is given."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from mall.payments.callback_urls import notify_url
from mall.payments.models import PaymentAttempt, Refund
from mall.payments.numbers import new_out_trade_no, new_refund_no, out_refund_no
from mall.payments.refunds.states import REFUND_TRANSITIONS
from mall.payments.states import ATTEMPT_TRANSITIONS


def allowed(model: type[PaymentAttempt] | type[Refund]) -> set[str]:
    """The states that the table's own check lets in."""
    [check] = [c for c in model.__table__.constraints if str(c.name).endswith("_status")]  # type: ignore[attr-defined]
    return set(re.findall(r"'(\w+)'", str(check.sqltext)))


@pytest.mark.parametrize(
    ("model", "table"), [(PaymentAttempt, ATTEMPT_TRANSITIONS), (Refund, REFUND_TRANSITIONS)]
)
def test_every_state_is_in_the_table(
    model: type[PaymentAttempt] | type[Refund], table: dict[str, frozenset[str]]
) -> None:
    assert set(table) == allowed(model)
    assert {state for targets in table.values() for state in targets} <= set(table)


@pytest.mark.parametrize("state", ["succeeded", "refunded"])
def test_money_that_came_in_is_final(state: str) -> None:
    assert ATTEMPT_TRANSITIONS[state] == frozenset()


@pytest.mark.parametrize("state", ["succeeded", "canceled"])
def test_a_refund_that_is_over_is_final(state: str) -> None:
    assert REFUND_TRANSITIONS[state] == frozenset()


def test_numbers_suit_wechat_and_are_never_the_same() -> None:
    numbers = {new_out_trade_no() for _ in range(1000)} | {new_refund_no() for _ in range(1000)}
    assert len(numbers) == 2000
    assert all(re.fullmatch(r"[0-9A-Z]{20,32}", number) for number in numbers)


def test_a_refund_gets_another_number_for_each_that_wechat_closed() -> None:
    refund_no = new_refund_no()
    numbers = [out_refund_no(refund_no, generation) for generation in range(3)]
    assert numbers == [refund_no, f"{refund_no}G1", f"{refund_no}G2"]


def test_wechat_is_given_an_address_without_a_query(app: Flask) -> None:
    assert notify_url("pay").endswith("/callbacks/wechat/pay")
    assert notify_url("refund").endswith("/callbacks/wechat/refund")
    assert "?" not in notify_url("pay")
