"""Many orders in one statement: each as placing alone would have written it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select, text

from mall.cart.goods import buyable
from mall.inventory import commands as inventory
from mall.kernel.db import transaction
from mall.orders import writing
from mall.orders.batch import Draft, place_batch
from mall.orders.errors import NothingToPay
from mall.orders.events import OrderPlaced
from mall.orders.kinds import NORMAL, OrderKind
from mall.orders.lines import stock_ref
from mall.orders.models import Order, OrderAdjustment
from mall.orders.quoting import placing_context, quote_goods
from mall.orders.writing import WrittenOrder
from mall.pricing.quote import Quote
from mall.users.queries import address_snapshot
from tests.support.features import installed
from tests.support.inventory import Units, units
from tests.support.orders import (
    Buyer,
    buy,
    check_orders,
    history_of,
    lines_of,
    make_buyer,
    make_goods,
    order_of,
)

QUICK = OrderKind("normal", "普通订单", pay_min=lambda: 5)


def drafts_of(buyers: list[Buyer], lines: dict[int, int], kind: OrderKind = QUICK) -> list[Draft]:
    """One quote of `lines` for all of them."""
    with transaction() as session:
        goods = buyable(session, lines)
        addresses = [address_snapshot(session, b.user_id, b.address_id) for b in buyers]
        context = placing_context(buyers[0].user_id, lines, goods, addresses[0].region_code, {})
        quote = quote_goods(session, context)
    return [
        Draft(buyer.user_id, quote, goods, address, kind, remark="快")
        for buyer, address in zip(buyers, addresses, strict=True)
    ]


def write(drafts: list[Draft], lines: dict[int, int]) -> list[WrittenOrder]:
    with transaction() as session:
        written = place_batch(session, drafts)
        for order in written:
            inventory.reserve(session, lines, ref=stock_ref(order.order_no))
    return written


def facts(order_no: str) -> tuple[object, ...]:
    """All that an order says, without what is its own alone."""
    own = {"id", "order_no", "user_id", "address_sealed", "remark", "expires_at", "created_at"}
    order = order_of(order_no)
    head = {c.name: getattr(order, c.name) for c in Order.__table__.columns if c.name not in own}
    lines = [
        {c.name: getattr(line, c.name) for c in line.__table__.columns}
        for line in lines_of(order_no)
    ]
    with transaction() as session:
        adjustments = session.execute(
            select(
                OrderAdjustment.lane,
                OrderAdjustment.source,
                OrderAdjustment.label,
                OrderAdjustment.amount_fen,
                OrderAdjustment.shares,
            )
            .where(OrderAdjustment.order_id == order.id)
            .order_by(OrderAdjustment.id)
        ).all()
    for line in lines:
        del line["id"], line["order_id"]
    return head, lines, [tuple(row) for row in adjustments], history_of(order_no)


def test_each_is_what_placing_would_have_written(app: Flask) -> None:
    wanted = {make_goods(20, 1000): 2, make_goods(20, 300): 1}
    buyers = [make_buyer() for _ in range(3)]
    alone = buy(make_buyer(), wanted)
    written = write(drafts_of(buyers, wanted), wanted)
    assert len({order.order_no for order in written}) == 3
    for buyer, order in zip(buyers, written, strict=True):
        assert facts(order.order_no) == facts(alone)
        row = order_of(order.order_no)
        assert (row.id, row.user_id, row.remark) == (order.id, buyer.user_id, "快")
        assert row.expires_at == order.expires_at
        assert row.expires_at - row.created_at < timedelta(minutes=5, seconds=1)
    assert units(next(iter(wanted))) == Units(12, reserved=8)
    check_orders()


def test_quotes_of_their_own_and_windows_of_their_own(app: Flask) -> None:
    one, other = make_goods(20, 1000), make_goods(20, 9000)
    first, second = (
        drafts_of([make_buyer()], {one: 1}),
        drafts_of([make_buyer()], {other: 2}, NORMAL),
    )
    with transaction() as session:
        written = place_batch(session, [*second, *first, *second])
        for order, lines in zip(written, ({other: 2}, {one: 1}, {other: 2}), strict=True):
            inventory.reserve(session, lines, ref=stock_ref(order.order_no))
    rows = [order_of(order.order_no) for order in written]
    assert [row.payable_fen for row in rows] == [18_000, 2000, 18_000]
    assert [row.freight_fen for row in rows] == [0, 1000, 0]
    assert [lines_of(row.order_no)[0].quantity for row in rows] == [2, 1, 2]
    assert rows[0].expires_at - rows[1].expires_at > timedelta(minutes=24)
    check_orders()


def test_a_number_that_is_taken_is_drawn_again(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    sku = make_goods(20)
    taken = buy(make_buyer(), {sku: 1})
    draw: Iterator[str] = iter([taken, "A" * 20, "A" * 20, "B" * 20, taken, "C" * 20])
    monkeypatch.setattr(writing, "draw_order_no", lambda: next(draw))
    written = write(drafts_of([make_buyer() for _ in range(3)], {sku: 1}), {sku: 1})
    assert [order.order_no for order in written] == ["C" * 20, "A" * 20, "B" * 20]
    check_orders()


def test_the_events_travel_in_the_same_commit(app: Flask) -> None:
    def hear(_session: object, _event: OrderPlaced) -> None:
        """Only so that somebody listens."""

    sku = make_goods(20)
    with installed(lambda mall: mall.on(OrderPlaced, "test.hear", hear)):
        written = write(drafts_of([make_buyer() for _ in range(4)], {sku: 1}), {sku: 1})
    with transaction() as session:
        told = session.scalars(
            text(
                "SELECT args -> 'payload' ->> 'order_no' FROM procrastinate_jobs"
                " WHERE task_name = 'kernel.deliver_event'"
            )
        ).all()
    assert sorted(told) == sorted(order.order_no for order in written)


def test_what_costs_nothing_is_refused_and_none_is_written(app: Flask) -> None:
    drafts = drafts_of([make_buyer()], {make_goods(20): 1})
    free = Draft(
        drafts[0].user_id, _free(drafts[0].quote), drafts[0].goods, drafts[0].address, QUICK
    )
    with pytest.raises(NothingToPay), transaction() as session:
        place_batch(session, [*drafts, free])
    with transaction() as session:
        assert session.scalar(select(func.count()).select_from(Order)) == 0
        assert place_batch(session, []) == []


def _free(quote: Quote) -> Quote:
    return Quote(quote.context, quote.lines, (), quote.goods_fen, quote.goods_fen, 0)
