"""Asking WeChat for a transfer and following it until it ends, as an outbound call.

Every try of one `out_bill_no` is the same, and each after the first begins with a query, so a
reply that was lost is found rather than repeated. A transfer waits for its receiver for a day;
then WeChat ends it, and a query or the callback says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import Literal

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from mall.kernel.clock import shop_day
from mall.kernel.db import db_now
from mall.kernel.failpoints import failpoint
from mall.kernel.outbound import DONE, CallKind, CallRefused, Outcome, Pace, Verdict, again, nth
from mall.kernel.outbound import give_up as give_up_call
from mall.kernel.sealed import sealer
from mall.payments.callback_urls import notify_url
from mall.payouts.applying import QUERY_S, apply_transfer, end
from mall.payouts.asking import TRANSFER_CALL
from mall.payouts.counting import move
from mall.payouts.errors import PayoutDayLimit, PayoutMerchantLimit, PayoutMerchantMonthLimit
from mall.payouts.locking import lock_transfer
from mall.payouts.metrics import TRANSFERS
from mall.payouts.models import RECEIVER_NAME, Payout, PayoutTransfer
from mall.payouts.states import ENDS, move_transfer
from mall.users.models import User
from mall.wechat.errors import WechatRefused
from mall.wechat.gateway import Transfer, TransferRequest, gateway

RETRY_S = (30, 60, 120, 300, 600, 1800)
FULL_RETRY_S = 3600
QUIET_S = 600
"""How long nothing was sent before WeChat's word that it doesn't know a transfer is final."""
SHORT_OF_MONEY, UNHEARD_OF = "NOT_ENOUGH", "NOT_FOUND"
# Repeating the same may help: money is added, or our own set-up is repaired.
_TEMPORARY = frozenset({SHORT_OF_MONEY, "SIGN_ERROR", "NO_AUTH", "MCH_NOT_EXISTS"})
# WeChat takes 100 a second of a merchant.
PACE = Pace(per_s=80, per_s_when_failing=5, common_causes=_TEMPORARY)


Action = Literal["send", "query", "abandon"]
"""`abandon`: ask WeChat once more; what it doesn't know is over."""


@dataclass(frozen=True)
class _Turn:
    """What is to be done about a transfer now, decided under lock."""

    action: Action
    request: TransferRequest


def _lock(session: Session, transfer_id: int) -> object:
    return lock_transfer(session, PayoutTransfer.id == transfer_id)


def _prepare(session: Session, transfer_id: int) -> _Turn | Verdict:
    transfer = session.get(PayoutTransfer, transfer_id)
    if transfer is None or transfer.status in ENDS:
        return DONE
    if transfer.status != "pending":
        return _Turn("query", _request(session, transfer))
    if transfer.abandoned_at is not None:
        waits_s = QUIET_S - (db_now(session) - transfer.abandoned_at).total_seconds()
        if waits_s > 0:
            return again(ceil(waits_s))
        return _Turn("abandon", _request(session, transfer))
    full = _count_today(session, transfer)
    return full or _Turn("send", _request(session, transfer))


def _count_today(session: Session, transfer: PayoutTransfer) -> Verdict | None:
    """One that wasn't taken on yesterday counts against today's limits; what becomes of it when
    they are used up."""
    today = shop_day(db_now(session))
    if transfer.day >= today:
        return None
    try:
        with session.begin_nested():
            move(session, transfer, today)
    except (PayoutDayLimit, PayoutMerchantLimit, PayoutMerchantMonthLimit) as full:
        return again(FULL_RETRY_S, full.code)
    return None


def _request(session: Session, transfer: PayoutTransfer) -> TransferRequest:
    """The receiver's openid is read anew: an account with a transfer under way isn't closed."""
    payout = session.get_one(Payout, transfer.payout_id)
    openid = session.scalars(select(User.openid).where(User.id == transfer.user_id)).one()
    name = transfer.name_sealed
    return TransferRequest(
        appid=gateway().pay.appid,
        out_bill_no=transfer.out_bill_no,
        scene_id=transfer.scene_id,
        openid=openid or "",
        amount_fen=transfer.amount_fen,
        remark=payout.title,
        notify_url=notify_url("transfer"),
        report=tuple((label, said) for label, said in transfer.report),
        perception=transfer.perception,
        user_name=sealer().open(name, RECEIVER_NAME) if name else None,
    )


def _send(turn: _Turn) -> Transfer:
    if turn.action == "send":
        try:
            answer = gateway().pay.transfer(turn.request)
        except WechatRefused as refused:
            if refused.code != "ALREADY_EXISTS":
                raise
        else:
            failpoint("payouts.after_transfer_sent")
            return answer
    known = _query(turn)
    if known is None:
        raise WechatRefused(UNHEARD_OF)
    return known


def _query(turn: _Turn) -> Transfer | None:
    return gateway().pay.query_transfer(turn.request.out_bill_no)


def _is_temporary(turn: _Turn, code: str) -> bool:
    if turn.action == "abandon":
        return code != UNHEARD_OF
    # A number that exists already, but that the query doesn't find yet, isn't free.
    return turn.action == "query" or code == UNHEARD_OF or code in _TEMPORARY


def _conclude(session: Session, transfer_id: int, outcome: Outcome[_Turn, Transfer]) -> Verdict:
    verdict = outcome.verdict
    if outcome.answer is None:
        return _failed(session, transfer_id, outcome)
    result = apply_transfer(session, outcome.answer, source="query")
    if result in ("mismatch", "unknown"):
        return again(nth(RETRY_S, outcome.attempts), result)
    status = session.scalars(
        select(PayoutTransfer.status).where(PayoutTransfer.id == transfer_id)
    ).one()
    if status in ENDS:
        return DONE
    if result == "repeated":
        return again(QUERY_S[status] * min(outcome.attempts, 12), verdict.code)
    return again(QUERY_S[status], restart=True)


def _failed(session: Session, transfer_id: int, outcome: Outcome[_Turn, Transfer]) -> Verdict:
    """Only what WeChat surely never took on is over; anything else is asked again."""
    verdict = outcome.verdict
    code = (verdict.code or "UNKNOWN")[:64]
    action = outcome.request.action if outcome.request else "query"
    is_over = verdict.state == "given_up" and isinstance(outcome.fault, CallRefused)
    if is_over and action == "abandon":
        _refused(session, transfer_id, None)
        return DONE
    if is_over and action == "send":
        _refused(session, transfer_id, code)
        return give_up_call(code)
    session.execute(
        update(PayoutTransfer)
        .where(PayoutTransfer.id == transfer_id, PayoutTransfer.ended_at.is_(None))
        .values(error=code)
    )
    return verdict


def _refused(session: Session, transfer_id: int, code: str | None) -> None:
    """WeChat never took it on, by this code or for the reasons of the tries before."""
    locked = lock_transfer(session, PayoutTransfer.id == transfer_id)
    why = {} if code is None else {"error": code}
    if locked and move_transfer(session, transfer_id, "refused", **why):
        TRANSFERS.labels("refused").inc()
        end(session, *locked, succeeded=False)


TRANSFER = CallKind(
    name=TRANSFER_CALL,
    lock=_lock,
    prepare=_prepare,
    send=_send,
    query=_query,
    conclude=_conclude,
    is_temporary=_is_temporary,
    retry_s=RETRY_S,
    pace=PACE,
)
