"""A promoter asks for commission: within the limits, held on the ledger at once."""

from __future__ import annotations

from sqlalchemy import insert
from sqlalchemy.orm import Session

from mall.kernel.clock import shop_day
from mall.kernel.db import db_now, transaction
from mall.kernel.failpoints import around_commit
from mall.payouts.debts import lock_account
from mall.payouts.limits import LEAST_FEN
from mall.payouts.numbers import new_number
from mall.referral.commission import accounts
from mall.referral.commission.holding import hold
from mall.referral.withdrawals.approving import give
from mall.referral.withdrawals.day import of_day
from mall.referral.withdrawals.errors import (
    WithdrawalAmount,
    WithdrawalDayLimit,
    WithdrawalDebt,
)
from mall.referral.withdrawals.locking import lock_own_row
from mall.referral.withdrawals.models import WAITING, Withdrawal
from mall.referral.withdrawals.rules import fee_fen
from mall.referral.withdrawals.settings import ALONE, DAY_COUNT, DAY_MAX, FEE_BP, LEAST, MOST
from mall.referral.withdrawals.standing import check_standing

AROUND = ("withdrawals.before_request_commit", "withdrawals.after_request_commit")


def withdraw(user_id: int, amount_fen: int) -> str:
    """Hold so much of a promoter's available commission for a withdrawal: its number.

    Staff decide next, unless the day's withdrawals, with this one, need none
    (`referral.withdrawal_without_staff_fen`): then it is approved at once. Raises NotAPromoter,
    PromoterBlocked, WithdrawalAmount, WithdrawalDebt, WithdrawalDayLimit, CommissionShort.
    """
    with transaction() as session:
        around_commit(session, *AROUND)
        check_standing(session, user_id)
        kept_fen = fee_fen(amount_fen, FEE_BP.get())
        if not LEAST.get() <= amount_fen <= MOST.get() or amount_fen - kept_fen < LEAST_FEN:
            raise WithdrawalAmount(param="amount_fen")
        day = shop_day(db_now(session))
        if lock_account(session, user_id).debt_fen or accounts.lock(session, user_id).debt_fen:
            raise WithdrawalDebt
        before = of_day(session, user_id, day)
        total_fen = before.amount_fen + amount_fen
        if before.count >= DAY_COUNT.get() or total_fen > DAY_MAX.get():
            raise WithdrawalDayLimit
        number = new_number("W")
        hold(session, user_id, number, amount_fen)
        session.execute(
            insert(Withdrawal).values(
                number=number,
                user_id=user_id,
                amount_fen=amount_fen,
                fee_fen=kept_fen,
                day=day,
                status=WAITING,
            )
        )
        if total_fen <= ALONE.get():
            _approve_alone(session, number)
        return number


def _approve_alone(session: Session, number: str) -> None:
    withdrawal = lock_own_row(session, Withdrawal.number == number)
    assert withdrawal is not None
    give(session, withdrawal)
