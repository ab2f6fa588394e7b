"""Group-buy for tests: activities that have started, teams, seats that are paid."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import select, update

from mall.catalog.models import Sku
from mall.groupbuy.activities.models import GroupActivitySku, GroupTierSet
from mall.groupbuy.activities.saving import create_activity
from mall.groupbuy.activities.starting import start_activity
from mall.groupbuy.orders.choice import Choice, Joining, Opening
from mall.groupbuy.orders.placing import SeatPlaced, Wanted, quote_seat, take_seat
from mall.groupbuy.settlement.carrying_out import carry_out
from mall.groupbuy.teams.closing import close_due_teams
from mall.groupbuy.teams.models import GroupMember, GroupTeam
from mall.kernel.db import db, db_now, transaction
from mall.payments.models import PaymentAttempt, Refund
from mall.payments.refunds.applying import apply_refund
from mall.wechat.gateway import Refund as WechatRefund
from tests.support.catalog import make_sku
from tests.support.inventory import stock
from tests.support.orders import Buyer, make_buyer, order_of, pay, write_payment

TIERS = {2: 9_000, 5: 8_000, 9: 7_000}
"""Size → price of a unit, in fen; alone it costs 100 yuan."""
DEFAULTS: dict[str, Any] = {
    "description": "",
    "mode": "difference",
    "team_open_min": 60,
    "pay_min": 30,
    "open_audience": "anybody",
    "join_audience": "anybody",
    "order_units": 5,
    "shopper_units": 10,
    "open_teams": 3,
    "virtual_seats": 0,
    "leader_free_freight": False,
    "leader_leaves": "hand_over",
    "earns": False,
    "stacks": [],
    "leader_rule_id": None,
    "picks_set": False,
}
_names = itertools.count(1)


def make_activity(
    tiers: Mapping[int, int] | Sequence[Mapping[int, int]] = TIERS,
    *,
    stock_units: int = 50,
    sku_id: int | None = None,
    leader_price_fen: int | None = None,
    **more: Any,
) -> int:
    """An activity of one SKU that has started, with so many units set aside: its id."""
    sku_id = stock(make_sku(10_000), 1_000) if sku_id is None else sku_id
    activity_id = create_activity(
        activity_terms(
            tiers, stock_units=stock_units, sku_id=sku_id, leader_price_fen=leader_price_fen, **more
        )
    )
    start_activity(activity_id, accept_warnings=True)
    return activity_id


def activity_terms(
    tiers: Mapping[int, int] | Sequence[Mapping[int, int]] = TIERS,
    *,
    sku_id: int,
    stock_units: int = 50,
    leader_price_fen: int | None = None,
    **more: Any,
) -> dict[str, Any]:
    """Terms of an activity of one SKU as the schema reads them; open since a minute, for a day."""
    sets = [tiers] if isinstance(tiers, Mapping) else list(tiers)
    with transaction() as session:
        now = db_now(session)
        spu_id = session.scalars(select(Sku.spu_id).where(Sku.id == sku_id)).one()
    return {
        **DEFAULTS,
        "name": f"拼团{next(_names)}",
        "spu_id": spu_id,
        "starts_at": now - timedelta(minutes=1),
        "ends_at": now + timedelta(days=1),
        "skus": [{"sku_id": sku_id, "stock": stock_units, "leader_price_fen": leader_price_fen}],
        "tier_sets": [tier_set(f"档位{place}", sku_id, one) for place, one in enumerate(sets, 1)],
        "accept_warnings": True,
        **more,
    }


def tier_set(name: str, sku_id: int, tiers: Mapping[int, int]) -> dict[str, Any]:
    """A tier set of one SKU as the schema reads it."""
    return {
        "name": name,
        "tiers": [
            {"size": size, "prices": [{"sku_id": sku_id, "price_fen": fen}]}
            for size, fen in tiers.items()
        ],
    }


def sku_of(activity_id: int) -> int:
    """The first SKU of an activity."""
    with transaction() as session:
        return (
            session.scalars(
                select(GroupActivitySku.sku_id)
                .where(GroupActivitySku.activity_id == activity_id)
                .order_by(GroupActivitySku.sku_id)
            ).first()
            or 0
        )


def sets_of(activity_id: int) -> list[int]:
    """The ids of its tier sets."""
    with transaction() as session:
        return list(
            session.scalars(
                select(GroupTierSet.id)
                .where(GroupTierSet.activity_id == activity_id)
                .order_by(GroupTierSet.position)
            )
        )


def opening(activity_id: int, size: int | None = None) -> Opening:
    """A new team with the default tier set."""
    return Opening(activity_id, sets_of(activity_id)[0], size)


def placed(buyer: Buyer, choice: Choice, units: int = 1, *, sku_id: int) -> SeatPlaced:
    """A seat at what the quote says, unpaid."""
    wanted = Wanted(sku_id, units, buyer.address_id)
    _, shown = quote_seat(buyer.user_id, choice, wanted)
    return take_seat(buyer.user_id, choice, wanted, expected_payable_fen=shown.quote.payable_fen)


def opened(
    activity_id: int, buyer: Buyer | None = None, units: int = 1, *, size: int | None = None
) -> int:
    """A team whose leader has paid: its id."""
    buyer = buyer or make_buyer()
    seat = placed(buyer, opening(activity_id, size), units, sku_id=sku_of(activity_id))
    pay_seat(seat.order_no)
    return team_by_code(seat.team_code).id


def joined(team_id: int, buyer: Buyer | None = None, units: int = 1, *, paid: bool = True) -> str:
    """A seat of a team, paid unless said otherwise: its order."""
    buyer = buyer or make_buyer()
    sku_id = sku_of(team_of(team_id).activity_id)
    seat = placed(buyer, Joining(team_id), units, sku_id=sku_id)
    if paid:
        pay_seat(seat.order_no)
    return seat.order_no


def pay_seat(order_no: str) -> None:
    """A seat's order is paid, as WeChat tells it."""
    pay(order_no)
    write_payment(order_no)


def team_of(team_id: int) -> GroupTeam:
    """A team's row, read afresh."""
    with transaction() as session:
        return session.get_one(GroupTeam, team_id, populate_existing=True)


def team_by_code(code: str) -> GroupTeam:
    """A team's row by its code."""
    with transaction() as session:
        return session.scalars(
            select(GroupTeam)
            .where(GroupTeam.code == code)
            .execution_options(populate_existing=True)
        ).one()


def members_of(team_id: int) -> list[GroupMember]:
    """All rows of members, the first first, read afresh."""
    with transaction() as session:
        return list(
            session.scalars(
                select(GroupMember)
                .where(GroupMember.team_id == team_id)
                .order_by(GroupMember.id)
                .execution_options(populate_existing=True)
            )
        )


def seats_of(team_id: int) -> tuple[str, int, int, int]:
    """(status, reserved, paid, filled) of a team."""
    team = team_of(team_id)
    return team.status, team.reserved, team.paid, team.filled


def let_expire(team_id: int) -> None:
    """As if the team's time were over."""
    with transaction() as session:
        session.execute(
            update(GroupTeam)
            .where(GroupTeam.id == team_id)
            .values(expires_at=db_now(session) - timedelta(seconds=1))
        )


def expire(team_id: int) -> None:
    """As if the team's time were over; then the sweep."""
    let_expire(team_id)
    close_due_teams()


def carry_out_all() -> None:
    """All that is due with members' orders, as the jobs do it."""
    with transaction() as session:
        found = session.scalars(
            select(GroupMember.id).where(GroupMember.due.is_not(None)).order_by(GroupMember.id)
        ).all()
    for member_id in found:
        carry_out(member_id)
    db.session.remove()


def refunds_arrive(order_no: str) -> None:
    """Every refund of an order is paid out, as WeChat tells it."""
    order = order_of(order_no)
    with transaction() as session:
        found = session.execute(
            select(Refund, PaymentAttempt)
            .join(PaymentAttempt, PaymentAttempt.id == Refund.attempt_id)
            .where(Refund.order_id == order.id, Refund.status == "pending")
            .order_by(Refund.id)
        ).all()
        for refund, attempt in found:
            said = WechatRefund(
                out_refund_no=refund.out_refund_no,
                refund_id=f"50{refund.id}",
                out_trade_no=attempt.out_trade_no,
                transaction_id=str(attempt.transaction_id),
                status="SUCCESS",
                refund_fen=refund.amount_fen,
                total_fen=attempt.amount_fen,
                payer_refund_fen=refund.amount_fen,
                success_time=None,
                create_time=None,
                mchid=None,
                raw={},
            )
            assert apply_refund(session, said, source="test") == "applied"
    db.session.remove()


def settled(team_id: int) -> None:
    """The team's time is over, and all that is due with its orders is done."""
    expire(team_id)
    carry_out_all()


def seat_of(order_no: str) -> GroupMember:
    """The member whose order this is, read afresh."""
    order = order_of(order_no)
    with transaction() as session:
        return session.scalars(
            select(GroupMember)
            .where(GroupMember.order_id == order.id)
            .execution_options(populate_existing=True)
        ).one()


def refunds_of(order_no: str) -> list[tuple[str, int]]:
    """(cause without numbers, fen) of each refund of an order."""
    order = order_of(order_no)
    with transaction() as session:
        rows = session.execute(
            select(Refund.cause, Refund.amount_fen)
            .where(Refund.order_id == order.id, Refund.status != "canceled")
            .order_by(Refund.id)
        ).all()
    return [(row.cause.rstrip("0123456789"), row.amount_fen) for row in rows]
