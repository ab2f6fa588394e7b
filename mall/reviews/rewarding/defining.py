"""What staff do about rewards for reviews: make one, change its terms, pause it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import insert, select, text, update
from sqlalchemy.orm import Session

from mall.compliance.reviewing import keep_verdict, review
from mall.kernel.db import transaction
from mall.reviews.rewarding.describing import describe
from mall.reviews.rewarding.errors import (
    ReviewRewardChanged,
    ReviewRewardNotByCount,
    ReviewRewardNotFound,
    ReviewRewardRuleUnknown,
    ReviewRewardTaken,
)
from mall.reviews.rewarding.models import ReviewReward
from mall.reviews.rewarding.terms import PICTURE, Terms
from mall.rewards.models import RewardRule
from mall.staff.audit import record

Values = Mapping[str, Any]
_COLUMNS = ("rule_id", "text", "min_characters", "min_pictures", "at_most", "after_settling")
# Few staff change few rows: one at a time, so that "one of a kind" is seen by all.
_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended('review rewards', 0))")


def create_reward(values: Values) -> int:
    """A reward for reviews: its id.

    Raises ReviewRewardRuleUnknown, ReviewRewardNotByCount, ReviewRewardTaken, CampaignRefused,
    CampaignWarned.
    """
    with transaction() as session:
        session.execute(_LOCK)
        kept = {name: values[name] for name in (*_COLUMNS, "kind", "enabled")}
        if kept["enabled"]:
            _must_be_free(session, kept["kind"])
        _check(session, kept["kind"], kept)
        reward_id: int = session.execute(
            insert(ReviewReward).values(**kept).returning(ReviewReward.id)
        ).scalar_one()
        _review(session, reward_id, accept_warnings=values["accept_warnings"])
        _audit(session, "create", reward_id, after=kept)
        return reward_id


def change_reward(reward_id: int, values: Values) -> None:
    """Other terms, for reviews that are approved from now on: what was given stays given.
    `replaces` is the version that staff have seen.

    Raises ReviewRewardNotFound, ReviewRewardChanged, and what create_reward raises.
    """
    with transaction() as session:
        session.execute(_LOCK)
        before = reward(session, reward_id)
        if before.version != values["replaces"]:
            raise ReviewRewardChanged(param="replaces")
        kept = {name: values[name] for name in _COLUMNS}
        old = {name: getattr(before, name) for name in _COLUMNS}
        _check(session, before.kind, kept)
        _set(session, reward_id, version=before.version + 1, **kept)
        _review(session, reward_id, accept_warnings=values["accept_warnings"])
        _audit(session, "update", reward_id, before=old, after=kept)


def enable_reward(reward_id: int, enabled: bool) -> None:
    """Let it go on, or pause it. Saying so again changes nothing.

    Raises ReviewRewardNotFound, ReviewRewardTaken, CampaignRefused.
    """
    with transaction() as session:
        session.execute(_LOCK)
        before = reward(session, reward_id)
        if before.enabled == enabled:
            return
        if enabled:
            _must_be_free(session, before.kind)
        _set(session, reward_id, version=before.version + 1, enabled=enabled)
        _review(session, reward_id, accept_warnings=True)
        verb = "enable" if enabled else "pause"
        _audit(
            session, verb, reward_id, before={"enabled": not enabled}, after={"enabled": enabled}
        )


def reward(session: Session, reward_id: int) -> ReviewReward:
    """One by its id. Raises ReviewRewardNotFound."""
    found = session.scalar(
        select(ReviewReward)
        .where(ReviewReward.id == reward_id)
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise ReviewRewardNotFound
    return found


def rewards(session: Session, *, enabled: bool | None = None) -> Sequence[ReviewReward]:
    """All, or those that are (not) enabled, the oldest first."""
    query = select(ReviewReward).order_by(ReviewReward.id)
    if enabled is not None:
        query = query.where(ReviewReward.enabled == enabled)
    return session.scalars(query.execution_options(populate_existing=True)).all()


def terms_of(reward: Any) -> Terms:
    """The pure terms of a row."""
    return Terms(reward.kind, reward.min_characters, reward.min_pictures, reward.at_most)


def _check(session: Session, kind: str, kept: Values) -> None:
    _rule(session, kept["rule_id"])
    if kept["at_most"] > 1 and kind != PICTURE:
        raise ReviewRewardNotByCount(param="at_most")


def _rule(session: Session, rule_id: int) -> RewardRule:
    found = session.get(RewardRule, rule_id)
    if found is None:
        raise ReviewRewardRuleUnknown(param="rule_id")
    return found


def _must_be_free(session: Session, kind: str) -> None:
    taken = select(ReviewReward.id).where(ReviewReward.kind == kind, ReviewReward.enabled)
    if session.scalar(taken) is not None:
        raise ReviewRewardTaken(param="kind")


def _review(session: Session, reward_id: int, *, accept_warnings: bool) -> None:
    saved = reward(session, reward_id)
    campaign = describe(saved, _rule(session, saved.rule_id))
    if saved.enabled:
        review(session, campaign, saved.version, accept_warnings=accept_warnings)
    else:
        keep_verdict(session, campaign, saved.version)


def _set(session: Session, reward_id: int, **values: Any) -> None:
    session.execute(
        update(ReviewReward)
        .where(ReviewReward.id == reward_id)
        .values(**values)
        .execution_options(synchronize_session=False)
    )


def _audit(session: Session, verb: str, reward_id: int, **changed: Any) -> None:
    record(
        session,
        action=f"review_reward.{verb}",
        target_type="review_reward",
        target_id=reward_id,
        **changed,
    )
