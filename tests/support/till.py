"""Tills in tests: points with staff who serve there, and what they do."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from mall.kernel.db import db, transaction
from mall.points.till.codes import draw
from mall.points.till.entering import Wish, enter
from mall.shipping.points import bind_clerks
from mall.staff.models import StaffMember
from tests.support.freight import make_point
from tests.support.staff import make_staff

PERMISSIONS = ("till:read", "till:grant", "till:take", "till:undo")


@dataclass(frozen=True)
class Clerk:
    """Somebody who serves at a point."""

    staff_id: int
    token: str
    point_id: int


def make_clerks(count: int, point_id: int | None = None) -> list[Clerk]:
    """Staff who are bound to one point, and nobody else is."""
    place = point_id or make_point()
    tokens = [make_staff(*PERMISSIONS) for _ in range(count)]
    with transaction() as session:
        newest = select(StaffMember.id).order_by(StaffMember.id.desc()).limit(count)
        ids = sorted(session.scalars(newest).all())
    bind_clerks(place, ids)
    return [Clerk(staff_id, token, place) for staff_id, token in zip(ids, tokens, strict=True)]


def code_of(user_id: int) -> str:
    """A new code of a shopper."""
    return draw(user_id).code


def at_till(clerk: Clerk, direction: str, code: str, points: int, receipt: str = "") -> int:
    """Give or take points for a code: the entry's id."""
    db.session.rollback()
    wish = Wish(
        point_id=clerk.point_id, points=points, receipt_no=receipt or None, reason="到店消费"
    )
    return enter(clerk.staff_id, direction, code, wish)
