"""Find the orders of somebody on the telephone: by a whole name, a whole number, or both."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import Session

from mall.kernel.db import transaction
from mall.kernel.masking import mask_phone, mask_text
from mall.kernel.phone_numbers import canonical
from mall.orders import queries
from mall.orders.addresses import phone_index, receiver_index
from mall.orders.models import Order
from mall.orders.queries import OrderWithLines
from mall.staff.audit import record
from mall.users.shoppers import ids_by_phone


def find_orders(
    receiver: str | None, phone: str | None, *, before: int | None, limit: int
) -> Sequence[OrderWithLines]:
    """Orders that go to this receiver and phone, or whose shopper verified the phone; newest
    first, older than id `before`, one more than `limit`. One of the two is given at least.

    The look leaves an audit row with both masked.
    """
    with transaction() as session:
        query = orders_of(session, receiver, phone)
        found = queries.listed(session, query, before=before, limit=limit)
        record(
            session,
            action="order.find",
            target_type="order",
            target_id=",".join(row.order.order_no for row in found[:10]),
            after={
                "receiver": receiver and mask_text(receiver),
                "phone": phone and mask_phone(canonical(phone)),
                "found": min(len(found), limit),
            },
        )
    return found


def orders_of(session: Session, receiver: str | None, phone: str | None) -> Select[Order]:
    """The query of these orders. Every way to one has an index."""
    query = select(Order)
    if receiver is not None:
        query = query.where(Order.receiver_index == receiver_index(receiver))
    if phone is not None:
        query = query.where(_is_reached_at(session, phone))
    return query


def _is_reached_at(session: Session, phone: str) -> ColumnElement[bool]:
    # Read first: with a subquery in an OR, PostgreSQL reads every order.
    shoppers = session.scalars(ids_by_phone(phone)).all()
    goes_there = Order.phone_index == phone_index(phone)
    return or_(goes_there, Order.user_id.in_(shoppers)) if shoppers else goes_there
