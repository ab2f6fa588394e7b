"""Facts that make, give or take back a leader's reward."""

from __future__ import annotations

from fractions import Fraction

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from mall.aftersales.events import OrderSettled
from mall.groupbuy.bringing.models import GroupBrought
from mall.groupbuy.bringing.rewarding import NONE, keep, promise
from mall.groupbuy.orders.kinds import NAMES
from mall.groupbuy.teams.events import TeamFailed, TeamMemberPaid
from mall.kernel.db import transaction
from mall.kernel.jobs import defer_many, job
from mall.orders.events import OrderRefunded
from mall.orders.models import Order

TAKE_BACK = "groupbuy.take_back_reward"
_UNITS = text(
    """
    SELECT l.quantity FROM orders o JOIN order_lines l ON l.order_id = o.id AND l.position = 1
    WHERE o.order_no = :order_no
    """
)


def promise_to_leader(session: Session, event: TeamMemberPaid) -> None:
    """A new customer has paid for a seat."""
    promise(session, event)


def give_to_leader(session: Session, event: OrderSettled) -> None:
    """Nothing of the new customer's order can come back any more."""
    if event.kind in NAMES:
        keep(session, event.order_no, cause=event.name)


def take_back_of_order(session: Session, event: OrderRefunded) -> None:
    """Money has arrived at the new customer: the share of the units that came back. A
    difference between tiers is for units that are kept."""
    units = sum(line["units_in_all"] for line in event.lines if line["position"] == 1)
    gone = NONE
    if units:
        quantity = session.scalar(_UNITS, {"order_no": event.order_no})
        gone = Fraction(units, quantity) if quantity else NONE
    keep(session, event.order_no, cause=event.name, gone=gone)


def take_back_of_team(session: Session, event: TeamFailed) -> None:
    """The orders of a failed team go back: a job each, so that no two lock rules in turn."""
    orders = session.scalars(
        select(Order.order_no)
        .join(GroupBrought, GroupBrought.order_id == Order.id)
        .where(GroupBrought.team_id == event.team_id)
        .order_by(Order.id)
    ).all()
    defer_many(session, TAKE_BACK, [{"order_no": order_no} for order_no in orders])


@job(TAKE_BACK)
def take_back_reward(*, order_no: str) -> None:
    """Cancel what was promised for an order of a failed team; twice is once."""
    with transaction() as session:
        keep(session, order_no, cause=TeamFailed.name)
