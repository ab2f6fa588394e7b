"""Ratings."""

from __future__ import annotations

from mall.kernel.features import Mall
from mall.reviews.ratings.closed_accounts import VOTES
from mall.users.erasing import ERASERS


def install(mall: Mall) -> None:
    """Declare ratings."""
    mall.add(ERASERS, VOTES)
