"""What is told of a payment must be about it: one transaction, and one that was paid."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.support.orders import buy, make_buyer, make_goods, order_of
from tests.support.told_payments import start_payment, tell_payment


@pytest.fixture
def order_no(app: Flask) -> str:
    return started()


def started() -> str:
    order_no = buy(make_buyer(), {make_goods(): 1})
    start_payment(order_no)
    return order_no


def test_a_transaction_pays_for_one_order(order_no: str) -> None:
    other = started()
    assert tell_payment(order_no) == "applied"
    assert tell_payment(other, transaction_id=f"T{order_no}") == "mismatch"
    assert order_of(other).status == "unpaid"
    assert tell_payment(other) == "applied"


@pytest.mark.parametrize("fen", [-1, 1])
def test_another_amount_pays_for_nothing(order_no: str, fen: int) -> None:
    """A fen too little, or too much."""
    total_fen = order_of(order_no).payable_fen + fen
    assert tell_payment(order_no, total_fen=total_fen) == "mismatch"
    assert order_of(order_no).status == "unpaid"


def test_another_transaction_than_the_one_that_is_known_is_no_repeat(order_no: str) -> None:
    assert tell_payment(order_no) == "applied"
    assert tell_payment(order_no) == "repeated"
    assert tell_payment(order_no, transaction_id="T1") == "mismatch"


@pytest.mark.parametrize("state", ["NOTPAY", "USERPAYING", "PAYERROR", "CLOSED", "REVOKED"])
def test_what_is_not_paid_pays_for_nothing(order_no: str, state: str) -> None:
    assert tell_payment(order_no, trade_state=state) == "unpaid"
    assert order_of(order_no).status == "unpaid"
    assert tell_payment(order_no) == "applied"
