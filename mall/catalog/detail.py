"""One product with everything a shopper sees of it; the category tree; the brands."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Row, case, select
from sqlalchemy.orm import Session

from mall.catalog.card_extras import extras_of
from mall.catalog.errors import ProductNotFound
from mall.catalog.listing import Order, ordered_page
from mall.catalog.models import Brand, Category, Sku, Spu
from mall.catalog.rules import on_shelf_now
from mall.kernel.http.paging import Page

SHOWN_LIST_PRICE = case((Sku.list_price_fen > Sku.price_fen, Sku.list_price_fen))
"""A struck-through price that isn't above the price would mislead: it isn't shown."""


@dataclass(frozen=True)
class ProductDetail:
    """The product's row, its brand's (or None), its enabled SKUs in order, features' extras."""

    spu: Any
    brand: dict[str, Any] | None
    skus: list[Row[Any]]
    extras: dict[str, Any]

    @property
    def specs(self) -> list[dict[str, Any]]:
        """Each spec name with the values that SKUs have, in the SKUs' order."""
        return [
            {"name": name, "values": list(dict.fromkeys(sku.spec_values[i] for sku in self.skus))}
            for i, name in enumerate(self.spu.spec_names)
        ]


def product_detail(session: Session, spu_id: int) -> ProductDetail:
    """A product on the shelf. Raises ProductNotFound for any other."""
    row = session.execute(
        select(
            *Spu.__table__.c,
            Brand.name.label("brand_name"),
            Brand.image.label("brand_image"),
        )
        .join_from(Spu, Brand, Brand.id == Spu.brand_id, isouter=True)
        .where(Spu.id == spu_id, on_shelf_now())
    ).first()
    if row is None:
        raise ProductNotFound
    brand = None
    if row.brand_id is not None:
        brand = {"id": row.brand_id, "name": row.brand_name, "image": row.brand_image}
    extras = extras_of(session, [spu_id])[spu_id]
    return ProductDetail(row, brand, _skus(session, spu_id), extras)


def _skus(session: Session, spu_id: int) -> list[Row[Any]]:
    statement = (
        select(
            Sku.id,
            Sku.sku_code,
            Sku.spec_values,
            Sku.price_fen,
            SHOWN_LIST_PRICE.label("list_price_fen"),
            Sku.weight_g,
            Sku.image,
        )
        .where(Sku.spu_id == spu_id, Sku.enabled)
        .order_by(Sku.position, Sku.id)
    )
    return list(session.execute(statement).all())


@dataclass
class CategoryNode:
    """A category with those below it."""

    id: int
    name: str
    image: str
    level: int
    position: int
    children: list[CategoryNode] = field(default_factory=list)


def category_tree(session: Session) -> list[CategoryNode]:
    """The categories of the first level, each with its subtree, in their order."""
    below: dict[int | None, list[CategoryNode]] = defaultdict(list)
    rows = session.execute(
        select(
            Category.id,
            Category.parent_id,
            Category.name,
            Category.image,
            Category.level,
            Category.position,
        ).order_by(Category.position, Category.id)
    )
    nodes = []
    for row in rows:
        node = CategoryNode(row.id, row.name, row.image, row.level, row.position)
        below[row.parent_id].append(node)
        nodes.append(node)
    for node in nodes:
        node.children = below[node.id]
    return below[None]


_BRAND_ORDER = Order((Brand.position.expression, Brand.id.expression), (int, int), False)


def list_brands(session: Session, cursor: str | None, limit: int) -> Page[Row[Any]]:
    """A page of the brands, in the shop's order."""
    return ordered_page(session, select(*Brand.__table__.c), _BRAND_ORDER, cursor, limit)
