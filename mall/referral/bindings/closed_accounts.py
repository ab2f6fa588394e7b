"""Who closes the account brings nobody any more, and belongs to nobody. History stays, by ids."""

from __future__ import annotations

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from mall.referral.bindings.binding import end
from mall.referral.bindings.models import CLOSED, Binding
from mall.users.erasing import Eraser


def _end(session: Session, user_id: int) -> None:
    theirs = or_(Binding.inviter_id == user_id, Binding.invitee_id == user_id)
    for binding_id in session.scalars(select(Binding.id).where(Binding.ended_at.is_(None), theirs)):
        end(session, binding_id, CLOSED)


BINDINGS = Eraser(
    "bindings",
    _end,
    "EXISTS (SELECT 1 FROM referral_bindings b WHERE b.ended_at IS NULL"
    " AND u.id IN (b.inviter_id, b.invitee_id))",
)
