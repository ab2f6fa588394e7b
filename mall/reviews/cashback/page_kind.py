"""The page of a show as shares know it: a share of it carries the sharer's token, and opens the
product with the show."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from mall.catalog.codes import PRODUCT_PAGE
from mall.catalog.models import Spu
from mall.catalog.rules import on_shelf_now
from mall.reviews.cashback.models import COLLECTING, GIVEN, REACHED, CashbackShow
from mall.reviews.writing.models import Review
from mall.reviews.writing.names import APPROVED
from mall.sharing.pages.kinds import Page, PageKind

NAME = "cashback_show"


def _show(session: Session, show_id: int) -> Any | None:
    return session.execute(
        select(Review.spu_id, Spu.category_id)
        .join(CashbackShow, CashbackShow.review_id == Review.id)
        .join(Spu, Spu.id == Review.spu_id)
        .where(CashbackShow.id == show_id, CashbackShow.status.in_((COLLECTING, REACHED, GIVEN)))
        .where(Review.status == APPROVED, on_shelf_now())
    ).one_or_none()


def _find(session: Session, show_id: int) -> Page | None:
    found = _show(session, show_id)
    return None if found is None else Page(NAME, show_id, found.category_id)


def _path(session: Session, show_id: int) -> str | None:
    found = _show(session, show_id)
    return None if found is None else f"{PRODUCT_PAGE}?id={found.spu_id}&cashback={show_id}"


CASHBACK_SHOW = PageKind(NAME, "晒单返现", _find, path=_path)
