"""What of trials needs somebody."""

from __future__ import annotations

from sqlalchemy import func, select

from mall.kernel.invariants import AttentionList
from mall.reviews.trials.models import OVERDUE, Trial, TrialApplication

TO_PICK = AttentionList(
    "trials_to_pick",
    "trials whose time to apply is over, with units that nobody has",
    "报名已结束、仍有名额的试用",
    select(Trial.id, Trial.name, Trial.apply_until, (Trial.units - Trial.picked).label("left"))
    .where(
        Trial.closed_at.is_(None),
        Trial.apply_until < func.now(),
        Trial.units > Trial.picked,
    )
    .order_by(Trial.apply_until),
)
LATE_REVIEWS = AttentionList(
    "overdue_trial_reviews",
    "reviews of trials that are overdue",
    "逾期未写的试用报告",
    select(TrialApplication.id, TrialApplication.trial_id, TrialApplication.due_at)
    .where(TrialApplication.status == OVERDUE)
    .order_by(TrialApplication.due_at),
)
