"""Trials for tests: made by staff, applied for by shoppers, sent and reviewed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import select, text

from mall.aftersales.settling import settle_due
from mall.kernel.db import db, transaction
from mall.kernel.events import publish
from mall.orders.fulfilling import confirm_receipt
from mall.reviews.trials.accepting import accept
from mall.reviews.trials.admin_schemas import TrialInput
from mall.reviews.trials.applying import apply
from mall.reviews.trials.models import Trial, TrialApplication
from mall.reviews.trials.picking import pick
from mall.reviews.trials.saving import create_trial
from mall.reviews.writing.events import ReviewChanged
from mall.reviews.writing.models import Review
from mall.shipping import commands as shipping
from tests.support.catalog import make_sku
from tests.support.inventory import stock
from tests.support.messages import now
from tests.support.orders import Buyer, lines_of, make_buyer, order_of


def terms(sku_id: int, units: int = 2, **more: Any) -> dict[str, Any]:
    """A trial's terms as staff send them, open since an hour for a day."""
    moment = now()
    return {
        "sku_id": str(sku_id),
        "name": "护手霜试用",
        "text": "免费试用，收到后请如实评价",
        "units": units,
        "apply_from": (moment - timedelta(hours=1)).isoformat(),
        "apply_until": (moment + timedelta(days=1)).isoformat(),
        "accept_warnings": True,
        **more,
    }


def make_trial(units: int = 2, *, on_sale: int = 10, **more: Any) -> int:
    """A trial of so many units of a SKU of its own: its id."""
    sku_id = stock(make_sku(2_000, "护手霜", on_sale=False), on_sale)
    return create_trial(TrialInput().load(terms(sku_id, units, **more)))


def applied(trial_id: int, buyer: Buyer | None = None) -> tuple[Buyer, int]:
    """A shopper who has applied, and the application."""
    buyer = buyer or make_buyer()
    return buyer, apply(buyer.user_id, trial_id, "想试试")


def picked(trial_id: int, buyer: Buyer | None = None) -> tuple[Buyer, int]:
    """A shopper who was picked, and the application."""
    buyer, application_id = applied(trial_id, buyer)
    pick(trial_id, [application_id])
    return buyer, application_id


def accepted(trial_id: int, buyer: Buyer | None = None) -> tuple[Buyer, int, str]:
    """A shopper whose unit is ordered, the application, and the order."""
    buyer, application_id = picked(trial_id, buyer)
    placed = accept(buyer.user_id, application_id, buyer.address_id)
    return buyer, application_id, placed.order_no


def receive(buyer: Buyer, order_no: str) -> None:
    """The order is sent, and the shopper has it."""
    shipping.ship(order_no, "ZTO", f"Z{order_no}")
    confirm_receipt(buyer.user_id, order_no)


def received(trial_id: int, buyer: Buyer | None = None) -> tuple[Buyer, int, str]:
    """A shopper who has the goods of a trial, the application, and the order."""
    buyer, application_id, order_no = accepted(trial_id, buyer)
    receive(buyer, order_no)
    return buyer, application_id, order_no


def write(order_no: str, status: str = "approved", **more: Any) -> int:
    """A review of the order's line as its row stands, and its event: its id."""
    order = order_of(order_no)
    (line,) = lines_of(order_no)
    values = {
        "order_line_id": line.id,
        "order_id": order.id,
        "order_kind": order.kind,
        "user_id": order.user_id,
        "spu_id": line.spu_id,
        "sku_id": line.sku_id,
        "goods_stars": 2,
        "logistics_stars": 5,
        "service_stars": 5,
        "text": "味道太重，保湿不错",
        "pictures": ["1.jpg", "2.jpg", "3.jpg"],
        "origin": "shopper",
        "approved_at": now() if status == "approved" else None,
        "status": status,
        **more,
    }
    with transaction() as session:
        review = Review(**values)
        session.add(review)
        session.flush()
        publish(session, ReviewChanged(review.id, order.user_id))
        return review.id


def restate(review_id: int, status: str) -> None:
    """The review stands otherwise now, and its event."""
    with transaction() as session:
        session.execute(
            text(
                "UPDATE reviews SET status = :status, approved_at = coalesce(approved_at, now()),"
                " deleted_at = CASE WHEN :status = 'deleted' THEN now() END WHERE id = :id"
            ),
            {"status": status, "id": review_id},
        )
        publish(session, ReviewChanged(review_id, None))


def application(application_id: int) -> TrialApplication:
    """The application's row, read afresh."""
    db.session.rollback()
    db.session.expire_all()
    return db.session.scalars(
        select(TrialApplication).where(TrialApplication.id == application_id)
    ).one()


def trial(trial_id: int) -> Trial:
    """The trial's row, read afresh."""
    db.session.rollback()
    db.session.expire_all()
    return db.session.scalars(select(Trial).where(Trial.id == trial_id)).one()


def counts(trial_id: int) -> tuple[int, int, int]:
    """Units, picked, ordered."""
    row = trial(trial_id)
    return row.units, row.picked, row.ordered


def days_pass(days: int) -> None:
    """As if all of trials had been so many days earlier."""
    shift = f"make_interval(days => {days})"
    with transaction() as session:
        session.execute(
            text(
                "UPDATE trial_applications SET accept_by = accept_by - " + shift + ","
                " received_at = received_at - " + shift + ", due_at = due_at - " + shift
            )
        )
        session.execute(text(f"UPDATE orders SET completed_at = completed_at - {shift}"))
        session.execute(text(f"UPDATE reviews SET created_at = created_at - {shift}"))
    settle_due()


def trial_ids(buyer: Buyer) -> dict[str, str]:
    """A trial where this shopper was picked and another one waits; what placeholders stand for."""
    trial_id = make_trial(2)
    return {
        "trial_id": str(trial_id),
        "trial_application_id": str(picked(trial_id, buyer)[1]),
        "trial_waiting_application_id": str(applied(trial_id)[1]),
    }
