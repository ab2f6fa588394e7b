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
from mall.payments.payment_queries import query_attempt
from mall.payments.reconciliation.differences import Difference, Key
from mall.payments.reconciliation.finding_codes import NO_MONEY, OTHER_DAY, UNANSWERED
from mall.payments.refunds.applying import apply_refund
from mall.wechat.errors import WechatError
from mall.wechat.gateway import Refund as WechatRefund
from mall.wechat.gateway import gateway

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
            _log.warning("difference not known", error=type(fault).__name__, code=difference.code)
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
    payment = gateway().pay.query_payment(difference.number)
    return difference.code if payment is not None and payment.is_paid else "payment_denied"


def _missed_refund(_: date, difference: Difference) -> str | None:
    result = gateway().pay.query_refund(difference.number)
    if result is not None and result.status == "SUCCESS" and _applied(result):
        return None
    return "refund_unbooked"


def _refund_not_billed(day: date, difference: Difference) -> str:
    result = gateway().pay.query_refund(difference.number)
    if result is None:
        return "refund_unheard_of"
    _applied(result)
    if result.create_time is not None and shop_day(result.create_time) != day:
        return OTHER_DAY
    return NO_MONEY if result.status == "CLOSED" else difference.code


def _applied(result: WechatRefund) -> bool:
    with transaction() as session:
        return apply_refund(session, result, source="query") == "applied"


_SETTLE = {
    "missed_payment": _missed_payment,
    "payment_not_billed": _payment_not_billed,
    "missed_refund": _missed_refund,
    "refund_not_billed": _refund_not_billed,
}
