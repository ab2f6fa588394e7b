"""Missions for tests, made as staff would make them."""

from __future__ import annotations

from copy import copy
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from mall.aftersales.settling import settle_due
from mall.kernel.db import db, transaction
from mall.kernel.jobs import run_pending
from mall.missions.board import defining, listing, locking
from mall.missions.board.admin_schemas import MissionChangeSchema, MissionInSchema
from mall.missions.board.codes import make_code
from mall.missions.board.listing import MissionView
from mall.missions.board.models import MissionCode
from mall.orders.fulfilling import confirm_receipt
from mall.orders.refunding import reserve_refund, settle_refund
from tests.support.coupons import make_rule, make_template
from tests.support.invariants import rows_of
from tests.support.orders import Buyer, buy, lines_of, pay, ship

PATH = "/api/v1/missions"
ADMIN = "/admin/api/v1/missions"


def terms(**more: Any) -> dict[str, Any]:
    """The JSON of a mission: one order a day gives what `rule_ids` say, unless `more` says."""
    return {
        "name": "每日一单",
        "trigger": "order_paid",
        "measure": "count",
        "target": 1,
        "period": "day",
        **more,
    }


def gift(**more: Any) -> int:
    """A reward rule that gives a coupon: its id."""
    return make_rule(make_template(way="reward"), **more)


def mission(**more: Any) -> int:
    """A mission: its id. A rule of its own gives a coupon, unless `rule_ids` says."""
    if "rule_ids" not in more:
        more["rule_ids"] = [str(gift())]
    return defining.create_mission(MissionInSchema().load(terms(**more)))


def an_hour_passes() -> None:
    """The missions are an hour older: for tests that set back when something was done."""
    with transaction() as session:
        session.execute(
            text("UPDATE mission_versions SET created_at = created_at - interval '1 hour'")
        )
        session.execute(text("UPDATE mission_board SET revision = revision + 1"))


def change(mission_id: int, replaces: int, **more: Any) -> None:
    """A further version of a mission."""
    body = terms(replaces=replaces, **more)
    if "rule_ids" not in more:
        body["rule_ids"] = [str(gift())]
    defining.change_mission(mission_id, MissionChangeSchema().load(body))


def code_for(mission_id: int, places: int = 10, ends: str = "2099-01-01T00:00:00Z") -> MissionCode:
    """A code of a hidden mission."""
    expires_at = MissionInSchema().load(terms(rule_ids=["1"], ends_at=ends))["ends_at"]
    return make_code(mission_id, places=places, expires_at=expires_at, note="")


def missions_hold() -> None:
    """What must hold of missions and rewards. The orders of these tests have no payments."""
    codes = ("I36a", "I36b", "I36c", "I36d", "I9a", "I9b", "I9d", "I9e")
    assert {code: rows for code in codes if (rows := rows_of(code))} == {}


def work(app: Flask) -> None:
    """Do what waits, with what comes of it."""
    db.session.remove()
    run_pending(app)


def seen(user_id: int, mission_id: int) -> MissionView:
    """The mission as its shopper sees it."""
    db.session.rollback()
    with transaction() as session:
        return listing.mission_view(session, user_id, mission_id)


def stands(user_id: int, mission_id: int) -> tuple[int, str]:
    """How far the shopper is, and the state."""
    view = seen(user_id, mission_id)
    return view.counted, view.state


def grants() -> list[tuple[str, str]]:
    """Event and status of all rewards, the oldest first; ids of missions as `#`."""
    with transaction() as session:
        rows = session.execute(
            text(
                "SELECT regexp_replace(event, '^mission:\\d+', 'mission:#') AS event, status"
                " FROM reward_grants ORDER BY id"
            )
        ).all()
    return [(row.event, row.status) for row in rows]


def bought(app: Flask, buyer: Buyer, lines: dict[int, int]) -> str:
    """A paid order that missions have heard of: its number."""
    order_no = buy(buyer, lines)
    pay(order_no)
    work(app)
    return order_no


def refund(app: Flask, order_no: str, units: int, line: int = 0) -> None:
    """Money of so many units of a line has arrived at the shopper."""
    row = lines_of(order_no)[line]
    fen = row.payable_fen * units // row.quantity
    parts = [(row.id, units, fen)]
    with transaction() as session:
        reserve_refund(session, order_no, parts, 0, "tests")
        settle_refund(session, order_no, parts, 0, in_all=parts)
    work(app)


def settle(app: Flask, buyer: Buyer, order_no: str) -> None:
    """The order is received, and nothing of it can come back."""
    ship(order_no, {row.id: row.quantity - row.refunded_quantity for row in lines_of(order_no)})
    confirm_receipt(buyer.user_id, order_no)
    with transaction() as session:
        session.execute(text("UPDATE orders SET completed_at = now() - interval '99 days'"))
    assert settle_due() == 1
    work(app)


def without_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    """For a control: nobody waits for others who are at the shopper's missions."""
    careless = copy(locking.LOCK)
    lock = "pg_advisory_xact_lock(hashtextextended('missions of ' || u.id, 0))"
    assert lock in careless.sql
    careless.sql = careless.sql.replace(lock, "NULL")
    monkeypatch.setattr(locking, "LOCK", careless)
