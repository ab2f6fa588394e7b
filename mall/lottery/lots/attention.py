"""What of campaigns of lots needs somebody."""

from __future__ import annotations

from sqlalchemy import func, select, text

from mall.kernel.invariants import AttentionList
from mall.lottery.lots.models import LotCampaign, LotEntry, LotWin
from mall.reviews.writing.models import Review
from mall.reviews.writing.names import PENDING
from mall.users.models import User

REFUSED_LOTS = AttentionList(
    "refused_lot_prizes",
    "prizes of campaigns of lots that could not be given",
    "晒单抽奖未能发出的奖品",
    select(LotWin.campaign_id, LotWin.place, LotWin.refusal, LotWin.created_at)
    .join(
        LotEntry,
        (LotEntry.campaign_id == LotWin.campaign_id) & (LotEntry.number == LotWin.number),
    )
    .join(User, User.id == LotEntry.user_id)
    .where(LotWin.grant_id.is_(None), LotWin.refusal.is_not(None), User.closed_at.is_(None))
    .order_by(LotWin.campaign_id, LotWin.place),
)
UNDECIDED_LOTS = AttentionList(
    "undecided_lot_reviews",
    "reviews that nobody decided on yet, and whose lots are drawn within a day: who waits doesn't"
    " take part",
    "一天内开奖、尚未审核的晒单",
    select(LotEntry.campaign_id, LotEntry.review_id, LotCampaign.draws_at)
    .join(LotCampaign, LotCampaign.id == LotEntry.campaign_id)
    .join(Review, Review.id == LotEntry.review_id)
    .where(
        LotCampaign.published_at.is_not(None),
        LotCampaign.drawn_at.is_(None),
        LotCampaign.canceled_at.is_(None),
        LotCampaign.draws_at < func.now() + text("interval '1 day'"),
        Review.status == PENDING,
    )
    .order_by(LotCampaign.draws_at, LotEntry.review_id),
)
