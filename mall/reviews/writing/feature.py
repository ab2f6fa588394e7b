"""Reviews."""

from __future__ import annotations

from mall.kernel.features import Mall
from mall.reviews.writing.closed_accounts import REVIEWS
from mall.users.erasing import ERASERS


def install(mall: Mall) -> None:
    """Declare reviews."""
    mall.add(ERASERS, REVIEWS)
