"""The states of transfers, and the only ways between them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, update
from sqlalchemy.orm import Session

from mall.payouts.models import PayoutTransfer

UNPAID_ENDS = ("failed", "canceled", "refused")
ENDS = ("succeeded", *UNPAID_ENDS)
OF_WECHAT = {
    "ACCEPTED": "accepted",
    "PROCESSING": "accepted",
    "WAIT_USER_CONFIRM": "confirming",
    "TRANSFERING": "transferring",
    "CANCELING": "canceling",
    "SUCCESS": "succeeded",
    "FAIL": "failed",
    "CANCELLED": "canceled",
}
"""What WeChat's states are here."""
_AFTER = frozenset({"confirming", "transferring", "canceling", *ENDS[:3]})
TRANSITIONS: dict[str, frozenset[str]] = {
    "pending": frozenset({"accepted", "refused", *_AFTER}),
    "accepted": _AFTER,
    "confirming": _AFTER - {"confirming"},
    "transferring": frozenset({"succeeded", "failed"}),
    "canceling": frozenset({"canceled", "succeeded", "failed"}),
    **{end: frozenset() for end in ENDS},
}


def move_transfer(session: Session, transfer_id: int, to: str, /, **values: Any) -> bool:
    """Move a transfer to `to` from any state that may go there; False when it is in none."""
    origins = [state for state, targets in TRANSITIONS.items() if to in targets]
    if to in ENDS:
        values |= {
            "ended_at": func.clock_timestamp(),
            "name_sealed": None,
            "package_info": None,
        }
    moved = session.execute(
        update(PayoutTransfer)
        .where(PayoutTransfer.id == transfer_id, PayoutTransfer.status.in_(origins))
        .values(status=to, **values)
        .returning(PayoutTransfer.id),
        execution_options={"synchronize_session": False},
    )
    return moved.first() is not None
