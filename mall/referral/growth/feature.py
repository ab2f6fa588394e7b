"""How shoppers become promoters, and grow."""

from __future__ import annotations

from mall.aftersales.events import OrderSettled
from mall.compliance.running import CAMPAIGN_SOURCES
from mall.kernel.features import Mall
from mall.referral.growth import admin, jobs, routes
from mall.referral.growth.demo import load_demo_promoters
from mall.referral.growth.describing import GROWTH
from mall.referral.growth.handlers import grow_on_event, grow_on_invite
from mall.referral.growth.invariants import INVARIANTS
from mall.referral.invites.events import InviteChanged
from mall.referral.lessons.events import LessonPassed
from mall.referral.promoters.events import PromoterChanged


def install(mall: Mall) -> None:
    """Declare growth."""
    mall.blueprints(routes.blp, admin.blp)
    mall.jobs(jobs)
    mall.on(OrderSettled, "referral.grow_on_order", grow_on_event)
    mall.on(LessonPassed, "referral.grow_on_lesson", grow_on_event)
    mall.on(InviteChanged, "referral.grow_on_invite", grow_on_invite)
    mall.on(PromoterChanged, "referral.grow_on_change", grow_on_event)
    mall.add(CAMPAIGN_SOURCES, GROWTH)
    mall.invariants(*INVARIANTS)
    mall.demo("promoters", load_demo_promoters)
