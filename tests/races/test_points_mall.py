"""Exchanges that race: the last unit, the last points, one code, a shopper's limit."""

from __future__ import annotations

import threading
from collections import Counter
from functools import partial

import pytest
from flask import Flask
from sqlalchemy import text

from mall.kernel.db import transaction
from mall.points.exchange.codes import delivering
from mall.points.exchange.items import stock as items_stock
from mall.points.exchange.items.stock import lock_item
from mall.points.exchange.orders.participant import ExchangeParticipant
from tests.support.catalog import make_sku
from tests.support.exchange import (
    code_statuses,
    deliver,
    exchanged,
    make_code_item,
    make_item,
    make_rich_buyer,
    stock_of,
)
from tests.support.invariants import broken_invariants, check_invariants
from tests.support.inventory import stock
from tests.support.orders import Buyer, order_of
from tests.support.points import figures, give, hold
from tests.support.races import slow_writes, together, without
from tests.support.unguarded import unguarded_points
from tests.support.waiting import eventually

CARELESS_SALE = text(
    "UPDATE exchange_items SET sold = sold + :units WHERE id = :item_id RETURNING id"
)
WAITING = text("SELECT count(*) FROM pg_locks WHERE locktype = 'transactionid' AND NOT granted")
CARELESS_CODE = text(
    """
    UPDATE exchange_codes
    SET status = 'delivered', order_id = :order_id, delivered_at = clock_timestamp()
    WHERE id = (SELECT id FROM exchange_codes WHERE item_id = :item_id AND status = 'free'
                AND :min_days >= 0 ORDER BY id LIMIT 1)
    RETURNING id
    """
)


def names(found: list[object]) -> Counter[str]:
    return Counter(type(one).__name__ for one in found)


def careless_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    """For a control: exchanges of one item don't wait for each other."""
    monkeypatch.setattr(ExchangeParticipant, "lock", lambda *_: None)


def last_unit(app: Flask) -> Counter[str]:
    """Four shoppers want an item's last unit at once; another item has some of the SKU, too."""
    buyers = [make_rich_buyer() for _ in range(4)]
    sku_id = stock(make_sku(5_000), 10)
    item = make_item(1, sku_id=sku_id)
    make_item(5, sku_id=sku_id)
    with slow_writes("exchange_orders", of="INSERT", seconds=0.1):
        return names(together(app, [partial(exchanged, buyer, item) for buyer in buyers]))


def test_the_last_unit_is_exchanged_once(app: Flask) -> None:
    assert last_unit(app) == {"Exchanged": 1, "ExchangeSoldOut": 3}
    check_invariants()


def test_control_without_the_lock_and_the_conditions(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other item loses its units."""
    careless_lock(monkeypatch)
    monkeypatch.setattr(items_stock, "_SELL", CARELESS_SALE)
    with without(
        "ALTER TABLE exchange_items DROP CONSTRAINT ck_exchange_items_stock",
        "ALTER TABLE exchange_items ADD CONSTRAINT ck_exchange_items_stock"
        " CHECK (sold >= 0 AND stock >= sold)",
        table="exchange_items",
    ):
        assert last_unit(app)["Exchanged"] > 1
        assert "I46a" in str(broken_invariants())


def limited(app: Flask) -> Counter[str]:
    """One shopper exchanges four times at once what they may have once."""
    buyer = make_rich_buyer()
    item = make_item(limit_units=1, limit_period="day")
    with slow_writes("exchange_orders", of="INSERT", seconds=0.1):
        return names(together(app, [partial(exchanged, buyer, item) for _ in range(4)]))


def test_a_limit_holds_at_once(app: Flask) -> None:
    assert limited(app) == {"Exchanged": 1, "ExchangeLimitReached": 3}
    check_invariants()


def test_control_a_limit_without_the_items_lock(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    careless_lock(monkeypatch)
    assert limited(app)["Exchanged"] > 1


def test_the_price_is_that_of_the_item_once_it_is_held(app: Flask) -> None:
    """Staff's change wasn't there yet when the order was priced."""
    buyer, item, changing = make_rich_buyer(), make_item(), threading.Event()

    def change() -> None:
        with transaction() as session:
            lock_item(session, item)
            session.execute(text("UPDATE exchange_prices SET points = points - 1"))
            changing.set()
            eventually(lambda: bool(session.scalar(WAITING)), pause_s=0.01)

    def press() -> object:
        assert changing.wait(30)
        return exchanged(buyer, item)

    assert names(together(app, [change, press])) == {"NoneType": 1, "ExchangePriceChanged": 1}
    assert (figures(buyer.user_id), stock_of(item)) == ((1_000, 0, 0, 0), (5, 0))
    check_invariants()


def just_enough(app: Flask) -> tuple[Counter[str], Buyer]:
    """Points for one of two exchanges of different items, or for an order's hold."""
    buyer = make_rich_buyer(0)
    give(buyer.user_id, 100)
    first, second = make_item(), make_item()
    calls = [
        partial(exchanged, buyer, first),
        partial(exchanged, buyer, second),
        partial(hold, buyer.user_id, "order:1", 100),
    ]
    with slow_writes("points_accounts", of="UPDATE", seconds=0.1):
        return names(together(app, calls)), buyer


def test_points_that_are_just_enough_are_spent_once(app: Flask) -> None:
    found, buyer = just_enough(app)
    assert (found["PointsShort"], sum(found.values())) == (2, 3)
    assert figures(buyer.user_id)[0] == 0
    check_invariants()


def test_control_points_without_the_ledgers_guards(app: Flask) -> None:
    with unguarded_points():
        assert just_enough(app)[0]["PointsShort"] != 2


def one_code(app: Flask) -> list[str]:
    """Two paid orders, and one code left: the states of both after their deliveries at once."""
    item = make_code_item("VIP-2026-0001", "VIP-2026-0002")
    orders = [exchanged(make_rich_buyer(), item).order_no for _ in range(2)]
    with transaction() as session:
        session.execute(
            text(
                "UPDATE exchange_codes SET status = 'withdrawn'"
                " WHERE id = (SELECT max(id) FROM exchange_codes)"
            )
        )
    with slow_writes("exchange_codes", of="UPDATE", seconds=0.2):
        together(app, [partial(deliver, order_no) for order_no in orders])
    assert "free" not in code_statuses(item)
    return sorted(order_of(order_no).status for order_no in orders)


def test_one_code_for_two_buyers_is_delivered_once(app: Flask) -> None:
    assert one_code(app) == ["closed", "completed"]
    check_invariants()


def test_control_a_code_that_is_only_looked_at(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivering, "_TAKE_UNLOCKED", CARELESS_CODE)
    assert one_code(app) == ["completed", "completed"]
    assert "I46d" in str(broken_invariants())


def test_deliveries_at_once_give_each_order_a_code_of_its_own(app: Flask) -> None:
    """Nobody waits for another, nobody goes without, and a repeat gives nothing."""
    codes = [f"VIP-2026-{n:04d}" for n in range(4)]
    item = make_code_item(*codes)
    orders = [exchanged(make_rich_buyer(), item).order_no for _ in range(4)]
    together(app, [partial(deliver, order_no) for order_no in orders * 2])
    assert code_statuses(item) == ["delivered"] * 4
    assert stock_of(item) == (0, 4)
    check_invariants()
