"""The states of payment attempts, and the only ways between them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from mall.payments.models import PaymentAttempt

ATTEMPT_TRANSITIONS: dict[str, frozenset[str]] = {
    "created": frozenset({"prepaid", "succeeded", "refunded", "closed"}),
    # Again with a fresh prepay_id.
    "prepaid": frozenset({"prepaid", "succeeded", "refunded", "closed"}),
    # WeChat may know better than we did: a closed attempt can turn out to be paid.
    "closed": frozenset({"succeeded", "refunded"}),
    "succeeded": frozenset(),
    "refunded": frozenset(),
}


def origins_of(to: str) -> list[str]:
    """The states from which an attempt may come to `to`."""
    return [state for state, targets in ATTEMPT_TRANSITIONS.items() if to in targets]


def move_attempt(session: Session, attempt_id: int, to: str, /, **values: Any) -> bool:
    """Move an attempt to `to` from any state that may go there; False when it is in none."""
    statement = (
        update(PaymentAttempt)
        .where(PaymentAttempt.id == attempt_id, PaymentAttempt.status.in_(origins_of(to)))
        .values(status=to, **values)
        .returning(PaymentAttempt.id)
    )
    return session.execute(statement).first() is not None
