"""A placed order as participants meet it, in every hook: its kind, choices, lines, adjustments."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from mall.kernel.db import int_array
from mall.kernel.prepared import PreparedStatement
from mall.orders.errors import OrderNotFound
from mall.orders.kinds import OrderKind, kind_named
from mall.orders.models import Order


@dataclass(frozen=True, slots=True)
class OrderRef:
    """Which order, and whose: `id` leads to its rows."""

    id: int
    order_no: str
    user_id: int


@dataclass(frozen=True, slots=True)
class PlacedLine:
    """A line of an order; `position` (from 1) names it within the order. Amounts in fen."""

    position: int
    sku_id: int
    spu_id: int
    quantity: int
    payable_fen: int
    is_gift: bool


@dataclass(frozen=True, slots=True)
class PlacedAdjustment:
    """Why the order costs more or less than its goods; `shares` are fen by line."""

    lane: str
    source: str
    amount_fen: int
    shares: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class PlacedOrder(OrderRef):
    """An order that stands. `choices` is what the shopper chose, by participant."""

    kind: OrderKind
    choices: Mapping[str, str] = field(default_factory=dict)
    lines: tuple[PlacedLine, ...] = ()
    adjustments: tuple[PlacedAdjustment, ...] = ()

    @property
    def sources(self) -> tuple[str, ...]:
        """The sources of its adjustments, so that a participant finds its own."""
        return tuple(one.source for one in self.adjustments)

    @property
    def units(self) -> dict[int, int]:
        """Units by SKU, gifts included."""
        units: Counter[int] = Counter()
        for line in self.lines:
            units[line.sku_id] += line.quantity
        return dict(units)


_PLACED = """
    SELECT o.id, o.order_no, o.user_id, o.kind, o.choices,
        (SELECT jsonb_agg(jsonb_build_array(position, sku_id, spu_id, quantity, payable_fen,
            gift IS NOT NULL) ORDER BY position) FROM order_lines WHERE order_id = o.id) AS lines,
        (SELECT jsonb_agg(jsonb_build_array(lane, source, amount_fen, to_jsonb(shares)) ORDER BY id)
            FROM order_adjustments WHERE order_id = o.id) AS adjustments
    FROM orders o
"""
_READ = PreparedStatement(f"{_PLACED} WHERE o.order_no = :order_no")
_READ_MANY = text(f"{_PLACED} WHERE o.id = ANY(CAST(:order_ids AS bigint[])) ORDER BY o.id")


def read_placed(session: Session, order_no: str) -> PlacedOrder:
    """An order by its number. Raises OrderNotFound."""
    row = _READ.first(session, order_no=order_no)
    if row is None:
        raise OrderNotFound
    return _placed(row)


def read_many_placed(session: Session, order_ids: Collection[int]) -> list[PlacedOrder]:
    """Orders by their ids."""
    rows = session.execute(_READ_MANY, {"order_ids": int_array(order_ids)})
    return [_placed(row) for row in rows]


def _placed(row: Any) -> PlacedOrder:
    return PlacedOrder(
        row.id,
        row.order_no,
        row.user_id,
        kind_named(row.kind),
        row.choices,
        placed_lines(row.lines or ()),
        tuple(
            PlacedAdjustment(lane, source, fen, tuple(shares))
            for lane, source, fen, shares in row.adjustments or ()
        ),
    )


def placed_lines(rows: Sequence[Sequence[Any]]) -> tuple[PlacedLine, ...]:
    """Lines from rows of their fields."""
    return tuple(PlacedLine(*row) for row in rows)


def find(session: Session, order_no: str) -> OrderRef | None:
    """Which order has this number; None when there is none."""
    row = session.execute(
        select(Order.id, Order.user_id).where(Order.order_no == order_no)
    ).one_or_none()
    return OrderRef(row.id, order_no, row.user_id) if row else None
