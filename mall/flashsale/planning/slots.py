"""What staff do with the daily times of sales. Each change leaves an audit row."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, delete, exists, func, insert, select, update
from sqlalchemy.orm import Session

from mall.flashsale.errors import SlotInUse, SlotNotFound, SlotsOverlap
from mall.flashsale.models import ABORTED, ENDED, FlashSession, FlashSlot
from mall.flashsale.planning.rules import slots_overlap
from mall.kernel.db import transaction
from mall.staff.audit import record

COLUMNS = ("name", "starts_minute", "lasts_min", "enabled")


def lock_planning(session: Session) -> None:
    """Wait for whoever else is planning: what overlaps is then seen, not raced."""
    session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended("mall.flashsale", 0))))


def create_slot(**values: Any) -> int:
    """A new daily time: its id. Raises SlotsOverlap."""
    with transaction() as session:
        lock_planning(session)
        slot_id = session.scalars(insert(FlashSlot).values(**values).returning(FlashSlot.id)).one()
        _refuse_overlaps(session)
        _audit(session, "create", slot_id, after=values)
        return slot_id


def change_slot(slot_id: int, **values: Any) -> None:
    """Other terms. Its time stands while a session that isn't over uses it.

    Raises SlotNotFound, SlotsOverlap, SlotInUse.
    """
    with transaction() as session:
        lock_planning(session)
        before = dict(slot(session, slot_id)._mapping)
        moved = any(before[name] != values[name] for name in ("starts_minute", "lasts_min"))
        waiting = FlashSession.state.not_in((ENDED, ABORTED))
        if moved and _used(session, slot_id, waiting):
            raise SlotInUse
        session.execute(update(FlashSlot).where(FlashSlot.id == slot_id).values(**values))
        _refuse_overlaps(session)
        _audit(session, "update", slot_id, before=before, after=values)


def delete_slot(slot_id: int) -> None:
    """Forget a time that no session ever used. Raises SlotNotFound, SlotInUse."""
    with transaction() as session:
        lock_planning(session)
        before = dict(slot(session, slot_id)._mapping)
        if _used(session, slot_id):
            raise SlotInUse
        session.execute(delete(FlashSlot).where(FlashSlot.id == slot_id))
        _audit(session, "delete", slot_id, before=before)


def slot(session: Session, slot_id: int) -> Row[Any]:
    """One slot's row. Raises SlotNotFound."""
    row = session.execute(
        select(*(getattr(FlashSlot, name) for name in COLUMNS)).where(FlashSlot.id == slot_id)
    ).one_or_none()
    if row is None:
        raise SlotNotFound
    return row


def _used(session: Session, slot_id: int, *conditions: Any) -> bool:
    found = exists().where(FlashSession.slot_id == slot_id, *conditions)
    return bool(session.scalar(select(found)))


def _refuse_overlaps(session: Session) -> None:
    rows = session.execute(
        select(FlashSlot.starts_minute, FlashSlot.lasts_min).where(FlashSlot.enabled)
    ).all()
    for number, one in enumerate(rows):
        if any(slots_overlap(*one, *other) for other in rows[:number]):
            raise SlotsOverlap


def _audit(session: Session, verb: str, slot_id: int, **change: Any) -> None:
    record(
        session, action=f"flash_slot.{verb}", target_type="flash_slot", target_id=slot_id, **change
    )
