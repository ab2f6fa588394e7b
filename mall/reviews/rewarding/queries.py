"""Reads of rewards for reviews."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select, text, tuple_
from sqlalchemy.orm import Session

from mall.kernel.http.paging import decode_cursor
from mall.reviews.rewarding.models import ReviewRewardGrant
from mall.rewards.models import RewardGrant

_OFFERED = text(
    """
    SELECT w.*, r.name, r.reward FROM review_rewards w JOIN reward_rules r ON r.id = w.rule_id
    WHERE w.enabled AND r.enabled ORDER BY w.id
    """
)
_OF_REVIEW = text(
    """
    SELECT k.kind, k.times, k.refusal, coalesce(g.status, 'refused') AS status, u.name,
        coalesce((
            SELECT jsonb_agg(jsonb_build_object(
                'kind', p.kind, 'what', p.what, 'count', p.count - p.taken_back - p.debt
            ) ORDER BY p.position)
            FROM reward_parts p WHERE p.grant_id = g.id
        ), '[]') AS reward, g.created_at AS at
    FROM review_reward_grants k
    JOIN review_rewards w ON w.id = k.reward_id JOIN reward_rules u ON u.id = w.rule_id
    LEFT JOIN reward_grants g ON g.id = k.grant_id
    WHERE k.review_id = :review_id ORDER BY k.kind
    """
)


def offered(session: Session) -> Sequence[Any]:
    """What reviews are rewarded for now, with what their rules give."""
    return session.execute(_OFFERED).all()


def of_review(session: Session, review_id: int) -> Sequence[Any]:
    """What a review got: given, promised, taken back, or due and refused by a rule."""
    return session.execute(_OF_REVIEW, {"review_id": review_id}).all()


def grants(
    session: Session,
    *,
    review_id: int | None,
    refused: bool,
    before: tuple[int, str] | None,
    limit: int,
) -> Sequence[Any]:
    """What reviews got, the newest review first; one more than `limit`, for paging."""
    place = (ReviewRewardGrant.review_id, ReviewRewardGrant.kind)
    query = (
        select(*ReviewRewardGrant.__table__.c, RewardGrant.status)
        .outerjoin(RewardGrant, RewardGrant.id == ReviewRewardGrant.grant_id)
        .order_by(*(column.desc() for column in place))
        .limit(limit + 1)
    )
    if review_id is not None:
        query = query.where(ReviewRewardGrant.review_id == review_id)
    if refused:
        query = query.where(ReviewRewardGrant.refusal.is_not(None))
    if before is not None:
        query = query.where(tuple_(*place) < before)
    return session.execute(query).all()


def place_in(cursor: str | None) -> tuple[int, str] | None:
    """The place in a cursor of that list."""
    values = decode_cursor(cursor, (int, str))
    return None if values is None else (values[0], values[1])
