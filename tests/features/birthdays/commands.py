"""Writing birthdays down, and giving each year's discount once."""

from __future__ import annotations

from datetime import date

from sqlalchemy import delete, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from mall.kernel.db import transaction
from tests.features.birthdays.errors import BirthdayDiscountUsed
from tests.features.birthdays.models import Birthday, BirthdayDiscount


def remember(user_id: int, month_day: str) -> None:
    """Write down a shopper's birthday ("MM-DD"). Saying it again changes it."""
    with transaction() as session:
        session.execute(
            insert(Birthday)
            .values(user_id=user_id, month_day=month_day)
            .on_conflict_do_update(index_elements=[Birthday.user_id], set_={"month_day": month_day})
        )


def use(session: Session, user_id: int, order_id: int, day: date) -> None:
    """Give the discount of the year of `day` to an order. Raises BirthdayDiscountUsed."""
    given = session.execute(
        insert(BirthdayDiscount)
        .values(user_id=user_id, year=day.year, order_id=order_id)
        .on_conflict_do_nothing()
        .returning(BirthdayDiscount.order_id)
    )
    if given.first() is None:
        raise BirthdayDiscountUsed


def give_back(session: Session, order_id: int) -> None:
    """A closed order has the discount no more."""
    session.execute(delete(BirthdayDiscount).where(BirthdayDiscount.order_id == order_id))


def mark_paid(session: Session, order_id: int) -> None:
    """Note that an order with the discount was paid."""
    session.execute(
        update(BirthdayDiscount).where(BirthdayDiscount.order_id == order_id).values(paid=True)
    )
