"""What WeChat says about a transfer, applied to our books: the one place, however it was learnt."""

from __future__ import annotations

from typing import Any, Literal

import structlog
from sqlalchemy import func, update
from sqlalchemy.orm import Session

from mall.kernel.failpoints import around_commit
from mall.kernel.outbound import DONE, Verdict, again, settle
from mall.payments import discrepancies
from mall.payouts import merchant_sums
from mall.payouts.asking import TRANSFER_CALL
from mall.payouts.debts import offset
from mall.payouts.kinds import PAYOUT_KINDS
from mall.payouts.locking import lock_transfer
from mall.payouts.metrics import TRANSFERS
from mall.payouts.models import Payout, PayoutTransfer
from mall.payouts.states import ENDS, OF_WECHAT, move_transfer
from mall.wechat.gateway import Transfer, gateway

Outcome = Literal["applied", "repeated", "mismatch", "unknown"]
QUERY_S = {"accepted": 30, "transferring": 15, "canceling": 15, "confirming": 300}
"""How long until WeChat is asked again, by state: the callback is as a rule sooner."""
_log = structlog.get_logger("mall.payouts")


def apply_transfer(session: Session, said: Transfer, *, source: str) -> Outcome:
    """Apply what WeChat says; any number of repeats have one effect.

    What doesn't match ours in amount or merchant, or contradicts an end that we know, is recorded
    for staff and not applied. One that ended without money makes the payout ready again, and an
    older debt is paid by it first.
    """
    around_commit(session, "payouts.before_transfer_commit", "payouts.after_transfer_commit")
    locked = lock_transfer(session, PayoutTransfer.out_bill_no == said.out_bill_no)
    if locked is None:
        discrepancies.record(
            session, "unknown_transfer", source=source, number=said.out_bill_no, actual=_said(said)
        )
        return "unknown"
    payout, transfer = locked
    if not _matches(transfer, said):
        discrepancies.record(
            session,
            "mismatch_transfer",
            source=source,
            number=said.out_bill_no,
            expected={"amount_fen": transfer.amount_fen, "status": transfer.status},
            actual=_said(said),
        )
        return "mismatch"
    state = OF_WECHAT[said.state]
    if _contradicts(transfer.status, state):
        discrepancies.record(
            session,
            "contradicting_transfer",
            source=source,
            number=said.out_bill_no,
            expected={"status": transfer.status},
            actual=_said(said),
        )
        return "mismatch"
    values: dict[str, Any] = {"transfer_bill_no": said.transfer_bill_no, "error": said.fail_reason}
    if state == "confirming" and said.package_info is not None:
        values["package_info"] = said.package_info
    if state in ENDS:
        values["wechat_ended_at"] = said.updated_at or func.clock_timestamp()
    if not move_transfer(session, transfer.id, state, **values):
        return "repeated"
    settle(session, TRANSFER_CALL, transfer.id, verdict_after(state))
    if state in ENDS:
        TRANSFERS.labels(state).inc()
        end(session, payout, transfer, succeeded=state == "succeeded")
    _log.info("transfer", status=state, out_bill_no=transfer.out_bill_no, source=source)
    return "applied"


def end(session: Session, payout: Payout, transfer: PayoutTransfer, *, succeeded: bool) -> None:
    """The payout's transfer is over: it is paid, or ready to be asked for again unless its kind
    says otherwise. What all shoppers share, the merchant's sums, is locked last."""
    status: dict[str, Any] = {"status": "ready"}
    if succeeded:
        status = {"status": "paid", "way": "transfer", "paid_at": func.clock_timestamp()}
    session.execute(
        update(Payout)
        .where(Payout.id == payout.id, Payout.status == "asked")
        .values(**status)
        .execution_options(synchronize_session=False)
    )
    session.refresh(payout)
    kind = PAYOUT_KINDS[payout.kind]
    if succeeded:
        kind.on_paid(session, payout)
        return
    kind.on_unpaid(session, payout)
    if kind.pays_debts and payout.status == "ready":
        offset(session, payout)
    merchant_sums.give_back(session, transfer.day, transfer.amount_fen)


def verdict_after(state: str) -> Verdict:
    """What is still to be asked about a transfer that has just come to this state."""
    if state in ENDS:
        return DONE
    return again(QUERY_S[state], restart=True)


def _contradicts(status: str, said: str) -> bool:
    """An end is final; and of what WeChat never took on it can't say anything."""
    return status in ENDS and said != status and (said in ENDS or status == "refused")


def _matches(transfer: PayoutTransfer, said: Transfer) -> bool:
    is_ours = said.mchid in (None, gateway().pay.mchid)
    return is_ours and said.amount_fen in (None, transfer.amount_fen)


def _said(said: Transfer) -> dict[str, Any]:
    return {"amount_fen": said.amount_fen, "state": said.state}
