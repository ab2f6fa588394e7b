"""The price of an order as staff see and change it: now, and in the quote it was placed at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from mall.kernel.money import split
from mall.orders.errors import NoSuchLine, OrderNotFound, PriceBelowOneFen, PriceBeyondQuote
from mall.orders.models import Order, OrderAdjustment, OrderLine, OrderPriceChange
from mall.pricing.quote import KEPT_FEN

PRICE, FREIGHT = "staff:price", "staff:freight"
"""The sources of what staff changed; each stands once an order."""
STAFF_SOURCES = (PRICE, FREIGHT)


@dataclass(frozen=True, slots=True)
class PriceChange:
    """What staff want the shopper to pay; None leaves that part as it is. Fen.

    Either `lines` (line id → for all units of the line) or `goods_payable_fen` (for all lines).
    """

    lines: Mapping[int, int] | None = None
    goods_payable_fen: int | None = None
    freight_fen: int | None = None


@dataclass(frozen=True, slots=True)
class PricedLine:
    """A line: what it cost in the quote, and what it costs now."""

    id: int
    name: str
    spec_text: str
    quantity: int
    quoted_fen: int
    payable_fen: int


@dataclass(frozen=True, slots=True)
class OrderPrice:
    """What an order costs, and what it cost in the quote."""

    lines: Sequence[PricedLine]
    quoted_freight_fen: int
    freight_fen: int

    @property
    def goods_payable_fen(self) -> int:
        return sum(line.payable_fen for line in self.lines)

    @property
    def quoted_goods_fen(self) -> int:
        return sum(line.quoted_fen for line in self.lines)

    @property
    def payable_fen(self) -> int:
        return self.goods_payable_fen + self.freight_fen

    @property
    def quoted_fen(self) -> int:
        return self.quoted_goods_fen + self.quoted_freight_fen


def read_price(session: Session, order_id: int) -> OrderPrice:
    """What an order costs by line, now and in its quote."""
    freight_fen = session.scalars(select(Order.freight_fen).where(Order.id == order_id)).one()
    changed = {
        row.source: row
        for row in session.execute(
            select(
                OrderAdjustment.source, OrderAdjustment.amount_fen, OrderAdjustment.shares
            ).where(OrderAdjustment.order_id == order_id, OrderAdjustment.source.in_(STAFF_SOURCES))
        )
    }
    lines = session.execute(
        select(
            OrderLine.id,
            OrderLine.name,
            OrderLine.spec_text,
            OrderLine.quantity,
            OrderLine.payable_fen,
        )
        .where(OrderLine.order_id == order_id)
        .order_by(OrderLine.position)
    ).all()
    shares = changed[PRICE].shares if PRICE in changed else [0] * len(lines)
    return OrderPrice(
        [
            PricedLine(*row[:4], row.payable_fen - share, row.payable_fen)
            for row, share in zip(lines, shares, strict=True)
        ],
        freight_fen - (changed[FREIGHT].amount_fen if FREIGHT in changed else 0),
        freight_fen,
    )


def changed_price(price: OrderPrice, change: PriceChange) -> OrderPrice:
    """The price after the change. Pure.

    An amount for all goods is what the quote's lines cost less what is taken off, split by
    largest remainder. Raises NoSuchLine, PriceBeyondQuote, PriceBelowOneFen.
    """
    amounts = _line_amounts(price, change)
    freight_fen = price.freight_fen if change.freight_fen is None else change.freight_fen
    if freight_fen > price.quoted_freight_fen:
        raise PriceBeyondQuote(param="freight_fen")
    if any(fen > line.quoted_fen for fen, line in zip(amounts, price.lines, strict=True)):
        raise PriceBeyondQuote(param="lines")
    if sum(amounts) < min(KEPT_FEN, price.quoted_goods_fen) or sum(amounts) + freight_fen < 1:
        raise PriceBelowOneFen
    lines = [
        PricedLine(line.id, line.name, line.spec_text, line.quantity, line.quoted_fen, fen)
        for line, fen in zip(price.lines, amounts, strict=True)
    ]
    return OrderPrice(lines, price.quoted_freight_fen, freight_fen)


def _line_amounts(price: OrderPrice, change: PriceChange) -> list[int]:
    if change.goods_payable_fen is not None:
        off_fen = price.quoted_goods_fen - change.goods_payable_fen
        if off_fen < 0:
            raise PriceBeyondQuote(param="goods_payable_fen")
        parts = split(off_fen, [line.quoted_fen for line in price.lines])
        return [line.quoted_fen - part for line, part in zip(price.lines, parts, strict=True)]
    wanted = change.lines or {}
    if not wanted.keys() <= {line.id for line in price.lines}:
        raise NoSuchLine(param="lines")
    return [wanted.get(line.id, line.payable_fen) for line in price.lines]


@dataclass(frozen=True, slots=True)
class PriceView:
    """An order's price, and what staff changed of it, the last first."""

    order_no: str
    status: str
    price: OrderPrice
    changes: Sequence[OrderPriceChange]


def view_price(session: Session, order_no: str) -> PriceView:
    """An order's price with its history. Raises OrderNotFound."""
    order = session.execute(
        select(Order.id, Order.status).where(Order.order_no == order_no)
    ).one_or_none()
    if order is None:
        raise OrderNotFound
    changes = session.scalars(
        select(OrderPriceChange)
        .where(OrderPriceChange.order_id == order.id)
        .order_by(OrderPriceChange.id.desc())
    ).all()
    return PriceView(order_no, order.status, read_price(session, order.id), changes)
