"""What a flash order costs: the one pricing function, for an order of the kind `flash`.

No promotion, coupon or points join, says the kind: a flash price is the price. Quotes are kept
for two seconds, since thousands of shoppers buy the same item.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from typing import NamedTuple

from sqlalchemy.orm import Session

from mall.catalog.queries import SkuForSale, skus_for_sale
from mall.flashsale.orders.kind import FLASH, PARTICIPANT
from mall.orders.quoting import placing_context, quote_goods
from mall.pricing.activity import activity_price
from mall.pricing.deals import Deal
from mall.pricing.quote import Quote

SOURCE = "flash:"
LABEL = "秒杀优惠"
NOBODY = 0
_FRESH_S = 2.0


class QuoteKey(NamedTuple):
    """What a quote depends on."""

    item_id: int
    sku_id: int
    price_fen: int
    units: int
    region_code: str


class Priced(NamedTuple):
    """The goods as they are sold, and the quote. No quote for goods that aren't on sale."""

    goods: Mapping[int, SkuForSale]
    quote: Quote | None


class QuoteCache:
    """Quotes of one process, each worked out once in two seconds.

    So a change of freight or of a product reaches the sale within that time; and a surge
    over all the country's regions doesn't ask for the same freight again in each batch.
    """

    def __init__(self) -> None:
        self._quotes: dict[QuoteKey, Priced] = {}
        self._until = 0.0

    def quotes(self, session: Session, wanted: Collection[QuoteKey]) -> Mapping[QuoteKey, Priced]:
        """A quote for each."""
        now = time.monotonic()
        if now > self._until:
            self._quotes, self._until = {}, now + _FRESH_S
        missing = [one for one in dict.fromkeys(wanted) if one not in self._quotes]
        goods = skus_for_sale(session, {one.sku_id for one in missing})
        for one in missing:
            self._quotes[one] = _priced(session, one, goods)
        return self._quotes


def _priced(session: Session, one: QuoteKey, all_goods: Mapping[int, SkuForSale]) -> Priced:
    goods = {one.sku_id: all_goods[one.sku_id]}
    if not goods[one.sku_id].on_sale:
        return Priced(goods, None)
    context = placing_context(
        NOBODY, {one.sku_id: one.units}, goods, one.region_code, choices_of(one.item_id), kind=FLASH
    )
    return Priced(goods, quote_goods(session, context))


def choices_of(item_id: int) -> dict[str, str]:
    """What a flash order's choices are: its item."""
    return {PARTICIPANT: str(item_id)}


def flash_price(item_id: int, sku_id: int, price_fen: int) -> Deal:
    """An item's units at its flash price; at the shop's own once that is the lower one."""
    return activity_price(f"{SOURCE}{item_id}", LABEL, {sku_id: price_fen})
