"""A shopper asks for a payout: within the limits, one transfer at a time."""

from __future__ import annotations

from datetime import date

import structlog
from sqlalchemy import insert
from sqlalchemy.orm import Session

from mall.kernel.clock import shop_day
from mall.kernel.db import after_commit, db_now, transaction
from mall.kernel.outbound import enqueue
from mall.kernel.outbound_jobs import run_outbound_call
from mall.kernel.sealed import sealer
from mall.payouts.by_hand_pending import check_no_hand
from mall.payouts.counting import count
from mall.payouts.debts import offset
from mall.payouts.errors import (
    PayoutAmount,
    PayoutNameNeeded,
    PayoutNameNotTaken,
    PayoutNotFound,
    PayoutNotReady,
    PayoutsClosed,
)
from mall.payouts.kinds import PAYOUT_KINDS
from mall.payouts.limits import LEAST_FEN, NAME_FROM_FEN, NAMELESS_BELOW_FEN
from mall.payouts.locking import lock_payout
from mall.payouts.models import RECEIVER_NAME, Payout, PayoutTransfer
from mall.payouts.numbers import new_bill_no
from mall.payouts.settings import SINGLE_MAX_FEN
from mall.users.queries import hold_open_account

TRANSFER_CALL = "payouts.transfer"
_log = structlog.get_logger("mall.payouts")


def ask_for(user_id: int, payout_no: str, real_name: str | None = None) -> None:
    """Let WeChat transfer a payout to its shopper; again while it is under way changes nothing.

    A debt that came up since is paid first: with nothing left the payout is void. WeChat is asked
    right after the commit, so the answer is there at once as a rule. Raises AccountClosed,
    PayoutNotFound, PayoutNotReady, PayoutByHandPending, PayoutsClosed, PayoutAmount,
    PayoutDayLimit, PayoutMerchantLimit, PayoutNameNeeded, PayoutNameNotTaken, and what the payout's
    kind refuses.
    """
    with transaction() as session:
        hold_open_account(session, user_id)
        payout = lock_payout(session, (Payout.payout_no == payout_no) & (Payout.user_id == user_id))
        if payout is None:
            raise PayoutNotFound
        if payout.status == "asked":
            return
        if not _is_left(session, payout):
            return
        scene_id = _check(session, payout, real_name)
        day = shop_day(db_now(session))
        transfer_id = _write(session, payout, scene_id, day, real_name)
        enqueue(session, TRANSFER_CALL, transfer_id)
        count(session, user_id, day, payout.payable_fen)
        after_commit(session, lambda _: _ask_now(transfer_id))


def _is_left(session: Session, payout: Payout) -> bool:
    """Whether anything is left to be transferred, once the shopper's debt is paid."""
    if payout.status != "ready":
        raise PayoutNotReady
    check_no_hand(session, payout)
    if PAYOUT_KINDS[payout.kind].pays_debts:
        offset(session, payout)
    return payout.status == "ready"


def _check(session: Session, payout: Payout, real_name: str | None) -> str:
    """The scene by which it can be transferred."""
    kind = PAYOUT_KINDS[payout.kind]
    scene_id = kind.scene()
    if scene_id is None:
        raise PayoutsClosed
    amount_fen = payout.payable_fen
    if not LEAST_FEN <= amount_fen <= SINGLE_MAX_FEN.get():
        raise PayoutAmount
    if amount_fen >= NAME_FROM_FEN and not real_name:
        raise PayoutNameNeeded(param="real_name")
    if amount_fen < NAMELESS_BELOW_FEN and real_name:
        raise PayoutNameNotTaken(param="real_name")
    kind.may_ask(session, payout)
    return scene_id


def _write(
    session: Session, payout: Payout, scene_id: str, day: date, real_name: str | None
) -> int:
    kind = PAYOUT_KINDS[payout.kind]
    transfer_id: int = session.execute(
        insert(PayoutTransfer)
        .values(
            payout_id=payout.id,
            user_id=payout.user_id,
            out_bill_no=new_bill_no(),
            amount_fen=payout.payable_fen,
            scene_id=scene_id,
            report=kind.report(payout.title),
            perception=kind.perception,
            name_sealed=sealer().seal(real_name, RECEIVER_NAME) if real_name else None,
            day=day,
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
