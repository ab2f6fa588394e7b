"""Stock rows, held until the commit by who moves several of them one after the other."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from mall.inventory.models import Stock


def lock_skus(session: Session, sku_ids: Collection[int]) -> None:
    """Lock the stock of these SKUs, in ascending order; one movement of several does so itself."""
    session.execute(
        select(Stock.sku_id)
        .where(Stock.sku_id.in_(sku_ids))
        .order_by(Stock.sku_id)
        .with_for_update(key_share=True)
    )
