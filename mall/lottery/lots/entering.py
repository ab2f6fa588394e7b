"""Taking part with a review. Entries come one after the other on the campaign's row, so that their
numbers have no gap and each stands in public before the next."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from mall.kernel.db import db_now, transaction
from mall.lottery.lots.composing import lock_campaign, set_campaign
from mall.lottery.lots.errors import (
    LotCampaignClosed,
    LotCampaignNotFound,
    LotCampaignOver,
    LotCampaignPaused,
    LotEntered,
    LotReviewNotFound,
    LotReviewUnfit,
)
from mall.lottery.lots.models import LotCampaign, LotEntry
from mall.lottery.lots.states import CANCELED, DRAFT, DRAWN, OPEN, PAUSED, state_of
from mall.reviews.writing.models import Review
from mall.reviews.writing.names import APPROVED, PENDING, SHOPPER, TRIAL
from mall.users.queries import hold_open_account


def enter(user_id: int, campaign_id: int, review_id: int, nonce: str) -> int:
    """Take part with an own review: the entry's number. The same again is the same entry.

    `nonce` is the shopper's own part of the randomness. The review may still wait for moderation;
    what counts is what it is when the lots are drawn.

    Raises LotCampaignNotFound, LotCampaignClosed, LotCampaignPaused, LotCampaignOver,
    LotReviewNotFound, LotReviewUnfit, LotEntered, AccountClosed.
    """
    with transaction() as session:
        hold_open_account(session, user_id)
        review = _own_review(session, user_id, review_id)
        campaign = lock_campaign(session, campaign_id)
        _must_be_open(session, campaign)
        known = session.execute(
            select(LotEntry.number, LotEntry.review_id).where(
                LotEntry.campaign_id == campaign_id, LotEntry.user_id == user_id
            )
        ).one_or_none()
        if known is not None:
            if known.review_id != review_id:
                raise LotEntered
            return int(known.number)
        _must_fit(review, campaign)
        number = campaign.entered + 1
        set_campaign(session, campaign_id, entered=number)
        session.execute(
            insert(LotEntry).values(
                campaign_id=campaign_id,
                number=number,
                user_id=user_id,
                review_id=review_id,
                alias=secrets.token_hex(8),
                nonce=nonce,
            )
        )
        return number


def _own_review(session: Session, user_id: int, review_id: int) -> Any:
    found = session.execute(
        select(
            *(Review.id, Review.spu_id, Review.status, Review.origin, Review.order_kind),
            *(Review.order_refunded, Review.created_at, Review.pictures),
        ).where(Review.id == review_id, Review.user_id == user_id)
    ).one_or_none()
    if found is None:
        raise LotReviewNotFound
    return found


def _must_be_open(session: Session, campaign: LotCampaign) -> None:
    state = state_of(campaign, db_now(session))
    if state == DRAFT:
        raise LotCampaignNotFound
    if state in {DRAWN, CANCELED}:
        raise LotCampaignOver
    if state == PAUSED:
        raise LotCampaignPaused
    if state != OPEN:
        raise LotCampaignClosed


def _must_fit(review: Any, campaign: LotCampaign) -> None:
    """Raises LotReviewUnfit with why, in Chinese."""
    terms: Mapping[str, Any] = campaign.terms
    if review.origin != SHOPPER or review.order_kind == TRIAL:
        raise LotReviewUnfit("默认评价与试用评价不参与抽奖", param="review_id")
    if review.status not in {PENDING, APPROVED} or review.order_refunded:
        raise LotReviewUnfit("该评价未通过审核或商品已退回", param="review_id")
    if len(review.pictures) < terms["min_pictures"]:
        raise LotReviewUnfit(f"评价须有至少 {terms['min_pictures']} 张图片", param="review_id")
    if terms["spu_ids"] and review.spu_id not in terms["spu_ids"]:
        raise LotReviewUnfit("该商品不参与本次活动", param="review_id")
    if review.created_at < campaign.starts_at:
        raise LotReviewUnfit("评价须在活动开始之后发表", param="review_id")
