"""A coupon template as the rules of compliance see it."""

from __future__ import annotations

from mall.compliance.campaigns import Campaign
from mall.coupons.models import CouponTemplate


def describe(template: CouponTemplate) -> Campaign:
    """The facts of a template."""
    return Campaign(
        kind="coupon_template",
        ref=str(template.id),
        name=template.name,
        texts=(template.description,),
        starts_at=template.claim_from,
        ends_at=template.claim_to or template.valid_to,
        quantity=template.total_limit,
    )
