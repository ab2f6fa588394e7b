"""Counters in tests: coupons that may be redeemed there, and staff who do it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from mall.coupons.counter.codes import draw
from mall.coupons.counter.redeeming import Sale, redeem
from mall.kernel.db import db, transaction
from mall.shipping.points import bind_clerks
from mall.staff.models import StaffMember
from tests.support.coupons import make_coupon
from tests.support.freight import make_point
from tests.support.staff import make_staff
from tests.support.till import Clerk

PERMISSIONS = ("counter:read", "counter:redeem", "counter:undo")


def make_counter_clerks(count: int, point_id: int | None = None) -> list[Clerk]:
    """Staff who are bound to one point, and nobody else is."""
    place = point_id or make_point()
    tokens = [make_staff(*PERMISSIONS) for _ in range(count)]
    with transaction() as session:
        newest = select(StaffMember.id).order_by(StaffMember.id.desc()).limit(count)
        ids = sorted(session.scalars(newest).all())
    bind_clerks(place, ids)
    return [Clerk(staff_id, token, place) for staff_id, token in zip(ids, tokens, strict=True)]


def counter_coupon(user_id: int, **more: Any) -> int:
    """A coupon in the shopper's hands that may be redeemed at a counter: its id."""
    return make_coupon(user_id, **{"at_counter": True, **more})


def counter_code(user_id: int, coupon_id: int) -> str:
    """A new code for a coupon."""
    return draw(user_id, coupon_id).code


def at_counter(clerk: Clerk, code: str, goods_fen: int | None = 5_000) -> int:
    """Redeem the coupon of a code: the redemption's id."""
    db.session.rollback()
    sale = Sale(point_id=clerk.point_id, goods_fen=goods_fen, receipt_no=None)
    return redeem(clerk.staff_id, code, sale)
