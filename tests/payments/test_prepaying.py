"""Starting a payment is on every order's path: how often it goes to PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import text

from mall.kernel.db import db
from mall.payments.prepaying import start_payment
from tests.support.http import error_code
from tests.support.payments import Shop
from tests.support.servers import LiveServer
from tests.support.statements import sent_statements


@pytest.fixture
def shop(
    app: Flask, simulator: LiveServer, live_mall: LiveServer, work: Callable[[], None]
) -> Shop:
    return Shop(app, simulator, work)


def test_a_payment_starts_in_seven_round_trips(shop: Shop) -> None:
    """Four statements here; BEGIN, COMMIT and the login's look-up make seven."""
    order_no = shop.order()
    with sent_statements() as sent:
        start_payment(shop.user_id, order_no)
    assert [statement.split()[0] for statement in sent] == ["SELECT", "SELECT", "INSERT", "UPDATE"]
    with sent_statements() as sent:
        start_payment(shop.user_id, order_no)
    assert len(sent) == 2, "the prepay_id is still fresh"
    other = shop.order()
    with sent_statements() as sent:
        shop.start(other)
    assert len(sent) + len(("BEGIN", "COMMIT")) <= 7


def test_an_attempt_that_ended_while_wechat_answered_is_closed_there_too(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_no = shop.order()
    pay = shop.app.extensions["mall.wechat"].pay
    real = type(pay).prepay

    def slow(client: object, request: object) -> str:
        prepay_id: str = real(client, request)  # type: ignore[arg-type]
        db.session.execute(
            text("UPDATE payment_attempts SET status = 'closed', next_query_at = NULL")
        )
        db.session.commit()
        return prepay_id

    monkeypatch.setattr(type(pay), "prepay", slow)
    refused = shop.shopper.post(f"/api/v1/orders/{order_no}/payment")
    assert error_code(refused) == "payment_unavailable"
    row = db.session.execute(
        text("SELECT status, prepay_id, next_query_at <= now() AS due FROM payment_attempts")
    ).one()
    assert tuple(row) == ("closed", None, True)
    monkeypatch.undo()
    shop.sweep()
    assert [payment["state"] for payment in shop.wechat_payments()] == ["CLOSED"]
