"""An order is sent off while its address changes: no address changes behind a parcel."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest
from flask import Flask
from sqlalchemy import text

from mall.kernel.db import db
from mall.shipping.commands import ship
from mall.shipping.errors import AddressFixed
from mall.shipping.readdressing import change_address
from tests.support.races import slow_writes, together, without_row_locks
from tests.support.shipping import TestOrder, make_paid_order
from tests.support.users import WEST_LAKE


def send_to(order: TestOrder, detail: str) -> None:
    change_address(
        order.order_no,
        receiver="李四",
        phone="13900001111",
        region_code=WEST_LAKE,
        detail=detail,
        reason="买家写错地址",
    )


def ship_one(order: TestOrder, number: str) -> None:
    ship(order.order_no, "ZTO", number, {order.line_ids[0]: 1})


def changed_after_leaving(order: TestOrder) -> bool:
    """The trail has a change of the address behind a parcel."""
    db.session.rollback()
    return bool(
        db.session.scalar(
            text("""
                SELECT max(id) FILTER (WHERE action = 'order.readdress')
                     > min(id) FILTER (WHERE action = 'order.ship')
                FROM audit_entries WHERE target_id = :order_no
            """),
            {"order_no": order.order_no},
        )
    )


@pytest.mark.parametrize("slow", ["orders", "shipments", "order_lines"])
def test_no_address_changes_once_a_parcel_has_left(app: Flask, slow: str) -> None:
    order = make_paid_order(2)
    calls: list[Callable[[], object]] = [
        partial(send_to, order, "一号"),
        partial(ship_one, order, "A0001"),
        partial(send_to, order, "二号"),
        partial(ship_one, order, "A0002"),
    ]
    with slow_writes(slow, seconds=0.1):
        first, sent, second, sent_too = together(app, calls)
    assert (sent, sent_too) == (None, None)
    for outcome in (first, second):
        assert outcome is None or isinstance(outcome, AddressFixed), outcome
    assert not changed_after_leaving(order)


def test_control_without_the_lock_the_address_of_a_sent_parcel_changes(app: Flask) -> None:
    order = make_paid_order(2)
    calls: list[Callable[[], object]] = [
        partial(send_to, order, "一号"),
        partial(ship_one, order, "A0001"),
    ]
    with without_row_locks("orders"), slow_writes("orders", of="UPDATE", seconds=0.4):
        assert together(app, calls) == [None, None]
    assert changed_after_leaving(order)
