"""What the freight rules of today ask for an order that is placed, sent to another region."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from mall.catalog.queries import skus_for_sale
from mall.orders.errors import NotOrderable
from mall.orders.kinds import kind_named
from mall.orders.locking import LockedOrder
from mall.orders.models import OrderAdjustment
from mall.orders.participants import PlacingContext
from mall.orders.prices import read_price
from mall.orders.queries import lines_of
from mall.orders.quoting import price_line
from mall.pricing.quote import Lane, PriceContext, Quote, QuoteLine, Refusing
from mall.shipping.freight import FreightParticipant

RULES = "freight:"
"""How the sources of the freight rules' adjustments begin; promotions and staff have others."""


def freight_at_placing(session: Session, order_id: int) -> int:
    """Fen that the freight rules asked when the order was placed, whatever came off it after."""
    asked = select(func.coalesce(func.sum(OrderAdjustment.amount_fen), 0)).where(
        OrderAdjustment.order_id == order_id,
        OrderAdjustment.lane == Lane.FREIGHT.name,
        OrderAdjustment.source.startswith(RULES),
    )
    return int(session.scalars(asked).one())


def freight_to(session: Session, order: LockedOrder, region_code: str) -> int:
    """Fen that the freight rules ask for the order's goods, sent to this region.

    Counted over what was bought, at what it cost in the quote, and without gifts. Of a kind of
    orders whose price has no freight, what it was at placing. Raises NotOrderable
    (`undeliverable`).
    """
    kind = kind_named(order.kind)
    if not (kind.is_priced_in(Lane.FREIGHT) and kind.is_joined_by(FreightParticipant.name)):
        return freight_at_placing(session, order.id)
    quote = _bought(session, order, region_code)
    lines = tuple(line.line for line in quote.lines)
    rules = FreightParticipant().price_rules(
        session, PlacingContext(order.user_id, lines, region_code, kind=kind)
    )
    for rule in rules:
        for obstacle in rule.obstacles(quote) if isinstance(rule, Refusing) else ():
            raise NotOrderable(obstacle)
    return sum(adjustment.amount_fen for rule in rules for adjustment in rule.adjust(quote))


def _bought(session: Session, order: LockedOrder, region_code: str) -> Quote:
    stored = [line for line in lines_of(session, [order.id])[order.id] if not line.is_gift]
    goods = skus_for_sale(session, {line.sku_id for line in stored})
    quoted_fen = {line.id: line.quoted_fen for line in read_price(session, order.id).lines}
    lines = tuple(
        QuoteLine(
            replace(price_line(goods[line.sku_id], line.quantity), price_fen=line.price_fen),
            line.total_fen,
            quoted_fen[line.id] - line.total_fen,
        )
        for line in stored
    )
    return Quote(
        PriceContext(order.user_id, region_code),
        lines,
        adjustments=(),
        goods_fen=sum(line.total_fen for line in lines),
        discount_fen=-sum(line.adjusted_fen for line in lines),
        freight_fen=0,
    )
