"""The end of a sale while its orders close, its last tickets are drained, and all at once."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest
from flask import Flask
from sqlalchemy import func, select

from mall.flashsale.models import FlashReminder
from mall.flashsale.planning import running, sessions
from mall.flashsale.public import reminding
from mall.flashsale.settings import STARTING_TEMPLATE
from mall.kernel.db import db, transaction
from mall.messages.models import Message
from mall.orders.closing import close_unpaid
from tests.support.flash_orders import Sale, attempt, open_sale, tickets, work_through
from tests.support.flashsale import item_row, let_it_end, make_session, soon
from tests.support.inventory import units
from tests.support.orders import check_orders, make_buyer
from tests.support.races import together
from tests.support.settings import set_template
from tests.support.users import make_shopper

BUYERS = 8


def close(order_no: str) -> bool:
    with transaction() as session:
        return close_unpaid(session, order_no, "expired")


def half_drained(stock: int) -> tuple[Sale, list[str]]:
    """A sale of two items with unpaid orders, and as many attempts that still wait."""
    sale = open_sale(stock, items=2)
    buyers = [make_buyer() for _ in range(BUYERS)]
    for number, buyer in enumerate(buyers):
        attempt(sale.wheres[number % 2], buyer)
    work_through()
    orders = [note for item in sale.item_ids for _, note in tickets(item).values() if note]
    for number, buyer in enumerate(buyers):
        attempt(sale.wheres[number % 2], buyer)
    return sale, orders


@pytest.mark.parametrize("how", ["end", "abort"])
def test_settled_while_orders_close_and_tickets_are_drained(app: Flask, how: str) -> None:
    sale, orders = half_drained(10)
    assert len(orders) == BUYERS
    if how == "end":
        let_it_end(sale.session_id)
        assert running.end_if_due(sale.session_id)
    else:
        running.abort(sale.session_id, "keep")
    calls: list[Callable[[], object]] = [
        *(partial(close, order_no) for order_no in orders),
        *[partial(running.settle, sale.session_id)] * 2,
        *[work_through] * 2,
    ]
    outcomes = together(app, calls)
    faults = [one for one in outcomes if isinstance(one, Exception)]
    assert faults == []
    assert outcomes[:BUYERS] == [True] * BUYERS
    assert outcomes[BUYERS : BUYERS + 2].count(True) == 1
    work_through()
    for item_id, sku_id in zip(sale.item_ids, sale.sku_ids, strict=True):
        row = item_row(item_id)
        assert row.sold + row.returned == row.stock
        assert (units(sku_id).sellable, units(sku_id).reserved) == (row.returned, row.sold)
        assert len(tickets(item_id)) == BUYERS
    check_orders()


def test_reminders_go_out_once_however_many_sweeps(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_template(STARTING_TEMPLATE, "t" * 40)
    session_id = make_session(starts_at=soon(minutes=4).isoformat())
    sessions.set_ready(session_id, True)
    for _ in range(20):
        reminding.remind(session_id, make_shopper()[0])
    assert together(app, [reminding.send_reminders] * 4) == [None] * 4
    db.session.rollback()
    assert db.session.scalar(select(func.count()).select_from(Message)) == 20
    unsent = select(func.count()).select_from(FlashReminder).where(FlashReminder.sent_at.is_(None))
    assert db.session.scalar(unsent) == 0
