"""Commission."""

from __future__ import annotations

from mall.kernel.features import Mall
from mall.referral.commission.closed_accounts import COMMISSION, LEFT, WITHDRAWING
from mall.referral.commission.invariants import INVARIANTS
from mall.users.closing import CLOSING_CHECKS, CLOSING_LOSSES
from mall.users.erasing import ERASERS


def install(mall: Mall) -> None:
    """Declare commission."""
    mall.add(ERASERS, COMMISSION)
    mall.add(CLOSING_CHECKS, WITHDRAWING)
    mall.add(CLOSING_LOSSES, LEFT)
    mall.invariants(*INVARIANTS)
