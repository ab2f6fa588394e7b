"""Reads of items: as they are on offer now, and as staff keep them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, func, or_, select, true, tuple_
from sqlalchemy.orm import Session

from mall.points.exchange.errors import ExchangeItemNotFound
from mall.points.exchange.items.terms import BEGINNING
from mall.points.exchange.models import SKU, ExchangeItem, ExchangePrice


@dataclass(frozen=True, slots=True)
class OfferedItem:
    """An item with its price of this moment (`now`), in points and fen a unit."""

    item: ExchangeItem
    points: int
    cash_fen: int
    now: datetime

    @property
    def left(self) -> int:
        """Units that can still be exchanged."""
        return self.item.stock - self.item.sold


@dataclass(frozen=True, slots=True)
class PriceView:
    """A price as staff wrote it; the first has no `from_at`."""

    from_at: datetime | None
    points: int
    cash_fen: int


@dataclass(frozen=True, slots=True)
class ItemView:
    """An item with all its prices, the earliest first."""

    item: ExchangeItem
    prices: Sequence[PriceView]

    @property
    def left(self) -> int:
        """Units that can still be exchanged."""
        return self.item.stock - self.item.sold


def delivered_here(session: Session, sku_ids: Collection[int]) -> set[int]:
    """Which of these SKUs stand for a reward or a code: nothing of them can be sent."""
    return set(
        session.scalars(
            select(ExchangeItem.sku_id).where(
                ExchangeItem.sku_id.in_(sku_ids),
                ExchangeItem.kind != SKU,
                ExchangeItem.ended_at.is_(None),
            )
        )
    )


def _offered() -> Select[ExchangeItem, int, int, datetime]:
    price = (
        select(ExchangePrice.points, ExchangePrice.cash_fen)
        .where(
            ExchangePrice.item_id == ExchangeItem.id,
            ExchangePrice.from_at <= func.clock_timestamp(),
        )
        .order_by(ExchangePrice.from_at.desc())
        .limit(1)
        .lateral("price")
    )
    return (
        select(ExchangeItem, price.c.points, price.c.cash_fen, func.clock_timestamp())
        .join(price, true())
        .execution_options(populate_existing=True)
    )


def _as_offered(row: Row[ExchangeItem, int, int, datetime]) -> OfferedItem:
    return OfferedItem(*row)


def offered(session: Session, item_id: int) -> OfferedItem:
    """An item as it stands. Raises ExchangeItemNotFound."""
    row = session.execute(_offered().where(ExchangeItem.id == item_id)).one_or_none()
    if row is None:
        raise ExchangeItemNotFound
    return _as_offered(row)


def is_shown() -> ColumnElement[bool]:
    """Whether shoppers see an item: switched on and not over, even if it hasn't begun."""
    return (
        ExchangeItem.enabled
        & ExchangeItem.ended_at.is_(None)
        & or_(ExchangeItem.ends_at.is_(None), ExchangeItem.ends_at > func.clock_timestamp())
    )


def shown_items(
    session: Session, *, kind: str | None, after: Sequence[int] | None, limit: int
) -> list[OfferedItem]:
    """Items that shoppers see, by position; one more than `limit`."""
    query = _offered().where(is_shown())
    if kind is not None:
        query = query.where(ExchangeItem.kind == kind)
    if after is not None:
        query = query.where(tuple_(ExchangeItem.position, ExchangeItem.id) > tuple(after))
    query = query.order_by(ExchangeItem.position, ExchangeItem.id).limit(limit + 1)
    return [_as_offered(row) for row in session.execute(query)]


def shown_item(session: Session, item_id: int) -> OfferedItem:
    """An item that shoppers see. Raises ExchangeItemNotFound."""
    row = session.execute(_offered().where(ExchangeItem.id == item_id, is_shown())).one_or_none()
    if row is None:
        raise ExchangeItemNotFound
    return _as_offered(row)


def items(
    session: Session, *, kind: str | None, ended: bool | None, before: int | None, limit: int
) -> list[ItemView]:
    """Items for staff, newest first; one more than `limit`."""
    query = select(ExchangeItem).execution_options(populate_existing=True)
    if kind is not None:
        query = query.where(ExchangeItem.kind == kind)
    if ended is not None:
        is_ended = ExchangeItem.ended_at.is_not(None)
        query = query.where(is_ended if ended else ~is_ended)
    if before is not None:
        query = query.where(ExchangeItem.id < before)
    found = session.scalars(query.order_by(ExchangeItem.id.desc()).limit(limit + 1)).all()
    return _with_prices(session, found)


def item(session: Session, item_id: int) -> ItemView:
    """One item for staff. Raises ExchangeItemNotFound."""
    query = select(ExchangeItem).where(ExchangeItem.id == item_id)
    found = session.scalars(query.execution_options(populate_existing=True)).all()
    if not found:
        raise ExchangeItemNotFound
    return _with_prices(session, found)[0]


def prices_of(session: Session, item_ids: Sequence[int]) -> dict[int, list[PriceView]]:
    """All prices of these items, the earliest first."""
    query = select(ExchangePrice).where(ExchangePrice.item_id.in_(item_ids))
    query = query.order_by(ExchangePrice.item_id, ExchangePrice.from_at)
    found: dict[int, list[PriceView]] = {item_id: [] for item_id in item_ids}
    for row in session.scalars(query.execution_options(populate_existing=True)):
        from_at = None if row.from_at == BEGINNING else row.from_at
        found[row.item_id].append(PriceView(from_at, row.points, row.cash_fen))
    return found


def _with_prices(session: Session, found: Sequence[ExchangeItem]) -> list[ItemView]:
    prices = prices_of(session, [one.id for one in found])
    return [ItemView(one, prices[one.id]) for one in found]


def as_values(view: ItemView, names: Sequence[str]) -> dict[str, Any]:
    """These terms of an item, with its prices, for the audit trail."""
    values = {name: getattr(view.item, name) for name in names}
    prices = [
        {"from_at": one.from_at, "points": one.points, "cash_fen": one.cash_fen}
        for one in view.prices
    ]
    return {**values, "prices": prices}
