"""`grant` and its reversal: once a (rule, event, shopper), within budget and daily cap.

Each bound is a conditional UPDATE or a unique row, so it holds however many come at once.
Lock order: the grant, the shopper's day, the rule, then what the granters lock.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Date, cast, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from mall.kernel.clock import SHOP_ZONE
from mall.rewards.errors import (
    RewardBudgetSpent,
    RewardDailyCap,
    RewardGrantNotFound,
    RewardRuleNotFound,
    RewardRulePaused,
)
from mall.rewards.granters import Reward, granter_of
from mall.rewards.models import RewardDay, RewardGrant, RewardRule

_TODAY = cast(func.timezone(SHOP_ZONE.key, func.clock_timestamp()), Date)


@dataclass(frozen=True, slots=True)
class Source:
    """Why something is given: a rule, and the event that it is given for ("order:2026…")."""

    rule_id: int
    event: str


def grant(session: Session, user_id: int, reward: Reward, source: Source) -> int | None:
    """Give `reward` to a shopper; the grant's id, or None when `source` rewarded them before.

    Raises RewardRulePaused, RewardBudgetSpent, RewardDailyCap, and what a granter refuses:
    the caller must then roll back (to a savepoint of its own).
    """
    made = session.execute(
        insert(RewardGrant)
        .values(rule_id=source.rule_id, event=source.event, user_id=user_id, day=_TODAY)
        .on_conflict_do_nothing(constraint="uq_reward_grants_rule_event_user")
        .returning(RewardGrant.id, RewardGrant.day)
    ).one_or_none()
    if made is None:
        return None
    _count_day(session, source.rule_id, user_id, made.day)
    _count_rule(session, source.rule_id)
    receipts = [
        {"kind": part.kind, "receipt": receipt}
        for part in reward
        for receipt in granter_of(part.kind).give(session, user_id, part)
    ]
    session.execute(update(RewardGrant).where(RewardGrant.id == made.id).values(receipts=receipts))
    grant_id: int = made.id
    return grant_id


def reverse(session: Session, grant_id: int) -> bool:
    """Take back what a grant gave, as far as it isn't used; False when that was done before.

    The rule's budget has one more again, the shopper's day hasn't. Raises
    RewardGrantNotFound.
    """
    row = session.execute(
        update(RewardGrant)
        .where(RewardGrant.id == grant_id, RewardGrant.status == "granted")
        .values(status="reversed", reversed_at=func.clock_timestamp())
        .returning(RewardGrant.rule_id, RewardGrant.receipts)
    ).one_or_none()
    if row is None:
        if session.scalar(select(RewardGrant.id).where(RewardGrant.id == grant_id)) is None:
            raise RewardGrantNotFound
        return False
    session.execute(
        update(RewardRule)
        .where(RewardRule.id == row.rule_id)
        .values(granted=RewardRule.granted - 1)
    )
    receipts = [
        {**given, "taken_back": granter_of(given["kind"]).take_back(session, given["receipt"])}
        for given in row.receipts
    ]
    session.execute(update(RewardGrant).where(RewardGrant.id == grant_id).values(receipts=receipts))
    return True


def _count_day(session: Session, rule_id: int, user_id: int, day: date) -> None:
    cap = select(RewardRule.daily_cap).where(RewardRule.id == rule_id).scalar_subquery()
    counted = session.scalar(
        insert(RewardDay)
        .values(rule_id=rule_id, user_id=user_id, day=day, granted=1)
        .on_conflict_do_update(
            index_elements=[RewardDay.rule_id, RewardDay.user_id, RewardDay.day],
            set_={"granted": RewardDay.granted + 1},
            where=or_(cap.is_(None), RewardDay.granted < cap),
        )
        .returning(RewardDay.granted)
    )
    if counted is None:
        raise RewardDailyCap


def _count_rule(session: Session, rule_id: int) -> None:
    counted = session.scalar(
        update(RewardRule)
        .where(
            RewardRule.id == rule_id,
            RewardRule.enabled,
            or_(RewardRule.budget.is_(None), RewardRule.granted < RewardRule.budget),
        )
        .values(granted=RewardRule.granted + 1)
        .returning(RewardRule.id)
    )
    if counted is None:
        enabled = session.scalar(select(RewardRule.enabled).where(RewardRule.id == rule_id))
        if enabled is None:
            raise RewardRuleNotFound
        raise RewardBudgetSpent if enabled else RewardRulePaused
