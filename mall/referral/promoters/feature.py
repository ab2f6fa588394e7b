"""Promoters."""

from __future__ import annotations

from mall.kernel.features import Mall
from mall.referral.promoters.closed_accounts import PROMOTERS, STANDING
from mall.users.closing import CLOSING_LOSSES
from mall.users.erasing import ERASERS


def install(mall: Mall) -> None:
    """Declare promoters."""
    mall.add(ERASERS, PROMOTERS)
    mall.add(CLOSING_LOSSES, STANDING)
