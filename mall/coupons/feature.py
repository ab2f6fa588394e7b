"""Coupons: templates, claims, codes, use in orders."""

from __future__ import annotations

from mall.compliance.running import CAMPAIGN_SOURCES
from mall.coupons import admin, handlers, jobs, routes
from mall.coupons.closed_accounts import COUPONS_LOST
from mall.coupons.counter import feature as counter
from mall.coupons.describing import COUPON_TEMPLATES
from mall.coupons.events import CouponExpiringSoon
from mall.coupons.expiring_message import COUPON_EXPIRING, send_message_on_coupon_expiring_soon
from mall.coupons.granter import CouponGranter
from mall.coupons.invariants import INVARIANTS
from mall.coupons.participant import CouponsParticipant
from mall.coupons.settings import SETTINGS as OWN
from mall.kernel.features import Mall
from mall.messages.kinds import KINDS
from mall.orders.events import OrderPaid, OrderRefunded
from mall.orders.participants import PARTICIPANTS, PRICING
from mall.rewards.granters import GIVING, GRANTERS
from mall.settings import SETTINGS
from mall.users.closing import CLOSING_LOSSES


def install(mall: Mall) -> None:
    """Declare coupons."""
    mall.add(SETTINGS, *OWN)
    mall.blueprints(routes.blp, admin.blp)
    mall.permissions({"coupon:read": "查看优惠券", "coupon:write": "管理优惠券，导出兑换码"})
    mall.jobs(jobs)
    mall.add(PARTICIPANTS, CouponsParticipant())
    mall.fails(PRICING, "coupon_choice_invalid", "coupon_not_found", "coupon_not_usable")
    mall.fails(GIVING, "coupon_all_claimed", "coupon_claim_not_open", "coupon_template_not_found")
    mall.add(GRANTERS, CouponGranter())
    mall.add(KINDS, COUPON_EXPIRING)
    mall.add(CLOSING_LOSSES, COUPONS_LOST)
    mall.on(OrderPaid, "coupons.use", handlers.use_coupons_on_order_paid)
    mall.on(OrderRefunded, "coupons.give_back", handlers.give_back_coupons_on_order_refunded)
    mall.on(CouponExpiringSoon, "coupons.send_expiring", send_message_on_coupon_expiring_soon)
    mall.add(CAMPAIGN_SOURCES, COUPON_TEMPLATES)
    mall.invariants(*INVARIANTS)
    counter.install(mall)
