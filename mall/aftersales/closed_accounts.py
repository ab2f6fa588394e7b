"""What after-sales do when a shopper closes the account: open ones hinder, what was written about
the others goes with the address of their order."""

from __future__ import annotations

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from mall.aftersales import states
from mall.aftersales.models import AfterSale, AfterSaleStep, DisputeNote
from mall.orders.models import Order
from mall.users.closing import ClosingCheck
from mall.users.erasing import Eraser


def _open(session: Session, user_id: int) -> str | None:
    count = session.scalar(
        select(func.count()).where(
            AfterSale.user_id == user_id, AfterSale.status.in_((*states.OPEN, states.REFUNDING))
        )
    )
    return f"还有 {count} 个售后未处理完" if count else None


def _erase(session: Session, user_id: int) -> None:
    own = {"synchronize_session": False}
    sales = select(AfterSale.id).where(AfterSale.user_id == user_id)
    orders = select(Order.id).where(Order.user_id == user_id)
    session.execute(
        update(AfterSaleStep)
        .where(AfterSaleStep.after_sale_id.in_(sales), AfterSaleStep.actor == states.SHOPPER)
        .values(comment=""),
        execution_options=own,
    )
    session.execute(
        update(AfterSale)
        .where(AfterSale.user_id == user_id)
        .values(description="", pictures=[], return_tracking_no=None, return_carrier=None),
        execution_options=own,
    )
    session.execute(
        update(DisputeNote)
        .where(DisputeNote.order_id.in_(orders), DisputeNote.staff_id.is_(None))
        .values(text="", pictures=[]),
        execution_options=own,
    )


OPEN_AFTER_SALES = ClosingCheck("aftersales", _open)
WRITINGS = Eraser(
    "aftersales",
    _erase,
    """
    EXISTS (SELECT 1 FROM after_sales s WHERE s.user_id = u.id
            AND (s.description <> '' OR s.pictures <> '{}' OR s.return_tracking_no IS NOT NULL))
    OR EXISTS (SELECT 1 FROM orders o JOIN dispute_notes n ON n.order_id = o.id
               WHERE o.user_id = u.id AND n.staff_id IS NULL
               AND (n.text <> '' OR n.pictures <> '{}'))
    """,
    at_once=False,
)
