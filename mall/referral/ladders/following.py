"""An invite changed: which steps it makes, and which rewards aren't where they should be.

Whoever hears of an invite writes the steps that are reached now; the unique row of a step decides
who was first. Each reward is then brought to its place by a job of its own (`settling.py`), so no
two rules are locked in different orders.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from mall.kernel.jobs import defer_many
from mall.referral.invites.events import InviteChanged
from mall.referral.ladders.arithmetic import GIVEN, NOTHING, PROMISED, Counts, Rung, wanted
from mall.referral.ladders.campaigns import CampaignView, campaigns_at
from mall.referral.ladders.counting import Invite, invite_of, invites_counted
from mall.referral.ladders.models import INVITEE, INVITER, LadderGrant
from mall.rewards.models import RewardGrant
from mall.rewards.states import GRANTED, PENDING

SETTLE_JOB = "ladders.settle"
STATUS_OF = {NOTHING: None, PROMISED: PENDING, GIVEN: GRANTED}
"""The status of the reward where it is where it should be; None: none that is open."""


def follow_invite(session: Session, event: InviteChanged) -> None:
    """Bring what the invite is good for to where it should be, in every campaign that counts it."""
    invite = invite_of(session, event.invite_id)
    if invite is None:
        return
    for campaign in campaigns_at(session, invite.paid_at):
        invites = invites_counted(session, invite.inviter_id, campaign)
        known = _known_steps(session, campaign, invite)
        due = [
            *_write_steps(session, campaign, invite, invites, known),
            *_misplaced(campaign, invite, invites, known),
        ]
        defer_many(session, SETTLE_JOB, [{"ladder_grant_id": one} for one in due])


def _known_steps(session: Session, campaign: CampaignView, invite: Invite) -> Sequence[Any]:
    """The inviter's steps by invites, and those of both by this invite's orders."""
    own = (LadderGrant.user_id == invite.inviter_id) & LadderGrant.invite_id.is_(None)
    return session.execute(
        select(
            LadderGrant.id,
            LadderGrant.position,
            LadderGrant.step,
            LadderGrant.refusal,
            RewardGrant.status,
        )
        .outerjoin(RewardGrant, RewardGrant.id == LadderGrant.grant_id)
        .where(
            LadderGrant.campaign_id == campaign.id,
            or_(own, LadderGrant.invite_id == invite.id),
        )
        .order_by(LadderGrant.id)
    ).all()


def _write_steps(
    session: Session,
    campaign: CampaignView,
    invite: Invite,
    invites: Counts,
    known: Sequence[Any],
) -> Sequence[int]:
    """Write the steps that are reached and aren't known; those that nobody else wrote meanwhile."""
    written = {(row.position, row.step) for row in known}
    rows = [
        {
            "campaign_id": campaign.id,
            "version": campaign.version,
            "position": rung.position,
            "step": step,
            "user_id": invite.invitee_id if rung.side == INVITEE else invite.inviter_id,
            "invite_id": None if rung.side == INVITER else invite.id,
        }
        for rung in campaign.rungs
        for step in range(1, rung.steps(_of(rung, invite, invites).counted) + 1)
        if (rung.position, step) not in written
    ]
    if not rows:
        return ()
    new = insert(LadderGrant).on_conflict_do_nothing().returning(LadderGrant.id)
    return session.scalars(new, rows).all()


def _misplaced(
    campaign: CampaignView, invite: Invite, invites: Counts, known: Sequence[Any]
) -> Iterator[int]:
    """The steps whose rewards aren't where they should be. What a rule refused is tried again by
    the daily job, not with each invite."""
    for row in known:
        if row.refusal is not None:
            continue
        rung = campaign.rung(row.position)
        place = wanted(rung.needed(row.step), _of(rung, invite, invites))
        status = row.status if row.status in (PENDING, GRANTED) else None
        if status != STATUS_OF[place]:
            yield row.id


def _of(rung: Rung, invite: Invite, invites: Counts) -> Counts:
    return invites if rung.side == INVITER else invite.orders
