"""Somebody who was brought and has bought, and staff who decide, for tests of screening."""

from __future__ import annotations

import secrets
from typing import Any

from flask import Flask, g
from sqlalchemy import insert, text

from mall.aftersales.settling import settle_due
from mall.kernel.db import db, transaction
from mall.kernel.http.access import Staff
from mall.kernel.jobs import run_pending
from mall.orders.fulfilling import confirm_receipt
from mall.referral.screening import deciding
from mall.staff.models import StaffMember
from tests.support.orders import Buyer, buy, lines_of, make_buyer, make_goods, order_of, pay, ship
from tests.support.sharing import make_share, opened
from tests.support.users import make_shopper


def make_invitee(app: Flask, inviter_id: int | None = None) -> tuple[Buyer, int]:
    """Who opened an inviter's share before any order, with an address and a phone of their own;
    and the id of the binding."""
    number = secrets.randbelow(10**8)
    invitee = make_buyer(phone=f"139{number:08d}", detail=f"学院路 {number} 号")
    opened(invitee.user_id, make_share(inviter_id or make_shopper()[0]))
    work(app)
    query = text("SELECT id FROM referral_bindings WHERE invitee_id = :id AND ended_at IS NULL")
    with transaction() as session:
        return invitee, session.scalars(query, {"id": invitee.user_id}).one()


def order(invitee: Buyer) -> str:
    """A paid order, of which nobody has heard: its number."""
    order_no = buy(invitee, {make_goods(): 1})
    pay(order_no)
    return order_no


def settle(*order_nos: str) -> None:
    """The orders are received and can't come back; nobody has heard of that."""
    for order_no in order_nos:
        ship(order_no, {row.id: row.quantity for row in lines_of(order_no)})
        confirm_receipt(order_of(order_no).user_id, order_no)
    with transaction() as session:
        session.execute(text("UPDATE orders SET completed_at = now() - interval '99 days'"))
    assert settle_due() == len(order_nos)


def work(app: Flask) -> None:
    """Do what waits, with what comes of it."""
    db.session.remove()
    run_pending(app)


def make_screener() -> Staff:
    """A staff member who screens."""
    with transaction() as session:
        count = session.scalar(text("SELECT count(*) FROM staff_members"))
        row = insert(StaffMember).values(
            username=f"screener-{count}", display_name="风控", password_hash="!"
        )
        staff_id: int = session.execute(row.returning(StaffMember.id)).scalar_one()
    return Staff(staff_id, f"screener-{count}", 0)


def decide_as(staff: Staff, binding_id: int, decision: str, reason: str = "看过资料") -> None:
    """The staff member decides, in this app context."""
    g.principal = staff
    deciding.decide(binding_id, decision, reason)


def standing_of(binding_id: int) -> tuple[str, int | None]:
    """The written status of a binding, and who decided it."""
    query = text("SELECT status, staff_id FROM referral_screenings WHERE binding_id = :id")
    with transaction() as session:
        row = session.execute(query, {"id": binding_id}).one()
    return row.status, row.staff_id


def invite_of(binding_id: int) -> str | None:
    """The status of the binding's invite."""
    query = text("SELECT status FROM referral_invites WHERE binding_id = :id")
    with transaction() as session:
        return session.scalar(query, {"id": binding_id})


def trail_of(binding_id: int) -> list[tuple[str, str]]:
    """What the audit trail says of a binding: from and to, oldest first."""
    query = text(
        "SELECT before, after FROM audit_entries WHERE target_type = 'referral_binding'"
        " AND target_id = :id AND action LIKE 'referral_screening.%' ORDER BY id"
    )
    with transaction() as session:
        rows: Any = session.execute(query, {"id": str(binding_id)}).all()
    return [(row.before["status"], row.after["status"]) for row in rows]
