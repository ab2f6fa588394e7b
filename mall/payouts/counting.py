"""Transfers against the limits of their shop day: the shopper's, and the merchant's."""

from __future__ import annotations

from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from mall.payouts import merchant_sums
from mall.payouts.debts import lock_account
from mall.payouts.errors import PayoutDayLimit
from mall.payouts.models import PayoutTransfer
from mall.payouts.settings import DAY_MAX_FEN
from mall.payouts.states import UNPAID_ENDS


def count(session: Session, user_id: int, day: date, amount_fen: int) -> None:
    """A transfer that was just written must fit into its day, with the others of the day.

    Raises PayoutDayLimit, PayoutMerchantLimit. Locks the account, then the merchant's sums.
    """
    _check_shopper(session, user_id, day)
    merchant_sums.take(session, day, amount_fen)


def move(session: Session, transfer: PayoutTransfer, day: date) -> None:
    """A locked transfer counts on a later day than before. Raises as `count`: the transaction, or
    its savepoint, must end with it."""
    before = transfer.day
    transfer.day = day
    session.flush()
    _check_shopper(session, transfer.user_id, day)
    merchant_sums.move(session, before, day, transfer.amount_fen)


def _check_shopper(session: Session, user_id: int, day: date) -> None:
    lock_account(session, user_id)
    received_fen = session.scalar(
        select(func.coalesce(func.sum(PayoutTransfer.amount_fen), 0)).where(
            PayoutTransfer.user_id == user_id,
            PayoutTransfer.day == day,
            PayoutTransfer.status.not_in(UNPAID_ENDS),
        )
    )
    if (received_fen or 0) > DAY_MAX_FEN.get():
        raise PayoutDayLimit
