"""Reads of the counter for staff."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from mall.coupons.counter.errors import RedemptionNotFound
from mall.coupons.counter.models import CounterRedemption
from mall.coupons.models import Coupon, CouponTemplate
from mall.shipping.models import PickupPoint

FILTERS = ("point_id", "staff_id", "user_id", "coupon_id")


def _shown() -> Select[Any]:
    columns = [one for one in CounterRedemption.__table__.columns if one.name != "code_hash"]
    return (
        select(
            *columns,
            PickupPoint.name.label("point_name"),
            CouponTemplate.id.label("template_id"),
            CouponTemplate.name.label("coupon_name"),
        )
        .join(PickupPoint, PickupPoint.id == CounterRedemption.point_id)
        .join(Coupon, Coupon.id == CounterRedemption.coupon_id)
        .join(CouponTemplate, CouponTemplate.id == Coupon.template_id)
    )


def redemption(session: Session, redemption_id: int) -> Any:
    """One redemption, with the names of point and coupon. Raises RedemptionNotFound."""
    query = _shown().where(CounterRedemption.id == redemption_id)
    found = session.execute(query).one_or_none()
    if found is None:
        raise RedemptionNotFound
    return found


def redemptions(
    session: Session, filters: Mapping[str, Any], *, before: int | None, limit: int
) -> Sequence[Any]:
    """Redemptions by point, staff member, shopper and coupon, newest first; one more than
    `limit`."""
    query = _shown()
    for name in FILTERS:
        if name in filters:
            query = query.where(getattr(CounterRedemption, name) == filters[name])
    if before is not None:
        query = query.where(CounterRedemption.id < before)
    return session.execute(query.order_by(CounterRedemption.id.desc()).limit(limit + 1)).all()
