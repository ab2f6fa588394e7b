"""What a shopper does with an after-sale: with their own only, and only when it is the time."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import select

from mall.aftersales import applying
from mall.aftersales.errors import AfterSaleNotFound, AfterSaleState
from mall.aftersales.models import AfterSale
from mall.kernel.db import db
from tests.support.aftersales import ask_back
from tests.support.invariants import check_invariants
from tests.support.shipping import TestOrder, make_paid_order
from tests.support.users import make_shopper


@pytest.fixture
def order(app: Flask) -> Iterator[TestOrder]:
    """Three units at 9.90, paid, with freight."""
    yield make_paid_order(3, price_fen=990)
    check_invariants()


def after_sale(number: str) -> AfterSale:
    db.session.rollback()
    return db.session.scalars(select(AfterSale).where(AfterSale.after_sale_no == number)).one()


def test_nobody_acts_on_anothers_after_sale(order: TestOrder) -> None:
    number, (other, _) = ask_back(order, 1), make_shopper()
    with pytest.raises(AfterSaleNotFound):
        applying.cancel(other, number)
    with pytest.raises(AfterSaleNotFound):
        applying.take_offer(other, number)
    with pytest.raises(AfterSaleNotFound):
        applying.send_back(other, number, "SF", "SF7654321")
    assert after_sale(number).status == "applied"
    applying.cancel(order.user_id, number)
    assert after_sale(number).status == "canceled"


def test_nobody_takes_what_staff_havent_offered(order: TestOrder) -> None:
    number = ask_back(order, 1)
    with pytest.raises(AfterSaleState):
        applying.take_offer(order.user_id, number)
    assert after_sale(number).status == "applied"


def test_freight_that_an_after_sale_was_shown_isnt_shown_to_the_next(order: TestOrder) -> None:
    """The second asked for all that was left, so it has the freight; the first unit is left
    again afterwards."""
    first = ask_back(order, 1)
    second = ask_back(order, 2)
    freight_fen = after_sale(second).freight_fen
    assert (after_sale(first).freight_fen, freight_fen > 0) == (0, True)
    applying.cancel(order.user_id, first)
    third = ask_back(order, 1)
    assert after_sale(third).freight_fen == 0
    applying.cancel(order.user_id, second)
    applying.cancel(order.user_id, third)
    assert after_sale(ask_back(order, 3)).freight_fen == freight_fen
