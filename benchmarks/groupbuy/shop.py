"""A shop with group-buy: activities that have started, teams whose leaders have paid, shoppers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import insert, text

from benchmarks import seed
from benchmarks.addresses import give_addresses
from benchmarks.points.people import people
from benchmarks.stack import Stack
from mall.groupbuy.activities.models import (
    DIFFERENCE,
    STARTED,
    GroupActivity,
    GroupActivitySku,
    GroupTierSet,
)
from mall.groupbuy.activities.stock import set_aside
from mall.groupbuy.orders.choice import Choice, Joining, Opening
from mall.groupbuy.orders.placing import Wanted, quote_seat, take_seat
from mall.kernel.db import db, db_now, transaction
from mall.orders.paying import mark_paid
from mall.orders.quoting import preview

UNITS = 200_000
"""Set aside for each activity."""


@dataclass(frozen=True, slots=True)
class Shopper:
    """A shopper with an address."""

    user_id: int
    address_id: int


@dataclass(frozen=True, slots=True)
class Activity:
    """An activity of one SKU that has started, with its one tier set."""

    id: int
    sku_id: int
    tier_set_id: int


@dataclass(frozen=True, slots=True)
class Goods:
    """A SKU, and what a unit costs alone and with a seat, freight included, in fen."""

    activity: Activity
    alone_fen: int
    seat_fen: int


def shoppers(stack: Stack, count: int) -> list[Shopper]:
    """New shoppers, logged in, each with an address."""
    users = [person.user_id for person in people(stack, count)]
    with stack.app.app_context(), transaction() as session:
        return [Shopper(*row) for row in give_addresses(session, users)]


def skus(stack: Stack, count: int) -> list[int]:
    """SKUs of the demo shop with plenty of stock, each more than ten yuan."""
    wanted = [int(sku_id) for sku_id in seed.demo_shop(stack)]
    with stack.app.app_context(), transaction() as session:
        found = session.scalars(
            text("SELECT id FROM skus WHERE id = ANY(:ids) AND price_fen > 1000 ORDER BY id"),
            {"ids": wanted},
        ).all()
    return list(found)[:count]


def start_activity(sku_id: int, tiers: Mapping[int, int], *, units: int = UNITS) -> Activity:
    """An activity with these tiers (size → fen a unit) for a day, in the app's context."""
    with transaction() as session:
        now = db_now(session)
        spu_id = session.scalar(text("SELECT spu_id FROM skus WHERE id = :id"), {"id": sku_id})
        values = {
            "name": "bench",
            "spu_id": spu_id,
            "mode": DIFFERENCE,
            "status": STARTED,
            "started_at": now,
            "starts_at": now - timedelta(minutes=1),
            "ends_at": now + timedelta(days=1),
            "team_open_min": 600,
            "pay_min": 30,
            "order_units": 5,
            "shopper_units": 100_000,
            "open_teams": 100_000,
        }
        activity_id: int = session.scalars(
            insert(GroupActivity).values(**values).returning(GroupActivity.id)
        ).one()
        tier_set_id: int = session.scalars(
            insert(GroupTierSet)
            .values(
                activity_id=activity_id,
                position=0,
                name="bench",
                sizes=list(tiers),
                prices={str(sku_id): list(tiers.values())},
            )
            .returning(GroupTierSet.id)
        ).one()
        session.execute(
            insert(GroupActivitySku).values(
                activity_id=activity_id, sku_id=sku_id, wanted_stock=units
            )
        )
        set_aside(session, activity_id)
        return Activity(activity_id, sku_id, tier_set_id)


def open_team(activity: Activity, leader: Shopper) -> int:
    """A team whose leader has paid: its id."""
    order_no = seat(leader, Opening(activity.id, activity.tier_set_id), activity.sku_id)
    pay(order_no)
    with transaction() as session:
        team_id: int = session.execute(
            text(
                "SELECT m.team_id FROM groupbuy_members m JOIN orders o ON o.id = m.order_id"
                " WHERE o.order_no = :order_no"
            ),
            {"order_no": order_no},
        ).scalar_one()
        return team_id


def seat(shopper: Shopper, choice: Choice, sku_id: int, shown_fen: int | None = None) -> str:
    """Take a seat at what was shown, or at what the quote says: the order's number."""
    wanted = Wanted(sku_id, 1, shopper.address_id)
    if shown_fen is None:
        _, quoted = quote_seat(shopper.user_id, choice, wanted)
        shown_fen = quoted.quote.payable_fen
    placed = take_seat(shopper.user_id, choice, wanted, expected_payable_fen=shown_fen)
    return placed.order_no


def pay(order_no: str) -> None:
    """An order is paid in full, as payments tell it."""
    with transaction() as session:
        payable_fen = session.execute(
            text("SELECT payable_fen FROM orders WHERE order_no = :order_no"),
            {"order_no": order_no},
        ).scalar_one()
        if not mark_paid(session, order_no, payable_fen, db_now(session)):
            raise RuntimeError(f"{order_no} wasn't unpaid")


def price(activity: Activity, team_id: int, shopper: Shopper) -> Goods:
    """What the activity's SKU costs this shopper, alone and in the team."""
    lines = {activity.sku_id: 1}
    alone = preview(shopper.user_id, lines, shopper.address_id).quote.payable_fen
    wanted = Wanted(activity.sku_id, 1, shopper.address_id)
    _, quoted = quote_seat(shopper.user_id, Joining(team_id), wanted)
    db.session.remove()
    return Goods(activity, alone, quoted.quote.payable_fen)


def analyze(stack: Stack, names: Sequence[str]) -> None:
    """Statistics, as autovacuum would keep them."""
    with stack.app.app_context(), transaction() as session:
        session.execute(text(f"ANALYZE {', '.join(names)}"))
