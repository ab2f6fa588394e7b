"""The end of a withdrawal: its commission is gone with the money, or available again; once."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from mall.messages.sending import send_soon
from mall.payouts.kinds import PayoutKind, Report
from mall.payouts.models import Payout, PayoutTransfer
from mall.payouts.owing import void
from mall.referral.commission.holding import release_hold, settle_hold
from mall.referral.withdrawals.approving import COMMISSION
from mall.referral.withdrawals.ended_message import ENDED_MESSAGE
from mall.referral.withdrawals.locking import lock_own_row
from mall.referral.withdrawals.metrics import WITHDRAWALS
from mall.referral.withdrawals.models import CANCELED, FAILED, PAID, Withdrawal
from mall.referral.withdrawals.settings import BY_TRANSFER, POST, SCENE_ID
from mall.referral.withdrawals.standing import check_debt, check_standing
from mall.referral.withdrawals.states import move

TAKEN_BACK = "商家已撤回转账"
"""Why, when staff cancelled the transfer: what they noted is theirs."""


def end(session: Session, withdrawal: Withdrawal, status: str, **values: Any) -> None:
    """End a locked withdrawal that is open, setting `values` too. Locks the commission account.

    Raises WithdrawalDecided.
    """
    move(session, withdrawal, status, **values)
    if status == PAID:
        settle_hold(session, withdrawal.number)
    else:
        release_hold(session, withdrawal.number)
        if status != CANCELED or withdrawal.cancel_reason:  # else the promoter took it back
            send_soon(session, ENDED_MESSAGE, withdrawal.number, withdrawal.user_id)
    WITHDRAWALS.labels(status).inc()


def _of(session: Session, payout: Payout) -> Withdrawal:
    withdrawal = lock_own_row(session, Withdrawal.payout_id == payout.id)
    if withdrawal is None:
        raise ValueError(f"payout {payout.payout_no} has no withdrawal")
    return withdrawal


def _may_ask(session: Session, payout: Payout) -> None:
    check_standing(session, payout.user_id)
    check_debt(session, payout.user_id)


def _paid(session: Session, payout: Payout) -> None:
    end(session, _of(session, payout), PAID)


def _unpaid(session: Session, payout: Payout) -> None:
    """Nothing came: the payout is over for good. Who wants it asks for a new withdrawal."""
    last = session.execute(
        select(PayoutTransfer.status, PayoutTransfer.error)
        .where(PayoutTransfer.payout_id == payout.id)
        .order_by(PayoutTransfer.id.desc())
        .limit(1)
    ).one()
    void(session, payout)
    if last.status == "canceled":
        end(session, _of(session, payout), CANCELED, error=last.error, cancel_reason=TAKEN_BACK)
    else:
        end(session, _of(session, payout), FAILED, error=last.error)


def _scene() -> str | None:
    return SCENE_ID.get() if BY_TRANSFER.get() else None


def _report(title: str) -> Report:
    return (("岗位类型", POST.get()), ("报酬说明", title))


COMMISSIONS = PayoutKind(
    name=COMMISSION,
    label="佣金",
    income="劳务报酬",
    scene=_scene,
    report=_report,
    perception="劳务报酬",
    pays_debts=False,
    may_ask=_may_ask,
    on_paid=_paid,
    on_unpaid=_unpaid,
)
