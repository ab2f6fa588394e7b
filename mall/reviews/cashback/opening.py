"""A writer begins to show a review for cash. The cash is set aside at once: what is shown is what
is given.

Lock order: the account, the ground of the review, the campaign (shared), the reward rule's budget.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from mall.kernel.db import transaction
from mall.kernel.failpoints import around_commit
from mall.reviews.cashback import metrics
from mall.reviews.cashback.campaigns import CASH
from mall.reviews.cashback.devices import keep_writers
from mall.reviews.cashback.errors import (
    CashbackCampaignNotFound,
    CashbackNotOpen,
    CashbackReviewUnfit,
    CashbackTaken,
)
from mall.reviews.cashback.models import COLLECTING, CashbackCampaign, CashbackShow
from mall.reviews.cashback.reviews import read, stands
from mall.reviews.cashback.settings import CASHBACK_OPEN
from mall.reviews.writing.errors import ReviewNotFound
from mall.rewards.granters import Part
from mall.rewards.granting import Source, grant
from mall.rewards.grounds import lock_ground
from mall.users.queries import hold_open_account


def ground_of(review_id: int) -> str:
    """What the cash for a shown review stands on."""
    return f"cashback:{review_id}"


def begin_show(user_id: int, campaign_id: int, review_id: int, device: str) -> int:
    """Show an own review for cash: the show's id. The same again is the same show.

    Raises ReviewNotFound, CashbackReviewUnfit, CashbackCampaignNotFound, CashbackNotOpen,
    CashbackTaken, AccountClosed; RewardBudgetSpent, RewardRulePaused, RewardDailyCap when there
    is nothing left to promise.
    """
    with transaction() as session:
        around_commit(session, "cashback.before_begin_commit", "cashback.after_begin_commit")
        hold_open_account(session, user_id)
        lock_ground(session, ground_of(review_id))
        review = read(session, review_id)
        if review is None or review.user_id != user_id:
            raise ReviewNotFound
        known = _known(session, review_id)
        if known is not None:
            if known.campaign_id != campaign_id:
                raise CashbackTaken
            return int(known.id)
        campaign = _running(session, campaign_id)
        if not stands(review) or review.pictures < campaign.min_pictures:
            raise CashbackReviewUnfit
        show_id = _write(session, user_id, review_id, campaign)
        keep_writers(session, show_id, device)
        metrics.SHOWS.labels(COLLECTING).inc()
        return show_id


def is_running(campaign: Any, now: Any) -> bool:
    """Whether writers may begin in this campaign."""
    return bool(
        CASHBACK_OPEN.get() and campaign.enabled and campaign.starts_at <= now < campaign.ends_at
    )


def _running(session: Session, campaign_id: int) -> Any:
    """The campaign, shared until the commit: its terms can't change meanwhile."""
    row = session.execute(
        select(*CashbackCampaign.__table__.c, func.clock_timestamp().label("now"))
        .where(CashbackCampaign.id == campaign_id)
        .with_for_update(read=True)
    ).one_or_none()
    if row is None:
        raise CashbackCampaignNotFound
    if not is_running(row, row.now):
        raise CashbackNotOpen
    return row


def _write(session: Session, user_id: int, review_id: int, campaign: Any) -> int:
    """Promise the cash, and write the show. One a writer and campaign: the constraint says so."""
    taken = select(CashbackShow.id).where(
        CashbackShow.campaign_id == campaign.id, CashbackShow.user_id == user_id
    )
    if session.scalar(taken) is not None:
        raise CashbackTaken
    ground = ground_of(review_id)
    promised = grant(
        session,
        user_id,
        Source(campaign.rule_id, ground, ground),
        (Part(CASH, "", campaign.amount_fen),),
        pending=True,
    )
    runs_until = func.clock_timestamp() + func.make_interval(0, 0, 0, campaign.days)
    made: int | None = session.scalar(
        insert(CashbackShow)
        .values(
            campaign_id=campaign.id,
            version=campaign.version,
            review_id=review_id,
            user_id=user_id,
            grant_id=promised.id,
            amount_fen=campaign.amount_fen,
            needed=campaign.likes_needed,
            ends_at=func.least(runs_until, campaign.ends_at),
        )
        .on_conflict_do_nothing(constraint="uq_cashback_shows_campaign_user")
        .returning(CashbackShow.id)
    )
    if made is None:  # another review of the same writer was faster
        raise CashbackTaken
    return made


def _known(session: Session, review_id: int) -> Any | None:
    return session.execute(
        select(CashbackShow.id, CashbackShow.campaign_id).where(CashbackShow.review_id == review_id)
    ).one_or_none()
