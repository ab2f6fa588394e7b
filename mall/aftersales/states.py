"""The states of an after-sale: the transition table, deadlines, and how one moves.

applied: staff are to answer. offered: the shopper may take a smaller amount.
returning: the shopper is to send the goods. returned: staff are to receive them.
refunding: WeChat is to pay. The last three are ends.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, func, insert, literal, null, select, update
from sqlalchemy.orm import Session

from mall.aftersales.models import AfterSale, AfterSaleStep
from mall.aftersales.settings import RECEIPT_DAYS, SHOPPER_DAYS, STAFF_H

APPLIED = "applied"
OFFERED = "offered"
RETURNING = "returning"
RETURNED = "returned"
REFUNDING = "refunding"
REFUNDED = "refunded"
REFUSED = "refused"
CANCELED = "canceled"
ALL = (APPLIED, OFFERED, RETURNING, RETURNED, REFUNDING, REFUNDED, REFUSED, CANCELED)
OPEN = (APPLIED, OFFERED, RETURNING, RETURNED)
"""Nothing is set aside with the order yet: the after-sale itself holds its units."""

TRANSITIONS: dict[str | None, frozenset[str]] = {
    None: frozenset({APPLIED}),
    APPLIED: frozenset({OFFERED, RETURNING, REFUNDING, REFUSED, CANCELED}),
    OFFERED: frozenset({RETURNING, REFUNDING, REFUSED, CANCELED}),
    RETURNING: frozenset({RETURNED, REFUNDING, CANCELED}),
    RETURNED: frozenset({REFUNDING, REFUSED}),
    # Staff may cancel a refund that WeChat won't carry out.
    REFUNDING: frozenset({REFUNDED, REFUSED}),
    REFUNDED: frozenset(),
    REFUSED: frozenset(),
    CANCELED: frozenset(),
}

SHOPPER = "shopper"
STAFF = "staff"
TIME = "time"
WECHAT = "wechat"
ACTORS = (SHOPPER, STAFF, TIME, WECHAT)


def due_at(status: str) -> ColumnElement[Any]:
    """The deadline of the step that `status` waits for, by the database's clock."""
    hours = {
        APPLIED: STAFF_H.get(),
        OFFERED: SHOPPER_DAYS.get() * 24,
        RETURNING: SHOPPER_DAYS.get() * 24,
        RETURNED: RECEIPT_DAYS.get() * 24,
    }.get(status)
    if hours is None:
        return null()
    return func.clock_timestamp() + func.make_interval(0, 0, 0, 0, hours)


def move(
    session: Session,
    sale_id: int,
    from_status: str,
    to_status: str,
    *,
    by: str,
    comment: str = "",
    **values: Any,
) -> bool:
    """Move an after-sale on, with its next deadline, and record the step and its actor.

    False, and nothing changed, when it isn't in `from_status` (any more). Raises ValueError
    for a step that isn't in the table: a fault of the caller.
    """
    if to_status not in TRANSITIONS[from_status]:
        raise ValueError(f"an after-sale doesn't go from {from_status} to {to_status}")
    moved = (
        update(AfterSale)
        .where(AfterSale.id == sale_id, AfterSale.status == from_status)
        .values(status=to_status, due_at=due_at(to_status), **values)
        .returning(AfterSale.id)
        .cte("moved")
    )
    step = select(
        moved.c.id, literal(from_status), literal(to_status), literal(by), literal(comment)
    )
    noted = session.execute(
        insert(AfterSaleStep)
        .from_select(["after_sale_id", "from_status", "to_status", "actor", "comment"], step)
        .returning(AfterSaleStep.after_sale_id)
    )
    return noted.first() is not None
