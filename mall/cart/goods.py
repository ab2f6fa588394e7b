"""Which goods may be bought. Cart, quote and placing use this one check."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy.orm import Session

from mall.cart.errors import SkuOffShelf
from mall.catalog.queries import SkuForSale, skus_for_sale
from mall.inventory.errors import SkuUnknown


def buyable(session: Session, sku_ids: Collection[int]) -> dict[int, SkuForSale]:
    """The SKUs of these ids, by id.

    Raises SkuUnknown or SkuOffShelf with the first SKU that can't be bought.
    """
    goods = known(session, sku_ids)
    for sku_id in sku_ids:
        if not goods[sku_id].on_sale:
            raise SkuOffShelf(param=str(sku_id))
    return goods


def known(session: Session, sku_ids: Collection[int]) -> dict[int, SkuForSale]:
    """The SKUs of these ids, on the shelf or not. Raises SkuUnknown."""
    goods = skus_for_sale(session, sku_ids)
    for sku_id in sku_ids:
        if sku_id not in goods:
            raise SkuUnknown(param=str(sku_id))
    return goods
