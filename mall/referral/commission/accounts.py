"""The account of a promoter: its lock, and the one way to write an entry. Amounts in fen."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from mall.kernel.ledger import Ledger, Reason
from mall.referral.commission.errors import CommissionShort
from mall.referral.commission.kinds import REPAY


@dataclass(frozen=True, slots=True)
class Change:
    """What an entry changes, in fen."""

    pending_fen: int = 0
    available_fen: int = 0
    held_fen: int = 0
    debt_fen: int = 0


LEDGER = Ledger("commission_accounts", "commission_entries", Change, CommissionShort)
writing, lock, entry_of = LEDGER.writing, LEDGER.lock, LEDGER.entry_of
write, write_by = LEDGER.write, LEDGER.write_by
lock_some, write_some = LEDGER.lock_some, LEDGER.write_some


def pay_debt(session: Session, user_id: int, cause_id: int) -> None:
    """What is available pays what is owed; `cause_id` is the entry that brought the money. The
    account is locked."""
    account = lock(session, user_id)
    back_fen = min(account.available_fen, account.debt_fen)
    if back_fen:
        change = Change(available_fen=-back_fen, debt_fen=-back_fen)
        write(session, user_id, Reason(REPAY, str(cause_id)), change)
