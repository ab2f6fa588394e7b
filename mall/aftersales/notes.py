"""The thread of an order that went wrong: shopper and staff, with pictures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from mall.aftersales.models import DisputeNote
from mall.kernel.db import transaction
from mall.kernel.http.paging import Page, decode_cursor, page
from mall.orders.errors import OrderNotFound
from mall.orders.models import Order
from mall.staff.audit import record
from mall.uploads.commands import Owner, attach
from mall.uploads.schemas import attached


def write_note(order_no: str, by: Owner, text: str, pictures: Sequence[str]) -> dict[str, Any]:
    """Add to the thread of an order; a shopper only to an own one.

    Raises OrderNotFound, UploadNotFound.
    """
    with transaction() as session:
        order_id = _order_id(session, order_no, by.user_id)
        note_id = session.execute(
            insert(DisputeNote)
            .values(order_id=order_id, staff_id=by.staff_id, text=text, pictures=list(pictures))
            .returning(DisputeNote.id)
        ).scalar_one()
        attach(session, by, pictures, f"dispute_note:{note_id}")
        if by.staff_id is not None:
            record(
                session,
                action="dispute_note.write",
                target_type="order",
                target_id=order_no,
                after={"note_id": note_id, "text": text},
            )
        return _view(session.scalars(select(DisputeNote).where(DisputeNote.id == note_id)).one())


def notes_of(
    session: Session, order_no: str, user_id: int | None, cursor: str | None, limit: int
) -> Page[dict[str, Any]]:
    """An order's thread, newest first. Raises OrderNotFound."""
    statement = select(DisputeNote).where(
        DisputeNote.order_id == _order_id(session, order_no, user_id)
    )
    after = decode_cursor(cursor, (int,))
    if after:
        statement = statement.where(DisputeNote.id < after[0])
    rows = session.scalars(statement.order_by(DisputeNote.id.desc()).limit(limit + 1))
    return page([_view(note) for note in rows], limit, lambda note: (note["id"],))


def _view(note: DisputeNote) -> dict[str, Any]:
    return {
        "id": note.id,
        "author": "shopper" if note.staff_id is None else "staff",
        "text": note.text,
        **attached(note.pictures),
        "created_at": note.created_at,
    }


def _order_id(session: Session, order_no: str, user_id: int | None) -> int:
    found = select(Order.id).where(Order.order_no == order_no)
    if user_id is not None:
        found = found.where(Order.user_id == user_id)
    order_id = session.scalar(found)
    if order_id is None:
        raise OrderNotFound
    return order_id
