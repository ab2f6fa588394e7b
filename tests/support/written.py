"""Reviews for tests: a received order, what its buyer writes of it, what moderation says."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import count
from typing import Any

from flask import current_app
from sqlalchemy import text, update

from mall.kernel.db import db, transaction
from mall.kernel.jobs import run_pending
from mall.orders.fulfilling import confirm_receipt
from mall.orders.models import Order
from mall.payments.refunds.requesting import RequestedLine, request_refund
from mall.reviews.writing.reviewing import write_review
from mall.reviews.writing.terms import Terms
from mall.uploads.commands import Owner, store_picture
from tests.support.groupbuy import refunds_arrive
from tests.support.invariants import rows_of
from tests.support.moderated import staff_decide
from tests.support.orders import (
    Buyer,
    buy,
    lines_of,
    make_buyer,
    make_goods,
    pay,
    ship,
    write_payment,
)
from tests.support.pictures import motif

TERMS = Terms(5, 4, 5, "料子很舒服，凉凉的，配合蚕丝被，夏天很凉快")
_MOTIFS = count(1)
OWN = ("I20a", "I20b", "I20c", "I20d", "I20e", "I20f", "I20g", "I20h", "I20i", "I22e")


@dataclass(frozen=True)
class Received:
    """An order that its buyer has received."""

    buyer: Buyer
    order_no: str
    sku_id: int

    @property
    def user_id(self) -> int:
        return self.buyer.user_id


def work() -> None:
    """Handlers hear what has happened."""
    db.session.rollback()
    run_pending(current_app._get_current_object())  # type: ignore[attr-defined]


def received(sku_id: int | None = None, units: int = 1, buyer: Buyer | None = None) -> Received:
    """Somebody bought units of a SKU and has received them; events were heard."""
    who = buyer or make_buyer()
    sku = sku_id or make_goods()
    order_no = buy(who, {sku: units})
    pay(order_no)
    write_payment(order_no)
    ship(order_no, {row.id: row.quantity for row in lines_of(order_no)})
    confirm_receipt(who.user_id, order_no)
    work()
    return Received(who, order_no, sku)


def written(order: Received | None = None, **changes: Any) -> int:
    """A review of an order's first line, which waits: its id."""
    order = order or received()
    return write_review(order.user_id, order.order_no, 1, replace(TERMS, **changes))


def approved(order: Received | None = None, **changes: Any) -> int:
    """A review that everybody sees: its id."""
    review_id = written(order, **changes)
    decide("approved", review_id)
    return review_id


def decide(status: str, review_id: int, kind: str = "review", reason: str | None = None) -> None:
    """Staff decide of a review or a follow-up; events were heard."""
    with transaction() as session:
        staff_decide(session, kind, review_id, status, reason)
    work()


def review_row(review_id: int) -> Any:
    """The review's row, read afresh."""
    db.session.rollback()
    with transaction() as session:
        return session.execute(
            text("SELECT * FROM reviews WHERE id = :id"), {"id": review_id}
        ).one()


def spu_of(sku_id: int) -> int:
    with transaction() as session:
        return int(
            session.execute(
                text("SELECT spu_id FROM skus WHERE id = :id"), {"id": sku_id}
            ).scalar_one()
        )


def make_picture(user_id: int) -> str:
    """The name of a picture that the shopper has sent and not used; none looks like another."""
    return store_picture(Owner(user_id=user_id), motif(next(_MOTIFS), size=60)).name


def refund_line(order_no: str, units: int = 1) -> None:
    """Units of the first line are refunded, and the money has arrived."""
    line = lines_of(order_no)[0]
    request_refund(order_no, [RequestedLine(line.id, units)], 0, "不想要了")
    refunds_arrive(order_no)
    work()


def completed_days_ago(order_no: str, days: int) -> None:
    """The order was received so many days ago, as far as reviews know."""
    db.session.rollback()
    with transaction() as session:
        session.execute(
            update(Order)
            .where(Order.order_no == order_no)
            .values(completed_at=text(f"now() - interval '{days} days'"))
        )
        session.execute(
            text(
                f"UPDATE review_chances SET until = until - interval '{days} days'"
                " WHERE order_line_id IN (SELECT l.id FROM order_lines l JOIN orders o"
                " ON o.id = l.order_id WHERE o.order_no = :no)"
            ),
            {"no": order_no},
        )


def reviews_hold() -> None:
    """What must hold of reviews and ratings holds."""
    db.session.rollback()
    for code in OWN:
        assert not rows_of(code), code
