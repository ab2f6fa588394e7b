"""Points at checkout."""

from __future__ import annotations

from mall.kernel.features import Mall
from mall.orders.also_paid import ALSO_PAID
from mall.orders.participants import PARTICIPANTS, PLACING, PRICING
from mall.points.checkout import admin
from mall.points.checkout.invariants import INVARIANTS
from mall.points.checkout.participant import POINTS_PAID, CheckoutParticipant
from mall.points.checkout.settings import SETTINGS as OWN
from mall.settings import SETTINGS


def install(mall: Mall) -> None:
    """Declare points at checkout."""
    mall.add(SETTINGS, *OWN)
    mall.blueprints(admin.blp)
    mall.add(PARTICIPANTS, CheckoutParticipant())
    mall.fails(PRICING, "points_choice_invalid")
    mall.fails(PLACING, "points_short")
    mall.add(ALSO_PAID, POINTS_PAID)
    mall.invariants(*INVARIANTS)
