"""An offer as the rules of compliance see it, and what shoppers read of its terms."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from mall.compliance.campaigns import Campaign, LockedPoints
from mall.compliance.running import CampaignSource, Running
from mall.points.lockups.models import WHOLE_BP, LockupOffer
from mall.points.settings import RETURNED_DAYS

KIND = "lockup_offer"


def terms_of(offer: LockupOffer) -> str:
    """The terms in Chinese, in points alone."""
    return (
        f"锁定 {offer.days} 天，到期时每 {WHOLE_BP} 积分奖励 {offer.rate_bp} 积分"
        "（不足 1 积分舍去）。"
        "可提前退出，积分全部退回，没有奖励。"
        f"锁定期间到了有效期的积分，在锁定结束后 {RETURNED_DAYS.get()} 天内仍可使用。"
    )


def describe(offer: LockupOffer) -> Campaign:
    """The facts of an offer."""
    return Campaign(
        kind=KIND,
        ref=str(offer.id),
        name=offer.name,
        texts=(offer.description, terms_of(offer)),
        starts_at=offer.opens_at,
        ends_at=offer.closes_at,
        quantity=offer.budget,
        mechanics=(LockedPoints(offer.rate_bp, offer.days),),
    )


def running(session: Session) -> Iterator[Running]:
    """Offers that take locks, or will."""
    for offer in session.scalars(
        select(LockupOffer)
        .where(~LockupOffer.paused, LockupOffer.closes_at > func.now())
        .execution_options(populate_existing=True)
    ):
        yield describe(offer), offer.version


LOCKUP_OFFERS = CampaignSource(
    KIND,
    running,
    """
    SELECT CAST(id AS text) AS ref, version FROM lockup_offers
    WHERE NOT paused AND closes_at > now()
    """,
)
