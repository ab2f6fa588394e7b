"""From wanted goods to a quote. Preview and placing both call `quote_goods`."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from mall.cart import queries as cart
from mall.cart.goods import buyable, known
from mall.catalog.queries import SkuForSale, skus_for_sale
from mall.inventory.queries import sellable, shown
from mall.kernel.db import db
from mall.orders import participants
from mall.orders.errors import AmountTooLarge, CartEmpty
from mall.orders.extras import Extra
from mall.orders.kinds import NORMAL, OrderKind
from mall.orders.participants import Offer, PlacingContext
from mall.pricing.engine import price
from mall.pricing.quote import (
    Obstacle,
    PriceContext,
    PriceLine,
    Quote,
    QuoteLine,
    line_shares,
)
from mall.users.queries import address_snapshot


@dataclass(frozen=True, slots=True)
class LineShare:
    """A line's part of one adjustment."""

    label: str
    amount_fen: int


@dataclass(frozen=True, slots=True)
class QuotedGoods:
    """A line of a preview: the goods as they are now, their amounts, the units left, which
    activity prices lost to a better one, and the obstacle that keeps the line from being
    ordered, if there is one."""

    goods: SkuForSale
    money: QuoteLine
    left: int
    state: str
    adjustments: tuple[LineShare, ...]
    price_note: str | None
    obstacle: Obstacle | None

    @property
    def is_gift(self) -> bool:
        return self.money.gift is not None


@dataclass(frozen=True, slots=True)
class Preview:
    """A quote as it is shown to the shopper. `payable_fen` is what placing will expect.

    `extras` are what it brings beside the goods.
    """

    lines: tuple[QuotedGoods, ...]
    quote: Quote
    offers: tuple[Offer, ...]
    extras: tuple[Extra, ...]


def goods_for(session: Session, sku_ids: Collection[int], kind: OrderKind) -> dict[int, SkuForSale]:
    """The SKUs of these ids as orders of this kind may sell them, by id.

    Raises SkuUnknown, and SkuOffShelf where the kind needs the shelf.
    """
    if kind.needs_shelf:
        return buyable(session, sku_ids)
    return {sku_id: replace(sku, on_sale=True) for sku_id, sku in known(session, sku_ids).items()}


def placing_context(
    user_id: int,
    wanted: Mapping[int, int],
    goods: Mapping[int, SkuForSale],
    region_code: str | None,
    choices: Mapping[str, str],
    *,
    kind: OrderKind = NORMAL,
) -> PlacingContext:
    """The context for participants of buying `wanted` (SKU id → units) of `goods`."""
    lines = tuple(price_line(goods[sku_id], units) for sku_id, units in wanted.items())
    return PlacingContext(user_id, lines, region_code, choices, kind=kind)


def quote_goods(session: Session, context: PlacingContext) -> Quote:
    """Price what is wanted under every participant's rules.

    Raises AmountTooLarge, ValidationFailed for an unknown choice, and what a participant
    says of its own.
    """
    rules = participants.price_rules(session, context)
    buyer = PriceContext(context.user_id, context.region_code, context.kind.may_be_free)
    try:
        return price(context.lines, rules, buyer)
    except OverflowError:
        raise AmountTooLarge from None


def preview(
    user_id: int,
    wanted: Mapping[int, int] | None,
    address_id: int | None,
    choices: Mapping[str, str] | None = None,
    kind: OrderKind = NORMAL,
) -> Preview:
    """What `wanted` (SKU id → units), or the whole cart, would cost sent to this address.

    Without an address the freight may differ from the final one. Raises CartEmpty,
    SkuUnknown, SkuOffShelf, AmountTooLarge, NotFound for the address, ValidationFailed for
    an unknown choice, and what a participant says of a choice.
    """
    session = db.session()
    if wanted is None:
        wanted = cart.quantities(session, user_id)
        if not wanted:
            raise CartEmpty
    goods = goods_for(session, wanted, kind)
    region_code = None
    if address_id is not None:
        region_code = address_snapshot(session, user_id, address_id).region_code
    context = placing_context(user_id, wanted, goods, region_code, choices or {}, kind=kind)
    quote = quote_goods(session, context)
    offers = tuple(participants.offers(session, context, quote))
    extras = tuple(participants.quote_extras(session, context, quote))
    goods = with_gifts(session, goods, quote)
    left = sellable(session, goods)
    lines = tuple(_shown(goods, left, quote, i) for i in range(1, 1 + len(quote.lines)))
    return Preview(lines, quote, offers, extras)


def with_gifts(
    session: Session, goods: dict[int, SkuForSale], quote: Quote
) -> dict[int, SkuForSale]:
    """`goods` and the quote's gifts, whether these are on the shelf or not."""
    gifts = {gift.line.sku_id for gift in quote.gifts}
    return goods | skus_for_sale(session, gifts - goods.keys())


def _shown(
    goods: Mapping[int, SkuForSale], left: Mapping[int, int], quote: Quote, position: int
) -> QuotedGoods:
    money = quote.lines[position - 1]
    sku_id, units = money.line.sku_id, money.line.quantity
    # A gift needn't be on the shelf, and no more units are given than there are.
    state = cart.OK if money.gift else cart.state(goods[sku_id], units, left[sku_id])
    obstacle = next((o for o in quote.obstacles if sku_id in o.sku_ids), None)
    shares = tuple(
        LineShare(adjustment.label, fen)
        for adjustment, fen in line_shares(quote.adjustments, position)
    )
    said = (one.text for one in quote.passed_over if one.sku_id == sku_id and not money.gift)
    note = next(said, None)
    return QuotedGoods(goods[sku_id], money, shown(left[sku_id]), state, shares, note, obstacle)


def price_line(goods: SkuForSale, units: int) -> PriceLine:
    """`units` of these goods as pricing sees them."""
    return PriceLine(
        sku_id=goods.sku_id,
        price_fen=goods.price_fen,
        quantity=units,
        spu_id=goods.spu_id,
        category_id=goods.category_id,
        brand_id=goods.brand_id,
        weight_g=goods.weight_g,
        volume_cm3=goods.volume_cm3,
    )
