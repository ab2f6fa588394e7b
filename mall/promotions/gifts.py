"""What gift promotions have to give: their own stock, and the shelf that it is taken from.

A gift's unit is one of the shelf's until an order reserves it, like any other unit of its
SKU; the promotion's stock only bounds how many it gives away. So no unit lies aside for a
promotion that nobody uses, and the SKU's books stay those of I3.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from mall.catalog.queries import skus_for_sale
from mall.inventory.queries import sellable
from mall.orders.quoting import price_line
from mall.pricing.gifts import GiftBenefit
from mall.pricing.quote import GiftRule, PriceLine


@dataclass(frozen=True, slots=True)
class GiftTerms:
    """Which SKU a promotion gives, and for how much that is bought."""

    sku_id: int
    rule: GiftRule

    @property
    def description(self) -> str:
        return self.rule.description


def gift_benefits(
    session: Session, wanted: Mapping[int, tuple[GiftTerms, int]], lines: Sequence[PriceLine]
) -> dict[int, GiftBenefit]:
    """By promotion, from its terms and the units it has left: what it gives with `lines`.

    Units that are being bought aren't given away. No statement when nothing is wanted.
    """
    if not wanted:
        return {}
    sku_ids = {terms.sku_id for terms, _ in wanted.values()}
    goods, shelf = skus_for_sale(session, sku_ids), sellable(session, sku_ids)
    bought = {line.sku_id: line.quantity for line in lines}
    return {
        promotion_id: GiftBenefit(
            terms.rule,
            goods[terms.sku_id].name,
            price_line(goods[terms.sku_id], 1),
            left,
            max(0, shelf[terms.sku_id] - bought.get(terms.sku_id, 0)),
        )
        for promotion_id, (terms, left) in wanted.items()
    }
