"""Invites."""

from __future__ import annotations

from mall.aftersales.events import OrderSettled
from mall.kernel.events import Event
from mall.kernel.features import Mall
from mall.orders.events import OrderClosed, OrderRefunded, SettledOrderReduced
from mall.referral.attribution.events import OrderAttributed
from mall.referral.invites import handlers, jobs
from mall.referral.invites.figures import INVITE_FIGURES
from mall.referral.invites.invariants import INVARIANTS
from mall.referral.screening.events import ScreeningDecided
from mall.users.figures import SHOPPER_FIGURES


def install(mall: Mall) -> None:
    """Declare invites."""
    mall.on(OrderAttributed, "referral.follow_new_order", handlers.follow_new_order)
    moves: tuple[type[Event], ...]
    moves = (OrderSettled, OrderRefunded, OrderClosed, SettledOrderReduced)
    for event in moves:
        mall.on(event, f"referral.follow_order:{event.name}", handlers.follow_order)
    mall.on(ScreeningDecided, "referral.follow_screening", handlers.follow_screening)
    mall.jobs(jobs)
    mall.add(SHOPPER_FIGURES, INVITE_FIGURES)
    mall.invariants(*INVARIANTS)
