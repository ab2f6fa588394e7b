"""Communities: hidden coupons and missions."""

from __future__ import annotations

from mall.compliance.running import CAMPAIGN_SOURCES
from mall.games.communities import admin, hidden_admin, jobs, routes
from mall.games.communities.attention import REFUSED_COMMUNITY_REWARDS
from mall.games.communities.counting import hear
from mall.games.communities.demo import load_demo_communities
from mall.games.communities.describing import COMMUNITY_MISSIONS, HIDDEN_COUPONS
from mall.games.communities.in_use import CHECK_IN_MISSIONS
from mall.games.communities.invariants import INVARIANTS
from mall.games.communities.kinds import TRIGGERS
from mall.kernel.features import Mall


def install(mall: Mall) -> None:
    """Declare communities."""
    mall.blueprints(routes.blp, admin.blp, hidden_admin.blp)
    mall.jobs(jobs)
    for trigger in TRIGGERS:
        is_wanted = None if trigger.revocable else CHECK_IN_MISSIONS
        for event in trigger.events:
            name = f"communities.{trigger.name}:{event.name}"
            mall.on(event, name, hear(trigger), is_wanted=is_wanted)
    mall.add(CAMPAIGN_SOURCES, HIDDEN_COUPONS, COMMUNITY_MISSIONS)
    mall.invariants(*INVARIANTS)
    mall.attention(REFUSED_COMMUNITY_REWARDS)
    mall.demo("communities", load_demo_communities)
