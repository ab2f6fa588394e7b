"""Asking WeChat what it knows of a refund, for a decision of staff that must not be wrong."""

from __future__ import annotations

import structlog

from mall.kernel.db import transaction
from mall.payments.errors import PaymentUnavailable
from mall.payments.refunds.applying import apply_refund
from mall.wechat.errors import WechatError, code_of
from mall.wechat.gateway import Refund as WechatRefund
from mall.wechat.gateway import gateway

_log = structlog.get_logger("mall.payments")


def ask_about(out_refund_no: str) -> WechatRefund | None:
    """What WeChat says about this number now, None when it knows none.

    Nothing is applied. Raises PaymentUnavailable. Never called in a transaction.
    """
    try:
        return gateway().pay.query_refund(out_refund_no)
    except ValueError:
        return None  # a number that no path of WeChat Pay can hold
    except WechatError as fault:
        _log.warning("refund not known", code=code_of(fault), out_refund_no=out_refund_no)
        raise PaymentUnavailable from None


def ask_and_apply(out_refund_no: str) -> None:
    """Ask WeChat about this number, and apply the answer. Errors as those of `ask_about`."""
    said = ask_about(out_refund_no)
    if said is not None:
        with transaction() as session:
            apply_refund(session, said, source="query")
