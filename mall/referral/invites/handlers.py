"""What moves an invite: its orders, and what screening says."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from mall.referral.attribution.events import OrderAttributed
from mall.referral.invites.following import follow
from mall.referral.invites.models import ReferralInvite
from mall.referral.screening.events import ScreeningDecided

_BINDING = text(
    """
    SELECT a.binding_id FROM order_attributions a JOIN orders o ON o.id = a.order_id
    WHERE o.order_no = :order_no AND a.binding_id IS NOT NULL
    """
)


def follow_new_order(session: Session, event: OrderAttributed) -> None:
    """An order of somebody who was brought is paid."""
    if event.binding_id is not None:
        follow(session, event.binding_id)


def follow_order(session: Session, event: Any) -> None:
    """An order is settled, or money of it went back."""
    binding_id = session.scalar(_BINDING, {"order_no": event.order_no})
    if binding_id is not None:
        follow(session, binding_id)


def follow_screening(session: Session, event: ScreeningDecided) -> None:
    """How a binding stands has changed."""
    known = select(ReferralInvite.id).where(ReferralInvite.binding_id == event.binding_id)
    if session.scalar(known) is not None:
        follow(session, event.binding_id)
