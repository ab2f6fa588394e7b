"""Facts about coupons."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from mall.kernel.events import Event


@dataclass(frozen=True)
class CouponExpiringSoon(Event):
    """A coupon that the shopper hasn't used will expire. By the time of handling it may be."""

    name: ClassVar[str] = "coupons.expiring_soon"
    coupon_id: int
    user_id: int
