"""Staff's changes to products: what they are, when they are on the shelf."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from mall.catalog.cache import catalogue_changed
from mall.catalog.errors import (
    BrandNotFound,
    CategoryNotFound,
    ProductNotFound,
    ShelfTimesInvalid,
    SkuCodeTaken,
    SpecValuesTaken,
    SpuCodeTaken,
)
from mall.catalog.models import Spu
from mall.catalog.product_data import ProductData
from mall.catalog.search_index import reindex
from mall.catalog.writing import insert_product, rewrite_product
from mall.kernel.db import constraint_of, transaction
from mall.kernel.errors import MallError
from mall.staff.audit import record

_ERRORS: Mapping[str, tuple[type[MallError], str]] = {
    "uq_spus_spu_code": (SpuCodeTaken, "spu_code"),
    "uq_skus_sku_code": (SkuCodeTaken, "skus"),
    "uq_skus_spu_id_spec_values": (SpecValuesTaken, "skus"),
    "fk_spus_category_id": (CategoryNotFound, "category_id"),
    "fk_spus_brand_id": (BrandNotFound, "brand_id"),
    "ck_spus_shelf_times": (ShelfTimesInvalid, "shelf_off_at"),
}


def as_mall_error(fault: IntegrityError) -> MallError | None:
    """The catalogue's own error for a violated constraint."""
    named = _ERRORS.get(constraint_of(fault) or "")
    return named[0](param=named[1]) if named else None


def create_product(data: ProductData) -> int:
    """A new product, off the shelf. Prices in fen.

    Raises SpuCodeTaken, SkuCodeTaken, SpecValuesTaken, SpecsMismatch, CategoryNotFound,
    BrandNotFound.
    """
    with transaction() as session:
        try:
            spu_id = insert_product(session, data)
        except IntegrityError as fault:
            raise as_mall_error(fault) or fault from None
        reindex(session, [spu_id])
        catalogue_changed(session)
        record(
            session,
            action="spu.create",
            target_type="spu",
            target_id=spu_id,
            after=data.as_dict(),
        )
        return spu_id


def update_product(spu_id: int, data: ProductData) -> None:
    """Replace what a product is. A SKU that the data doesn't name is disabled, not deleted.

    Raises what `create_product` raises, and ProductNotFound.
    """
    with transaction() as session:
        _lock(session, spu_id)
        try:
            before, after = rewrite_product(session, spu_id, data)
        except IntegrityError as fault:
            raise as_mall_error(fault) or fault from None
        if after:
            reindex(session, [spu_id])
            _changed(session, "spu.update", spu_id, before, after)


def set_shelf(
    spu_id: int,
    *,
    on_shelf: bool,
    shelf_on_at: datetime | None = None,
    shelf_off_at: datetime | None = None,
) -> None:
    """Put a product on the shelf or take it off: at once, or between two times.

    Raises ProductNotFound, ShelfTimesInvalid.
    """
    wanted = {"on_shelf": on_shelf, "shelf_on_at": shelf_on_at, "shelf_off_at": shelf_off_at}
    with transaction() as session:
        before = _lock(session, spu_id)
        try:
            session.execute(
                update(Spu)
                .where(Spu.id == spu_id)
                .values(**wanted, updated_at=func.clock_timestamp())
            )
        except IntegrityError as fault:
            raise as_mall_error(fault) or fault from None
        _changed(session, "spu.shelf", spu_id, {key: before[key] for key in wanted}, wanted)


def archive_product(spu_id: int) -> None:
    """Take a product away for good. Its rows stay for the orders that name them.

    Raises ProductNotFound.
    """
    with transaction() as session:
        before = _lock(session, spu_id)
        session.execute(
            update(Spu)
            .where(Spu.id == spu_id)
            .values(on_shelf=False, archived_at=func.clock_timestamp())
        )
        _changed(session, "spu.archive", spu_id, {"on_shelf": before["on_shelf"]}, None)


def _lock(session: Session, spu_id: int) -> Mapping[str, Any]:
    row = session.execute(
        select(Spu.on_shelf, Spu.shelf_on_at, Spu.shelf_off_at)
        .where(Spu.id == spu_id, Spu.archived_at.is_(None))
        .with_for_update()
    ).first()
    if row is None:
        raise ProductNotFound
    return dict(row._mapping)


def _changed(
    session: Session,
    action: str,
    spu_id: int,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any] | None,
) -> None:
    record(session, action=action, target_type="spu", target_id=spu_id, before=before, after=after)
    catalogue_changed(session)
