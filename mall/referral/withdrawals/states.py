"""The states of withdrawals: what may follow what, and the one way to move."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, update
from sqlalchemy.orm import Session

from mall.referral.withdrawals.errors import WithdrawalDecided
from mall.referral.withdrawals.models import (
    APPROVED,
    CANCELED,
    FAILED,
    OPEN_STATUSES,
    PAID,
    REFUSED,
    WAITING,
    Withdrawal,
)

TRANSITIONS: dict[str, frozenset[str]] = {
    WAITING: frozenset({APPROVED, REFUSED, CANCELED}),
    APPROVED: frozenset({PAID, FAILED, CANCELED}),
    PAID: frozenset(),
    FAILED: frozenset(),
    REFUSED: frozenset(),
    CANCELED: frozenset(),
}


def may_move(withdrawal: Withdrawal, to: str) -> bool:
    """Whether a locked withdrawal may go to this state."""
    return to in TRANSITIONS[withdrawal.status]


def move(session: Session, withdrawal: Withdrawal, to: str, **values: Any) -> None:
    """Move a withdrawal to `to`, setting `values` too. Raises WithdrawalDecided when it is in no
    state that may go there."""
    origins = [state for state, targets in TRANSITIONS.items() if to in targets]
    if to not in OPEN_STATUSES:
        values["ended_at"] = func.clock_timestamp()
    moved = session.execute(
        update(Withdrawal)
        .where(Withdrawal.id == withdrawal.id, Withdrawal.status.in_(origins))
        .values(status=to, **values)
        .returning(Withdrawal.id),
        execution_options={"synchronize_session": False},
    )
    if moved.first() is None:
        raise WithdrawalDecided
    session.refresh(withdrawal)
