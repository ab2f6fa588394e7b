"""The page of an entry as shares know it: a share of it carries the sharer's token, and opens the
product with the show."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from mall.catalog.codes import PRODUCT_PAGE
from mall.catalog.models import Spu
from mall.catalog.rules import on_shelf_now
from mall.reviews.show.models import ShowEntry
from mall.reviews.writing.models import Review
from mall.reviews.writing.names import APPROVED
from mall.sharing.pages.kinds import PRODUCT, Card, Page, PageKind
from mall.uploads.names import address_of

NAME = "buyer_show"


def _entry(session: Session, entry_id: int) -> Any | None:
    return session.execute(
        select(Review.spu_id, Review.pictures, Spu.category_id)
        .join(ShowEntry, ShowEntry.review_id == Review.id)
        .join(Spu, Spu.id == Review.spu_id)
        .where(ShowEntry.id == entry_id, ShowEntry.ended_at.is_(None))
        .where(Review.status == APPROVED, on_shelf_now())
    ).one_or_none()


def _find(session: Session, entry_id: int) -> Page | None:
    found = _entry(session, entry_id)
    return None if found is None else Page(NAME, entry_id, found.category_id)


def _card(session: Session, entry_id: int) -> Card | None:
    """The product's name and price with the buyer's first picture."""
    found = _entry(session, entry_id)
    card = PRODUCT.card(session, found.spu_id) if found and PRODUCT.card else None
    if found is None or card is None:
        return None
    return Card(
        card.title,
        address_of(found.pictures[0]) if found.pictures else card.picture,
        card.price_fen,
        card.list_price_fen,
        from_price=card.from_price,
    )


def _path(session: Session, entry_id: int) -> str | None:
    found = _entry(session, entry_id)
    return None if found is None else f"{PRODUCT_PAGE}?id={found.spu_id}&show={entry_id}"


BUYER_SHOW = PageKind(NAME, "买家秀", _find, _card, _path)
