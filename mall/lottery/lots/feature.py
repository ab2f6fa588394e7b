"""Campaigns in which reviews draw lots."""

from __future__ import annotations

from mall.compliance.running import CAMPAIGN_SOURCES
from mall.kernel.features import Mall
from mall.lottery.lots import admin, jobs, routes
from mall.lottery.lots.attention import REFUSED_LOTS, UNDECIDED_LOTS
from mall.lottery.lots.demo import load_demo_lots
from mall.lottery.lots.describing import LOTS
from mall.lottery.lots.invariants import INVARIANTS


def install(mall: Mall) -> None:
    """Declare campaigns of lots."""
    mall.blueprints(routes.blp, admin.blp)
    mall.jobs(jobs)
    mall.add(CAMPAIGN_SOURCES, LOTS)
    mall.invariants(*INVARIANTS)
    mall.attention(REFUSED_LOTS, UNDECIDED_LOTS)
    mall.demo("review lots", load_demo_lots)
