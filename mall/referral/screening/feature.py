"""Screening."""

from __future__ import annotations

from mall.kernel.features import Mall
from mall.referral.bindings.events import ShopperBound
from mall.referral.screening import admin, handlers, jobs, metrics, routes
from mall.referral.screening.attention import HELD_INVITES
from mall.referral.screening.closed_accounts import TRAITS
from mall.referral.screening.settings import SETTINGS as OWN
from mall.referral.screening.traits import KNOWN_DEVICES
from mall.settings import SETTINGS
from mall.users.devices import DEVICE_BOOKS
from mall.users.erasing import ERASERS


def install(mall: Mall) -> None:
    """Declare screening."""
    mall.add(SETTINGS, *OWN)
    mall.blueprints(routes.blp, admin.blp)
    mall.on(ShopperBound, "referral.screen_new_binding", handlers.screen_new_binding)
    mall.jobs(jobs)
    mall.add(ERASERS, TRAITS)
    mall.add(DEVICE_BOOKS, KNOWN_DEVICES)
    mall.attention(HELD_INVITES)
    mall.metrics(metrics)
