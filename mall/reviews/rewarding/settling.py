"""Bringing what a review gets of one kind to where it should be: given, promised, taken back.

What has to be done follows from the review alone, read under the lock of its ground. So it may be
done at any time and again. Each kind has a transaction, and one reward rule, of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import text, update
from sqlalchemy.orm import Session

from mall.kernel.db import transaction
from mall.kernel.errors import MallError
from mall.messages.sending import send_soon
from mall.reviews.moderation.same_pictures import Fingerprint
from mall.reviews.rewarding import metrics
from mall.reviews.rewarding.defining import terms_of
from mall.reviews.rewarding.facts import Written, facts_of, read
from mall.reviews.rewarding.models import ReviewRewardGrant
from mall.reviews.rewarding.pictures import own_prints
from mall.reviews.rewarding.terms import FEATURED, FIRST_OF_SKU, times
from mall.rewards.commands import BY_STAFF
from mall.rewards.confirming import confirm_for
from mall.rewards.granters import Part, Reward, read_reward
from mall.rewards.granting import Source, grant
from mall.rewards.grounds import lock_ground
from mall.rewards.reversing import reverse
from mall.rewards.states import GRANTED, PENDING

SETTLE_JOB = "reviews.settle_reward"
GIVEN_MESSAGE = "review_reward"
# `by_staff`: somebody took the newest one back by hand; it isn't given anew.
_KEPT = text(
    """
    SELECT k.grant_id, k.attempts, g.status, EXISTS (
        SELECT FROM reward_steps s WHERE s.grant_id = g.id AND s.cause = :by_staff
          AND s.to_status IN ('reversed', 'canceled')
    ) AS by_staff
    FROM review_reward_grants k LEFT JOIN reward_grants g ON g.id = k.grant_id
    WHERE k.review_id = :review_id AND k.kind = :kind
    """
)
_REWARD = text(
    """
    SELECT w.*, r.reward FROM review_rewards w JOIN reward_rules r ON r.id = w.rule_id
    WHERE w.kind = :kind AND w.enabled
    """
)
_CLAIM = text(
    """
    INSERT INTO review_reward_grants (review_id, kind, reward_id, version, times, sku_id)
    VALUES (:review_id, :kind, :reward_id, :version, :times, :sku_id)
    ON CONFLICT DO NOTHING
    """
)


def ground_of(review_id: int) -> str:
    """What the rewards of a review stand on."""
    return f"review:{review_id}"


def event_of(order_line_id: int, kind: str, attempt: int) -> str:
    """What a reward is given for: the line and the kind, once; and how often it was by now when
    that is more than once (the one before went back with the review)."""
    event = f"review:{order_line_id}:{kind}"
    return event if attempt == 1 else f"{event}:again:{attempt}"


def settle(review_id: int, kind: str) -> None:
    """Give, promise or take back what a review gets of a kind, as the review stands. What a rule
    refuses is kept with its code and tried again each day."""
    prints = _prints_of(review_id)
    with transaction() as session:
        _settle(session, review_id, kind, prints)


def _prints_of(review_id: int) -> Sequence[Fingerprint]:
    """The hashes of its pictures, read before anything is locked."""
    with transaction() as session:
        review = read(session, review_id)
    if review is None or not review.stands:
        return ()
    return own_prints(review.user_id or 0, review.pictures)


def _settle(session: Session, review_id: int, kind: str, prints: Sequence[Fingerprint]) -> None:
    lock_ground(session, ground_of(review_id))
    review = read(session, review_id)
    if review is None or not review.written:
        return
    kept = _kept(session, review_id, kind)
    if kept is not None and kept.by_staff:
        return
    is_open = kept is not None and kept.status in (PENDING, GRANTED)
    is_gone = review.is_gone or (kind == FEATURED and not review.featured)
    if is_open and is_gone:
        reverse(session, kept.grant_id, cause="review_gone")
        metrics.REWARDS.labels("taken_back").inc()
    elif is_open and kept.status == PENDING and review.settled_at is not None:
        _confirm(session, review)
    elif not is_open and review.stands:
        _give(session, review, kind, kept, prints)
    if is_gone:
        _set(session, review_id, kind, refusal=None)


def _kept(session: Session, review_id: int, kind: str) -> Any:
    asked = {"review_id": review_id, "kind": kind, "by_staff": BY_STAFF}
    return session.execute(_KEPT, asked).one_or_none()


def _give(
    session: Session, review: Written, kind: str, kept: Any, prints: Sequence[Fingerprint]
) -> None:
    user_id, line_id = review.user_id, review.order_line_id
    reward: Any = session.execute(_REWARD, {"kind": kind}).one_or_none()
    if reward is None or user_id is None or line_id is None:
        return
    earned = times(terms_of(reward), facts_of(session, review, prints))
    if not earned:
        return
    if kept is None:
        kept = _claim(session, review, reward, earned)
        if kept is None:  # another review was the first of the SKU
            return
    attempt = kept.attempts + 1
    source = Source(reward.rule_id, event_of(line_id, kind, attempt), ground_of(review.id))
    waits = reward.after_settling and review.settled_at is None
    given = multiplied(read_reward(reward.reward), earned)
    try:
        with session.begin_nested():
            made = grant(session, user_id, source, given, pending=waits)
    except MallError as refused:
        _set(session, review.id, kind, refusal=refused.code)
        metrics.REWARDS.labels("refused").inc()
        return
    _set(
        session,
        review.id,
        kind,
        reward_id=reward.id,
        version=reward.version,
        times=earned,
        grant_id=made.id,
        attempts=attempt,
        refusal=None,
    )
    if not waits:
        send_soon(session, GIVEN_MESSAGE, str(made.id), user_id)
    metrics.REWARDS.labels("promised" if waits else "given").inc()


def multiplied(reward: Reward, times: int) -> Reward:
    """So many times what a rule gives."""
    return tuple(Part(part.kind, part.what, part.count * times) for part in reward)


def _claim(session: Session, review: Written, reward: Any, earned: int) -> Any:
    """The row of this kind, made if the review may have it."""
    first = reward.kind == FIRST_OF_SKU
    values = {"review_id": review.id, "kind": reward.kind, "reward_id": reward.id}
    more = {"version": reward.version, "times": earned, "sku_id": review.sku_id if first else None}
    session.execute(_CLAIM, {**values, **more})
    return _kept(session, review.id, reward.kind)


def _confirm(session: Session, review: Written) -> None:
    """Everything that waits for this order waits for the same. A granter's refusal stays with the
    grant (`refused_rewards`)."""
    for one in confirm_for(session, ground_of(review.id), cause="order_settled"):
        if one.refusal is None:
            send_soon(session, GIVEN_MESSAGE, str(one.grant_id), one.user_id)
            metrics.REWARDS.labels("given").inc()


def _set(session: Session, review_id: int, kind: str, **values: Any) -> None:
    session.execute(
        update(ReviewRewardGrant)
        .where(ReviewRewardGrant.review_id == review_id, ReviewRewardGrant.kind == kind)
        .values(**values)
        .execution_options(synchronize_session=False)
    )
