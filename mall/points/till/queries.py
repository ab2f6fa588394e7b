"""Reads of the till for staff and for statements."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from mall.points.ledger.kinds import TILL_GRANT, TILL_TAKE, TILL_UNDO
from mall.points.ledger.models import PointsEntry
from mall.points.statements.details import EntryDetails
from mall.points.till.errors import TillEntryNotFound
from mall.points.till.models import TillEntry
from mall.shipping.models import PickupPoint

FILTERS = ("point_id", "staff_id", "user_id")


def _shown() -> Select[Any]:
    columns = [column for column in TillEntry.__table__.columns if column.name != "code_hash"]
    return select(*columns, PickupPoint.name.label("point_name")).join(
        PickupPoint, PickupPoint.id == TillEntry.point_id
    )


def entry(session: Session, entry_id: int) -> Any:
    """One entry, with the name of its point. Raises TillEntryNotFound."""
    found = session.execute(_shown().where(TillEntry.id == entry_id)).one_or_none()
    if found is None:
        raise TillEntryNotFound
    return found


def entries(
    session: Session, filters: Mapping[str, Any], *, before: int | None, limit: int
) -> Sequence[Any]:
    """Entries by point, staff member and shopper, newest first; one more than `limit`."""
    query = _shown()
    for name in FILTERS:
        if name in filters:
            query = query.where(getattr(TillEntry, name) == filters[name])
    if before is not None:
        query = query.where(TillEntry.id < before)
    return session.execute(query.order_by(TillEntry.id.desc()).limit(limit + 1)).all()


def _points_of(session: Session, found: Sequence[PointsEntry]) -> Mapping[int, str]:
    """The name of the point, by ledger entry. The source is `till:<id>`, or `till:<id>:<n>`."""
    ids = {one.id: int(one.source.split(":")[1]) for one in found}
    rows = session.execute(
        select(TillEntry.id, PickupPoint.name)
        .join(PickupPoint, PickupPoint.id == TillEntry.point_id)
        .where(TillEntry.id.in_(set(ids.values())))
    )
    names = {row.id: row.name for row in rows}
    return {entry_id: names[till_id] for entry_id, till_id in ids.items() if till_id in names}


POINT_NAMES = EntryDetails((TILL_GRANT, TILL_TAKE, TILL_UNDO), _points_of)
