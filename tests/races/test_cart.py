"""One shopper adds many SKUs at the same moment: the cart never holds more than it may."""

from __future__ import annotations

from functools import partial

from flask import Flask
from sqlalchemy import func, insert, select

from mall.cart import commands
from mall.cart.commands import MAX_LINES, SLOT_TAKEN
from mall.cart.errors import CartFull
from mall.cart.models import CartLine
from mall.kernel.db import db, transaction
from tests.support.orders import make_buyer, make_goods
from tests.support.races import Rendezvous, slow_writes, together, without

AT_ONCE = 8
ROOM = 3


def lines_of(user_id: int) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).where(CartLine.user_id == user_id)) or 0


def nearly_full() -> int:
    """A shopper whose cart has room for ROOM more lines."""
    user_id = make_buyer().user_id
    rows = [
        {"user_id": user_id, "sku_id": make_goods(), "quantity": 1, "slot": slot + 1}
        for slot in range(MAX_LINES - ROOM)
    ]
    with transaction() as session:
        session.execute(insert(CartLine), rows)
    return user_id


def add_unguarded(others: Rendezvous, user_id: int, sku_id: int) -> None:
    """What the slots keep from happening: count, then insert."""
    with transaction() as session:
        count = select(func.count()).where(CartLine.user_id == user_id)
        if (session.scalar(count) or 0) >= MAX_LINES:
            raise CartFull
        others()
        session.execute(
            insert(CartLine).values(user_id=user_id, sku_id=sku_id, quantity=1, slot=MAX_LINES)
        )


def test_different_skus_at_once_fill_the_cart_and_no_more(app: Flask) -> None:
    user_id, skus = nearly_full(), [make_goods() for _ in range(AT_ONCE)]
    with slow_writes("cart_lines"):
        calls = [partial(commands.add, user_id, sku_id, 2) for sku_id in skus]
        outcomes = together(app, calls)
    assert outcomes.count(2) == ROOM
    assert [type(outcome) for outcome in outcomes if outcome != 2] == [CartFull] * (AT_ONCE - ROOM)
    assert lines_of(user_id) == MAX_LINES


def test_a_new_sku_at_once_is_one_line_with_all_units(app: Flask) -> None:
    user_id, sku_id = make_buyer().user_id, make_goods(100)
    with slow_writes("cart_lines"):
        outcomes = together(app, [partial(commands.add, user_id, sku_id, 1)] * AT_ONCE)
    assert sorted(n for n in outcomes if isinstance(n, int)) == list(range(1, AT_ONCE + 1))
    assert lines_of(user_id) == 1


def test_control_without_slots_the_cart_overflows(app: Flask) -> None:
    user_id, skus = nearly_full(), [make_goods() for _ in range(AT_ONCE)]
    with without(
        f"ALTER TABLE cart_lines DROP CONSTRAINT {SLOT_TAKEN}",
        f"ALTER TABLE cart_lines ADD CONSTRAINT {SLOT_TAKEN} UNIQUE (user_id, slot)",
        table="cart_lines",
    ):
        others = Rendezvous(AT_ONCE)
        together(app, [partial(add_unguarded, others, user_id, sku_id) for sku_id in skus])
        assert lines_of(user_id) == MAX_LINES - ROOM + AT_ONCE
