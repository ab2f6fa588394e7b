"""Treats for an order: promised when it is paid, given when it is settled, taken back with a
refund, in its share. How rewards wait and come back (docs/rewards.md)."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from mall.aftersales.events import OrderSettled
from mall.orders.events import OrderPaid, OrderRefunded
from mall.orders.models import Order
from mall.rewards.confirming import confirm_for
from mall.rewards.errors import RewardBudgetSpent, RewardRulePaused
from mall.rewards.granters import Part
from mall.rewards.granting import Source, grant
from mall.rewards.grounds import lock_ground
from mall.rewards.reversing import reverse_for
from tests.features.birthdays.granter import KIND
from tests.features.birthdays.settings import TREAT_RULE


def promise_on_order_paid(session: Session, event: OrderPaid) -> None:
    """A treat for each yuan; none when the rule has none left."""
    rule_id, ground = TREAT_RULE.get(), f"order:{event.order_no}"
    if not rule_id:
        return
    lock_ground(session, ground)
    order = _order(session, event.order_no)
    treats = order.paid_fen // 100
    if not treats or order.refunded_fen == order.paid_fen:
        return
    try:
        with session.begin_nested():
            source = Source(rule_id, ground, ground)
            waits = order.settled_at is None  # else the order was faster than this event
            grant(session, event.user_id, source, (Part(KIND, "", treats),), pending=waits)
    except (RewardBudgetSpent, RewardRulePaused):
        return
    _take_back(session, event.order_no, event.name)  # of a refund that was faster


def give_on_order_settled(session: Session, event: OrderSettled) -> None:
    """What was promised for the order."""
    confirm_for(session, f"order:{event.order_no}", cause=event.name)


def take_back_on_order_refunded(session: Session, event: OrderRefunded) -> None:
    """The share of the order that was refunded in all."""
    _take_back(session, event.order_no, event.name)


def _take_back(session: Session, order_no: str, cause: str) -> None:
    order = _order(session, order_no)
    if not order.paid_fen:
        return
    share = Fraction(order.refunded_fen, order.paid_fen)
    reverse_for(session, f"order:{order_no}", cause=cause, share=share)


def _order(session: Session, order_no: str) -> Any:
    return session.execute(
        select(Order.paid_fen, Order.refunded_fen, Order.settled_at).where(
            Order.order_no == order_no
        )
    ).one()
