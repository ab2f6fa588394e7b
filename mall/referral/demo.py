"""The demo shop's referral: a ladder that runs, with points for both sides."""

from __future__ import annotations

from datetime import timedelta

from rich.console import Console
from sqlalchemy import select

from mall.kernel.db import db_now, transaction
from mall.referral.ladders.admin_schemas import LadderInSchema
from mall.referral.ladders.campaigns import campaigns_not_over
from mall.referral.ladders.defining import create_campaign
from mall.referral.ladders.models import INVITEE, INVITER, PER_INVITEE
from mall.rewards.commands import create_rule
from mall.rewards.models import RewardRule
from mall.rewards.schemas import RewardRuleInSchema

LASTS = timedelta(days=90)
# Side, threshold, the rule's name, and the points that it gives.
RUNGS = (
    (INVITER, 1, "一位好友：500 积分", 500),
    (INVITER, 3, "三位好友：1500 积分", 1_500),
    (INVITER, 10, "十位好友：5000 积分", 5_000),
    (PER_INVITEE, 3, "好友第三单：300 积分", 300),
    (INVITEE, 1, "新人首单：300 积分", 300),
)
BUDGET, DAILY_CAP = 10_000, 20


def load_demo_referral(console: Console) -> None:
    """Make the demo shop's ladder, when none runs or waits."""
    console.print(f"{int(start_ladder())} referral ladder")


def start_ladder() -> bool:
    """A ladder that runs from now on; whether it was made."""
    with transaction() as session:
        if campaigns_not_over(session):
            return False
        ends_at = db_now(session) + LASTS
    rungs = [
        {"side": side, "threshold": threshold, "rule_id": str(_rule(name, points))}
        for side, threshold, name, points in RUNGS
    ]
    body = {
        "name": "邀好友一起逛",
        "text": "把喜欢的好物告诉朋友，朋友首单完成后双方都有积分。",
        "ends_at": ends_at.isoformat(),
        "rungs": rungs,
        "accept_warnings": True,
    }
    create_campaign(LadderInSchema().load(body))
    return True


def _rule(name: str, points: int) -> int:
    """The reward rule of this name, made if there is none: its id."""
    with transaction() as session:
        known = session.scalar(select(RewardRule.id).where(RewardRule.name == name).limit(1))
    if known is not None:
        return known
    body = {
        "name": name,
        "reward": [{"kind": "points", "count": points}],
        "budget": BUDGET,
        "daily_cap": DAILY_CAP,
    }
    return int(create_rule(**RewardRuleInSchema().load(body)).id)
