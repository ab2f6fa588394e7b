"""Asking WeChat for a refund, one at a time: transaction, WeChat, transaction.

Every try of one `out_refund_no` is the same to the letter, and after the first each begins
with a query, so a reply that was lost is found rather than repeated.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

import structlog
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from mall.kernel.db import db_now, transaction
from mall.kernel.failpoints import failpoint
from mall.kernel.jobs import defer_many
from mall.payments.deadlines import in_seconds
from mall.payments.models import Refund
from mall.payments.refund_writing import SEND_REFUND
from mall.payments.refunds.applying import apply_refund, fail, reschedule
from mall.payments.refunds.locking import lock_refund
from mall.wechat.errors import WechatError, WechatRefused, WechatUnavailable, WechatUnknown
from mall.wechat.gateway import Refund as WechatRefund
from mall.wechat.gateway import RefundRequest, gateway

SPACING = timedelta(seconds=61)
"""WeChat wants a minute between the refunds of one payment."""
MOST_OF_A_PAYMENT = 50
LEASE_S = 120
BATCH = 100
RETRY_S = (60, 120, 300, 600, 1800, 3600)
LOOK_S = (60, 300, 1800, 7200, 21600)
SHORT_OF_MONEY = "NOT_ENOUGH"
# Repeating the same may help: money is added, or our own set-up is mended.
_PASSING = frozenset(
    {SHORT_OF_MONEY, "SIGN_ERROR", "NO_AUTH", "MCH_NOT_EXISTS", "APPID_MCHID_NOT_MATCH"}
)

_log = structlog.get_logger("mall.payments")


@dataclass(frozen=True)
class _Turn:
    """What is to be done about a refund now, decided under lock. `tries` are those before."""

    refund_id: int
    out_refund_no: str
    action: Literal["send", "query"]
    request: RefundRequest
    tries: int


def send_refund(refund_id: int) -> None:
    """Do what is next for a refund: send it, send it again, or ask what became of it.

    Safe to run twice and at once. Every failure ends in a later turn or with staff, so it
    raises for bugs only.
    """
    turn = _take_turn(refund_id)
    if turn is None:
        return
    try:
        result = _ask(turn)
    except WechatRefused as refused:
        _refused(turn, refused)
    except WechatUnknown:
        _unknown(turn)
    except WechatUnavailable:
        _later(turn, "UNAVAILABLE")
    else:
        _apply(turn, result)


def _take_turn(refund_id: int) -> _Turn | None:
    with transaction() as session:
        refund = lock_refund(session, Refund.id == refund_id)
        if refund is None or refund.status not in ("pending", "sent", "abnormal"):
            return None
        is_send = refund.status == "pending"
        if is_send and not _may_send(session, refund):
            return None
        turn = _Turn(
            refund.id,
            refund.out_refund_no,
            "send" if is_send else "query",
            RefundRequest(**refund.request),
            refund.tries,
        )
        session.execute(
            update(Refund)
            .where(Refund.id == refund_id)
            .values(
                tries=Refund.tries + 1,
                next_try_at=in_seconds(LEASE_S),
                tried_at=func.clock_timestamp() if is_send else Refund.tried_at,
            )
        )
        return turn


def _may_send(session: Session, refund: Refund) -> bool:
    """False when another refund of this payment was asked for just now, or too many were."""
    others = session.execute(
        select(
            func.max(Refund.tried_at).label("last"),
            func.count().filter(Refund.status.in_(("sent", "succeeded", "abnormal"))).label("done"),
        ).where(Refund.attempt_id == refund.attempt_id, Refund.id != refund.id)
    ).one()
    if others.done >= MOST_OF_A_PAYMENT:
        fail(session, refund.id, "TOO_MANY_REFUNDS")
        return False
    if others.last is not None and others.last > db_now(session) - SPACING:
        session.execute(
            update(Refund).where(Refund.id == refund.id).values(next_try_at=others.last + SPACING)
        )
        return False
    return True


def _ask(turn: _Turn) -> WechatRefund | None:
    """WeChat's word; None when a query finds that it never heard of the refund."""
    pay = gateway().pay
    if turn.action == "query":
        return pay.query_refund(turn.out_refund_no)
    if turn.tries > 0:
        known = pay.query_refund(turn.out_refund_no)
        if known is not None:
            return known
    result = pay.refund(turn.request)
    failpoint("payments.after_refund_sent")
    return result


def _apply(turn: _Turn, result: WechatRefund | None) -> None:
    if result is None:
        _log.error("refund unknown to WeChat", out_refund_no=turn.out_refund_no)
        _later(turn, "RESOURCE_NOT_EXISTS")
        return
    with transaction() as session:
        outcome = apply_refund(session, result, source="query")
        if outcome == "repeated" and result.status == "PROCESSING":
            _look_later(session, turn)


def _look_later(session: Session, turn: _Turn) -> None:
    """Nothing new about a refund under way: look again, each time later."""
    session.execute(
        update(Refund)
        .where(Refund.id == turn.refund_id, Refund.status == "sent")
        .values(next_try_at=in_seconds(_nth(LOOK_S, turn.tries)))
    )


def _unknown(turn: _Turn) -> None:
    """It may have been accepted: ask at once, else repeat the same later."""
    try:
        result = gateway().pay.query_refund(turn.out_refund_no)
    except WechatError:
        result = None
    if result is None:
        _later(turn, "UNKNOWN")
    else:
        _apply(turn, result)


def _refused(turn: _Turn, refused: WechatRefused) -> None:
    if turn.action == "query" or refused.code in _PASSING:
        if refused.code == SHORT_OF_MONEY:
            _log.error("merchant balance too low for a refund", out_refund_no=turn.out_refund_no)
        _later(turn, refused.code)
        return
    try:
        known = gateway().pay.query_refund(turn.out_refund_no)
    except WechatError:
        _later(turn, refused.code)
        return
    if known is not None:
        _apply(turn, known)
        return
    with transaction() as session:
        fail(session, turn.refund_id, refused.code)


def _later(turn: _Turn, error: str) -> None:
    with transaction() as session:
        reschedule(session, turn.refund_id, _nth(RETRY_S, turn.tries), error)


def _nth(spacing: tuple[int, ...], tries: int) -> int:
    return spacing[min(tries, len(spacing) - 1)]


def send_due_refunds() -> None:
    """The sweep: one job for each refund whose time has come."""
    with transaction() as session:
        due = (
            select(Refund.id)
            .where(Refund.next_try_at <= func.clock_timestamp())
            .order_by(Refund.next_try_at)
            .limit(BATCH)
            .with_for_update(skip_locked=True)
            .cte("due")
        )
        ids = session.scalars(
            update(Refund)
            .where(Refund.id == due.c.id)
            .values(next_try_at=in_seconds(LEASE_S))
            .returning(Refund.id)
        ).all()
        defer_many(session, SEND_REFUND, [{"refund_id": refund_id} for refund_id in ids])
