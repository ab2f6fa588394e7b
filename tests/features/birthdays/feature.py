"""Birthdays: money off on the day, once a year."""

from __future__ import annotations

from mall.aftersales.events import OrderSettled
from mall.kernel.features import Mall
from mall.messages.kinds import KINDS
from mall.missions.board.hearing import add_trigger
from mall.orders.events import OrderPaid, OrderRefunded
from mall.orders.participants import PARTICIPANTS, PLACING
from mall.rewards.granters import GRANTERS
from mall.settings import SETTINGS
from mall.users.erasing import ERASERS
from tests.features.birthdays import admin, handlers, jobs, routes, treats
from tests.features.birthdays.cli import birthdays
from tests.features.birthdays.closed_accounts import BIRTHDAYS
from tests.features.birthdays.granter import TreatGranter
from tests.features.birthdays.invariants import INVARIANTS
from tests.features.birthdays.messages import GREETING
from tests.features.birthdays.participant import BirthdayParticipant
from tests.features.birthdays.settings import GREETING_TEMPLATE, OFF_FEN, TREAT_RULE
from tests.features.birthdays.trigger import BIRTHDAY_ORDER


def install(mall: Mall) -> None:
    """Declare birthdays."""
    mall.blueprints(routes.blp, admin.blp)
    mall.permissions({"birthday:read": "查看用户生日"})
    mall.jobs(jobs)
    mall.on(OrderPaid, "birthdays.mark_discount", handlers.mark_discount_on_order_paid)
    mall.on(OrderPaid, "birthdays.promise_treats", treats.promise_on_order_paid)
    mall.on(OrderSettled, "birthdays.give_treats", treats.give_on_order_settled)
    mall.on(OrderRefunded, "birthdays.take_treats_back", treats.take_back_on_order_refunded)
    mall.add(GRANTERS, TreatGranter())
    mall.add(PARTICIPANTS, BirthdayParticipant())
    mall.fails(PLACING, "birthday_discount_used")
    add_trigger(mall, BIRTHDAY_ORDER)
    mall.add(SETTINGS, OFF_FEN, TREAT_RULE, GREETING_TEMPLATE)
    mall.add(KINDS, GREETING)
    mall.add(ERASERS, BIRTHDAYS)
    mall.invariants(*INVARIANTS)
    mall.commands(birthdays)
