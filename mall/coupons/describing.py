"""A coupon template as the rules of compliance see it."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from mall.compliance.campaigns import Campaign
from mall.compliance.running import CampaignSource, Running
from mall.coupons.models import FEATURE, CouponTemplate

KIND = "coupon_template"


def running(session: Session) -> Iterator[Running]:
    """Templates that are enabled and can still be claimed, or will be."""
    until = func.coalesce(CouponTemplate.claim_to, CouponTemplate.valid_to)
    for template in session.scalars(
        select(CouponTemplate)
        # A feature describes its own.
        .where(
            CouponTemplate.way != FEATURE,
            CouponTemplate.enabled,
            or_(until.is_(None), until > func.now()),
        )
        .execution_options(populate_existing=True)
    ):
        yield describe(template), template.version


COUPON_TEMPLATES = CampaignSource(
    KIND,
    running,
    """
    SELECT CAST(id AS text) AS ref, version FROM coupon_templates
    WHERE enabled AND version > 1 AND coalesce(claim_to, valid_to, 'infinity') > now()
    """,
)


def describe(template: CouponTemplate) -> Campaign:
    """The facts of a template."""
    return Campaign(
        kind=KIND,
        ref=str(template.id),
        name=template.name,
        texts=(template.description,),
        starts_at=template.claim_from,
        ends_at=template.claim_to or template.valid_to,
        quantity=template.total_limit,
    )
