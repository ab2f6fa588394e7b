"""The counter: coupons at the shop's pick-up points."""

from __future__ import annotations

from mall.coupons.counter.closed_accounts import COUPON_CODES
from mall.coupons.counter.invariants import INVARIANTS
from mall.kernel.features import Mall
from mall.users.erasing import ERASERS


def install(mall: Mall) -> None:
    """Declare the counter."""
    mall.add(ERASERS, COUPON_CODES)
    mall.invariants(*INVARIANTS)
