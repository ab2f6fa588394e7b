"""Orders of which it isn't decided yet how many units the shopper keeps.

Units that an open after-sale asks back, or that are in a refund which staff may still cancel, are
neither kept nor given back. Their difference would be given for nothing, or never; an
after-sale, whose amount was fixed when it was asked for, couldn't be paid out beside a rebate.
So the difference of such an order waits until that is over.
"""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.orm import Session

from mall.aftersales.states import OPEN

_STATES = ", ".join(repr(status) for status in OPEN)


def undecided(order_id: str) -> str:
    """SQL: whether it is undecided what a shopper keeps of the order with this id (SQL of the
    caller's)."""
    return f"""(EXISTS (SELECT FROM after_sales s
            WHERE s.order_id = {order_id} AND s.status IN ({_STATES}))
        OR EXISTS (SELECT FROM refunds r WHERE r.order_id = {order_id} AND r.kind = 'order'
            AND r.cancellable AND r.status NOT IN ('succeeded', 'canceled')))"""  # noqa: S608


_IS_UNDECIDED = text(f"SELECT {undecided(':order_id')}")


def is_undecided(session: Session, order_id: int) -> bool:
    """Whether a locked order's difference must wait."""
    return bool(session.execute(_IS_UNDECIDED, {"order_id": order_id}).scalar_one())
