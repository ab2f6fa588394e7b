"""`grant`: once a (rule, event, shopper), within budget and daily cap; now or later.

Each bound is a conditional UPDATE or a unique row, so it holds however many come at once.
Lock order: the ground, the shopper's row (shared), the rule (only where it has a budget), the
grant, the shopper's day, then what the granters lock. Whoever makes several grants in one
transaction takes the shoppers in ascending order, and before them calls `lock_to_give` where they
give different things (`locking.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from mall.kernel.clock import SHOP_ZONE
from mall.kernel.prepared import PreparedStatement
from mall.rewards import budget, granters, metrics
from mall.rewards.errors import RewardBudgetSpent, RewardRuleNotFound, RewardRulePaused
from mall.rewards.giving import give, write_parts
from mall.rewards.granters import Reward, in_lock_order, read_reward
from mall.rewards.models import FEN
from mall.rewards.states import GRANTED, PENDING
from mall.users.errors import AccountClosed

# The rule, and the grant that was made before, if one was. The shopper's row is shared, as by the
# grant's foreign key: nobody closes the account meanwhile.
_RULE = PreparedStatement(
    """
    SELECT r.enabled, r.budget, r.budget_unit, r.reward, u.closed_at, g.id AS grant_id
    FROM reward_rules r JOIN users u ON u.id = :user_id
    LEFT JOIN reward_grants g
        ON g.rule_id = r.id AND g.event = CAST(:event AS text) AND g.user_id = u.id
    WHERE r.id = :rule_id
    FOR KEY SHARE OF u
    """
)
_MAKE = PreparedStatement(
    f"""
    INSERT INTO reward_grants (rule_id, event, user_id, ground, status, day, budget_used)
    VALUES (:rule_id, CAST(:event AS text), :user_id, CAST(:ground AS text),
            CAST(:status AS text),
            CAST(timezone('{SHOP_ZONE.key}', clock_timestamp()) AS date), :used)
    ON CONFLICT ON CONSTRAINT uq_reward_grants_rule_event_user DO NOTHING
    RETURNING id, day
    """  # noqa: S608
)


@dataclass(frozen=True, slots=True)
class Source:
    """Why something is given: a rule, and the event that it is given for, once.

    `ground` ("order:2026…") is what the grant stands on: by it the grant is confirmed and
    reversed (see `lock_ground`). Leave it out where it can't go (a check-in): it is indexed.
    """

    rule_id: int
    event: str
    ground: str | None = None


@dataclass(frozen=True, slots=True)
class Granted:
    """A grant's id; `repeated` when it was made before, by an earlier call for the same."""

    id: int
    repeated: bool = False


def grant(
    session: Session,
    user_id: int,
    source: Source,
    reward: Reward | None = None,
    *,
    pending: bool = False,
) -> Granted:
    """Give a shopper `reward`, or what the rule says, for an event: once.

    A pending grant gives nothing yet: it has its place in the budget and waits for `confirm`.
    A repeat gives nothing either and says which grant was the first, whatever its state.
    Raises RewardRuleNotFound (for a shopper that there isn't, too), AccountClosed,
    RewardRulePaused, RewardBudgetSpent, RewardDailyCap, RewardNotPriced, and what a granter
    refuses: the caller must then roll back (to a savepoint of its own).
    """
    rule = _look(session, user_id, source)
    if rule.grant_id is not None:
        return _repeat(rule.grant_id)
    if rule.closed_at is not None:
        raise AccountClosed
    if not rule.enabled:
        raise RewardRulePaused
    reward = in_lock_order(read_reward(rule.reward) if reward is None else reward)
    if not reward:
        raise ValueError("a reward of nothing")
    in_fen = rule.budget_unit == FEN
    costs_fen = granters.costs_fen(session, reward) if in_fen else [0] * len(reward)
    used = 0
    if rule.budget is not None:
        used = sum(costs_fen) if in_fen else 1
        try:
            budget.use(session, source.rule_id, used)
        except (RewardBudgetSpent, RewardRulePaused):
            first = _look(session, user_id, source).grant_id
            if first is None:
                raise
            return _repeat(first)  # it was another call for the same that had the last of it
    made = _make(session, user_id, source, used, PENDING if pending else GRANTED)
    if made is None:  # another call for the same was faster, and has committed
        budget.give_back(session, source.rule_id, used)
        return _repeat(_look(session, user_id, source).grant_id)
    budget.count_day(session, source.rule_id, user_id, made.day)
    receipts = [None if pending else give(session, user_id, part) for part in reward]
    write_parts(session, made.id, reward, costs_fen, receipts)
    metrics.GRANTS.labels(PENDING if pending else GRANTED).inc()
    return Granted(made.id)


def _look(session: Session, user_id: int, source: Source) -> Any:
    rule = _RULE.first(session, rule_id=source.rule_id, event=source.event, user_id=user_id)
    if rule is None:
        raise RewardRuleNotFound
    return rule


def _make(session: Session, user_id: int, source: Source, used: int, status: str) -> Any:
    """The grant's row (id, day); None when there is one for the same already."""
    return _MAKE.first(
        session,
        rule_id=source.rule_id,
        event=source.event,
        user_id=user_id,
        ground=source.ground,
        status=status,
        used=used,
    )


def _repeat(grant_id: int) -> Granted:
    metrics.GRANTS.labels("repeated").inc()
    return Granted(grant_id, repeated=True)
