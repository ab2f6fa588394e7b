"""Staff decide about withdrawals: one alone, or two above the shop's limit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import func
from sqlalchemy.orm import Session

from mall.approvals.kinds import ApprovalKind, Approved, Payload
from mall.approvals.requesting import request_approval
from mall.kernel.db import transaction
from mall.kernel.failpoints import around_commit
from mall.kernel.http.access import Staff
from mall.kernel.money import yuan
from mall.referral.withdrawals.approving import give
from mall.referral.withdrawals.day import of_day
from mall.referral.withdrawals.ending import end
from mall.referral.withdrawals.errors import WithdrawalDecided
from mall.referral.withdrawals.locking import lock_withdrawal
from mall.referral.withdrawals.models import REFUSED, WAITING, Withdrawal
from mall.referral.withdrawals.settings import FOUR_EYES
from mall.referral.withdrawals.standing import check_debt, check_standing
from mall.staff.audit import record, staff_of_request

AROUND = ("withdrawals.before_decision_commit", "withdrawals.after_decision_commit")


@dataclass(frozen=True)
class WithdrawalAsked:
    """Nothing changed yet: an approval with this id was asked for."""

    approval_id: int


def decide(staff: Staff, number: str, *, approve: bool, reason: str) -> WithdrawalAsked | None:
    """Approve a withdrawal that waits, or refuse it: its commission is available again then.

    Above `referral.withdrawal_four_eyes_above_fen`, by all that the promoter withdraws on the
    day, another staff member has to approve too. Raises WithdrawalNotFound, WithdrawalDecided,
    PromoterBlocked, WithdrawalDebt, ApprovalPending.
    """
    with transaction() as session:
        around_commit(session, *AROUND)
        withdrawal = _waiting(session, number)
        if not approve:
            end(session, withdrawal, REFUSED, **_decision(staff.staff_id, reason))
            _audit(session, withdrawal, "withdrawal.refuse", reason)
            return None
        check_standing(session, withdrawal.user_id)
        check_debt(session, withdrawal.user_id)
        if _needs_two(session, withdrawal):
            payload = {"amount_fen": withdrawal.amount_fen, "fee_fen": withdrawal.fee_fen}
            return WithdrawalAsked(
                request_approval(session, APPROVAL.name, number, payload, reason)
            )
        give(session, withdrawal, **_decision(staff.staff_id, reason))
        _audit(session, withdrawal, "withdrawal.approve", reason)
        return None


def _waiting(session: Session, number: str) -> Withdrawal:
    withdrawal, _ = lock_withdrawal(session, Withdrawal.number == number)
    if withdrawal.status != WAITING:
        raise WithdrawalDecided
    return withdrawal


def _needs_two(session: Session, withdrawal: Withdrawal) -> bool:
    day = of_day(session, withdrawal.user_id, withdrawal.day)
    return day.amount_fen > FOUR_EYES.get()


def _decision(staff_id: int | None, reason: str) -> dict[str, Any]:
    return {"decided_by": staff_id, "reason": reason, "decided_at": func.clock_timestamp()}


def _audit(
    session: Session,
    withdrawal: Withdrawal,
    action: str,
    reason: str,
    trail: dict[str, Any] | None = None,
) -> None:
    record(
        session,
        action=action,
        target_type="withdrawal",
        target_id=withdrawal.number,
        after={"amount_fen": withdrawal.amount_fen, "reason": reason} | (trail or {}),
    )


def _execute(session: Session, approved: Approved) -> str:
    withdrawal = _waiting(session, approved.ref)
    check_standing(session, withdrawal.user_id)
    check_debt(session, withdrawal.user_id)
    staff = staff_of_request()
    decision = _decision(staff.staff_id if staff else None, approved.reason)
    give(session, withdrawal, **decision)
    trail = {"approval_id": approved.approval_id, "requested_by": approved.requested_by}
    _audit(session, withdrawal, "withdrawal.approve", approved.reason, trail)
    return withdrawal.number


def _describe(payload: Payload) -> str:
    return f"佣金提现 {yuan(payload['amount_fen'])} 元，手续费 {yuan(payload['fee_fen'])} 元"


def _lock(session: Session, number: str) -> object:
    return lock_withdrawal(session, Withdrawal.number == number)


APPROVAL = ApprovalKind(
    name="referral.withdrawal",
    label="佣金提现",
    permission="withdrawal:approve",
    execute=_execute,
    describe=_describe,
    lock=_lock,
)
