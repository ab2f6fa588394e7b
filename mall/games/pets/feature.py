"""Growing pets."""

from __future__ import annotations

from mall.compliance.running import CAMPAIGN_SOURCES
from mall.games.pets import admin, jobs, metrics, routes
from mall.games.pets.attention import REFUSED_STAGES
from mall.games.pets.care_message import PET_CARE
from mall.games.pets.closed_accounts import FEED_LOST, PETS
from mall.games.pets.demo import load_demo_pets
from mall.games.pets.describing import PET_SEASONS
from mall.games.pets.invariants import INVARIANTS
from mall.games.pets.page import PET_KIND
from mall.games.pets.portions import FeedGranter
from mall.games.pets.settings import SETTINGS as OWN
from mall.kernel.features import Mall
from mall.messages.kinds import KINDS
from mall.rewards.granters import GIVING, GRANTERS
from mall.settings import SETTINGS
from mall.sharing.pages.kinds import PAGE_KINDS
from mall.users.closing import CLOSING_LOSSES
from mall.users.erasing import ERASERS


def install(mall: Mall) -> None:
    """Declare growing pets."""
    mall.blueprints(routes.blp, admin.blp)
    mall.jobs(jobs)
    mall.add(SETTINGS, *OWN)
    mall.add(KINDS, PET_CARE)
    mall.add(GRANTERS, FeedGranter())
    mall.fails(GIVING, "pet_season_over")
    mall.add(PAGE_KINDS, PET_KIND)
    mall.add(CAMPAIGN_SOURCES, PET_SEASONS)
    mall.add(ERASERS, PETS)
    mall.add(CLOSING_LOSSES, FEED_LOST)
    mall.metrics(metrics)
    mall.invariants(*INVARIANTS)
    mall.attention(REFUSED_STAGES)
    mall.demo("pets", load_demo_pets)
