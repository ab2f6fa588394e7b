"""Binding a new shopper to who brought them: once, no self, no ring, one inviter at a time.

All that makes a binding takes one advisory lock: a ring may be closed by any number of bindings
at once, so no lock of the two shoppers alone could see it. The lock is held from here to the
commit of a short transaction; a shopper is bound once in their life as a rule. Most openings bind
nobody: they are looked at before the lock, and those that may bind once more under it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, insert, text, update
from sqlalchemy.orm import Session

from mall.kernel.events import publish
from mall.orders.customers import person_has_bought
from mall.referral.bindings.events import BindingEnded, ShopperBound
from mall.referral.bindings.models import EXPIRED, REPLACED, Binding
from mall.referral.bindings.settings import (
    BINDING_DAYS,
    OPENING,
    ORDER,
    PROTECTION_DAYS,
    WON_BY,
)

LOCK = text("SELECT pg_advisory_xact_lock(7243013)")
# New is who has no paid order from before, under whichever account: the same unionid, the same
# phone. What happened before a later binding of the shopper began, or before one was over, was
# decided then: it binds nobody when its event comes late or twice.
_FACTS = text(
    f"""
    SELECT i.closed_at IS NULL AND i.blocked_at IS NULL AS inviter_fits,
           u.closed_at IS NULL AND u.blocked_at IS NULL AS invitee_fits,
           {person_has_bought("u", before=":at")} AS bought,
           i.unionid = u.unionid OR i.phone_index = u.phone_index AS same_person,
           EXISTS (
               SELECT FROM referral_bindings b
               WHERE b.invitee_id = u.id AND (b.bound_at >= :at OR (
                   b.ended_at IS NOT NULL AND least(b.ended_at, b.expires_at) > :at
               ))
           ) AS decided
    FROM users i, users u WHERE i.id = :inviter_id AND u.id = :invitee_id
    """  # noqa: S608
)
_RING = text(
    """
    WITH RECURSIVE above (inviter_id) AS (
        SELECT CAST(:inviter_id AS bigint)
        UNION
        SELECT b.inviter_id FROM above a JOIN referral_bindings b ON b.invitee_id = a.inviter_id
        WHERE b.ended_at IS NULL
    )
    SELECT EXISTS (SELECT FROM above WHERE inviter_id = :invitee_id)
    """
)
_OPEN = text(
    """
    SELECT id, inviter_id, expires_at <= :at AS expired,
           bound_at + make_interval(days => :days) > :at AS protected
    FROM referral_bindings WHERE invitee_id = :invitee_id AND ended_at IS NULL
    """
)


@dataclass(frozen=True, slots=True)
class Touch:
    """A share that was opened: whose, by whom, when. `ordered`: it brought the first order, at
    that moment."""

    inviter_id: int
    invitee_id: int
    share_id: int | None
    at: datetime
    ordered: bool = False


def bind(session: Session, touch: Touch) -> int | None:
    """Bind a new shopper to who shared, if the rules allow it: the binding's id, or None.

    Again for the same touch does nothing. An inviter whom the shopper belongs to already gains
    no further time.
    """
    if not _may_bind(session, touch):
        return None
    lock_bindings(session)
    if not _may_bind(session, touch) or closes_ring(session, touch.inviter_id, touch.invitee_id):
        return None
    current = open_row(session, touch.invitee_id, touch.at)
    if current is not None:
        end(session, current.id, EXPIRED if current.expired else REPLACED, touch.at)
    return write(session, touch)


def _may_bind(session: Session, touch: Touch) -> bool:
    given = {"inviter_id": touch.inviter_id, "invitee_id": touch.invitee_id, "at": touch.at}
    facts = session.execute(_FACTS, given).one_or_none()
    if facts is None or not (facts.inviter_fits and facts.invitee_fits):
        return False
    if facts.bought or facts.same_person or facts.decided:
        return False
    current = open_row(session, touch.invitee_id, touch.at)
    return current is None or current.expired or _may_win(current, touch)


def _may_win(current: Any, touch: Touch) -> bool:
    """Whether another sharer may win a new shopper who belongs to somebody."""
    is_another = current.inviter_id != touch.inviter_id
    way = ORDER if touch.ordered else OPENING
    return is_another and not current.protected and WON_BY.get() == way


def lock_bindings(session: Session) -> None:
    """Whoever else makes a binding waits until the commit."""
    session.execute(LOCK)


def closes_ring(session: Session, inviter_id: int, invitee_id: int) -> bool:
    """Whether the invitee stands above the inviter already, or is the same."""
    given = {"inviter_id": inviter_id, "invitee_id": invitee_id}
    return bool(session.scalar(_RING, given))


def open_row(session: Session, invitee_id: int, at: datetime) -> Any:
    """The open row of an invitee (id, inviter_id), or None; whether it was `expired` or
    `protected` at a moment."""
    given = {"invitee_id": invitee_id, "at": at, "days": PROTECTION_DAYS.get()}
    return session.execute(_OPEN, given).one_or_none()


def write(session: Session, touch: Touch, **more: Any) -> int:
    """Write a binding that the rules allow, and tell of it: its id."""
    days = BINDING_DAYS.get()
    made: int = session.execute(
        insert(Binding)
        .values(
            inviter_id=touch.inviter_id,
            invitee_id=touch.invitee_id,
            share_id=touch.share_id,
            bound_at=touch.at,
            expires_at=touch.at + timedelta(days=days) if days else None,
            **more,
        )
        .returning(Binding.id)
    ).scalar_one()
    publish(session, ShopperBound(made, touch.inviter_id, touch.invitee_id))
    return made


def end(
    session: Session,
    binding_id: int,
    reason: str,
    at: datetime | None = None,
    by_staff: Mapping[str, Any] | None = None,
) -> bool:
    """End an open binding (now, or `at`) and tell of it; False when it was over. Staff give
    `note` and `staff_id`."""
    ended = session.execute(
        update(Binding)
        .where(Binding.id == binding_id, Binding.ended_at.is_(None))
        .values(ended_at=at or func.clock_timestamp(), end_reason=reason, **(by_staff or {}))
        .returning(Binding.inviter_id, Binding.invitee_id),
        execution_options={"synchronize_session": False},
    ).one_or_none()
    if ended is None:
        return False
    publish(session, BindingEnded(binding_id, ended.inviter_id, ended.invitee_id, reason))
    return True
