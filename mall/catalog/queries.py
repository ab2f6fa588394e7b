"""What other features ask of the catalogue."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import and_, func, select, text
from sqlalchemy.orm import Session, aliased

from mall.catalog.detail import SHOWN_LIST_PRICE
from mall.catalog.models import Category, Sku, Spu
from mall.catalog.rules import on_shelf_now, spec_text
from mall.kernel.prepared import PreparedListStatement


@dataclass(frozen=True, slots=True)
class SkuForSale:
    """A SKU as it is at this moment. `on_sale` is False for one that can't be bought now.

    `cost_fen` is what a unit costs the shop, where that is known; no shopper may see it.
    """

    sku_id: int
    spu_id: int
    sku_code: str
    name: str
    spec_text: str
    image: str
    price_fen: int
    list_price_fen: int | None
    cost_fen: int | None
    weight_g: int
    volume_cm3: int
    category_id: int
    brand_id: int | None
    on_sale: bool


_FOR_SALE = PreparedListStatement(
    ["sku"],
    lambda places: (
        select(
            Sku.id,
            Sku.spu_id,
            Sku.sku_code,
            Spu.name,
            Sku.spec_values,
            func.coalesce(func.nullif(Sku.image, ""), Spu.main_image).label("image"),
            Sku.price_fen,
            SHOWN_LIST_PRICE.label("list_price_fen"),
            Sku.cost_fen,
            Sku.weight_g,
            Sku.volume_cm3,
            Spu.category_id,
            Spu.brand_id,
            and_(Sku.enabled, on_shelf_now()).label("on_sale"),
        )
        .join_from(Sku, Spu, Sku.spu_id == Spu.id)
        .where(text(f"skus.id IN ({places})"))
    ),
)


def skus_for_sale(session: Session, sku_ids: Collection[int]) -> dict[int, SkuForSale]:
    """The SKUs of these ids, by id; an unknown id is left out. One statement."""
    if not sku_ids:
        return {}
    rows = _FOR_SALE.rows(session, [list(sku_ids)])
    return {
        row.id: SkuForSale(
            sku_id=row.id,
            spu_id=row.spu_id,
            sku_code=row.sku_code,
            name=row.name,
            spec_text=spec_text(row.spec_values),
            image=row.image,
            price_fen=row.price_fen,
            list_price_fen=row.list_price_fen,
            cost_fen=row.cost_fen,
            weight_g=row.weight_g,
            volume_cm3=row.volume_cm3,
            category_id=row.category_id,
            brand_id=row.brand_id,
            on_sale=row.on_sale,
        )
        for row in rows
    }


def with_those_below(session: Session, category_ids: Collection[int]) -> dict[int, frozenset[int]]:
    """Each of these categories with all that are under it, itself among them.

    An unknown id is left out. No statement when none is asked for.
    """
    if not category_ids:
        return {}
    below = aliased(Category)
    rows = session.execute(
        select(Category.id, func.array_agg(below.id).label("ids"))
        .join(below, func.starts_with(below.path, Category.path))
        .where(Category.id.in_(category_ids))
        .group_by(Category.id)
    )
    return {row.id: frozenset(row.ids) for row in rows}
