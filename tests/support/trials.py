"""Trials for tests: made by staff, applied for by shoppers, sent and reviewed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import select, text

from mall.aftersales.settling import settle_due
from mall.kernel.db import db, transaction
from mall.orders.fulfilling import confirm_receipt
from mall.reviews.trials.accepting import accept
from mall.reviews.trials.admin_schemas import TrialInput
from mall.reviews.trials.applying import apply
from mall.reviews.trials.models import Trial, TrialApplication
from mall.reviews.trials.picking import pick
from mall.reviews.trials.saving import create_trial
from mall.reviews.writing.editing import delete_review
from mall.reviews.writing.follow_ups import write_follow_up
from mall.reviews.writing.models import Review
from mall.reviews.writing.reviewing import write_review
from mall.reviews.writing.terms import Terms
from mall.shipping import commands as shipping
from mall.uploads.commands import Owner, store_video
from tests.support.catalog import make_sku
from tests.support.inventory import stock
from tests.support.messages import now
from tests.support.moderated import staff_decide
from tests.support.orders import Buyer, make_buyer, order_of
from tests.support.videos import mp4
from tests.support.written import make_picture


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


def write(
    order_no: str, status: str = "approved", *, pictures: int = 3, video: bool = False
) -> int:
    """A review of the order with two stars: its id."""
    user_id = order_of(order_no).user_id
    names = tuple(make_picture(user_id) for _ in range(pictures))
    film = store_video(Owner(user_id=user_id), mp4()).name if video else None
    terms = Terms(2, 5, 5, "味道太重，保湿不错", names, film)
    review_id = write_review(user_id, order_no, 1, terms)
    if status != "pending":
        restate(review_id, status)
    return review_id


def follow_up(order_no: str, review_id: int, *, pictures: int) -> None:
    """The follow-up with so many more pictures, approved."""
    user_id = order_of(order_no).user_id
    names = [make_picture(user_id) for _ in range(pictures)]
    write_follow_up(user_id, review_id, "补几张图", names)
    restate(review_id, "approved", kind="follow_up")


def restate(review_id: int, status: str, *, kind: str = "review") -> None:
    """Staff decide that the review stands so; `deleted` is its writer's doing."""
    if status == "deleted":
        with transaction() as session:
            user_id = session.scalars(select(Review.user_id).where(Review.id == review_id)).one()
        delete_review(user_id or 0, review_id)
        return
    with transaction() as session:
        assert staff_decide(session, kind, review_id, status)


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
        session.execute(text(f"UPDATE review_chances SET until = until - {shift}"))
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
