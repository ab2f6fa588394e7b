"""A rule's bounds: its budget, and how often a shopper is rewarded on a shop day.

Only a rule that has a budget is counted on its own row, where its grants then wait for each
other; without one nobody waits. A budget counts what is given from the moment when it is set.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from mall.kernel.prepared import PreparedStatement
from mall.rewards.errors import RewardBudgetSpent, RewardDailyCap, RewardRulePaused
from mall.rewards.models import RewardRule

_COUNT_DAY = PreparedStatement(
    """
    INSERT INTO reward_days AS d (rule_id, user_id, day, granted)
    VALUES (:rule_id, :user_id, CAST(:day AS date), 1)
    ON CONFLICT (rule_id, user_id, day) DO UPDATE SET granted = d.granted + 1
    WHERE d.granted < (
        SELECT coalesce(daily_cap, d.granted + 1) FROM reward_rules WHERE id = :rule_id
    )
    RETURNING granted
    """
)


def use(session: Session, rule_id: int, amount: int) -> None:
    """Take `amount` (of the budget's unit) of the budget; locks the rule.

    Raises RewardRulePaused, RewardBudgetSpent.
    """
    used = session.scalar(
        update(RewardRule)
        .where(
            RewardRule.id == rule_id,
            RewardRule.enabled,
            or_(RewardRule.budget.is_(None), RewardRule.used + amount <= RewardRule.budget),
        )
        .values(used=RewardRule.used + amount)
        .returning(RewardRule.id)
    )
    if used is None:
        enabled = session.scalar(select(RewardRule.enabled).where(RewardRule.id == rule_id))
        raise RewardBudgetSpent if enabled else RewardRulePaused


def give_back(session: Session, rule_id: int, amount: int) -> None:
    """Return `amount` to the budget."""
    if not amount:
        return
    session.execute(
        update(RewardRule).where(RewardRule.id == rule_id).values(used=RewardRule.used - amount)
    )


def lock(session: Session, rule_ids: Iterable[int]) -> None:
    """Lock rules whose budgets may be given something back, before what their granters lock."""
    session.execute(
        select(RewardRule.id)
        .where(RewardRule.id.in_(set(rule_ids)))
        .order_by(RewardRule.id)
        .with_for_update(key_share=True)
    )


def count_day(session: Session, rule_id: int, user_id: int, day: date) -> None:
    """Count one more reward of this shopper's day. Raises RewardDailyCap."""
    if _COUNT_DAY.first(session, rule_id=rule_id, user_id=user_id, day=day) is None:
        raise RewardDailyCap
