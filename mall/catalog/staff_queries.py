"""What staff see of products: those off the shelf, scheduled and archived too."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Row, and_, func, or_, select
from sqlalchemy.orm import Session

from mall.catalog.errors import ProductNotFound
from mall.catalog.listing import ORDERS, ProductFilter, conditions, ordered_page
from mall.catalog.models import Sku, Spu
from mall.catalog.rules import on_shelf_now
from mall.kernel.http.paging import Page

_CARD = (
    *(column for column in Spu.__table__.c if column.name not in ("detail_html", "search_vector")),
    on_shelf_now().label("on_sale"),
)


def staff_products(
    session: Session,
    wanted: ProductFilter,
    *,
    state: str | None,
    text: str | None,
    cursor: str | None,
    limit: int,
) -> Page[Row[Any]]:
    """A page of products, the newest first. Archived ones only where asked for."""
    where = [_state(state), *conditions(session, wanted)]
    if text:
        where.append(_named(text))
    return ordered_page(session, select(*_CARD).where(*where), ORDERS["newest"], cursor, limit)


def staff_product(session: Session, spu_id: int) -> dict[str, Any]:
    """One product with all its SKUs. Raises ProductNotFound."""
    row = session.execute(select(*_CARD, Spu.detail_html).where(Spu.id == spu_id)).first()
    if row is None:
        raise ProductNotFound
    skus = session.execute(
        select(*Sku.__table__.c).where(Sku.spu_id == spu_id).order_by(Sku.position, Sku.id)
    ).all()
    return {**row._mapping, "skus": skus}


def _state(state: str | None) -> ColumnElement[bool]:
    here = Spu.archived_at.is_(None)
    if state == "archived":
        return Spu.archived_at.is_not(None)
    if state == "on":
        return on_shelf_now()
    scheduled = and_(Spu.on_shelf, Spu.shelf_on_at > func.statement_timestamp())
    if state == "scheduled":
        return and_(here, scheduled)
    if state == "off":
        return and_(here, ~func.coalesce(or_(on_shelf_now(), scheduled), False))
    return here


def _named(text: str) -> ColumnElement[bool]:
    by_sku = select(Sku.spu_id).where(Sku.sku_code.startswith(text, autoescape=True))
    return or_(
        Spu.name.contains(text, autoescape=True),
        Spu.spu_code.startswith(text, autoescape=True),
        Spu.id.in_(by_sku),
    )
