"""A seat's part of its order: the seat, the units, and how both go back.

The team's row and the row of the activity's SKU are locked: by `take_seat`, or by whoever calls
(the participant's `lock`). So a seat or a unit that is counted here stands until the commit.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import structlog
from sqlalchemy import text
from sqlalchemy.orm import Session

from mall.groupbuy.activities.models import CUSTOMERS, NEW
from mall.groupbuy.activities.stock import make_sellable, take_from_order, transfer_to_order
from mall.groupbuy.orders.eligibility import (
    joiner_refusal,
    opener_refusal,
    order_refusal,
    refuse,
    shopper_refusal,
    teams_refusal,
)
from mall.groupbuy.orders.taking import take_seat
from mall.groupbuy.orders.terms import terms_in
from mall.groupbuy.teams.events import TeamMemberPaid, TeamOpened
from mall.groupbuy.teams.jobs import CLOSE_FULL
from mall.groupbuy.teams.metrics import TEAMS
from mall.groupbuy.teams.moving import form
from mall.groupbuy.teams.seats import free_seat, pay_seat
from mall.groupbuy.teams.states import (
    FAILED,
    FORMED,
    FORMING,
    OPEN_SQL,
    OPENING,
    Cause,
    note,
)
from mall.inventory.errors import OutOfStock
from mall.kernel.events import publish
from mall.kernel.jobs import defer
from mall.kernel.prepared import PreparedStatement
from mall.orders.customers import has_bought
from mall.orders.holding import release
from mall.orders.placed import PlacedLine, PlacedOrder
from mall.pricing.quote import Lane

_log = structlog.get_logger("mall.groupbuy")

_LED = PreparedStatement(
    """
    SELECT count(*) AS teams FROM groupbuy_teams
    WHERE leader_id = :user_id AND activity_id = :activity_id AND status IN ('opening', 'forming')
    """
)
_BOUGHT = PreparedStatement(f"SELECT {has_bought(':user_id')} AS bought")
_NEWCOMER = PreparedStatement(
    """
    INSERT INTO groupbuy_newcomers (user_id, order_id) VALUES (:user_id, :order_id)
    ON CONFLICT DO NOTHING RETURNING user_id
    """
)
# The row is locked first, so that the count of the shopper's teams is exact, too.
_UNITS = PreparedStatement(
    """
    INSERT INTO groupbuy_shoppers AS s (activity_id, user_id, units)
    VALUES (:activity_id, :user_id, :units)
    ON CONFLICT (activity_id, user_id) DO UPDATE SET units = s.units + excluded.units
    WHERE s.units + excluded.units <= :at_most
    RETURNING units
    """
)
_PAID = PreparedStatement(
    f"""
    WITH newcomer AS (DELETE FROM groupbuy_newcomers WHERE order_id = :order_id)
    UPDATE groupbuy_members m
    SET paid_at = clock_timestamp(),
        is_new = NOT {has_bought("m.user_id", but="m.order_id")}
    WHERE m.order_id = :order_id AND m.seat AND m.paid_at IS NULL
    RETURNING m.team_id, m.user_id, m.is_new
    """  # noqa: S608 - a condition of ours
)
_NO_NEWCOMER = text("DELETE FROM groupbuy_newcomers WHERE order_id = :order_id")
_FREE = text(
    f"""
    UPDATE groupbuy_members m SET seat = false, left_at = clock_timestamp()
    FROM groupbuy_teams t
    WHERE m.order_id = :order_id AND m.seat AND t.id = m.team_id AND t.status IN {OPEN_SQL}
    RETURNING m.team_id, m.paid_at IS NOT NULL AS was_paid
    """  # noqa: S608 - words of our own
)
# Units that can be the activity's again: of an order that was paid only if none ever left.
_TO_RELEASE = text(
    """
    UPDATE groupbuy_members m SET released = true FROM groupbuy_activities a
    WHERE m.order_id = :order_id AND NOT m.released AND a.id = m.activity_id AND m.units = (
        SELECT sum(CASE WHEN o.paid_at IS NULL THEN l.quantity ELSE l.restocked_quantity END)
        FROM orders o JOIN order_lines l ON l.order_id = o.id
        WHERE o.id = m.order_id AND l.gift IS NULL
    )
    RETURNING m.activity_id, m.user_id, m.sku_id, m.units,
        a.stock_returned_at IS NOT NULL AS is_over
    """
)
_KEEP = text("UPDATE groupbuy_members SET released = false WHERE order_id = :order_id")
_LESS_UNITS = text(
    """
    UPDATE groupbuy_shoppers SET units = units - :units
    WHERE activity_id = :activity_id AND user_id = :user_id
    """
)


def claim(session: Session, order: PlacedOrder) -> Collection[int]:
    """The seat and the units of a new order: of a team that is opened, or one that is joined.

    Returns the SKUs whose units are the order's with that. Raises GroupUnitsLimit, and what
    `take_seat` says.
    """
    terms = terms_in(order.kind)
    line = group_line(order)
    refuse(order_refusal(terms, line.quantity))
    member = {
        "user_id": order.user_id,
        "order_id": order.id,
        "sku_id": line.sku_id,
        "units": line.quantity,
        "unit_price_fen": _unit_price(order, line),
    }
    # Before the locks: all who join wait for these.
    is_theirs = transfer_to_order(session, order, line.sku_id, line.quantity)
    seat = take_seat(session, terms, member)
    if seat.status == FORMED and order.kind.hold:
        release(session, order.order_no, order.kind.hold)  # formed since the terms were read
    if is_theirs:
        return (line.sku_id,)
    make_sellable(session, order.order_no, line.sku_id, line.quantity)
    return ()


def claim_units(session: Session, order: PlacedOrder) -> None:
    """Count the order for its shopper, who has a limit of units and of teams.

    Raises GroupUnitsLimit, GroupTeamsLimit, GroupNewOnly, GroupCustomersOnly.
    """
    terms = terms_in(order.kind)
    units = group_line(order).quantity
    counted = _UNITS.first(
        session,
        activity_id=terms.activity_id,
        user_id=order.user_id,
        units=units,
        at_most=terms.shopper_units,
    )
    if counted is None:
        refuse(shopper_refusal(terms, terms.shopper_units + 1))
    if terms.opens:
        led = _LED.first(session, user_id=order.user_id, activity_id=terms.activity_id)
        refuse(teams_refusal(terms, led.teams if led else 0))
        if terms.open_audience == CUSTOMERS:
            refuse(opener_refusal(terms, has_bought=_has_bought(session, order.user_id)))
    elif terms.join_audience == NEW:
        newcomer = {"user_id": order.user_id, "order_id": order.id}
        # The row waits for a payment of the shopper's other seat; only then it is known whether
        # they have bought.
        waits = _NEWCOMER.first(session, **newcomer) is None
        bought = _has_bought(session, order.user_id)
        refuse(joiner_refusal(terms, has_bought=bought, waits_as_new=waits))


def pay(session: Session, order: PlacedOrder) -> None:
    """The order was paid: its seat counts. The last that is needed forms the team."""
    member = _PAID.first(session, order_id=order.id)
    if member is None:
        raise LookupError(f"order {order.order_no} has no seat to be paid")
    team = pay_seat(session, member.team_id)
    if team.was == OPENING:
        note(session, team.id, OPENING, FORMING, Cause("leader_paid"))
        publish(session, TeamOpened(team.id, team.activity_id, team.leader_id))
    else:
        publish(
            session,
            TeamMemberPaid(
                team.id,
                team.activity_id,
                team.leader_id,
                member.user_id,
                order.order_no,
                member.is_new,
            ),
        )
    is_enough = team.paid + team.filled >= team.min_size
    if team.status == FORMING and is_enough and team.verdict is None:
        form(session, team.id, Cause("enough_paid"))
    if team.seats_left == 0 and team.reserved == 0:
        defer(session, CLOSE_FULL, team_id=team.id)


def give_up_seat(session: Session, order_id: int) -> Any | None:
    """Free the seat of an order while its team is open: `team_id`, `was_paid`; None when it has
    none. The team's row is locked. A team whose leader never paid is over."""
    left = session.execute(_FREE, {"order_id": order_id}).one_or_none()
    if left is None:
        return None
    status = free_seat(session, left.team_id, was_paid=left.was_paid)
    if status == OPENING:
        _end_unopened(session, left.team_id)
    return left


def cancel(session: Session, order: PlacedOrder) -> None:
    """The order was closed: its seat is free, units that never left are the activity's."""
    give_up_seat(session, order.id)
    session.execute(_NO_NEWCOMER, {"order_id": order.id})
    back = session.execute(_TO_RELEASE, {"order_id": order.id}).one_or_none()
    if back is not None:
        _release(session, order, back)


def _release(session: Session, order: PlacedOrder, back: Any) -> None:
    """The activity's units come back. Where a part was refunded before, and sold on the shelf,
    there are too few: then they stay counted as bought."""
    args = (back.activity_id, back.sku_id, back.units, order.order_no)
    try:
        with session.begin_nested():
            take_from_order(session, *args, is_over=back.is_over)
    except OutOfStock:
        _log.warning("units of a group order are gone", order_no=order.order_no)
        session.execute(_KEEP, {"order_id": order.id})
        return
    values = {"activity_id": back.activity_id, "user_id": back.user_id, "units": back.units}
    session.execute(_LESS_UNITS, values)


def _end_unopened(session: Session, team_id: int) -> None:
    session.execute(_END_UNOPENED, {"team_id": team_id})
    note(session, team_id, OPENING, FAILED, Cause("leader_unpaid"))
    TEAMS.labels("unopened").inc()


_END_UNOPENED = text(
    """
    UPDATE groupbuy_teams SET status = 'failed', closed_at = clock_timestamp()
    WHERE id = :team_id AND status = 'opening'
    """
)


def _has_bought(session: Session, user_id: int) -> bool:
    found = _BOUGHT.first(session, user_id=user_id)
    return bool(found and found.bought)


def _unit_price(order: PlacedOrder, line: PlacedLine) -> int:
    """What a unit costs before what stacks: the shop's price, less the team's reduction."""
    stacked = (one for one in order.adjustments if one.lane != Lane.ACTIVITY.name and one.shares)
    goods_fen = line.payable_fen - sum(one.shares[line.position - 1] for one in stacked)
    return goods_fen // line.quantity


def group_line(order: PlacedOrder) -> PlacedLine:
    """The line that was bought; gifts that a promotion added stand behind it."""
    return order.lines[0]
