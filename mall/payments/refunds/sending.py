"""Sending refunds to WeChat and following them until they end, as outbound calls.

Every try of one `out_refund_no` is the same to the letter, and each after the first begins with
a query, so a reply that was lost is found rather than repeated. A refund that WeChat has
accepted, or that the payer's account couldn't take, is queried until it ends.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

import structlog
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from mall.kernel.db import db_now
from mall.kernel.failpoints import failpoint
from mall.kernel.outbound import DONE, CallKind, Outcome, Pace, Verdict, again, give_up, nth
from mall.payments import discrepancies
from mall.payments.models import Refund
from mall.payments.refund_writing import REFUND_CALL
from mall.payments.refunds.applying import apply_refund, fail, note_error, verdict_after
from mall.payments.refunds.locking import lock_refund
from mall.payments.refunds.states import SHORT_OF_MONEY
from mall.payments.refunds.unknown import is_paid_by_an_old_number
from mall.wechat.errors import WechatRefused
from mall.wechat.gateway import Refund as WechatRefund
from mall.wechat.gateway import RefundRequest, gateway

SPACING = timedelta(seconds=61)
"""WeChat wants a minute between the refunds of one payment."""
MAX_REFUNDS_OF_A_PAYMENT = 50
RETRY_S = (60, 120, 300, 600, 1800, 3600)
ENDED = ("succeeded", "canceled")
QUERY_S = (60, 300, 1800, 7200, 21600)
# Repeating the same may help: money is added, or our own set-up is repaired.
_TEMPORARY = frozenset(
    {SHORT_OF_MONEY, "SIGN_ERROR", "NO_AUTH", "MCH_NOT_EXISTS", "APPID_MCHID_NOT_MATCH"}
)
# WeChat takes 150 refunds a second of a merchant, and 6 that fail.
PACE = Pace(per_s=100, per_s_when_failing=5, common_causes=_TEMPORARY)

_log = structlog.get_logger("mall.payments")


@dataclass(frozen=True)
class _Turn:
    """What is to be done about a refund now, decided under lock."""

    action: Literal["send", "query"]
    request: RefundRequest


def _lock(session: Session, refund_id: int) -> Refund | None:
    return lock_refund(session, Refund.id == refund_id)


def _prepare(session: Session, refund_id: int) -> _Turn | Verdict:
    refund = session.get(Refund, refund_id)
    if refund is None or _is_over(session, refund):
        return DONE
    if refund.status in ("closed", "failed"):
        return give_up(refund.error)
    request = RefundRequest(**refund.request)
    if refund.status != "pending":
        return _Turn("query", request)
    obstacle = _obstacle(session, refund)
    if obstacle is None:
        session.execute(
            update(Refund)
            .where(Refund.id == refund_id)
            .values(tried_at=func.clock_timestamp(), tried_generation=Refund.generation)
        )
        return _Turn("send", request)
    return obstacle


def _is_over(session: Session, refund: Refund) -> bool:
    """Over, unless WeChat has said otherwise: then its answer to a query counts."""
    return refund.status in ENDED and not discrepancies.is_open(session, refund.out_refund_no)


def _obstacle(session: Session, refund: Refund) -> Verdict | None:
    """Another refund of this payment was sent just now, or too many were. What WeChat closed is
    another one under its new number."""
    before = (Refund.id != refund.id) | (Refund.tried_generation < refund.generation)
    if is_paid_by_an_old_number(session, refund):
        return fail(session, refund.id, "OLD_NUMBER_PAID")
    others = session.execute(
        select(
            func.max(Refund.tried_at).label("last"),
            func.count().filter(Refund.status.in_(("sent", "succeeded", "abnormal"))).label("done"),
        ).where(Refund.attempt_id == refund.attempt_id, before)
    ).one()
    if others.done >= MAX_REFUNDS_OF_A_PAYMENT:
        return fail(session, refund.id, "TOO_MANY_REFUNDS")
    if others.last is None:
        return None
    wait_s = (others.last + SPACING - db_now(session)).total_seconds()
    return again(int(wait_s) + 1) if wait_s > 0 else None


def _send(turn: _Turn) -> WechatRefund:
    if turn.action == "query":
        known = _query(turn)
        if known is None:
            _log.error("refund unknown to WeChat", out_refund_no=turn.request.out_refund_no)
            raise WechatRefused("RESOURCE_NOT_EXISTS")
        return known
    result = gateway().pay.refund(turn.request)
    failpoint("payments.after_refund_sent")
    return result


def _query(turn: _Turn) -> WechatRefund | None:
    return gateway().pay.query_refund(turn.request.out_refund_no)


def _is_temporary(turn: _Turn, code: str) -> bool:
    if code == SHORT_OF_MONEY:
        number = turn.request.out_refund_no
        _log.error("merchant balance too low for a refund", out_refund_no=number)
    return turn.action == "query" or code in _TEMPORARY


def _conclude(session: Session, refund_id: int, outcome: Outcome[_Turn, WechatRefund]) -> Verdict:
    status = session.scalars(select(Refund.status).where(Refund.id == refund_id)).one()
    if outcome.answer is None:
        if status in ENDED and isinstance(outcome.fault, WechatRefused):
            return DONE
        said = outcome.fault.message if isinstance(outcome.fault, WechatRefused) else None
        return _without_answer(session, refund_id, outcome.verdict, said or None)
    result = apply_refund(session, outcome.answer, source="query")
    if result == "applied":
        status = session.scalars(select(Refund.status).where(Refund.id == refund_id)).one()
    elif status in ENDED:
        return DONE  # what contradicts it is recorded: staff decide
    elif result != "repeated":
        return again(nth(RETRY_S, outcome.attempts), result)
    elif status == "sent":
        return again(nth(QUERY_S, outcome.attempts))
    return verdict_after(status)


def _without_answer(
    session: Session, refund_id: int, verdict: Verdict, said: str | None
) -> Verdict:
    """Keep WeChat's code, and the sentence that it `said` with a refusal."""
    code = verdict.code or "UNKNOWN"
    if verdict.state == "given_up":
        return fail(session, refund_id, code, said)
    note_error(session, refund_id, code, said)
    return verdict


REFUNDS = CallKind(
    name=REFUND_CALL,
    lock=_lock,
    prepare=_prepare,
    send=_send,
    query=_query,
    conclude=_conclude,
    is_temporary=_is_temporary,
    retry_s=RETRY_S,
    pace=PACE,
)
