"""Referral, part by part."""

from __future__ import annotations

from mall.kernel.features import Mall
from mall.referral.attribution import feature as attribution
from mall.referral.bindings import feature as bindings
from mall.referral.channels import feature as channels
from mall.referral.commission import feature as commission
from mall.referral.demo import load_demo_referral
from mall.referral.growth import feature as growth
from mall.referral.invites import feature as invites
from mall.referral.ladders import feature as ladders
from mall.referral.leaderboard import feature as leaderboard
from mall.referral.lessons import feature as lessons
from mall.referral.materials import feature as materials
from mall.referral.posters import feature as posters
from mall.referral.promoters import feature as promoters
from mall.referral.reports import feature as reports
from mall.referral.screening import feature as screening
from mall.referral.withdrawals import feature as withdrawals


def install(mall: Mall) -> None:
    """Declare referral."""
    bindings.install(mall)
    attribution.install(mall)
    screening.install(mall)
    invites.install(mall)
    promoters.install(mall)
    lessons.install(mall)
    growth.install(mall)
    posters.install(mall)
    materials.install(mall)
    ladders.install(mall)
    commission.install(mall)
    channels.install(mall)
    leaderboard.install(mall)
    withdrawals.install(mall)
    mall.demo("referral", load_demo_referral)
    reports.install(mall)
