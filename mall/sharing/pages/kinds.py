"""Kinds of pages: a feature adds those of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from mall.catalog.models import Category, Sku, Spu
from mall.catalog.rules import on_shelf_now
from mall.kernel.registry import Registry
from mall.promotions.queries import is_running
from mall.sharing.pages.errors import PageNotFound


@dataclass(frozen=True, slots=True)
class Page:
    """A page that shoppers can see. `category_id` is of a product or a category."""

    kind: str
    id: int
    category_id: int | None = None


@dataclass(frozen=True, slots=True)
class Card:
    """What a page shows of itself where it is shared. `picture` is an address; prices in fen,
    `from_price`: there are dearer ones."""

    title: str
    picture: str = ""
    price_fen: int | None = None
    list_price_fen: int | None = None
    from_price: bool = False


@dataclass(frozen=True)
class PageKind:
    """A kind of pages. `find(session, id)` gives the page, or None when shoppers can't see it.

    `card(session, id)` is what posters show of it; a kind without one has no posters.
    `path(session, id)` is where the mini-program shows it, with its query, for a kind whose place
    the client can't tell by the id.
    """

    name: str
    label: str
    find: Callable[[Session, int], Page | None]
    card: Callable[[Session, int], Card | None] | None = None
    path: Callable[[Session, int], str | None] | None = None


PAGE_KINDS: Registry[PageKind] = Registry("page kinds", lambda one: one.name)


def shown_page(session: Session, kind: str, page_id: int) -> Page:
    """The page, if shoppers can see it at this moment. Raises PageNotFound."""
    known = PAGE_KINDS.get(kind)
    page = None if known is None else known.find(session, page_id)
    if page is None:
        raise PageNotFound
    return page


def path_of(session: Session, page: Page) -> str | None:
    """Where the mini-program shows a page, if its kind says so."""
    known = PAGE_KINDS.get(page.kind)
    return None if known is None or known.path is None else known.path(session, page.id)


def _product(session: Session, spu_id: int) -> Page | None:
    on_shelf = select(Spu.category_id).where(Spu.id == spu_id, on_shelf_now())
    category_id = session.scalar(on_shelf)
    return None if category_id is None else Page("product", spu_id, category_id)


def _product_card(session: Session, spu_id: int) -> Card | None:
    found = session.execute(
        select(Spu.name, Spu.main_image, Spu.min_price_fen, Spu.max_price_fen, _list_price()).where(
            Spu.id == spu_id, on_shelf_now()
        )
    ).one_or_none()
    if found is None or found.min_price_fen is None:
        return None
    return Card(
        found.name,
        found.main_image,
        found.min_price_fen,
        found.list_price_fen,
        from_price=found.max_price_fen > found.min_price_fen,
    )


def _list_price() -> ColumnElement[int | None]:
    """The struck price of the cheapest SKU."""
    return (
        select(Sku.list_price_fen)
        .where(Sku.spu_id == Spu.id, Sku.enabled)
        .order_by(Sku.price_fen, Sku.id)
        .limit(1)
        .scalar_subquery()
        .label("list_price_fen")
    )


def _category(session: Session, category_id: int) -> Page | None:
    known = session.scalar(select(Category.id).where(Category.id == category_id))
    return None if known is None else Page("category", known, known)


def _promotion(session: Session, promotion_id: int) -> Page | None:
    return Page("promotion", promotion_id) if is_running(session, promotion_id) else None


PRODUCT = PageKind("product", "商品页", _product, _product_card)
CATEGORY = PageKind("category", "类目页", _category)
PROMOTION = PageKind("promotion", "促销活动页", _promotion)
