"""Staff paid by bank or cash and enter the receipt: two pairs of eyes, the same books."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from mall.approvals.kinds import ApprovalKind, Approved, Payload
from mall.approvals.requesting import request_approval
from mall.kernel.db import transaction
from mall.kernel.money import yuan
from mall.payouts.by_hand_pending import BY_HAND_KIND
from mall.payouts.errors import PayoutNotFound, PayoutNotReady
from mall.payouts.kinds import PAYOUT_KINDS
from mall.payouts.locking import lock_payout
from mall.payouts.models import Payout
from mall.staff.audit import record


def ask_to_pay_by_hand(payout_no: str, receipt: str, reason: str) -> int:
    """Ask another staff member to confirm that a payout was paid by hand: the approval's id.

    Raises PayoutNotFound, PayoutNotReady, ApprovalPending, and what the payout's kind refuses.
    """
    with transaction() as session:
        payout = _ready(session, payout_no)
        PAYOUT_KINDS[payout.kind].may_ask(session, payout)
        payload = {"receipt": receipt, "amount_fen": payout.payable_fen}
        return request_approval(session, BY_HAND.name, payout_no, payload, reason)


def _ready(session: Session, payout_no: str) -> Payout:
    payout = lock_payout(session, Payout.payout_no == payout_no)
    if payout is None:
        raise PayoutNotFound
    if payout.status != "ready":
        raise PayoutNotReady
    return payout


def _execute(session: Session, approved: Approved) -> str:
    """The money has left: what came up since (a debt, a block) is no reason against the books.

    Refused when the amount has changed since it was asked for, which nothing does meanwhile.
    """
    payout = _ready(session, approved.ref)
    if payout.payable_fen != approved.payload["amount_fen"]:
        raise PayoutNotReady("金额已变动，请重新提交")
    payout.status, payout.way = "paid", "hand"
    payout.receipt = approved.payload["receipt"]
    payout.paid_at = session.scalars(select(func.clock_timestamp())).one()
    session.flush()
    PAYOUT_KINDS[payout.kind].on_paid(session, payout)
    record(
        session,
        action="payout.pay_by_hand",
        target_type="payout",
        target_id=payout.payout_no,
        after={
            "receipt": payout.receipt,
            "amount_fen": payout.payable_fen,
            "approval_id": approved.approval_id,
            "requested_by": approved.requested_by,
        },
    )
    return payout.payout_no


def _describe(payload: Payload) -> str:
    return f"线下打款 {yuan(payload['amount_fen'])} 元，凭证 {payload['receipt']}"


def _lock(session: Session, payout_no: str) -> object:
    return lock_payout(session, Payout.payout_no == payout_no)


BY_HAND = ApprovalKind(
    name=BY_HAND_KIND,
    label="线下打款",
    permission="payout:approve",
    execute=_execute,
    describe=_describe,
    lock=_lock,
)
