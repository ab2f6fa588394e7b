"""What shoppers do: ask what an exchange costs, and place it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.orm import Session

from mall.kernel.db import db
from mall.kernel.errors import Conflict, ValidationFailed
from mall.orders.placing import place_order
from mall.orders.quoting import goods_for, placing_context, quote_goods
from mall.points.exchange.errors import ExchangeOneAtATime, ExchangePriceChanged
from mall.points.exchange.items.queries import OfferedItem, shown_item
from mall.points.exchange.kinds import PARTICIPANT, kind_for
from mall.points.exchange.models import SKU
from mall.points.exchange.orders.choice import Choice
from mall.points.exchange.orders.eligibility import facts_of, why_not
from mall.points.ledger.errors import PointsShort
from mall.points.statements.queries import balance
from mall.pricing.quote import Quote
from mall.users.queries import address_snapshot


@dataclass(frozen=True, slots=True)
class Wanted:
    """Units of an item, sent to an address. `choices` as of a quote."""

    item_id: int
    units: int = 1
    address_id: int | None = None
    choices: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ExchangeQuote:
    """What an exchange costs in all, and the refusals that placing it would meet."""

    one: OfferedItem
    units: int
    points: int
    quote: Quote
    refusals: tuple[Conflict, ...]

    @property
    def goods_payable_fen(self) -> int:
        """The cash part of the goods, without freight."""
        return self.quote.payable_fen - self.quote.freight_fen


@dataclass(frozen=True, slots=True)
class Exchanged:
    """An exchange that was placed; without cash it is paid already."""

    order_no: str
    status: str
    points: int
    payable_fen: int
    expires_at: datetime


def quote_exchange(user_id: int, wanted: Wanted) -> ExchangeQuote:
    """What this costs now. Nothing is kept.

    Raises ExchangeItemNotFound, ExchangeOneAtATime, NotFound for the address, ValidationFailed
    for an unknown choice.
    """
    session = db.session()
    one = shown_item(session, wanted.item_id)
    kind = kind_for(one.item.kind)
    points = one.points * wanted.units
    choices = _choices(one, wanted, points)
    region_code = None
    if wanted.address_id is not None and kind.needs_address:
        region_code = address_snapshot(session, user_id, wanted.address_id).region_code
    lines = {one.item.sku_id: wanted.units}
    goods = goods_for(session, lines, kind)
    context = placing_context(user_id, lines, goods, region_code, choices, kind=kind)
    quote = quote_goods(session, context)
    found = refusals(session, user_id, one, wanted.units)
    return ExchangeQuote(one, wanted.units, points, quote, found)


def refusals(session: Session, user_id: int, one: OfferedItem, units: int) -> tuple[Conflict, ...]:
    """What exchanging so many units would be refused with now, points counted."""
    found = why_not(one, units, facts_of(session, user_id, [one]))
    if balance(session, user_id).available < one.points * units:
        found.append(PointsShort())
    return tuple(found)


def exchange(
    user_id: int,
    wanted: Wanted,
    *,
    expected_points: int,
    expected_payable_fen: int,
    remark: str = "",
) -> Exchanged:
    """Order this at the points and the cash (fen) that were shown.

    The points are held until it is paid, or spent at once when nothing is to be paid. Raises
    ExchangeItemNotFound, ExchangeOneAtATime, ExchangePriceChanged (other points), PriceChanged
    (other cash), ExchangeNotOpen, ExchangeSoldOut, ExchangeLimitReached, ExchangeNotAllowed,
    PointsShort, and what `place_order` raises; then nothing has changed.
    """
    one = shown_item(db.session(), wanted.item_id)
    placed = place_order(
        user_id,
        {one.item.sku_id: wanted.units},
        wanted.address_id,
        expected_payable_fen,
        remark,
        choices=_choices(one, wanted, expected_points),
        kind=kind_for(one.item.kind),
    )
    return Exchanged(
        placed.order_no, placed.status, expected_points, placed.payable_fen, placed.expires_at
    )


def _choices(one: OfferedItem, wanted: Wanted, points: int) -> dict[str, str]:
    if wanted.units > 1 and one.item.kind != SKU:
        raise ExchangeOneAtATime(param="units")
    if PARTICIPANT in wanted.choices:
        raise ValidationFailed("没有这项选择", param="choices")
    if points != one.points * wanted.units:
        raise ExchangePriceChanged(param="expected_points")
    return {**wanted.choices, **Choice(one.item.id, one.points, one.cash_fen).as_choices()}
