"""What staff give by hand: to shoppers one by one, each once for an event."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.orm import Session

from mall.kernel.db import transaction
from mall.kernel.errors import MallError
from mall.rewards import granting
from mall.rewards.errors import RewardRuleNotFound
from mall.rewards.granters import Reward
from mall.staff.audit import record
from mall.users.queries import open_accounts

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


@dataclass(frozen=True, slots=True)
class Sending:
    """What is to be given to whom. `ground` says by which way, `trail` is for the audit row."""

    rule_id: int
    event: str
    user_ids: tuple[int, ...]
    reward: Reward
    ground: str
    trail: Mapping[str, Any] = field(default_factory=dict)


def send(what: Sending) -> list[Outcome]:
    """Reward shoppers for an event by a rule; sending again rewards nobody twice.

    One who is refused (budget, cap, paused, nothing left to give) doesn't stop the others.
    Raises RewardRuleNotFound.
    """
    with transaction() as session:
        known = open_accounts(session, what.user_ids)
        outcomes = [
            _give(session, user_id, what)
            if user_id in known
            else Outcome(user_id, REFUSED, code="shopper_not_found", message="用户不存在")
            for user_id in sorted(set(what.user_ids))
        ]
        sent = [one.user_id for one in outcomes if one.outcome == GRANTED]
        record(
            session,
            action="reward_rule.send",
            target_type="reward_rule",
            target_id=what.rule_id,
            after={"event": what.event, "to": sent, **what.trail},
        )
        return outcomes


def _give(session: Session, user_id: int, what: Sending) -> Outcome:
    source = granting.Source(what.rule_id, what.event, what.ground)
    try:
        with session.begin_nested():
            made = granting.grant(session, user_id, source, what.reward)
    except RewardRuleNotFound:
        raise
    except MallError as refusal:
        return Outcome(user_id, REFUSED, code=refusal.code, message=refusal.message)
    return Outcome(user_id, ALREADY if made.repeated else GRANTED, made.id)
