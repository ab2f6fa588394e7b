"""Lists of products: filters, an allow-list of orders, cursors."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Integer, Row, Select, cast, func, select, tuple_
from sqlalchemy.orm import Session

from mall.catalog.errors import CategoryNotFound
from mall.catalog.models import Category, Sku, Spu
from mall.catalog.rules import on_shelf_now
from mall.kernel.http.paging import Page, decode_cursor, page


@dataclass(frozen=True)
class Order:
    """One way to sort: columns that are unique together, all in one direction."""

    columns: tuple[ColumnElement[Any], ...]
    kinds: tuple[type, ...]
    descending: bool


_hot = cast(Spu.is_hot, Integer)
ORDERS: Mapping[str, Order] = {
    "newest": Order((Spu.id.expression,), (int,), True),
    "price_asc": Order((Spu.min_price_fen.expression, Spu.id.expression), (int, int), False),
    "price_desc": Order((Spu.min_price_fen.expression, Spu.id.expression), (int, int), True),
    "sales": Order((Spu.sold_count.expression, Spu.id.expression), (int, int), True),
    "hot": Order((_hot, Spu.sold_count.expression, Spu.id.expression), (int, int, int), True),
}
"""What `sort` may be. Nothing of a request reaches ORDER BY but a key of this table."""

_LIST_PRICE = (
    select(func.max(Sku.list_price_fen))
    .where(
        Sku.spu_id == Spu.id,
        Sku.enabled,
        Sku.price_fen == Spu.min_price_fen,
        Sku.list_price_fen > Sku.price_fen,
    )
    .correlate(Spu)
    .scalar_subquery()
)
CARD = (
    Spu.id,
    Spu.name,
    Spu.brief,
    Spu.main_image.label("image"),
    Spu.unit,
    Spu.min_price_fen.label("price_fen"),
    Spu.max_price_fen,
    _LIST_PRICE.label("list_price_fen"),
    Spu.category_id,
    Spu.brand_id,
    Spu.is_new,
    Spu.is_hot,
    Spu.sold_count,
)


@dataclass(frozen=True)
class ProductFilter:
    """What a list is narrowed to; None means any. Prices are in fen, both ends included."""

    category_id: int | None = None
    brand_id: int | None = None
    min_price_fen: int | None = None
    max_price_fen: int | None = None
    new: bool | None = None
    hot: bool | None = None


def list_products(
    session: Session, wanted: ProductFilter, sort: str, cursor: str | None, limit: int
) -> Page[Row[Any]]:
    """A page of what is on the shelf. Raises CategoryNotFound; `sort` is a key of ORDERS."""
    statement = select(*CARD).where(on_shelf_now(), *conditions(session, wanted))
    return ordered_page(session, statement, ORDERS[sort], cursor, limit)


def ordered_page(
    session: Session, statement: Select[Any], order: Order, cursor: str | None, limit: int
) -> Page[Row[Any]]:
    """Sort by `order`, start after `cursor`, cut to `limit`."""
    after = decode_cursor(cursor, order.kinds)
    if after is not None:
        key = tuple_(*order.columns)
        statement = statement.where(key < after if order.descending else key > after)
    rows = session.execute(
        statement.add_columns(*(c.label(f"key_{i}") for i, c in enumerate(order.columns)))
        .order_by(*(c.desc() if order.descending else c.asc() for c in order.columns))
        .limit(limit + 1)
    ).all()
    return page(rows, limit, _key(len(order.columns)))


def _key(width: int) -> Callable[[Row[Any]], list[int]]:
    return lambda row: list(row[-width:])


def conditions(session: Session, wanted: ProductFilter) -> list[ColumnElement[bool]]:
    """A filter as SQL conditions on products."""
    found: list[ColumnElement[bool]] = []
    if wanted.category_id is not None:
        found.append(_within(session, wanted.category_id))
    if wanted.brand_id is not None:
        found.append(Spu.brand_id == wanted.brand_id)
    if wanted.min_price_fen is not None:
        found.append(Spu.min_price_fen >= wanted.min_price_fen)
    if wanted.max_price_fen is not None:
        found.append(Spu.min_price_fen <= wanted.max_price_fen)
    if wanted.new is not None:
        found.append(Spu.is_new.is_(wanted.new))
    if wanted.hot is not None:
        found.append(Spu.is_hot.is_(wanted.hot))
    return found


def _within(session: Session, category_id: int) -> ColumnElement[bool]:
    """In the category or below it."""
    path = session.scalar(select(Category.path).where(Category.id == category_id))
    if path is None:
        raise CategoryNotFound(param="category_id")
    below = select(Category.id).where(Category.path.startswith(path, autoescape=True))
    return Spu.category_id.in_(below)


def until_next_shelf_change_ms(session: Session) -> int | None:
    """How long what is on the shelf stays as it is, unless staff change it."""
    now = func.statement_timestamp()
    nearest = func.least(
        select(func.min(Spu.shelf_on_at)).where(Spu.shelf_on_at > now).scalar_subquery(),
        select(func.min(Spu.shelf_off_at)).where(Spu.shelf_off_at > now).scalar_subquery(),
    )
    seconds = session.scalar(select(func.extract("epoch", nearest - now)))
    return None if seconds is None else int(seconds * 1000) + 1
