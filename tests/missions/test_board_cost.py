"""What an event costs: the same statements with one mission as with twenty."""

from __future__ import annotations

from flask import Flask
from sqlalchemy import text

from mall.kernel.db import db, transaction
from mall.missions.board.counting import count_all
from mall.missions.board.listing import board
from mall.missions.board.locking import lock_missions_of
from mall.missions.board.triggers import TRIGGERS
from mall.missions.checkin.checking_in import check_in
from mall.missions.checkin.events import CheckedIn
from mall.orders.events import OrderPaid
from tests.support.board import mission, missions_hold, work
from tests.support.missions import plan
from tests.support.orders import buy, make_buyer, make_goods, pay
from tests.support.statements import sent_statements
from tests.support.users import make_shopper

MANY = 20


def statements_of(user_id: int, name: str, event: object) -> int:
    """How many statements the counting of an event sends, its lock and what it reads included."""
    db.session.rollback()
    trigger = TRIGGERS[name]
    with transaction() as session, sent_statements() as sent:
        missions = lock_missions_of(session, user_id)
        count_all(session, user_id, trigger, missions, trigger.facts(session, event))
    return len(sent)


def cost_of_a_check_in() -> int:
    user_id, _ = make_shopper()
    day = str(check_in(user_id).day)
    return statements_of(user_id, "check_in", CheckedIn(user_id, day))


def cost_of_an_order(sku_id: int) -> int:
    buyer = make_buyer()
    order_no = buy(buyer, {sku_id: 1})
    pay(order_no)
    return statements_of(buyer.user_id, "order_paid", OrderPaid(order_no, buyer.user_id))


def cost_of_the_list(user_id: int) -> int:
    db.session.rollback()
    with transaction() as session, sent_statements() as sent:
        board(session, user_id)
    return len(sent)


def progressed() -> int:
    with transaction() as session:
        return int(session.scalar(text("SELECT count(*) FROM mission_progress")) or 0)


def test_twenty_missions_cost_the_statements_of_one(app: Flask) -> None:
    plan(7)
    sku_id = make_goods()
    found = []
    for more in (1, MANY - 1):
        for _ in range(more):
            mission(target=5)
            mission(target=5, trigger="check_in", measure="days", period="month")
        cost_of_a_check_in()  # reads the missions
        before = progressed()
        found.append((cost_of_a_check_in(), cost_of_an_order(sku_id)))
    assert progressed() - before == 2 * MANY
    assert found[0] == found[1] == (4, 3), "lock, read, count, and days are recounted"
    work(app)
    missions_hold()


def test_the_list_of_twenty_missions_costs_the_statements_of_one(app: Flask) -> None:
    (user_id, _), found = make_shopper(nickname="小明"), []
    new = [{"figure": "bought_orders", "at_most": 0}]
    for more in (1, MANY - 1):
        for _ in range(more):
            mission(trigger="profile_completed", period="once", audience=new)
        cost_of_the_list(user_id)  # reads the missions
        found.append(cost_of_the_list(user_id))
    assert found[0] == found[1]
