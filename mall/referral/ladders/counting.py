"""What invites count for a campaign: the inviter's qualified ones, one invitee's settled orders.

An invite belongs to the campaigns that ran when its first order was paid.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from mall.referral.invites.states import QUALIFIED, VOID
from mall.referral.ladders.arithmetic import Counts
from mall.referral.ladders.campaigns import CampaignView

_INVITE = text(
    """
    SELECT i.id, i.inviter_id, i.invitee_id, i.status, i.orders_settled, o.paid_at
    FROM referral_invites i JOIN orders o ON o.id = i.order_id WHERE i.id = :invite_id
    """
)
_COUNTS = text(
    """
    SELECT count(*) FILTER (WHERE i.status <> 'void') AS counted,
        count(*) FILTER (WHERE i.status = 'qualified') AS firm
    FROM referral_invites i JOIN orders o ON o.id = i.order_id
    WHERE i.inviter_id = :inviter_id AND o.paid_at >= :since AND o.paid_at < :until
    """
)


@dataclass(frozen=True, slots=True)
class Invite:
    """An invite: who brought whom, and how far it is. `paid_at` is when the first order was."""

    id: int
    inviter_id: int
    invitee_id: int
    status: str
    orders_settled: int
    paid_at: datetime

    @property
    def orders(self) -> Counts:
        """The invitee's orders: a paid first one counts, settled and cleared ones are firm."""
        if self.status == VOID:
            return Counts(0, 0)
        firm = self.orders_settled if self.status == QUALIFIED else 0
        return Counts(max(1, self.orders_settled), firm)


def invite_of(session: Session, invite_id: int) -> Invite | None:
    """An invite as it stands now."""
    row: Any = session.execute(_INVITE, {"invite_id": invite_id}).one_or_none()
    if row is None:
        return None
    return Invite(
        row.id, row.inviter_id, row.invitee_id, row.status, row.orders_settled, row.paid_at
    )


def invites_counted(session: Session, inviter_id: int, campaign: CampaignView) -> Counts:
    """The invites of an inviter that count for a campaign: those that stand, and of them those
    that are qualified."""
    row = session.execute(
        _COUNTS,
        {"inviter_id": inviter_id, "since": campaign.starts_at, "until": campaign.until},
    ).one()
    return Counts(row.counted, row.firm)
