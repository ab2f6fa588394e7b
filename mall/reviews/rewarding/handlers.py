"""Facts that give or take back rewards of reviews. Each reward is brought to its place by a job of
its own (`settling.py`), so no two rules are locked in different orders."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.orm import Session

from mall.aftersales.events import OrderSettled
from mall.kernel.jobs import defer_many
from mall.reviews.rewarding.facts import read
from mall.reviews.rewarding.originals import remember
from mall.reviews.rewarding.settling import SETTLE_JOB
from mall.reviews.writing.events import ReviewChanged

_KINDS = text(
    """
    SELECT kind FROM review_rewards WHERE enabled
    UNION SELECT kind FROM review_reward_grants WHERE review_id = :review_id
    ORDER BY kind
    """
)
_PROMISED = text(
    """
    SELECT k.review_id, k.kind FROM orders o
    JOIN reviews r ON r.order_id = o.id
    JOIN review_reward_grants k ON k.review_id = r.id
    JOIN reward_grants g ON g.id = k.grant_id AND g.status = 'pending'
    WHERE o.order_no = :order_no ORDER BY k.review_id, k.kind
    """
)


def follow_review(session: Session, event: ReviewChanged) -> None:
    """A review is there, or another: it has its phrases, and may have earned or lost rewards."""
    review = read(session, event.review_id)
    if review is None:
        return
    remember(session, review.id, review.text)
    if not review.written:  # imported, or by the clock: never rewarded
        return
    kinds = session.scalars(_KINDS, {"review_id": review.id}).all()
    jobs = [{"review_id": review.id, "kind": kind} for kind in kinds]
    defer_many(session, SETTLE_JOB, jobs)


def give_promised(session: Session, event: OrderSettled) -> None:
    """Nothing of the order can come back any more."""
    rows = session.execute(_PROMISED, {"order_no": event.order_no}).mappings()
    defer_many(session, SETTLE_JOB, [dict(row) for row in rows])
