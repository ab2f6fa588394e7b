"""Whom a shopper invited in a campaign: how far each is, and until when and why it waits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from mall.aftersales.settling import NOTHING_OPEN
from mall.aftersales.windows import window_of
from mall.kernel.db import int_array
from mall.kernel.masking import mask_text
from mall.orders.kinds import ORDER_KINDS
from mall.referral.invites.states import QUALIFIED, VOID
from mall.referral.invites.states import WAITING as CHECKED_FIRST
from mall.referral.ladders.campaigns import RUNNING, CampaignView
from mall.referral.ladders.models import PER_INVITEE

BOUND, WAITS, COUNTS, GONE = "bound", "waiting", "qualified", "gone"
STATES = (BOUND, WAITS, COUNTS, GONE)
"""Hasn't bought yet; has bought, not for sure; counts; the order came back, or wasn't genuine."""
NAMELESS = "好友"
REASONS = {
    "no_order": "好友还没有下单",
    "under_way": "好友的订单还没有完成",
    "return_window": "好友的订单还在售后期",
    "after_sale": "好友的订单有售后在处理",
    "checking": "正在核实",
    "gone": "订单已退款或未通过核实",
}
"""Why an invitee doesn't count (yet), in words."""
_INVITEES = text(
    f"""
    SELECT b.id, u.nickname, b.bound_at, i.id AS invite_id, i.status, i.orders_settled,
        o.status AS order_status, o.kind, o.completed_at, o.settled_at, ({NOTHING_OPEN}) AS quiet
    FROM referral_bindings b JOIN users u ON u.id = b.invitee_id
    LEFT JOIN referral_invites i ON i.binding_id = b.id
    LEFT JOIN orders o ON o.id = i.order_id
    WHERE b.inviter_id = :user_id
      AND CASE WHEN i.id IS NULL
            THEN :open AND b.ended_at IS NULL AND coalesce(b.expires_at > now(), true)
            ELSE o.paid_at >= :since AND o.paid_at < :until END
      AND (CAST(:before AS bigint) IS NULL OR b.id < CAST(:before AS bigint))
    ORDER BY b.id DESC LIMIT :most
    """  # noqa: S608 - SQL of our own
)
_REWARDS = text(
    """
    SELECT l.invite_id, l.position, g.status, l.refusal FROM ladder_grants l
    LEFT JOIN reward_grants g ON g.id = l.grant_id
    WHERE l.campaign_id = :campaign_id AND l.user_id = :user_id
      AND l.invite_id = ANY(CAST(:invite_ids AS bigint[]))
    ORDER BY l.position
    """
)


@dataclass(frozen=True, slots=True)
class InviteeReward:
    """What the inviter gets for the orders of one invitee: a rung, and the state of its reward."""

    position: int
    name: str
    state: str


@dataclass(frozen=True, slots=True)
class Invitee:
    """One invitee as the inviter sees them. `until` is when what is waited for ends at the
    earliest, where that is known; `orders_missing` to the next rung of `per_invitee`."""

    id: int
    name: str
    bound_at: datetime
    state: str
    reason: str | None
    reason_text: str | None
    until: datetime | None
    orders_settled: int
    orders_missing: int | None
    rewards: Sequence[InviteeReward]


def invitees_of(
    session: Session, user_id: int, campaign: CampaignView, *, before: int | None, limit: int
) -> list[Invitee]:
    """Those whose first order counts for the campaign and, while it runs, those who haven't
    bought; newest first; one more than `limit`, for paging."""
    rows = session.execute(
        _INVITEES,
        {
            "user_id": user_id,
            "open": campaign.state == RUNNING,
            "since": campaign.starts_at,
            "until": campaign.until,
            "before": before,
            "most": limit + 1,
        },
    ).all()
    rewards = _rewards(session, user_id, campaign, [row.invite_id for row in rows])
    return [_invitee(row, campaign, rewards.get(row.invite_id, ())) for row in rows]


def _invitee(row: Any, campaign: CampaignView, rewards: Sequence[InviteeReward]) -> Invitee:
    state, reason, until = _standing(row)
    settled = row.orders_settled or 0
    return Invitee(
        row.id,
        mask_text(row.nickname or "") or NAMELESS,
        row.bound_at,
        state,
        reason,
        REASONS[reason] if reason else None,
        until,
        settled,
        None if state == GONE else _orders_missing(campaign, settled),
        rewards,
    )


def _standing(row: Any) -> tuple[str, str | None, datetime | None]:
    """State, why, and until when."""
    if row.invite_id is None:
        return BOUND, "no_order", None
    if row.status == VOID:
        return GONE, "gone", None
    if row.status == QUALIFIED:
        return COUNTS, None, None
    return WAITS, *_waits_for(row)


def _waits_for(row: Any) -> tuple[str, datetime | None]:
    if row.status == CHECKED_FIRST:
        return "checking", None
    if row.completed_at is None or row.settled_at is not None:  # a later order is under way
        return "under_way", None
    if not row.quiet:
        return "after_sale", None
    kind = ORDER_KINDS.get(row.kind)
    return "return_window", row.completed_at + window_of(kind) if kind is not None else None


def _orders_missing(campaign: CampaignView, settled: int) -> int | None:
    further = [
        rung.threshold - settled
        for rung in campaign.rungs
        if rung.side == PER_INVITEE and rung.threshold > settled
    ]
    return min(further, default=None)


def _rewards(
    session: Session, user_id: int, campaign: CampaignView, invite_ids: Sequence[int | None]
) -> Mapping[int, list[InviteeReward]]:
    known = [one for one in invite_ids if one is not None]
    found: dict[int, list[InviteeReward]] = {}
    values = {
        "campaign_id": campaign.id,
        "user_id": user_id,
        "invite_ids": int_array(known),
    }
    for row in session.execute(_REWARDS, values) if known else ():
        state = "refused" if row.refusal is not None else row.status
        if state is not None:
            name = campaign.rung(row.position).name
            found.setdefault(row.invite_id, []).append(InviteeReward(row.position, name, state))
    return found
