"""Commission of a shopper who closes the account: a withdrawal under way hinders, what is left is
lost. Entries and lines stay."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from mall.kernel.db import int_array
from mall.kernel.ledger import Reason
from mall.kernel.money import yuan
from mall.kernel.prepared import PreparedStatement
from mall.referral.commission import accounts
from mall.referral.commission.accounts import Change
from mall.referral.commission.clearing import ACCOUNT_CLOSED
from mall.referral.commission.kinds import FORFEIT
from mall.referral.commission.models import CommissionEntry
from mall.referral.commission.queries import balance_of
from mall.referral.commission.reversing import void_lines
from mall.users.closing import ClosingCheck, ClosingLoss
from mall.users.erasing import Eraser

# Orders first, by ascending id: that is the order of locks.
_LOCK = PreparedStatement(
    """
    SELECT id FROM orders WHERE id IN (
        SELECT order_id FROM commission_lines WHERE promoter_id = :user_id AND status = 'pending'
    )
    ORDER BY id FOR UPDATE
    """
)
_PENDING = PreparedStatement(
    """
    SELECT id FROM commission_lines WHERE promoter_id = :user_id AND status = 'pending'
      AND order_id = ANY(CAST(CAST(:order_ids AS text) AS bigint[]))
    """
)


def forfeit(session: Session, user_id: int) -> None:
    """What waits is void, what is available is taken. Nobody owes what was lost like this."""
    order_ids = int_array(row.id for row in _LOCK.rows(session, user_id=user_id))
    lines = _PENDING.rows(session, user_id=user_id, order_ids=order_ids)
    void_lines(session, [row.id for row in lines], ACCOUNT_CLOSED)
    account = accounts.lock(session, user_id)
    if account.available_fen:
        # Money may come back and be lost once more: then there are more entries.
        count = select(func.count()).where(CommissionEntry.user_id == user_id)
        reason = Reason(FORFEIT, f"{user_id}:{session.scalar(count)}")
        accounts.write(session, user_id, reason, Change(available_fen=-account.available_fen))


def _under_way(session: Session, user_id: int) -> str | None:
    held_fen = balance_of(session, user_id).held_fen
    return f"还有 {yuan(held_fen)} 元佣金正在提现" if held_fen else None


def _lost(session: Session, user_id: int) -> str | None:
    balance = balance_of(session, user_id)
    lost_fen = balance.available_fen + balance.pending_fen
    return f"佣金 {yuan(lost_fen)} 元将作废" if lost_fen else None


COMMISSION = Eraser(
    "commission",
    forfeit,
    "EXISTS (SELECT 1 FROM commission_accounts a WHERE a.user_id = u.id"
    " AND a.available_fen + a.pending_fen > 0)",
)
WITHDRAWING = ClosingCheck("commission", _under_way)
LEFT = ClosingLoss("commission", _lost)
