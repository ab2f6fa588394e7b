"""What staff change of an unpaid order's price: the shop's own side of it.

The change is an adjustment of its own beside what the quote said, `staff:price` split over the
lines and `staff:freight`. Staff who change again replace it. The quote is the upper bound.
WeChat, which may know the old amount, is payments' affair.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from mall.kernel.money import split
from mall.orders.errors import NoSuchLine, OrderStateConflict, PriceBelowOneFen, PriceBeyondQuote
from mall.orders.locking import LockedOrder
from mall.orders.models import Order, OrderAdjustment, OrderLine, OrderPriceChange
from mall.orders.states import UNPAID
from mall.pricing.quote import KEPT_FEN, Lane
from mall.staff.audit import record

PRICE, FREIGHT = "staff:price", "staff:freight"
_LABELS = {PRICE: "商家改价", FREIGHT: "商家改运费"}


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
            ).where(OrderAdjustment.order_id == order_id, OrderAdjustment.source.in_(_LABELS))
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


def reprice(
    session: Session, order: LockedOrder, price: OrderPrice, *, by: str, reason: str
) -> None:
    """Let a locked, unpaid order cost `price` from now on; `by` is a user name, for the history.

    Raises OrderStateConflict when it isn't unpaid.
    """
    _write_totals(session, order, price)
    _write_lines(session, order.id, price)
    session.execute(
        insert(OrderPriceChange).values(
            order_id=order.id,
            changed_by=by,
            reason=reason,
            payable_before_fen=order.payable_fen,
            payable_after_fen=price.payable_fen,
            freight_before_fen=order.freight_fen,
            freight_after_fen=price.freight_fen,
        )
    )
    record(
        session,
        action="order.reprice",
        target_type="order",
        target_id=order.order_no,
        before={"payable_fen": order.payable_fen, "freight_fen": order.freight_fen},
        after={
            "payable_fen": price.payable_fen,
            "freight_fen": price.freight_fen,
            "lines": {str(line.id): line.payable_fen for line in price.lines},
            "reason": reason,
        },
    )


def _write_totals(session: Session, order: LockedOrder, price: OrderPrice) -> None:
    written = session.execute(
        update(Order)
        .where(Order.id == order.id, Order.status == UNPAID)
        .values(
            discount_fen=Order.goods_fen - price.goods_payable_fen,
            freight_fen=price.freight_fen,
            payable_fen=price.payable_fen,
        )
        .returning(Order.id),
        execution_options={"synchronize_session": False},
    )
    if written.first() is None:
        raise OrderStateConflict


def _write_lines(session: Session, order_id: int, price: OrderPrice) -> None:
    for line in price.lines:
        session.execute(
            update(OrderLine)
            .where(OrderLine.id == line.id, OrderLine.payable_fen != line.payable_fen)
            .values(
                adjusted_fen=line.payable_fen - OrderLine.total_fen,
                payable_fen=line.payable_fen,
            ),
            execution_options={"synchronize_session": False},
        )
    session.execute(
        delete(OrderAdjustment).where(
            OrderAdjustment.order_id == order_id, OrderAdjustment.source.in_(_LABELS)
        )
    )
    shares = [line.payable_fen - line.quoted_fen for line in price.lines]
    changes = [
        (Lane.PROMOTION, PRICE, sum(shares), shares),
        (Lane.FREIGHT, FREIGHT, price.freight_fen - price.quoted_freight_fen, []),
    ]
    rows = [
        {
            "order_id": order_id,
            "lane": lane.name,
            "source": source,
            "label": _LABELS[source],
            "amount_fen": fen,
            "shares": parts,
        }
        for lane, source, fen, parts in changes
        if fen
    ]
    if rows:
        session.execute(insert(OrderAdjustment), rows)


def price_changes(session: Session, order_id: int) -> Sequence[OrderPriceChange]:
    """What staff changed of an order's price, the last first."""
    return session.scalars(
        select(OrderPriceChange)
        .where(OrderPriceChange.order_id == order_id)
        .order_by(OrderPriceChange.id.desc())
    ).all()
