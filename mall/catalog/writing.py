"""Write a product's data into its tables. Helpers: they take the session, never commit."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from mall.catalog.html import clean_html
from mall.catalog.models import Sku, Spu
from mall.catalog.product_data import ProductData, SkuData
from mall.kernel.uploaded import stored_markup

Change = tuple[dict[str, Any], dict[str, Any]]
"""What was before and what is after, of the fields that differ only."""

_SKU_FIELDS = (
    "spec_values", "price_fen", "list_price_fen", "cost_fen", "weight_g", "volume_cm3",
    "image", "enabled", "position",
)  # fmt: skip


def insert_product(session: Session, data: ProductData) -> int:
    """A new product with its SKUs, off the shelf; returns its id."""
    data.check()
    spu_id = session.execute(insert(Spu).values(spu_values(data)).returning(Spu.id)).scalar_one()
    for position, sku in enumerate(data.skus):
        insert_sku(session, spu_id, sku, position)
    refresh_prices(session, [spu_id])
    return spu_id


def rewrite_product(session: Session, spu_id: int, data: ProductData) -> Change:
    """Make a product what the data says; write nothing that is so already.

    The caller holds the product's row. A SKU that the data doesn't name is disabled.
    """
    data.check()
    before, after = _rewrite_spu(session, spu_id, spu_values(data))
    skus_before, skus_after = _rewrite_skus(session, spu_id, data)
    if skus_after:
        refresh_prices(session, [spu_id])
        before["skus"], after["skus"] = skus_before, skus_after
    return before, after


def _rewrite_skus(session: Session, spu_id: int, data: ProductData) -> Change:
    kept = skus_of(session, spu_id)
    changes = {code: {"enabled": False} for code in _to_disable(kept, data)}
    fresh: dict[str, tuple[int, SkuData]] = {}
    for position, sku in enumerate(data.skus):
        if sku.sku_code in kept:
            wanted = {**sku.values(), "position": position}
            changes[sku.sku_code] = _differing(kept[sku.sku_code], wanted)
        else:
            fresh[sku.sku_code] = (position, sku)
    changes = {code: values for code, values in changes.items() if values}
    # First what is disabled, so that another SKU may take over its spec values.
    for code, values in sorted(changes.items(), key=lambda change: change[1].get("enabled", True)):
        session.execute(update(Sku).where(Sku.id == kept[code]["id"]).values(**values))
    for position, sku in fresh.values():
        insert_sku(session, spu_id, sku, position)
    before = {code: {name: kept[code][name] for name in changes[code]} for code in changes}
    return before, {**changes, **{code: sku.values() for code, (_, sku) in fresh.items()}}


def spu_values(data: ProductData) -> dict[str, Any]:
    """The product's own columns, its HTML made safe."""
    values = data.as_dict()
    del values["skus"]
    return values | {"detail_html": stored_markup(clean_html(data.detail_html))}


def insert_sku(session: Session, spu_id: int, sku: SkuData, position: int) -> int:
    """A new SKU; returns its id."""
    return session.execute(
        insert(Sku).values(spu_id=spu_id, position=position, **sku.values()).returning(Sku.id)
    ).scalar_one()


def refresh_prices(session: Session, spu_ids: Collection[int]) -> None:
    """Repeat the price range of their enabled SKUs on these products."""
    enabled = (Sku.spu_id == Spu.id, Sku.enabled)
    session.execute(
        update(Spu)
        .where(Spu.id.in_(spu_ids))
        .values(
            min_price_fen=select(func.min(Sku.price_fen)).where(*enabled).scalar_subquery(),
            max_price_fen=select(func.max(Sku.price_fen)).where(*enabled).scalar_subquery(),
            updated_at=func.clock_timestamp(),
        ),
        execution_options={"synchronize_session": False},
    )


def _rewrite_spu(session: Session, spu_id: int, wanted: dict[str, Any]) -> Change:
    row = session.execute(
        select(*(Spu.__table__.c[name] for name in wanted)).where(Spu.id == spu_id)
    ).one()
    after = _differing(dict(row._mapping), wanted)
    if after:
        session.execute(
            update(Spu).where(Spu.id == spu_id).values(**after, updated_at=func.clock_timestamp())
        )
    return {name: row._mapping[name] for name in after}, after


def skus_of(session: Session, spu_id: int) -> dict[str, dict[str, Any]]:
    """The product's SKUs by code."""
    columns = [Sku.__table__.c[name] for name in ("id", "sku_code", *_SKU_FIELDS)]
    rows = session.execute(select(*columns).where(Sku.spu_id == spu_id))
    return {row.sku_code: dict(row._mapping) for row in rows}


def _to_disable(kept: dict[str, dict[str, Any]], data: ProductData) -> list[str]:
    named = {sku.sku_code for sku in data.skus}
    return [code for code, sku in kept.items() if sku["enabled"] and code not in named]


def _differing(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in new.items() if name in old and old[name] != value}
