"""Missions about orders: paid ones, whose rewards wait until the order is settled, and settled
ones. An order that was refunded counts no more; of one that was refunded in part the rest does.
Orders that cost nothing don't count, nor do those of a kind that doesn't earn.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from mall.aftersales.events import OrderSettled
from mall.kernel.prepared import PreparedStatement
from mall.missions.board.filters import AT_LEAST_FEN, GOODS
from mall.missions.board.triggers import (
    Fact,
    Goods,
    Measure,
    Trigger,
    fen,
    once,
    own_shopper,
    units,
)
from mall.orders.events import OrderPaid, OrderRefunded
from mall.orders.kinds import earning_kinds
from mall.pricing.benefits import plain_yuan

# What the shopper keeps. A refund that is on its way counts as gone: were it to fail, the order
# is read again when it settles.
_ORDER = PreparedStatement(
    """
    SELECT o.paid_at, o.settled_at, o.paid_fen, l.sku_id, l.spu_id, s.brand_id, c.path,
           l.quantity - l.refunded_quantity AS units,
           l.payable_fen - l.refunded_fen - l.rebated_fen AS fen
    FROM orders o JOIN order_lines l ON l.order_id = o.id
    LEFT JOIN spus s ON s.id = l.spu_id LEFT JOIN categories c ON c.id = s.category_id
    WHERE o.order_no = CAST(:order_no AS text) AND o.paid_at IS NOT NULL AND o.payable_fen > 0
      AND l.gift IS NULL AND o.kind = ANY(CAST(:kinds AS text[]))
    ORDER BY l.position
    """
)


def category_ids(path: str | None) -> frozenset[int]:
    """A category and those above it, of its path "/1/5/"."""
    return frozenset(int(part) for part in (path or "").split("/") if part)


def paid_order(session: Session, order_no: str) -> Fact | None:
    """What stands of a paid order; none of one that isn't paid, or that doesn't count."""
    rows = _rows(session, order_no)
    return _fact(order_no, rows, rows[0].paid_at) if rows else None


def _paid(session: Session, event: Any) -> Iterator[Fact]:
    fact = paid_order(session, event.order_no)
    if fact is not None:
        yield fact


def _settled(session: Session, event: Any) -> Iterator[Fact]:
    rows = _rows(session, event.order_no)
    if rows and rows[0].settled_at is not None:
        yield _fact(event.order_no, rows, rows[0].settled_at)


def _rows(session: Session, order_no: str) -> list[Any]:
    return _ORDER.rows(session, order_no=order_no, kinds=earning_kinds())


def _fact(order_no: str, rows: list[Any], at: datetime) -> Fact:
    return Fact(
        f"order:{order_no}",
        at,
        goods=tuple(
            Goods(
                row.sku_id,
                row.spu_id,
                row.brand_id,
                category_ids(row.path),
                units=row.units,
                fen=row.fen,
            )
            for row in rows
        ),
        firm=rows[0].settled_at is not None,
        adds={
            "orders": 1,
            "paid_orders": 1,
            "bought_orders": 1,
            "settled_orders": int(rows[0].settled_at is not None),
            "paid_fen": rows[0].paid_fen,
        },
    )


_MEASURES = (
    Measure("count", "订单数", "再下 {left} 单", once),
    Measure("fen", "商品实付金额（分）", "再消费 {left} 元", fen, shown=plain_yuan),
    Measure("units", "商品件数", "再购买 {left} 件", units),
)
ORDER_PAID = Trigger(
    name="order_paid",
    label="订单支付",
    ground="order_paid",
    events=(OrderPaid, OrderRefunded, OrderSettled),
    shopper=own_shopper,
    facts=_paid,
    measures=_MEASURES,
    filters=(GOODS, AT_LEAST_FEN),
    revocable=True,
)
ORDER_SETTLED = Trigger(
    name="order_settled",
    label="订单完结（过了售后期）",
    ground="order_settled",
    events=(OrderSettled, OrderRefunded),
    shopper=own_shopper,
    facts=_settled,
    measures=_MEASURES,
    filters=(GOODS, AT_LEAST_FEN),
    revocable=True,
)
