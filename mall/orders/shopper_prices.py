"""What a unit of many SKUs costs one shopper, for lists whose own answers are the same for all.

Only activity prices count: what hangs on the rest of a cart (满减, coupons, freight) has no
price of a unit. The one pricing function says it, as for a quote of one unit.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from mall.catalog.queries import SkuForSale, skus_for_sale
from mall.kernel.db import db
from mall.orders.participants import PARTICIPANTS
from mall.orders.quoting import placing_context, price_line
from mall.pricing.activity import activity_prices
from mall.pricing.deals import Deal
from mall.pricing.engine import price
from mall.pricing.quote import Adjustment, PriceContext


@dataclass(frozen=True, slots=True)
class ShopperPrice:
    """A unit of a SKU on sale: the shop's price, and this shopper's, in fen.

    `label` and `kind` (the source's, such as "promotion") say why it is lower; None where it
    isn't. `list_price_fen` is the crossed-out one, where there is one.
    """

    sku_id: int
    list_price_fen: int | None
    price_fen: int
    my_price_fen: int
    label: str | None
    kind: str | None


def shopper_prices(user_id: int, sku_ids: Collection[int]) -> list[ShopperPrice]:
    """The prices of these SKUs for this shopper now, in the order of their ids.

    What isn't known or on sale is left out. The number of statements doesn't grow with the
    number of SKUs.
    """
    session = db.session()
    found = skus_for_sale(session, sku_ids)
    goods = {sku_id: found[sku_id] for sku_id in sorted(found) if found[sku_id].on_sale}
    if not goods:
        return []
    context = placing_context(user_id, dict.fromkeys(goods, 1), goods, None, {})
    participants = PARTICIPANTS.items().values()
    rules = [rule for one in participants for rule in one.activity_prices(session, context)]
    deals = activity_prices(rules)
    return [_priced(user_id, sku, deals) for sku in goods.values()]


def _priced(user_id: int, sku: SkuForSale, deals: Sequence[Deal]) -> ShopperPrice:
    """Each SKU is priced alone: what another one takes of a budget is not its concern."""
    own = [deal for deal in deals if sku.sku_id in deal.over]
    adjustments: tuple[Adjustment, ...] = ()
    if own:
        adjustments = price([price_line(sku, 1)], own, PriceContext(user_id, None)).adjustments
    return ShopperPrice(
        sku.sku_id,
        sku.list_price_fen,
        sku.price_fen,
        sku.price_fen + sum(adjustment.amount_fen for adjustment in adjustments),
        "、".join(adjustment.label for adjustment in adjustments) or None,
        _kind(adjustments),
    )


def _kind(adjustments: Sequence[Adjustment]) -> str | None:
    """The kind of source that takes most."""
    if not adjustments:
        return None
    return min(adjustments, key=lambda one: one.amount_fen).source.partition(":")[0]
