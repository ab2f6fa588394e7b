"""An order settles when its time is over and nothing of it is under way."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import select, text

from mall.aftersales import applying, settling
from mall.aftersales.settling import settle_due
from mall.kernel.db import transaction
from mall.orders.fulfilling import confirm_receipt
from mall.payments.models import Refund
from mall.payments.refunds.cancelling import cancel_refund
from mall.payments.refunds.requesting import RequestedLine, request_refund
from mall.payments.refunds.states import move_refund
from mall.shipping.commands import ship
from tests.support.aftersales import ask_back
from tests.support.invariants import check_invariants
from tests.support.races import execute
from tests.support.shipping import TestOrder, make_paid_order


@pytest.fixture
def order(app: Flask) -> Iterator[TestOrder]:
    """Two units, received."""
    order = make_paid_order(2)
    ship(order.order_no, "ZTO", "ZT0001")
    confirm_receipt(order.user_id, order.order_no)
    yield order
    check_invariants()


def end_the_time() -> None:
    execute("UPDATE orders SET completed_at = clock_timestamp() - interval '60 days'")


def test_a_refund_under_way_keeps_it_open(order: TestOrder) -> None:
    asked = RequestedLine(order.line_ids[0], 1)
    refund_no = request_refund(order.order_no, [asked], 0, "破损")
    end_the_time()
    assert settle_due() == 0
    with transaction() as session:
        refund_id = session.scalars(select(Refund.id)).one()
        assert move_refund(session, refund_id, "failed")
    assert settle_due() == 0, "staff may try it again"
    cancel_refund(refund_no)
    assert (settle_due(), settle_due()) == (1, 0)


def test_what_came_after_the_orders_were_chosen_is_seen(
    order: TestOrder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sweep looks again under its lock: an after-sale may have been committed since its
    first look, which is without any here."""
    first_look = settling.LOCK_DUE.text.replace(f"AND {settling.NOTHING_OPEN}", "")
    assert "after_sales" not in first_look
    number = ask_back(order)
    end_the_time()
    monkeypatch.setattr(settling, "LOCK_DUE", text(first_look))
    assert settle_due() == 0
    applying.cancel(order.user_id, number)
    assert settle_due() == 1
