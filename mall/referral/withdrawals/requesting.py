"""A promoter asks for commission: within the limits, held on the ledger at once."""

from __future__ import annotations

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
from mall.referral.withdrawals.models import WAITING, Withdrawal
from mall.referral.withdrawals.rules import fee_fen
from mall.referral.withdrawals.settings import (
    AUTO_APPROVE_MAX,
    DAY_COUNT,
    DAY_MAX,
    FEE_BP,
    FOUR_EYES,
    LEAST,
    MOST,
)
from mall.referral.withdrawals.standing import check_standing
from mall.users.queries import hold_open_account

AROUND = ("withdrawals.before_request_commit", "withdrawals.after_request_commit")


def withdraw(user_id: int, amount_fen: int) -> str:
    """Hold so much of a promoter's available commission for a withdrawal: its number.

    Staff decide next, unless the day's withdrawals, with this one, need none
    (`referral.withdrawal_without_staff_fen`, and no more than one of the staff may approve alone):
    then it is approved at once. Raises AccountClosed, NotAPromoter, PromoterBlocked,
    WithdrawalAmount, WithdrawalDebt, WithdrawalDayLimit, CommissionShort.
    """
    with transaction() as session:
        around_commit(session, *AROUND)
        hold_open_account(session, user_id)
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
        withdrawal = Withdrawal(
            number=number,
            user_id=user_id,
            amount_fen=amount_fen,
            fee_fen=kept_fen,
            day=day,
            status=WAITING,
        )
        session.add(withdrawal)
        session.flush()
        # What two would have to approve isn't approved by nobody.
        if total_fen <= min(AUTO_APPROVE_MAX.get(), FOUR_EYES.get()):
            give(session, withdrawal)
        return number
