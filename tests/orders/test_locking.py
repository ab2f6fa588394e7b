"""The lock on an order keeps others out, and lets the checks of foreign keys pass."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from mall.kernel.db import connect_transactional, db, transaction
from mall.orders.locking import lock_order
from tests.support.orders import buy, make_buyer, make_goods


def test_a_check_of_a_foreign_key_doesnt_wait_and_a_change_does(app: Flask) -> None:
    order_no = buy(make_buyer(), {make_goods(): 1})
    with transaction() as session:
        lock_order(session, order_no)
        with connect_transactional(db.engine) as other:
            other.execute(text("SET LOCAL lock_timeout = '200ms'"))
            other.execute(text("SELECT FROM orders FOR KEY SHARE"))
            with pytest.raises(OperationalError, match="lock timeout"):
                other.execute(text("UPDATE orders SET staff_note = 'x'"))
            other.rollback()
