"""Products for tests of every feature, put straight into the tables."""

from __future__ import annotations

import itertools

from sqlalchemy import insert, select

from mall.catalog.cache import CACHE
from mall.catalog.models import Category, Sku, Spu
from mall.kernel.db import transaction

_numbers = itertools.count(1)


def make_category(name: str | None = None, parent_id: int | None = None) -> int:
    """A category of the first level, or under another."""
    name = name or f"类目{next(_numbers)}"
    with transaction() as session:
        found = session.scalar(
            select(Category.id).where(
                Category.name == name, Category.parent_id.is_not_distinct_from(parent_id)
            )
        )
        if found:
            return found
        above = session.get(Category, parent_id) if parent_id else None
        category = Category(
            name=name, path="", level=above.level + 1 if above else 1, parent_id=parent_id
        )
        session.add(category)
        session.flush()
        category.path = f"{above.path if above else '/'}{category.id}/"
        return category.id


def make_sku(
    price_fen: int = 1000,
    name: str = "测试商品",
    on_sale: bool = True,
    *,
    list_price_fen: int | None = None,
    spec_values: tuple[str, ...] = ("标准",),
    weight_g: int = 0,
    volume_cm3: int = 0,
    category_id: int | None = None,
) -> int:
    """A product with one SKU; returns the SKU's id. Stock is not the catalogue's affair."""
    number = next(_numbers)
    category_id = category_id or make_category("测试类目")
    with transaction() as session:
        spu_id = session.scalar(
            insert(Spu)
            .values(
                spu_code=f"T{number}",
                name=name,
                category_id=category_id,
                main_image=f"https://img.example/{number}.jpg",
                spec_names=[f"规格{i}" for i in range(1, len(spec_values) + 1)],
                on_shelf=on_sale,
                min_price_fen=price_fen,
                max_price_fen=price_fen,
            )
            .returning(Spu.id)
        )
        sku_id = session.execute(
            insert(Sku)
            .values(
                spu_id=spu_id,
                sku_code=f"T{number}-1",
                spec_values=list(spec_values),
                price_fen=price_fen,
                list_price_fen=list_price_fen,
                weight_g=weight_g,
                volume_cm3=volume_cm3,
            )
            .returning(Sku.id)
        ).scalar_one()
    CACHE.invalidate()  # what the window showed before is no longer so
    return sku_id
