"""Reads of bindings."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, func, or_, select, text
from sqlalchemy.orm import Session

from mall.referral.bindings.models import Binding

MAX_DEPTH = 2
"""How far up anybody is ever paid (禁止传销条例 7): the inviter, and the inviter's inviter."""
# Who of the chain above a shopper is open now; a ring can't be, so the walk ends.
_CHAIN = text(
    """
    WITH RECURSIVE above (id, inviter_id, invitee_id, depth) AS (
        SELECT b.id, b.inviter_id, b.invitee_id, 1 FROM referral_bindings b
        WHERE b.invitee_id = :user_id AND b.ended_at IS NULL
          AND (b.expires_at IS NULL OR b.expires_at > :at)
        UNION ALL
        SELECT b.id, b.inviter_id, b.invitee_id, a.depth + 1
        FROM above a JOIN referral_bindings b ON b.invitee_id = a.inviter_id
        WHERE a.depth < :depth AND b.ended_at IS NULL
          AND (b.expires_at IS NULL OR b.expires_at > :at)
    )
    SELECT id, inviter_id, invitee_id, depth FROM above ORDER BY depth
    """
)


def binding(session: Session, binding_id: int) -> Binding | None:
    """A binding by its id, read afresh."""
    return session.get(Binding, binding_id, populate_existing=True)


def open_binding(session: Session, invitee_id: int) -> Binding | None:
    """Who a shopper belongs to now; None when to nobody."""
    now = func.clock_timestamp()
    return session.scalars(
        select(Binding)
        .where(Binding.invitee_id == invitee_id, Binding.ended_at.is_(None), _holds_at(now))
        .execution_options(populate_existing=True)
    ).one_or_none()


def binding_at(session: Session, invitee_id: int, at: datetime) -> Binding | None:
    """Who a shopper belonged to at a moment."""
    return session.scalars(
        select(Binding)
        .where(
            Binding.invitee_id == invitee_id,
            Binding.bound_at <= at,
            or_(Binding.ended_at.is_(None), Binding.ended_at > at),
            _holds_at(at),
        )
        .order_by(Binding.bound_at.desc(), Binding.id.desc())
        .limit(1)
        .execution_options(populate_existing=True)
    ).one_or_none()


def inviter_chain(session: Session, user_id: int, depth: int = MAX_DEPTH) -> Sequence[Row[Any]]:
    """The open bindings above a shopper now, the nearest first: (id, inviter_id, invitee_id,
    depth). `depth` is at most MAX_DEPTH."""
    if not 1 <= depth <= MAX_DEPTH:
        raise ValueError(f"nobody looks up {depth} levels")
    now = session.scalar(select(func.clock_timestamp()))
    return session.execute(_CHAIN, {"user_id": user_id, "depth": depth, "at": now}).all()


def history(
    session: Session,
    *,
    inviter_id: int | None = None,
    invitee_id: int | None = None,
    before: int | None = None,
    limit: int,
) -> Sequence[Binding]:
    """Bindings, newest first, one more than `limit`."""
    query = select(Binding).order_by(Binding.id.desc()).limit(limit + 1)
    if inviter_id is not None:
        query = query.where(Binding.inviter_id == inviter_id)
    if invitee_id is not None:
        query = query.where(Binding.invitee_id == invitee_id)
    if before is not None:
        query = query.where(Binding.id < before)
    return session.scalars(query.execution_options(populate_existing=True)).all()


def _holds_at(at: datetime | ColumnElement[datetime]) -> ColumnElement[bool]:
    return or_(Binding.expires_at.is_(None), Binding.expires_at > at)
