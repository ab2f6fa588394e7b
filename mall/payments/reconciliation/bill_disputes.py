"""Bill disputes: WeChat is asked about what its bill and our books disagree on.

The calls are made outside of transactions. A payment that we missed is applied as if its
callback had come, and so is the end of a refund. What WeChat can't answer now leaves the day
unfinished, and a later run asks again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

import structlog

from mall.kernel.clock import shop_day
from mall.kernel.db import transaction
from mall.orders.locking import lock_order_by_id
from mall.payments import discrepancies
from mall.payments.confirming import confirm_payment
from mall.payments.payment_queries import query_attempt
from mall.payments.reconciliation.differences import Difference, Key
from mall.payments.reconciliation.finding_codes import NO_MONEY, OTHER_DAY, UNANSWERED
from mall.payments.refunds.applying import apply_refund
from mall.payments.refunds.unknown import note_billed
from mall.wechat.errors import WechatError, code_of
from mall.wechat.gateway import Refund as WechatRefund
from mall.wechat.gateway import gateway

UNBOOKED = "refund_unbooked"
_log = structlog.get_logger("mall.payments")


@dataclass
class DisputeResults:
    """What WeChat's answers make of the differences.

    `verdicts` are codes in place of those of the comparison, `repaired` are now in our books,
    `unanswered` counts those that WeChat couldn't answer.
    """

    verdicts: dict[Key, str] = field(default_factory=dict)
    repaired: list[Difference] = field(default_factory=list)
    unanswered: int = 0


def settle_disputes(day: date, found: Sequence[Difference]) -> DisputeResults:
    """Ask WeChat about each difference; apply what repairs our books."""
    results = DisputeResults()
    for difference in found:
        try:
            verdict = _SETTLE[difference.code](day, difference)
        except (WechatError, ValueError) as fault:
            # ValueError: a number that no path of WeChat Pay can hold, so not one of ours.
            _log.warning("difference not known", error=code_of(fault), code=difference.code)
            results.unanswered += 1
            verdict = UNANSWERED if difference.code == "refund_not_billed" else difference.code
        if verdict is None:
            results.repaired.append(difference)
        else:
            results.verdicts[difference.key] = verdict
    return results


def _missed_payment(_: date, difference: Difference) -> str | None:
    state = query_attempt(difference.number, close=False)
    if state == "paid":
        return None
    return "payment_not_applied" if state == "open" else "payment_contradicted"


def _payment_not_billed(_: date, difference: Difference) -> str:
    """What WeChat denies is recorded, so that nothing is sent for it."""
    payment = gateway().pay.query_payment(difference.number)
    with transaction() as session:
        if payment is not None and payment.is_paid:
            confirm_payment(session, payment, source="query")
            return difference.code
        if difference.order_id is not None:
            lock_order_by_id(session, difference.order_id)
        discrepancies.record(
            session,
            "payment_denied",
            source="query",
            number=difference.number,
            transaction_id=difference.transaction_id,
            order_id=difference.order_id,
            expected={"total_fen": difference.ours_fen},
            actual={"trade_state": payment.trade_state if payment else None},
        )
    return "payment_denied"


def _missed_refund(_: date, difference: Difference) -> str | None:
    result = gateway().pay.query_refund(difference.number)
    if result is None:
        return UNBOOKED
    is_ours = _apply(result) in ("applied", "repeated")
    return None if is_ours and result.status == "SUCCESS" else UNBOOKED


def _refund_in_doubt(_: date, difference: Difference) -> str | None:
    """The bill's word is a snapshot: WeChat may have closed it since."""
    result = gateway().pay.query_refund(difference.number)
    if result is None:
        return difference.code
    outcome = _apply(result)
    if result.status == "CLOSED":
        return NO_MONEY
    return None if outcome in ("applied", "repeated") else UNBOOKED


def _superseded_refund(_: date, difference: Difference) -> str:
    result = gateway().pay.query_refund(difference.number)
    if result is not None:
        _apply(result)
    return NO_MONEY if result is not None and result.status == "CLOSED" else difference.code


def _unknown_refund(_: date, difference: Difference) -> str:
    """A refund of one of our orders that we didn't ask for holds the order at once. The bill's row
    is enough for that, whatever WeChat can answer about it."""
    if difference.order_id is None:
        return difference.code
    with transaction() as session:
        note_billed(
            session,
            difference.number,
            difference.transaction_id,
            difference.order_id,
            difference.theirs_fen or 0,
        )
    try:
        result = gateway().pay.query_refund(difference.number)
    except ValueError:
        return difference.code  # a number of the console's that no path can hold
    if result is not None:
        _apply(result)
    is_closed = result is not None and result.status == "CLOSED"
    return "console_refund_closed" if is_closed else difference.code


def _refund_not_billed(day: date, difference: Difference) -> str:
    result = gateway().pay.query_refund(difference.number)
    if result is None:
        return "refund_unheard_of"
    _apply(result)
    if result.create_time is not None and shop_day(result.create_time) != day:
        return OTHER_DAY
    return NO_MONEY if result.status == "CLOSED" else difference.code


def _apply(result: WechatRefund) -> str:
    """Apply WeChat's answer; what contradicts our books is recorded, and holds its order."""
    with transaction() as session:
        return apply_refund(session, result, source="query")


_SETTLE = {
    "missed_payment": _missed_payment,
    "payment_not_billed": _payment_not_billed,
    "missed_refund": _missed_refund,
    "refund_in_doubt": _refund_in_doubt,
    "superseded_refund": _superseded_refund,
    "unknown_refund": _unknown_refund,
    "refund_not_billed": _refund_not_billed,
}
