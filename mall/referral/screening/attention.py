"""Invites that wait for staff."""

from __future__ import annotations

from sqlalchemy import select

from mall.kernel.invariants import AttentionList
from mall.referral.screening.models import HELD, Screening

HELD_INVITES = AttentionList(
    "held_invites",
    "invites that are held back: their rewards and commission wait for staff to look",
    "被暂扣的邀请，奖励与佣金等待员工查看",
    select(Screening.binding_id, Screening.score, Screening.scored_at)
    .where(Screening.status == HELD)
    .order_by(Screening.binding_id),
)
