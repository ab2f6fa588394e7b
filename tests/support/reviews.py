"""Reviews of received lines for tests, as rows: other tests write and moderate them."""

from __future__ import annotations

import itertools
from typing import Any

from flask import Flask
from sqlalchemy import insert, select, text, update

from mall.kernel.db import db, transaction
from mall.kernel.events import publish
from mall.kernel.jobs import run_pending
from mall.orders.fulfilling import confirm_receipt
from mall.points.statements.queries import balance
from mall.reviews.rewarding.admin_schemas import ReviewRewardInSchema
from mall.reviews.rewarding.defining import create_reward
from mall.reviews.writing.events import ReviewChanged
from mall.reviews.writing.models import Review
from mall.rewards import commands
from mall.rewards.schemas import RewardRuleInSchema
from mall.uploads.commands import Owner, attach, store_picture
from tests.support.invariants import rows_of
from tests.support.orders import Buyer, buy, lines_of, make_goods, order_of, pay, ship
from tests.support.pictures import motif

POINTS = 200
_MOTIFS = itertools.count(100_000)
GOOD = (
    "被芯比想象中轻，盖着却很暖，前几天降到八度也没觉得冷。机洗过一次，晾了半天就干，"
    "没有结块也没有跑棉，四个角的扣带都对得上。"
)


def rule(count: int = POINTS, **more: Any) -> int:
    """A reward rule that gives points: its id."""
    parts = [{"kind": "points", "what": "", "count": count}]
    body = {"name": f"{count} 积分", "reward": parts, **more}
    return commands.create_rule(**RewardRuleInSchema().load(body)).id


def offer(kind: str = "quality", rule_id: int | None = None, **more: Any) -> int:
    """A reward for reviews, the demo's own unless `more` says: its id."""
    if kind == "quality":
        more = {"min_characters": 50, "min_pictures": 3, **more}
    body = {"kind": kind, "rule_id": str(rule_id or rule()), "accept_warnings": True, **more}
    return create_reward(ReviewRewardInSchema().load(body))


def received(buyer: Buyer, sku_id: int | None = None, units: int = 1) -> str:
    """An order that its shopper has: its number."""
    order_no = buy(buyer, {sku_id or make_goods(): units})
    pay(order_no)
    ship(order_no, {row.id: row.quantity for row in lines_of(order_no)})
    confirm_receipt(buyer.user_id, order_no)
    return order_no


def pictures_of(user_id: int, count: int, to: str | None = None) -> list[str]:
    """Names of pictures that the shopper sent, used for `to`."""
    owner = Owner(user_id=user_id)
    names = [store_picture(owner, motif(next(_MOTIFS), size=60)).name for _ in range(count)]
    if to:
        with transaction() as session:
            attach(session, owner, names, to)
    return names


def review(order_no: str, written: str = GOOD, pictures: int = 3, **more: Any) -> int:
    """A review of the order's first line, approved unless `more` says: its id."""
    order, line = order_of(order_no), lines_of(order_no)[0]
    names = pictures_of(order.user_id, pictures, to="review:x")
    values = {
        "order_line_id": line.id,
        "order_id": order.id,
        "user_id": order.user_id,
        "spu_id": line.spu_id,
        "sku_id": line.sku_id,
        "goods_stars": 3,
        "logistics_stars": 3,
        "service_stars": 3,
        "text": written,
        "pictures": names,
        "origin": "shopper",
        "status": "approved",
        "approved_at": text("clock_timestamp()"),
        **more,
    }
    with transaction() as session:
        made = session.execute(insert(Review).values(**values).returning(Review.id)).scalar_one()
    tell(made)
    return int(made)


def change(review_id: int, **values: Any) -> None:
    """The review is another; an hour ago, for what is given an hour."""
    if values.get("status") == "deleted":
        values = {**values, "text": "", "pictures": [], "deleted_at": text("clock_timestamp()")}
    with transaction() as session:
        session.execute(
            update(Review)
            .where(Review.id == review_id)
            .values(**values, changed_at=text("clock_timestamp() - interval '2 hours'"))
        )
    tell(review_id)


def tell(review_id: int) -> None:
    with transaction() as session:
        user_id = session.scalar(select(Review.user_id).where(Review.id == review_id))
        publish(session, ReviewChanged(review_id, user_id))


def work(app: Flask) -> None:
    """Do what waits, with what comes of it."""
    db.session.remove()
    run_pending(app)


def points_of(user_id: int) -> int:
    with transaction() as session:
        return balance(session, user_id).available


def grants() -> list[tuple[str, str]]:
    """Kind and state of all rewards of reviews, the oldest first."""
    with transaction() as session:
        rows = session.execute(
            text(
                "SELECT split_part(event, ':', 3) AS kind, status FROM reward_grants"
                " WHERE ground LIKE 'review:%' ORDER BY id"
            )
        ).all()
    return [(row.kind, row.status) for row in rows]


def rewards_hold() -> None:
    """What must hold of rewards. The orders of these tests have no payments."""
    codes = ("I20r", "I20s", "I20t", "I9a", "I9b", "I9d", "I9e")
    assert {code: rows for code in codes if (rows := rows_of(code))} == {}
