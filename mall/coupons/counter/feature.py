"""The counter: coupons at the shop's pick-up points."""

from __future__ import annotations

from mall.coupons.counter import admin, jobs, routes
from mall.coupons.counter.closed_accounts import COUPON_CODES
from mall.coupons.counter.invariants import INVARIANTS
from mall.kernel.features import Mall
from mall.users.erasing import ERASERS


def install(mall: Mall) -> None:
    """Declare the counter."""
    mall.blueprints(routes.blp, admin.blp)
    mall.permissions(
        {
            "counter:read": "查看到店核销记录",
            "counter:redeem": "在门店核销优惠券",
            "counter:undo": "撤销当天的到店核销",
        }
    )
    mall.jobs(jobs)
    mall.add(ERASERS, COUPON_CODES)
    mall.invariants(*INVARIANTS)
