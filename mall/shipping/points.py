"""Staff's changes to pick-up points, and who hands goods out there."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from mall.kernel.db import transaction
from mall.shipping.errors import PickupPointInUse, PickupPointNotFound
from mall.shipping.models import PickupClerk, PickupPoint
from mall.shipping.named_errors import named_errors
from mall.staff.audit import record
from mall.users.regions import names_of


@dataclass(frozen=True)
class PointDraft:
    """What a point should be. `region_code` is a district's."""

    name: str
    region_code: str
    location: str
    service_phone: str
    opening_hours: str
    is_open: bool


def create_point(draft: PointDraft) -> int:
    """A new point: its id. Raises PickupPointNamed, UnknownRegion."""
    with transaction() as session, named_errors():
        names_of(session, draft.region_code)
        point_id = session.execute(
            insert(PickupPoint).values(**asdict(draft)).returning(PickupPoint.id)
        ).scalar_one()
        _note(session, "create", point_id, after=asdict(draft))
        return point_id


def change_point(point_id: int, draft: PointDraft) -> None:
    """Replace a point. Closing it keeps the orders that will be collected there.

    Raises PickupPointNotFound, PickupPointNamed, UnknownRegion.
    """
    with transaction() as session, named_errors():
        before = _hold(session, point_id)
        names_of(session, draft.region_code)
        session.execute(
            update(PickupPoint).where(PickupPoint.id == point_id).values(**asdict(draft))
        )
        _note(session, "update", point_id, before=before, after=asdict(draft))


def remove_point(point_id: int) -> None:
    """Delete a point that nothing refers to. Raises PickupPointNotFound, PickupPointInUse."""
    with transaction() as session, named_errors(referenced=PickupPointInUse):
        before = _hold(session, point_id)
        session.execute(delete(PickupPoint).where(PickupPoint.id == point_id))
        _note(session, "delete", point_id, before=before)


def bind_clerks(point_id: int, staff_ids: Collection[int]) -> None:
    """These, and nobody else, are bound to the point. Whoever is bound somewhere redeems
    at such points only; who is bound nowhere, at any.

    Raises PickupPointNotFound, UnknownClerk.
    """
    with transaction() as session, named_errors():
        _hold(session, point_id)
        of_point = PickupClerk.point_id == point_id
        before = session.scalars(select(PickupClerk.staff_id).where(of_point)).all()
        session.execute(delete(PickupClerk).where(of_point))
        wanted = sorted(set(staff_ids))
        if wanted:
            session.execute(
                insert(PickupClerk),
                [{"point_id": point_id, "staff_id": staff_id} for staff_id in wanted],
            )
        _note(
            session,
            "bind_clerks",
            point_id,
            before={"staff_ids": [str(staff_id) for staff_id in sorted(before)]},
            after={"staff_ids": [str(staff_id) for staff_id in wanted]},
        )


def _hold(session: Session, point_id: int) -> dict[str, Any]:
    columns = [getattr(PickupPoint, name) for name in PointDraft.__dataclass_fields__]
    row = session.execute(
        select(*columns).where(PickupPoint.id == point_id).with_for_update()
    ).one_or_none()
    if row is None:
        raise PickupPointNotFound
    return dict(row._mapping)


def _note(
    session: Session,
    verb: str,
    point_id: int,
    *,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    record(
        session,
        action=f"pickup_point.{verb}",
        target_type="pickup_point",
        target_id=point_id,
        before=before,
        after=after,
    )
