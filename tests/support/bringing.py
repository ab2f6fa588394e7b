"""Leaders' rewards for tests: what was promised for an order, and the events in hand."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select, text

from mall.aftersales.events import OrderSettled
from mall.aftersales.settling import settle_due
from mall.groupbuy.bringing import handlers
from mall.groupbuy.bringing.models import GroupBrought
from mall.groupbuy.bringing.rewarding import event_of
from mall.groupbuy.teams.events import TeamMemberPaid
from mall.kernel.db import transaction
from mall.kernel.features import Event
from mall.orders.events import OrderRefunded
from mall.orders.fulfilling import confirm_receipt
from mall.orders.models import Order
from mall.orders.refunding import reserve_refund, settle_refund
from mall.rewards import commands
from mall.rewards.models import RewardGrant, RewardPart
from mall.rewards.schemas import RewardRuleInSchema
from tests.support.groupbuy import carry_out_all, team_of
from tests.support.orders import lines_of, order_of, ship

POINTS = 100
"""What a leader gets for a new customer."""


def rule_terms(**more: Any) -> dict[str, Any]:
    """The JSON of a rule that gives points."""
    parts = [{"kind": "points", "what": "", "count": POINTS}]
    return {"name": "老带新", "reward": parts, **more}


def points_rule(**more: Any) -> int:
    """A rule that gives points: its id."""
    return commands.create_rule(**RewardRuleInSchema().load(rule_terms(**more))).id


def change_points_rule(rule_id: int, **more: Any) -> None:
    commands.change_rule(rule_id, **RewardRuleInSchema().load(rule_terms(**more)))


def promised(order_no: str) -> tuple[int, str, int] | None:
    """For an order: who is rewarded, the state, and the points that are left."""
    with transaction() as session:
        row = session.execute(
            select(
                RewardGrant.user_id,
                RewardGrant.status,
                (RewardPart.count - RewardPart.taken_back - RewardPart.debt).label("points"),
            )
            .join(RewardPart, RewardPart.grant_id == RewardGrant.id)
            .where(RewardGrant.event == event_of(order_no))
        ).one_or_none()
    return None if row is None else (row.user_id, row.status, row.points)


def refusal_of(order_no: str) -> str | None:
    with transaction() as session:
        return session.scalar(
            select(GroupBrought.refusal)
            .join(Order, Order.id == GroupBrought.order_id)
            .where(Order.order_no == order_no)
        )


def paid_event(team_id: int, order_no: str) -> TeamMemberPaid:
    """That a new customer has paid for a seat, as the payment told it of the present leader."""
    team, order = team_of(team_id), order_of(order_no)
    return TeamMemberPaid(
        team_id, team.activity_id, team.leader_id, order.user_id, order_no, is_new=True
    )


def settled_event(order_no: str) -> OrderSettled:
    order = order_of(order_no)
    return OrderSettled(order_no, order.user_id, order.kind, order.paid_fen, ())


def refunded(order_no: str, units: int) -> OrderRefunded:
    """Money of so many units more has arrived; the event that says so, not yet heard."""
    (row,) = lines_of(order_no)
    parts = [(row.id, units, row.payable_fen * units // row.quantity)]
    in_all = row.refunded_quantity + units
    with transaction() as session:
        reserve_refund(session, order_no, parts, 0, "groupbuy:tests")
        all_parts = [(row.id, in_all, row.payable_fen * in_all // row.quantity)]
        settle_refund(session, order_no, parts, 0, in_all=all_parts)
    line = {"position": 1, "units": units, "amount_fen": parts[0][2], "units_in_all": in_all}
    return OrderRefunded(order_no, order_of(order_no).user_id, parts[0][2], 0, [line])


def settled(order_no: str) -> OrderSettled:
    """The order was received, and is settled; the event that says so, not yet heard."""
    carry_out_all()
    order = order_of(order_no)
    ship(order_no, {row.id: row.quantity - row.refunded_quantity for row in lines_of(order_no)})
    confirm_receipt(order.user_id, order_no)
    with transaction() as session:
        session.execute(
            text("UPDATE orders SET completed_at = now() - interval '99 days' WHERE id = :id"),
            {"id": order.id},
        )
    assert settle_due() == 1
    return settled_event(order_no)


HEARD = {
    TeamMemberPaid: handlers.promise_to_leader,
    OrderSettled: handlers.give_to_leader,
    OrderRefunded: handlers.take_back_of_order,
}


def hear(event: Event) -> None:
    """A worker delivers one event to the rewards of leaders."""
    with transaction() as session:
        HEARD[type(event)](session, event)  # type: ignore[index, operator]
