"""What staff do with rewards. Each change leaves an audit row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from mall.kernel.db import transaction
from mall.kernel.errors import MallError
from mall.rewards import granters, granting
from mall.rewards.errors import RewardBudgetTooSmall, RewardRuleNotFound
from mall.rewards.granters import Reward, read_reward
from mall.rewards.models import RewardRule
from mall.staff.audit import record
from mall.users.models import User

GRANTED = "granted"
ALREADY = "already"
REFUSED = "refused"
OUTCOMES = (GRANTED, ALREADY, REFUSED)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How it went for one shopper; `code` and `message` are of the refusal."""

    user_id: int
    outcome: str
    grant_id: int | None = None
    code: str | None = None
    message: str | None = None


def create_rule(**values: Any) -> RewardRule:
    """A new rule of `name`, `reward`, `budget`, `daily_cap`, `enabled`. Raises RewardUnknown."""
    with transaction() as session:
        granters.check(session, read_reward(values["reward"]))
        rule = session.scalars(insert(RewardRule).values(**values).returning(RewardRule)).one()
        _record(session, "create", rule.id, None, values)
        return rule


def change_rule(rule_id: int, **values: Any) -> RewardRule:
    """Change a rule; what it gave stays given.

    Raises RewardRuleNotFound, RewardUnknown, RewardBudgetTooSmall.
    """
    with transaction() as session:
        old = session.execute(
            select(*RewardRule.__table__.c).where(RewardRule.id == rule_id).with_for_update()
        ).one_or_none()
        if old is None:
            raise RewardRuleNotFound
        granters.check(session, read_reward(values["reward"]))
        if values["budget"] is not None and values["budget"] < old.granted:
            raise RewardBudgetTooSmall(param="budget")
        rule = session.scalars(
            update(RewardRule)
            .where(RewardRule.id == rule_id)
            .values(**values)
            .returning(RewardRule)
            .execution_options(populate_existing=True)
        ).one()
        _record(session, "update", rule_id, {key: old._mapping[key] for key in values}, values)
        return rule


def send(rule_id: int, event: str, user_ids: Sequence[int]) -> list[Outcome]:
    """Reward these shoppers for `event` by a rule; sending again rewards nobody twice.

    One who is refused (budget, cap, paused, nothing left to give) doesn't stop the others.
    Raises RewardRuleNotFound.
    """
    with transaction() as session:
        stored = session.scalar(select(RewardRule.reward).where(RewardRule.id == rule_id))
        if stored is None:
            raise RewardRuleNotFound
        known = set(session.scalars(select(User.id).where(User.id.in_(user_ids))))
        source = granting.Source(rule_id, event)
        outcomes = [
            _give(session, user_id, read_reward(stored), source)
            if user_id in known
            else Outcome(user_id, REFUSED, code="shopper_not_found", message="用户不存在")
            for user_id in sorted(set(user_ids))
        ]
        sent = {"event": event, "to": [o.user_id for o in outcomes if o.outcome == GRANTED]}
        _record(session, "send", rule_id, None, sent)
        return outcomes


def take_back(grant_id: int) -> None:
    """Reverse a grant; doing it again changes nothing. Raises RewardGrantNotFound."""
    with transaction() as session:
        if granting.reverse(session, grant_id):
            record(session, action="reward.reverse", target_type="reward_grant", target_id=grant_id)


def _give(session: Session, user_id: int, reward: Reward, source: granting.Source) -> Outcome:
    try:
        with session.begin_nested():
            grant_id = granting.grant(session, user_id, reward, source)
    except MallError as refusal:
        return Outcome(user_id, REFUSED, code=refusal.code, message=refusal.message)
    return Outcome(user_id, ALREADY if grant_id is None else GRANTED, grant_id)


def _record(
    session: Session, verb: str, rule_id: int, before: dict[str, Any] | None, after: dict[str, Any]
) -> None:
    record(
        session,
        action=f"reward_rule.{verb}",
        target_type="reward_rule",
        target_id=rule_id,
        before=before,
        after=after,
    )
