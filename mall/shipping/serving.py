"""Who serves shoppers at a point: for features that let staff do something at the counter."""

from __future__ import annotations

from typing import Literal

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from mall.shipping.models import PickupClerk, PickupPoint

Hindrance = Literal["unknown", "closed"]


def hindrance(session: Session, point_id: int) -> Hindrance | None:
    """Why nobody can be served at a point."""
    is_open = session.scalar(select(PickupPoint.is_open).where(PickupPoint.id == point_id))
    if is_open is None:
        return "unknown"
    return None if is_open else "closed"


def serves(session: Session, point_id: int, staff_id: int) -> bool:
    """Whether a staff member is bound to a point."""
    bound = exists().where(PickupClerk.point_id == point_id, PickupClerk.staff_id == staff_id)
    return bool(session.scalar(select(bound)))
