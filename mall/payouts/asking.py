"""A shopper asks for a payout: within the limits, one transfer at a time."""

from __future__ import annotations

import structlog
from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from mall.kernel.clock import day_start, shop_day
from mall.kernel.db import after_commit, db_now, transaction
from mall.kernel.outbound import enqueue
from mall.kernel.outbound_jobs import run_outbound_call
from mall.kernel.sealed import sealer
from mall.payouts.debts import lock_account
from mall.payouts.errors import (
    PayoutAccountClosed,
    PayoutAmount,
    PayoutDayLimit,
    PayoutNameNeeded,
    PayoutNotFound,
    PayoutNotReady,
    PayoutsClosed,
)
from mall.payouts.limits import LEAST_FEN, NAME_FROM_FEN
from mall.payouts.locking import lock_payout
from mall.payouts.models import RECEIVER_NAME, Payout, PayoutTransfer
from mall.payouts.numbers import new_bill_no
from mall.payouts.settings import DAY_MAX_FEN, OPEN, SCENE_ID, SINGLE_MAX_FEN
from mall.users.models import User

TRANSFER_CALL = "payouts.transfer"
_log = structlog.get_logger("mall.payouts")


def ask_for(user_id: int, payout_no: str, real_name: str | None = None) -> None:
    """Let WeChat transfer a payout to its shopper; again while it is under way changes nothing.

    WeChat is asked right after the commit, so the answer is there at once as a rule. Raises
    PayoutNotFound, PayoutNotReady, PayoutsClosed, PayoutAmount, PayoutDayLimit,
    PayoutNameNeeded, PayoutAccountClosed.
    """
    with transaction() as session:
        payout = lock_payout(session, (Payout.payout_no == payout_no) & (Payout.user_id == user_id))
        if payout is None:
            raise PayoutNotFound
        if payout.status == "asked":
            return
        _check(session, payout, real_name)
        transfer_id = _write(session, payout, real_name)
        enqueue(session, TRANSFER_CALL, transfer_id)
        after_commit(session, lambda _: _ask_now(transfer_id))


def _check(session: Session, payout: Payout, real_name: str | None) -> None:
    if payout.status != "ready":
        raise PayoutNotReady
    if not OPEN.get():
        raise PayoutsClosed
    amount_fen = payout.payable_fen
    if not LEAST_FEN <= amount_fen <= SINGLE_MAX_FEN.get():
        raise PayoutAmount
    if amount_fen >= NAME_FROM_FEN and not real_name:
        raise PayoutNameNeeded(param="real_name")
    closed = session.scalar(select(User.closed_at).where(User.id == payout.user_id))
    if closed is not None:
        raise PayoutAccountClosed
    lock_account(session, payout.user_id)
    if _received_today(session, payout.user_id) + amount_fen > DAY_MAX_FEN.get():
        raise PayoutDayLimit


def _received_today(session: Session, user_id: int) -> int:
    """What the shopper got, or may still get, by transfers of this shop day."""
    today = day_start(shop_day(db_now(session)))
    return int(
        session.scalar(
            select(func.coalesce(func.sum(PayoutTransfer.amount_fen), 0)).where(
                PayoutTransfer.user_id == user_id,
                PayoutTransfer.created_at >= today,
                PayoutTransfer.status.not_in(("failed", "canceled", "refused")),
            )
        )
        or 0
    )


def _write(session: Session, payout: Payout, real_name: str | None) -> int:
    named = real_name is not None and payout.payable_fen >= NAME_FROM_FEN
    transfer_id: int = session.execute(
        insert(PayoutTransfer)
        .values(
            payout_id=payout.id,
            user_id=payout.user_id,
            out_bill_no=new_bill_no(),
            amount_fen=payout.payable_fen,
            scene_id=SCENE_ID.get(),
            name_sealed=sealer().seal(real_name or "", RECEIVER_NAME) if named else None,
        )
        .returning(PayoutTransfer.id)
    ).scalar_one()
    payout.status = "asked"
    session.flush()
    return transfer_id


def _ask_now(transfer_id: int) -> None:
    """The call that its job would make; a fault here leaves it to the job."""
    try:
        run_outbound_call(TRANSFER_CALL, transfer_id)
    except Exception:
        _log.exception("a transfer waits for its job", transfer_id=transfer_id)
