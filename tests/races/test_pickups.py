"""Several staff scan the same code at once: the goods are handed out once."""

from __future__ import annotations

from flask import Flask
from sqlalchemy import select, update

from mall.kernel.db import db, transaction
from mall.kernel.errors import MallError
from mall.orders import refunding
from mall.orders.models import OrderLine
from mall.shipping import collecting
from mall.shipping.models import Pickup
from mall.staff.models import StaffMember
from tests.support.freight import make_point, order_to_collect, pickup_status
from tests.support.orders import check_orders, lines_of, make_buyer, order_of
from tests.support.races import slow_writes, together
from tests.support.staff import make_staff

STAFF = 8


def codes(outcomes: list[str | Exception]) -> list[str]:
    return sorted(
        "ok" if isinstance(o, str) else o.code if isinstance(o, MallError) else repr(o)
        for o in outcomes
    )


def clerk() -> int:
    make_staff("pickup:write")
    with transaction() as session:
        return session.scalars(select(StaffMember.id).limit(1)).one()


def test_one_code_two_counters(app: Flask) -> None:
    point, staff_id = make_point(), clerk()
    order_no, code = order_to_collect(make_buyer(), point, quantity=2)
    with slow_writes("pickups", of="UPDATE"):
        outcomes = together(
            app, [lambda: collecting.redeem(code, point, staff_id) for _ in range(STAFF)]
        )
    assert codes(outcomes) == ["ok"] + ["pickup_code_used"] * (STAFF - 1)
    assert [line.shipped_quantity for line in lines_of(order_no)] == [2]
    check_orders()


def test_handing_out_against_a_refund(app: Flask) -> None:
    point, staff_id = make_point(), clerk()
    order_no, code = order_to_collect(make_buyer(), point)
    (line,) = lines_of(order_no)

    def refund() -> str:
        with transaction() as session:
            if order_of(order_no).status != "paid":
                return "too late"
            refunding.reserve_refund(
                session, order_no, [(line.id, 1, line.payable_fen)], 0, "staff"
            )
        return "refund"

    with slow_writes("pickups", of="UPDATE", seconds=0.05):
        outcomes = together(app, [lambda: collecting.redeem(code, point, staff_id), refund])
    status = order_of(order_no).status
    if isinstance(outcomes[0], str):
        assert (status, pickup_status(order_no)) == ("completed", "redeemed")
    else:
        assert codes(outcomes[:1]) == ["refund_under_way"]
        assert (status, pickup_status(order_no)) == ("paid", "waiting")


def test_control_without_the_guard_the_goods_leave_more_than_once(app: Flask) -> None:
    order_no, code = order_to_collect(make_buyer(), make_point(), quantity=2)
    (line,) = lines_of(order_no)

    def careless() -> str:
        with transaction() as session:
            status = session.scalar(select(Pickup.status).where(Pickup.code == code))
            if status != "waiting":
                return "refused"
            session.execute(
                update(Pickup)
                .where(Pickup.code == code)
                .values(status="redeemed", redeemed_at=order_of(order_no).paid_at)
            )
            session.execute(
                update(OrderLine)
                .where(OrderLine.id == line.id)
                .values(shipped_quantity=OrderLine.shipped_quantity + 1)
            )
        return "handed out"

    with slow_writes("pickups", of="UPDATE", seconds=0.3):
        outcomes = together(app, [careless, careless])
    assert outcomes == ["handed out", "handed out"], "the race never happened"
    db.session.rollback()
    assert [line.shipped_quantity for line in lines_of(order_no)] == [2], "handed out twice"
