"""What a shopper owes: it is paid by what the shop owes the shopper next. Locks: the payout, then
the shopper's account."""

from __future__ import annotations

from sqlalchemy import insert, select, text, update
from sqlalchemy.orm import Session

from mall.payouts.models import Payout, PayoutAccount, PayoutDebt

_OPEN = text("INSERT INTO payout_accounts (user_id) VALUES (:user_id) ON CONFLICT DO NOTHING")


def lock_account(session: Session, user_id: int) -> PayoutAccount:
    """A shopper's account, made if need be, locked until the commit."""
    session.execute(_OPEN, {"user_id": user_id})
    return session.scalars(
        select(PayoutAccount)
        .where(PayoutAccount.user_id == user_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).one()


def owe_back(session: Session, payout: Payout, amount_fen: int) -> None:
    """What was paid for a payout is due back: the shopper owes it."""
    lock_account(session, payout.user_id)
    _book(session, payout, amount_fen)


def offset(session: Session, payout: Payout) -> None:
    """A locked payout that is ready pays the shopper's debt first; with nothing left it is void."""
    account = lock_account(session, payout.user_id)
    offset_fen = min(account.debt_fen, payout.payable_fen)
    if not offset_fen:
        return
    _book(session, payout, -offset_fen)
    payout.offset_fen += offset_fen
    if payout.payable_fen == 0:
        payout.status = "void"
    session.flush()


def _book(session: Session, payout: Payout, amount_fen: int) -> None:
    session.execute(
        update(PayoutAccount)
        .where(PayoutAccount.user_id == payout.user_id)
        .values(debt_fen=PayoutAccount.debt_fen + amount_fen)
        .execution_options(synchronize_session=False)
    )
    session.execute(
        insert(PayoutDebt).values(
            user_id=payout.user_id, payout_id=payout.id, amount_fen=amount_fen
        )
    )
