"""What shoppers and staff read of cash for likes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from mall.reviews.cashback.errors import CashbackShowNotFound
from mall.reviews.cashback.models import OPEN, CashbackCampaign, CashbackLike, CashbackShow
from mall.reviews.cashback.rules_text import rules_text
from mall.reviews.cashback.settings import CASHBACK_OPEN
from mall.reviews.writing.models import Review
from mall.reviews.writing.names import APPROVED
from mall.reviews.writing.showing import follow_ups_of, for_everybody, rows_of

MOST = 50
"""Campaigns that one answer lists; a shop runs one or two."""


def running_campaigns(session: Session) -> list[dict[str, Any]]:
    """Campaigns in which writers may begin a show now, with their rules in words."""
    if not CASHBACK_OPEN.get():
        return []
    now = func.clock_timestamp()
    found = session.scalars(
        select(CashbackCampaign)
        .where(CashbackCampaign.enabled, CashbackCampaign.starts_at <= now)
        .where(CashbackCampaign.ends_at > now)
        .order_by(CashbackCampaign.ends_at, CashbackCampaign.id)
        .limit(MOST)
        .execution_options(populate_existing=True)
    ).all()
    return [with_rules(one) for one in found]


def all_campaigns(session: Session, before: int | None, limit: int) -> list[dict[str, Any]]:
    """Every campaign, the newest first; one more than `limit`."""
    query = select(CashbackCampaign).order_by(CashbackCampaign.id.desc()).limit(limit + 1)
    if before is not None:
        query = query.where(CashbackCampaign.id < before)
    found = session.scalars(query.execution_options(populate_existing=True)).all()
    return [with_rules(one) for one in found]


def with_rules(campaign: CashbackCampaign) -> dict[str, Any]:
    """A campaign with its rules in words."""
    columns = {one.name: getattr(campaign, one.name) for one in CashbackCampaign.__table__.c}
    return {**columns, "rules": list(rules_text(campaign))}


def show_for(session: Session, user_id: int, show_id: int) -> dict[str, Any]:
    """A show as a shopper sees it: its writer always, others while it runs and its review is there.

    Raises CashbackShowNotFound.
    """
    row = session.execute(_shows().where(CashbackShow.id == show_id)).one_or_none()
    if row is None:
        raise CashbackShowNotFound
    mine = row.CashbackShow.user_id == user_id
    review = _reviews(session, [row]).get(row.CashbackShow.review_id)
    if not mine and (row.CashbackShow.status not in OPEN or review is None):
        raise CashbackShowNotFound
    liked = select(CashbackLike.id).where(
        CashbackLike.show_id == show_id, CashbackLike.user_id == user_id
    )
    return {
        **_seen(row, review),
        "mine": mine,
        "liked": session.scalar(liked) is not None,
        "reason": row.CashbackShow.reason if mine else "",
    }


def own_shows(
    session: Session, user_id: int, before: int | None, limit: int
) -> list[dict[str, Any]]:
    """A writer's own shows, the newest first; one more than `limit`."""
    query = _shows().where(CashbackShow.user_id == user_id)
    if before is not None:
        query = query.where(CashbackShow.id < before)
    found = session.execute(query.order_by(CashbackShow.id.desc()).limit(limit + 1)).all()
    reviews = _reviews(session, found)
    return [
        {
            **_seen(row, reviews.get(row.CashbackShow.review_id)),
            "mine": True,
            "liked": False,
            "reason": row.CashbackShow.reason,
        }
        for row in found
    ]


def shows(
    session: Session,
    *,
    campaign_id: int | None,
    status: str | None,
    before: int | None,
    limit: int,
) -> Sequence[CashbackShow]:
    """Shows for staff, the newest first; one more than `limit`."""
    query = select(CashbackShow).order_by(CashbackShow.id.desc()).limit(limit + 1)
    if campaign_id is not None:
        query = query.where(CashbackShow.campaign_id == campaign_id)
    if status is not None:
        query = query.where(CashbackShow.status == status)
    if before is not None:
        query = query.where(CashbackShow.id < before)
    return session.scalars(query.execution_options(populate_existing=True)).all()


def _shows() -> Select[CashbackShow, str]:
    return (
        select(CashbackShow, CashbackCampaign.name.label("campaign"))
        .join(CashbackCampaign, CashbackCampaign.id == CashbackShow.campaign_id)
        .execution_options(populate_existing=True)
    )


def _reviews(session: Session, found: Sequence[Any]) -> Mapping[int, dict[str, Any]]:
    """The reviews that everybody may read, as everybody reads them."""
    ids = list(
        session.scalars(
            select(Review.id).where(
                Review.id.in_([row.CashbackShow.review_id for row in found]),
                Review.status == APPROVED,
            )
        )
    )
    rows, follow_ups = rows_of(session, ids), follow_ups_of(session, ids)
    return {one: for_everybody(rows[one], follow_ups.get(one)) for one in ids}


def _seen(row: Any, review: Mapping[str, Any] | None) -> dict[str, Any]:
    columns = {name.name: getattr(row.CashbackShow, name.name) for name in CashbackShow.__table__.c}
    return {**columns, "campaign": row.campaign, "review": review}
