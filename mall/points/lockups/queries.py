"""Reads of lock-ups for shoppers, staff and statements."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from mall.points.ledger.kinds import LOCK, LOCK_GAIN, UNLOCK
from mall.points.ledger.models import PointsEntry
from mall.points.lockups.describing import terms_of
from mall.points.lockups.errors import LockupNotFound, LockupOfferNotFound
from mall.points.lockups.models import Lockup, LockupOffer
from mall.points.statements.details import EntryDetails

MOST_OPEN = 50
_OWN = [column.name for column in LockupOffer.__table__.columns]


def _shown(offer: LockupOffer) -> dict[str, Any]:
    left = offer.budget - offer.promised - offer.paid
    return {**{name: getattr(offer, name) for name in _OWN}, "terms": terms_of(offer), "left": left}


def open_offers(session: Session) -> list[dict[str, Any]]:
    """What takes locks now, what closes first first."""
    now = func.clock_timestamp()
    found = session.scalars(
        select(LockupOffer)
        .where(~LockupOffer.paused, LockupOffer.opens_at <= now, LockupOffer.closes_at > now)
        .order_by(LockupOffer.closes_at, LockupOffer.id)
        .limit(MOST_OPEN)
    )
    return [_shown(offer) for offer in found]


def offer(session: Session, offer_id: int) -> dict[str, Any]:
    """One offer. Raises LockupOfferNotFound."""
    found = session.scalar(
        select(LockupOffer)
        .where(LockupOffer.id == offer_id)
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise LockupOfferNotFound
    return _shown(found)


def offers(session: Session, *, before: int | None, limit: int) -> list[dict[str, Any]]:
    """Every offer, newest first; one more than `limit`."""
    query = select(LockupOffer)
    if before is not None:
        query = query.where(LockupOffer.id < before)
    found = session.scalars(query.order_by(LockupOffer.id.desc()).limit(limit + 1))
    return [_shown(offer) for offer in found]


def _locks() -> Select[Any]:
    return select(*Lockup.__table__.columns, LockupOffer.name.label("offer_name")).join(
        LockupOffer, LockupOffer.id == Lockup.offer_id
    )


def lockup(session: Session, user_id: int, lockup_id: int) -> Any:
    """One lock of a shopper. Raises LockupNotFound."""
    found = session.execute(
        _locks().where(Lockup.id == lockup_id, Lockup.user_id == user_id)
    ).one_or_none()
    if found is None:
        raise LockupNotFound
    return found


def lockups(
    session: Session, filters: Mapping[str, Any], *, before: int | None, limit: int
) -> Sequence[Any]:
    """Locks by shopper, offer and status, newest first; one more than `limit`."""
    query = _locks()
    for name in ("user_id", "offer_id", "status"):
        if name in filters:
            query = query.where(getattr(Lockup, name) == filters[name])
    if before is not None:
        query = query.where(Lockup.id < before)
    return session.execute(query.order_by(Lockup.id.desc()).limit(limit + 1)).all()


def _names_of(session: Session, found: Sequence[PointsEntry]) -> Mapping[int, str]:
    """The name of the offer, by ledger entry. The source is `lockup:<id>`."""
    ids = {one.id: int(one.source.split(":")[1]) for one in found}
    rows = session.execute(
        select(Lockup.id, LockupOffer.name)
        .join(LockupOffer, LockupOffer.id == Lockup.offer_id)
        .where(Lockup.id.in_(set(ids.values())))
    )
    names = {row.id: row.name for row in rows}
    return {entry_id: names[lock_id] for entry_id, lock_id in ids.items() if lock_id in names}


OFFER_NAMES = EntryDetails((LOCK, UNLOCK, LOCK_GAIN), _names_of)
