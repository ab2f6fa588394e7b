"""Withdrawals reserve commission (`hold`), which then is paid (`settle_hold`) or available again
(`release_hold`).

A hold is found by the withdrawal's number, once for each. All of this is safe to repeat.
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from mall.kernel.ledger import Reason
from mall.kernel.prepared import PreparedStatement
from mall.referral.commission import accounts
from mall.referral.commission.accounts import Change
from mall.referral.commission.errors import CommissionShort
from mall.referral.commission.kinds import HOLD, PAY, RELEASE

_FIND = PreparedStatement("SELECT id, user_id, amount_fen FROM commission_holds WHERE number = :no")
_MAKE = accounts.writing(
    unless="SELECT FROM commission_holds WHERE number = :source",
    then="""
    , made AS (
        INSERT INTO commission_holds (user_id, number, amount_fen)
        SELECT user_id, :source, -:available_fen FROM written RETURNING id
    )
    """,
    result="(SELECT id FROM made)",
)
_END = PreparedStatement(
    "UPDATE commission_holds SET status = :status WHERE id = :hold_id AND status = 'held'"
    " RETURNING id"
)


def hold(session: Session, user_id: int, number: str, fen: int) -> int:
    """Reserve `fen` (above zero) of the available commission for a withdrawal; the hold's id.

    Raises CommissionShort; who has a debt has nothing available. A repeat answers with the first
    hold. Locks the account.
    """
    if fen <= 0:
        raise ValueError("a hold is above zero")
    accounts.lock(session, user_id)
    change = Change(available_fen=-fen, held_fen=fen)
    made = accounts.write_by(_MAKE, session, user_id, Reason(HOLD, number), change)
    if made is not None:
        return int(made.result)
    known = _FIND.first(session, no=number)
    if known is None:
        raise CommissionShort
    return int(known.id)


def settle_hold(session: Session, number: str) -> int:
    """The withdrawal was paid: what was held is gone; how many fen. Nothing (0) when there is no
    such hold, or it has ended."""
    found = _FIND.first(session, no=number)
    if found is None:
        return 0
    accounts.lock(session, found.user_id)
    if not _END.rows(session, hold_id=found.id, status="settled"):
        return 0
    change = Change(held_fen=-found.amount_fen)
    accounts.write(session, found.user_id, Reason(PAY, number), change)
    return int(found.amount_fen)


def release_hold(session: Session, number: str) -> int:
    """The withdrawal ended without a payment: what was held is available again, and pays a debt
    first; how many fen. Nothing (0) when there is no such hold, or it has ended."""
    found = _FIND.first(session, no=number)
    if found is None:
        return 0
    accounts.lock(session, found.user_id)
    if not _END.rows(session, hold_id=found.id, status="released"):
        return 0
    change = Change(held_fen=-found.amount_fen, available_fen=found.amount_fen)
    entry_id = accounts.write(session, found.user_id, Reason(RELEASE, number), change)
    accounts.pay_debt(session, found.user_id, entry_id)
    return int(found.amount_fen)
