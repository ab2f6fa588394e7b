"""Birthdays: money off on the day, once a year."""

from __future__ import annotations

from mall.kernel.features import Mall
from mall.messages.kinds import KINDS
from mall.orders.events import OrderPaid
from mall.orders.participants import PARTICIPANTS
from mall.settings import SETTINGS
from tests.features.birthdays import admin, handlers, jobs, routes
from tests.features.birthdays.cli import birthdays
from tests.features.birthdays.invariants import INVARIANTS
from tests.features.birthdays.messages import GREETING
from tests.features.birthdays.participant import BirthdayParticipant
from tests.features.birthdays.settings import GREETING_TEMPLATE, OFF_FEN


def install(mall: Mall) -> None:
    """Declare birthdays."""
    mall.blueprints(routes.blp, admin.blp)
    mall.permissions({"birthday:read": "查看用户生日"})
    mall.jobs(jobs)
    mall.on(OrderPaid, "birthdays.mark_discount", handlers.mark_discount_on_order_paid)
    mall.add(PARTICIPANTS, BirthdayParticipant())
    mall.add(SETTINGS, OFF_FEN, GREETING_TEMPLATE)
    mall.add(KINDS, GREETING)
    mall.invariants(*INVARIANTS)
    mall.commands(birthdays)
