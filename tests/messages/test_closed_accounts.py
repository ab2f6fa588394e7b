"""Who closed the account is told nothing more, neither by WeChat nor in the inbox."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask
from sqlalchemy import func, select

from mall.kernel.db import db, transaction
from mall.messages.models import InboxMessage, Message
from mall.messages.sending import send_soon
from mall.messages.settings import ORDER_SHIPPED_TEMPLATE
from mall.messages.shipped_message import ORDER_SHIPPED
from mall.orders.fulfilling import confirm_receipt
from mall.shipping import commands
from mall.users.closing import close_account
from tests.messages.test_messages import TEMPLATE, allow
from tests.support.http import Http
from tests.support.settings import set_template
from tests.support.shipping import TestOrder, make_paid_order


def received_order(http: Http) -> TestOrder:
    """Sent and received; the shopper allowed a message about it."""
    set_template(ORDER_SHIPPED_TEMPLATE, TEMPLATE)
    order = make_paid_order(1)
    allow(http, order.token)
    commands.ship(order.order_no, "ZTO", "A0001")
    confirm_receipt(order.user_id, order.order_no)
    return order


def statuses() -> list[str]:
    db.session.rollback()
    return list(db.session.scalars(select(Message.status)))


def inbox() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(InboxMessage)) or 0


def test_news_that_comes_after_the_closing_makes_no_message(
    app: Flask, http: Http, work: Callable[[], None]
) -> None:
    order = received_order(http)
    close_account(order.user_id)
    work()
    assert (statuses(), inbox()) == ([], 0)


def test_a_message_on_its_way_ends_without_a_word(
    app: Flask, http: Http, work: Callable[[], None]
) -> None:
    order = received_order(http)
    with transaction() as session:
        send_soon(session, ORDER_SHIPPED.name, order.order_no, order.user_id)
    close_account(order.user_id)
    work()
    assert (statuses(), inbox()) == (["stale"], 0)
