"""Four eyes: what staff give by hand above the shop's limit, another one approves."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from mall.approvals.kinds import ApprovalKind, Approved, Payload
from mall.approvals.requesting import request_approval
from mall.kernel.clock import shop_day
from mall.kernel.db import db_now, transaction
from mall.kernel.money import yuan
from mall.rewards import granters
from mall.rewards.errors import RewardNothingGiven, RewardNotPriced
from mall.rewards.granters import Reward, read_reward
from mall.rewards.grounds import lock_ground
from mall.rewards.models import RewardGrant
from mall.rewards.queries import rule as rule_of
from mall.rewards.sending import GRANTED, REFUSED, Outcome, Sending, send
from mall.rewards.settings import APPROVAL_ABOVE_FEN


@dataclass(frozen=True)
class SendAsked:
    """Nothing given yet: an approval with this id was asked for."""

    approval_id: int


def send_or_ask(rule_id: int, event: str, user_ids: Sequence[int]) -> list[Outcome] | SendAsked:
    """Reward these shoppers for `event` as the rule says, or ask for an approval of it.

    An approval is needed when what staff gave by hand under this rule on this shop day may cost,
    with this, more than `rewards.approval_above_fen`: so many small ones don't get around it.
    What was approved doesn't count, nor do shoppers who were rewarded for the event before.
    Raises RewardRuleNotFound, and ApprovalPending for the very same while it waits.
    """
    with transaction() as session:
        limit_fen = APPROVAL_ABOVE_FEN.get()
        if limit_fen:
            _lock(session, _ref(rule_id))
        rule = rule_of(session, rule_id)
        sending = Sending(
            rule_id,
            event,
            user_ids=tuple(sorted(set(user_ids))),
            reward=read_reward(rule.reward),
            ground=f"send:{rule_id}:{shop_day(db_now(session))}",
        )
        if not limit_fen or _within(session, sending, limit_fen):
            return send(sending)
        return SendAsked(_ask(session, rule.name, sending))


def _within(session: Session, sending: Sending, limit_fen: int) -> bool:
    before = session.scalar(
        select(func.count()).where(
            RewardGrant.rule_id == sending.rule_id,
            RewardGrant.event == sending.event,
            RewardGrant.user_id.in_(sending.user_ids),
        )
    )
    fresh = len(sending.user_ids) - (before or 0)
    if fresh == 0:
        return True
    each_fen = _each_fen(session, sending.reward)
    today = session.scalar(select(func.count()).where(RewardGrant.ground == sending.ground)) or 0
    return each_fen is not None and (today + fresh) * each_fen <= limit_fen


def _each_fen(session: Session, reward: Reward) -> int | None:
    """What one shopper's reward may cost the shop, in fen; None when nobody can say."""
    try:
        return sum(granters.costs_fen(session, reward))
    except RewardNotPriced:
        return None


def _ask(session: Session, rule: str, sending: Sending) -> int:
    users, each_fen = sending.user_ids, _each_fen(session, sending.reward)
    payload = {
        "rule": rule,
        "event": sending.event,
        "user_ids": [str(user_id) for user_id in users],
        "reward": [asdict(part) for part in sending.reward],
        "cost_fen": None if each_fen is None else each_fen * len(users),
    }
    ref = _ref(sending.rule_id, sending.event, users)
    return request_approval(session, SEND.name, ref, payload, sending.event)


def _ref(rule_id: int, *said: Any) -> str:
    """The rule, and a digest of the rest: the very same request is asked for once."""
    return f"{rule_id}:{hashlib.sha256(repr(said).encode()).hexdigest()[:16]}"


def _lock(session: Session, ref: str) -> None:
    """One at a time sends by hand under a rule, so that the day's sum is exact."""
    lock_ground(session, f"send:{ref.split(':', maxsplit=1)[0]}")


def _execute(_session: Session, approved: Approved) -> str:
    payload = approved.payload
    outcomes = send(
        Sending(
            rule_id=int(approved.ref.split(":")[0]),
            event=payload["event"],
            user_ids=tuple(int(user_id) for user_id in payload["user_ids"]),
            reward=read_reward(payload["reward"]),  # as it was when it was asked for
            ground=f"approval:{approved.approval_id}",
            trail={"approval_id": approved.approval_id, "requested_by": approved.requested_by},
        )
    )
    if all(one.outcome == REFUSED for one in outcomes):
        raise RewardNothingGiven
    return f"{sum(one.outcome == GRANTED for one in outcomes)}/{len(outcomes)}"


def _describe(payload: Payload) -> str:
    cost_fen = payload["cost_fen"]
    worth = "成本无法估算" if cost_fen is None else f"成本至多 {yuan(cost_fen)} 元"
    return f"按规则「{payload['rule']}」向 {len(payload['user_ids'])} 名用户发放奖励，{worth}"


SEND = ApprovalKind(
    name="rewards.send",
    label="手工发放奖励",
    permission="reward:approve",
    execute=_execute,
    describe=_describe,
    lock=_lock,
)
