"""Orders on hold: paid, and not to be sent before their feature says so.

A feature holds an order for a reason of its own, declared in `HOLD_REASONS`, and ends the hold
or gives the money back. Nobody else does.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import exists, update
from sqlalchemy.orm import Session

from mall.kernel.failpoints import around_commit
from mall.kernel.registry import Registry
from mall.orders.models import Order, OrderLine
from mall.orders.states import PAID, UNPAID


@dataclass(frozen=True, slots=True)
class HoldReason:
    """Why an order waits. `code` is stored with it; `label` is for shoppers and staff."""

    code: str
    label: str


HOLD_REASONS: Registry[HoldReason] = Registry("hold reasons", lambda one: one.code)


def hold_label(code: str | None) -> str | None:
    """What a hold's code means, for people."""
    known = HOLD_REASONS.get(code) if code else None
    return known.label if known else code


def code_of(reason: HoldReason) -> str:
    """A reason as an order's row keeps it. Raises ValueError for one that isn't declared."""
    if HOLD_REASONS.get(reason.code) is None:
        raise ValueError(f"the hold reason {reason.code} isn't declared")
    return reason.code


def hold(session: Session, order_id: int, reason: HoldReason) -> bool:
    """Hold an order that is unpaid or paid and of which nothing was sent.

    The caller has locked it, as each hook has. False, and nothing changed, when it is in
    another state, held already, or partly sent. A closed order's hold is over.
    """
    code = code_of(reason)
    sent = exists().where(OrderLine.order_id == order_id, OrderLine.shipped_quantity > 0)
    held = session.execute(
        update(Order)
        .where(
            Order.id == order_id,
            Order.status.in_((UNPAID, PAID)),
            Order.hold_reason.is_(None),
            ~sent,
        )
        .values(hold_reason=code)
        .returning(Order.id),
        execution_options={"synchronize_session": False},
    )
    return held.first() is not None


def release(session: Session, order_no: str, reason: HoldReason) -> bool:
    """End this hold of an order: it may be sent once it is paid. Again changes nothing.

    The order's row is locked by it. So when one order makes others ready (the last member of a
    team pays), the others are released by a job, each in a transaction of its own. False when
    the order isn't held for this reason.
    """
    around_commit(session, "orders.before_release_commit", "orders.after_release_commit")
    released = session.execute(
        update(Order)
        .where(Order.order_no == order_no, Order.hold_reason == reason.code)
        .values(hold_reason=None)
        .returning(Order.id),
        execution_options={"synchronize_session": False},
    )
    return released.first() is not None
