"""Staff's reads of slots, sessions, items, and how a sale goes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, and_, func, or_, select, text
from sqlalchemy.orm import Session

from mall.catalog.models import Sku, Spu
from mall.flashsale.errors import ItemNotFound, SessionNotFound
from mall.flashsale.models import ARMED, DRAFT, PAUSED, FlashItem, FlashSession, FlashSlot

_SESSION = (
    *FlashSession.__table__.c,
    FlashSlot.name.label("slot_name"),
    select(func.count())
    .select_from(FlashItem)
    .where(FlashItem.session_id == FlashSession.id)
    .scalar_subquery()
    .label("items"),
)
_ITEM = (
    *FlashItem.__table__.c,
    (FlashItem.stock - FlashItem.sold - FlashItem.returned).label("left"),
    Sku.sku_code,
    Spu.name,
    Sku.price_fen.label("usual_price_fen"),
)
_TICKETS = text(
    """
    SELECT t.item_id, CAST(sum(t.units) AS bigint) AS admitted,
        CAST(coalesce(sum(t.units) FILTER (WHERE t.status = 'ordered'), 0) AS bigint) AS ordered,
        CAST(coalesce(sum(t.units) FILTER (WHERE t.status = 'ordered' AND o.paid_at IS NOT NULL), 0)
            AS bigint) AS paid,
        CAST(coalesce(sum(t.units) FILTER (WHERE t.status = 'released'), 0) AS bigint)
            AS released,
        CAST(coalesce(sum(t.units) FILTER (WHERE t.status = 'failed'), 0) AS bigint) AS failed
    FROM flash_tickets t JOIN flash_items i ON i.id = t.item_id
    LEFT JOIN orders o ON o.id = t.order_id
    WHERE i.session_id = :session_id GROUP BY t.item_id
    """
)


def in_flash_sale(session: Session, sku_id: int) -> bool:
    """Whether the SKU is in a session that is announced or runs."""
    announced = or_(
        FlashSession.state.in_((ARMED, PAUSED)),
        and_(FlashSession.state == DRAFT, FlashSession.ready),
    )
    found = (
        select(FlashItem.id)
        .join(FlashSession, FlashSession.id == FlashItem.session_id)
        .where(FlashItem.sku_id == sku_id, announced)
        .limit(1)
    )
    return session.scalar(found) is not None


def sku_ids_of(session: Session, session_id: int) -> Sequence[int]:
    """The SKUs of a session's items."""
    return session.scalars(select(FlashItem.sku_id).where(FlashItem.session_id == session_id)).all()


def slots(session: Session) -> Sequence[FlashSlot]:
    """Every daily time, by the clock."""
    return session.scalars(
        select(FlashSlot)
        .order_by(FlashSlot.starts_minute, FlashSlot.id)
        .execution_options(populate_existing=True)
    ).all()


def sessions(
    session: Session, *, state: str | None, before: int | None, limit: int
) -> list[Row[Any]]:
    """Sessions, newest first: one more than `limit`, for paging."""
    query = _sessions().order_by(FlashSession.id.desc()).limit(limit + 1)
    if state is not None:
        query = query.where(FlashSession.state == state)
    if before is not None:
        query = query.where(FlashSession.id < before)
    return list(session.execute(query))


def session_of(session: Session, session_id: int) -> Row[Any]:
    """One session. Raises SessionNotFound."""
    row = session.execute(_sessions().where(FlashSession.id == session_id)).one_or_none()
    if row is None:
        raise SessionNotFound
    return row


def items(session: Session, session_id: int) -> list[Row[Any]]:
    """The items of a session, in their order. Raises SessionNotFound."""
    session_of(session, session_id)
    query = _items().where(FlashItem.session_id == session_id)
    return list(session.execute(query.order_by(FlashItem.position, FlashItem.id)))


def item(session: Session, item_id: int) -> Row[Any]:
    """One item. Raises ItemNotFound."""
    row = session.execute(_items().where(FlashItem.id == item_id)).one_or_none()
    if row is None:
        raise ItemNotFound
    return row


def ticket_units(session: Session, session_id: int) -> dict[int, dict[str, int]]:
    """Item id → units of its tickets that have ended, in all and by how they ended."""
    rows = session.execute(_TICKETS, {"session_id": session_id}).mappings()
    return {row["item_id"]: {k: row[k] for k in row if k != "item_id"} for row in rows}


def _sessions() -> Any:
    return select(*_SESSION).outerjoin(FlashSlot, FlashSlot.id == FlashSession.slot_id)


def _items() -> Any:
    return select(*_ITEM).join(Sku, Sku.id == FlashItem.sku_id).join(Spu, Spu.id == Sku.spu_id)
