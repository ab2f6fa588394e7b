"""The states of refunds, and the only ways between them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, update
from sqlalchemy.orm import Session

from mall.payments.models import Refund

REFUND_TRANSITIONS: dict[str, frozenset[str]] = {
    "pending": frozenset({"sent", "succeeded", "abnormal", "closed", "failed"}),
    "sent": frozenset({"succeeded", "abnormal", "closed"}),
    # Staff settle an abnormal refund in the merchant console; WeChat tells us by query.
    "abnormal": frozenset({"succeeded", "closed"}),
    # Whatever WeChat said before: once the money is on its way, the books say so too.
    "closed": frozenset({"pending", "canceled", "succeeded", "abnormal"}),
    # A lost answer may still arrive after we gave up.
    "failed": frozenset({"pending", "canceled", "sent", "succeeded", "abnormal", "closed"}),
    "succeeded": frozenset(),
    "canceled": frozenset(),
}
SHORT_OF_MONEY = "NOT_ENOUGH"
"""WeChat's code: the account that a refund comes out of has less. Nothing was done."""
SAID_BEFORE: dict[str, frozenset[str]] = {
    "abnormal": frozenset({"sent"}),
    "closed": frozenset({"sent"}),
    "succeeded": frozenset({"sent", "abnormal"}),
    "canceled": frozenset({"closed"}),
}
"""What WeChat may have said before ours came to its state: an older word that comes late.
Anything else that can't be applied contradicts our books."""


def agrees(status: str, said: str) -> bool:
    """Whether what WeChat says, in our words, fits a refund in this state."""
    return said == status or said in SAID_BEFORE.get(status, frozenset())


def move_refund(session: Session, refund_id: int, to: str, /, **values: Any) -> bool:
    """Move a refund to `to` from any state that may go there; False when it is in none."""
    if not REFUND_TRANSITIONS[to]:
        values["ended_at"] = func.clock_timestamp()
    origins = [state for state, targets in REFUND_TRANSITIONS.items() if to in targets]
    statement = (
        update(Refund)
        .where(Refund.id == refund_id, Refund.status.in_(origins))
        .values(status=to, **values)
        .returning(Refund.id)
    )
    return session.execute(statement).first() is not None
