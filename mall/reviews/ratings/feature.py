"""Ratings."""

from __future__ import annotations

from mall.catalog.card_extras import CARD_EXTRAS
from mall.kernel.features import Mall
from mall.reviews.ratings import routes
from mall.reviews.ratings.card_rating import RATING
from mall.reviews.ratings.closed_accounts import VOTES
from mall.reviews.ratings.counting import RATINGS
from mall.reviews.ratings.invariants import INVARIANTS
from mall.reviews.ratings.settings import SETTINGS as OWN_SETTINGS
from mall.reviews.writing.watching import WATCHERS
from mall.settings import SETTINGS
from mall.users.erasing import ERASERS


def install(mall: Mall) -> None:
    """Declare ratings."""
    mall.blueprints(routes.blp)
    mall.add(SETTINGS, *OWN_SETTINGS)
    mall.add(WATCHERS, RATINGS)
    mall.add(CARD_EXTRAS, RATING)
    mall.add(ERASERS, VOTES)
    mall.invariants(*INVARIANTS)
