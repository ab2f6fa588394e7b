"""Four eyes: a decision that gives back more than the shop's limit, another one approves.

Only what staff decide waits. Time decides without anybody (silence is a yes), an approval that
is still open then comes too late.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy.orm import Session

from mall.aftersales import deciding, states
from mall.aftersales.locking import lock_after_sale
from mall.aftersales.models import AfterSale
from mall.aftersales.reasons import REFUND_ONLY
from mall.approvals.kinds import ApprovalKind, Approved, Payload
from mall.approvals.requesting import request_approval
from mall.kernel.db import transaction
from mall.kernel.money import yuan
from mall.payments.refunds.approving import REFUND, RefundAsked, needs_approval

APPROVE, OFFER, RECEIVE = "approve", "offer", "receive"
_STEPS: Mapping[str, Callable[..., None]] = {
    APPROVE: deciding.approve,
    OFFER: deciding.offer,
    RECEIVE: deciding.receive,
}
_FROM = {
    APPROVE: (states.APPLIED,),
    OFFER: (states.APPLIED,),
    RECEIVE: (states.RETURNING, states.RETURNED),
}
_SAID = {APPROVE: "同意售后，退款", OFFER: "提议退款", RECEIVE: "确认退货，退款"}


def decide_or_ask(after_sale_no: str, step: str, **arguments: Any) -> RefundAsked | None:
    """Take a step of `deciding` with these arguments, or ask for an approval of it.

    An approval is needed when the step gives money back, or offers it, and all that goes back of
    the order passes `payments.refund_approval_above_fen`. Raises what the step refuses, and
    ApprovalPending.
    """
    with transaction() as session:
        locked = lock_after_sale(session, after_sale_no)
        amount_fen = _amount(locked.sale, step, arguments)
        waits = (
            locked.sale.status in _FROM[step]
            and amount_fen > 0
            and needs_approval(session, locked.order.id, amount_fen)
        )
        if not waits:
            _STEPS[step](after_sale_no, **arguments)
            return None
        payload = {"step": step, "arguments": arguments, "amount_fen": amount_fen}
        reason = arguments["comment"]
        return RefundAsked(request_approval(session, DECISION.name, after_sale_no, payload, reason))


def _amount(sale: AfterSale, step: str, arguments: Mapping[str, Any]) -> int:
    """What the step gives back, in fen; 0 for a return that is only agreed to."""
    if step == OFFER:
        return int(arguments["amount_fen"])
    if step == APPROVE and sale.kind != REFUND_ONLY:
        return 0
    return sale.offer_fen or sale.goods_fen + sale.freight_fen


def _execute(_session: Session, approved: Approved) -> None:
    _STEPS[approved.payload["step"]](approved.ref, **approved.payload["arguments"])


def _describe(payload: Payload) -> str:
    return f"{_SAID[payload['step']]} {yuan(payload['amount_fen'])} 元"


DECISION = ApprovalKind(
    name="aftersales.decision",
    label="售后退款",
    permission=REFUND.permission,
    execute=_execute,
    describe=_describe,
    lock=lock_after_sale,
)
