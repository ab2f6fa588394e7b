"""Reads of sharing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from mall.sharing.shares.models import Share, ShareOpen, ShareShopper


@dataclass(frozen=True, slots=True)
class BroughtShopper:
    """A new shopper who counts for a sharer; `stands` is False once they left."""

    sharer_id: int
    at: datetime
    stands: bool


def brought_shopper(session: Session, shopper_no: int) -> BroughtShopper | None:
    """How a row of `share_shoppers` stands now; None for one that counts for nobody."""
    row = session.execute(
        select(ShareShopper.sharer_id, ShareShopper.created_at, ShareShopper.left_at).where(
            ShareShopper.id == shopper_no, ShareShopper.counted
        )
    ).one_or_none()
    return row and BroughtShopper(row.sharer_id, row.created_at, row.left_at is None)


def has_opened(session: Session, sharer_id: int, opener_id: int, since: datetime) -> bool:
    """Whether a shopper opened a share of this sharer since then."""
    opened = select(ShareOpen.id).where(
        ShareOpen.sharer_id == sharer_id,
        ShareOpen.opener_id == opener_id,
        ShareOpen.last_at >= since,
    )
    return session.scalar(opened.limit(1)) is not None


def shares(session: Session, user_id: int, *, before: int | None, limit: int) -> Sequence[Any]:
    """A shopper's shares, newest first, with what they brought; one more than `limit`."""
    query = select(
        Share.id,
        Share.token,
        Share.page_kind,
        Share.page_id,
        Share.medium,
        Share.created_at,
        _counted(ShareOpen).label("opened"),
        _counted(ShareShopper, ShareShopper.left_at.is_(None)).label("shoppers"),
        Share.orders,
    ).where(Share.user_id == user_id)
    if before is not None:
        query = query.where(Share.id < before)
    return session.execute(query.order_by(Share.id.desc()).limit(limit + 1)).all()


def _counted(
    model: type[ShareOpen | ShareShopper], *more: ColumnElement[bool]
) -> ColumnElement[int]:
    return (
        select(func.count())
        .select_from(model)
        .where(model.share_id == Share.id, model.counted, *more)
        .scalar_subquery()
    )
