"""What staff give by hand: to shoppers one by one, each once for an event."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from mall.kernel.db import transaction
from mall.kernel.errors import MallError
from mall.rewards import granting
from mall.rewards.errors import RewardRuleNotFound
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


def send(rule_id: int, event: str, user_ids: Sequence[int]) -> list[Outcome]:
    """Reward these shoppers for `event` by a rule; sending again rewards nobody twice.

    One who is refused (budget, cap, paused, nothing left to give) doesn't stop the others.
    Raises RewardRuleNotFound.
    """
    with transaction() as session:
        known_rule = session.scalar(select(RewardRule.id).where(RewardRule.id == rule_id))
        if known_rule is None:
            raise RewardRuleNotFound
        known = set(session.scalars(select(User.id).where(User.id.in_(user_ids))))
        source = granting.Source(rule_id, event)
        outcomes = [
            _give(session, user_id, source)
            if user_id in known
            else Outcome(user_id, REFUSED, code="shopper_not_found", message="用户不存在")
            for user_id in sorted(set(user_ids))
        ]
        record(
            session,
            action="reward_rule.send",
            target_type="reward_rule",
            target_id=rule_id,
            after={"event": event, "to": [o.user_id for o in outcomes if o.outcome == GRANTED]},
        )
        return outcomes


def _give(session: Session, user_id: int, source: granting.Source) -> Outcome:
    try:
        with session.begin_nested():
            made = granting.grant(session, user_id, source)
    except MallError as refusal:
        return Outcome(user_id, REFUSED, code=refusal.code, message=refusal.message)
    return Outcome(user_id, ALREADY if made.repeated else GRANTED, made.id)
