"""How far a shopper is with a campaign: each rung, what is missing, what waits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from mall.referral.ladders.arithmetic import Counts, Rung
from mall.referral.ladders.campaigns import (
    OVER,
    PLANNED,
    RUNNING,
    CampaignView,
    campaign,
    campaigns_not_over,
    campaigns_of,
)
from mall.referral.ladders.counting import Invite, invite_of, invites_counted
from mall.referral.ladders.errors import LadderNotFound
from mall.referral.ladders.models import INVITEE, INVITER, LadderGrant
from mall.rewards.models import RewardGrant
from mall.rewards.states import GRANTED, PENDING

MOST_OVER = 10
"""Campaigns that are over and in which a shopper has something: so many are listed."""
_MINE_OVER = text(
    """
    SELECT DISTINCT l.campaign_id FROM ladder_grants l WHERE l.user_id = :user_id
    ORDER BY l.campaign_id DESC LIMIT :most
    """
)
_INVITED = text(
    """
    SELECT i.id FROM referral_invites i JOIN orders o ON o.id = i.order_id
    WHERE i.invitee_id = :user_id AND o.paid_at >= :since AND o.paid_at < :until
    ORDER BY i.id DESC LIMIT 1
    """
)


@dataclass(frozen=True, slots=True)
class RungProgress:
    """One rung for a shopper: `counted` towards it, `qualified` of them for sure, `missing` to its
    next step, `hint` in words; of its steps how many are given, promised, refused."""

    rung: Rung
    counted: int
    qualified: int
    missing: int
    hint: str | None
    given: int
    promised: int
    refused: int


@dataclass(frozen=True, slots=True)
class LadderProgress:
    """A campaign for a shopper. `waiting` invites aren't qualified yet. `invited`: somebody
    brought this shopper, so the invitee's rungs are theirs as well."""

    campaign: CampaignView
    invites: int
    qualified: int
    waiting: int
    invited: bool
    rungs: Sequence[RungProgress]


def ladders_for(session: Session, user_id: int) -> list[CampaignView]:
    """The campaigns that run, then those that are over and in which the shopper has something."""
    shown = [one for one in campaigns_not_over(session) if one.state == RUNNING]
    mine = session.scalars(_MINE_OVER, {"user_id": user_id, "most": MOST_OVER}).all()
    return shown + [one for one in campaigns_of(session, mine) if one.state == OVER]


def ladder_for(session: Session, user_id: int, campaign_id: int) -> LadderProgress:
    """A campaign that has begun, for a shopper. Raises LadderNotFound."""
    found = begun(session, campaign_id)
    invites = invites_counted(session, user_id, found)
    own = _own_invite(session, user_id, found)
    given = _outcomes(session, user_id, campaign_id)
    return LadderProgress(
        found,
        invites.counted,
        invites.firm,
        invites.counted - invites.firm,
        own is not None,
        [_rung(rung, invites, own, given.get(rung.position, {})) for rung in found.rungs],
    )


def begun(session: Session, campaign_id: int) -> CampaignView:
    """A campaign that has begun. Raises LadderNotFound."""
    found = campaign(session, campaign_id)
    if found.state == PLANNED or found.until <= found.starts_at:
        raise LadderNotFound
    return found


def _own_invite(session: Session, user_id: int, found: CampaignView) -> Invite | None:
    window = {"user_id": user_id, "since": found.starts_at, "until": found.until}
    invite_id = session.scalar(_INVITED, window)
    return None if invite_id is None else invite_of(session, invite_id)


def _rung(
    rung: Rung, invites: Counts, own: Invite | None, outcomes: Mapping[str, int]
) -> RungProgress:
    counts = Counts(0, 0)
    if rung.side == INVITER:
        counts = invites
    elif rung.side == INVITEE and own is not None:
        counts = own.orders
    missing = rung.missing(counts.counted)
    waits = min(rung.needed(rung.steps(counts.counted)), counts.counted) - counts.firm
    return RungProgress(
        rung,
        counts.counted,
        counts.firm,
        missing,
        _hint(rung, missing, waits),
        outcomes.get(GRANTED, 0),
        outcomes.get(PENDING, 0),
        outcomes.get("refused", 0),
    )


def _hint(rung: Rung, missing: int, waits: int) -> str | None:
    """What is missing, or what is waited for."""
    if rung.side == INVITER:
        said = f"再有 {missing} 位好友下单" if missing else ""
        held = f"{waits} 位好友的订单还在售后期或核实中" if waits > 0 else ""
        return "；".join(one for one in (said, held) if one) or None
    if rung.side == INVITEE:
        return f"再完成 {missing} 单" if missing else ("等待订单过售后期" if waits > 0 else None)
    return None


def _outcomes(session: Session, user_id: int, campaign_id: int) -> dict[int, Counter[str]]:
    """By rung, how many of the shopper's steps are given, promised, refused."""
    rows = session.execute(
        select(LadderGrant.position, LadderGrant.refusal, RewardGrant.status)
        .outerjoin(RewardGrant, RewardGrant.id == LadderGrant.grant_id)
        .where(LadderGrant.user_id == user_id, LadderGrant.campaign_id == campaign_id)
    )
    found: dict[int, Counter[str]] = {}
    row: Any
    for row in rows:
        outcome = "refused" if row.refusal is not None else row.status
        if outcome is not None:
            found.setdefault(row.position, Counter())[outcome] += 1
    return found
