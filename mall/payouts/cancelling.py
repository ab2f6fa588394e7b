"""Staff take back a transfer that its receiver hasn't confirmed, or that WeChat never took on."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from mall.kernel.db import db_now, transaction
from mall.kernel.outbound import enqueue
from mall.payouts.asking import TRANSFER_CALL
from mall.payouts.errors import PayoutNotFound, TransferNotCancellable
from mall.payouts.locking import lock_payout
from mall.payouts.models import Payout, PayoutTransfer
from mall.staff.audit import record
from mall.wechat.errors import WechatError
from mall.wechat.gateway import gateway

CANCELLABLE = ("accepted", "confirming")


def cancel_transfer(payout_no: str, reason: str) -> bool:
    """End the transfer of a payout, which is ready again once WeChat says that it is over.

    One that WeChat has is cancelled there: True when WeChat takes that on, False when the shopper
    was faster, or WeChat can't say: a query tells. One that isn't known to be there (`pending`) is
    sent no more, and ends when a query ten minutes later finds nothing: True. Raises
    PayoutNotFound, TransferNotCancellable.
    """
    with transaction() as session:
        transfer = _live(session, payout_no)
        is_pending = transfer.status == "pending"
        if not is_pending and transfer.status not in CANCELLABLE:
            raise TransferNotCancellable
        if is_pending:
            transfer.abandoned_at = transfer.abandoned_at or db_now(session)
            session.flush()
            enqueue(session, TRANSFER_CALL, transfer.id)
        record(
            session,
            action="payout.cancel_transfer",
            target_type="payout",
            target_id=payout_no,
            after={"out_bill_no": transfer.out_bill_no, "reason": reason},
        )
    return True if is_pending else _cancel_at_wechat(payout_no, transfer.out_bill_no)


def _cancel_at_wechat(payout_no: str, out_bill_no: str) -> bool:
    try:
        taken = gateway().pay.cancel_transfer(out_bill_no)
    except WechatError:
        taken = False
    retry(payout_no)
    return taken


def retry(payout_no: str) -> None:
    """Ask WeChat about the transfer of a payout now. Raises PayoutNotFound,
    TransferNotCancellable when none is under way."""
    with transaction() as session:
        enqueue(session, TRANSFER_CALL, _live(session, payout_no).id)


def _live(session: Session, payout_no: str) -> PayoutTransfer:
    payout = lock_payout(session, Payout.payout_no == payout_no)
    if payout is None:
        raise PayoutNotFound
    transfer = session.scalars(
        select(PayoutTransfer).where(
            PayoutTransfer.payout_id == payout.id, PayoutTransfer.ended_at.is_(None)
        )
    ).one_or_none()
    if transfer is None:
        raise TransferNotCancellable
    return transfer
