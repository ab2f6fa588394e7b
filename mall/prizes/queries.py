"""What shoppers read of their prizes."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from mall.catalog.models import Sku, Spu
from mall.orders.models import Order
from mall.prizes.errors import PrizeNotFound
from mall.prizes.models import PrizeClaim


def prizes(session: Session, user_id: int, before: int | None, limit: int) -> list[Any]:
    """A shopper's prizes, the newest first; one more than `limit`, for paging."""
    query = claims().where(PrizeClaim.user_id == user_id)
    if before is not None:
        query = query.where(PrizeClaim.id < before)
    return list(session.execute(query.order_by(PrizeClaim.id.desc()).limit(limit + 1)))


def prize(session: Session, user_id: int, claim_id: int) -> Any:
    """One prize of a shopper. Raises PrizeNotFound."""
    query = claims().where(PrizeClaim.id == claim_id, PrizeClaim.user_id == user_id)
    found = session.execute(query).one_or_none()
    if found is None:
        raise PrizeNotFound
    return found


def claims() -> Select[*tuple[Any, ...]]:
    """Claims with their goods as they are now, and their orders."""
    image = func.coalesce(func.nullif(Sku.image, ""), Spu.main_image)
    return (
        select(
            PrizeClaim,
            Sku.spu_id,
            Sku.sku_code,
            Spu.name,
            Sku.spec_values,
            image.label("image"),
            Order.order_no,
            Order.status.label("order_status"),
            Order.shipped_at,
        )
        .join(Sku, Sku.id == PrizeClaim.sku_id)
        .join(Spu, Spu.id == Sku.spu_id)
        .outerjoin(Order, Order.id == PrizeClaim.order_id)
        .execution_options(populate_existing=True)
    )
