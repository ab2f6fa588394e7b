"""Payouts that somebody should look at."""

from __future__ import annotations

from sqlalchemy import exists, func, or_, select, text
from sqlalchemy.orm import aliased

from mall.kernel.invariants import AttentionList
from mall.payouts.models import Payout, PayoutTransfer

_later = aliased(PayoutTransfer)
STUCK_TRANSFERS = AttentionList(
    "stuck_transfers",
    "transfers to shoppers that WeChat hasn't taken on for an hour",
    "一小时内微信仍未受理的转账",
    select(
        PayoutTransfer.out_bill_no,
        PayoutTransfer.status,
        PayoutTransfer.amount_fen,
        PayoutTransfer.error,
        PayoutTransfer.created_at,
    )
    .where(
        PayoutTransfer.ended_at.is_(None),
        PayoutTransfer.status.in_(("pending", "accepted")),
        PayoutTransfer.created_at < func.now() - text("interval '1 hour'"),
    )
    .order_by(PayoutTransfer.created_at),
)
REFUSED_TRANSFERS = AttentionList(
    "refused_transfers",
    "payouts whose last transfer WeChat refused: ready ones, and void ones for a week",
    "微信拒绝了最近一次转账的付款",
    select(Payout.payout_no, PayoutTransfer.error, PayoutTransfer.ended_at)
    .join(PayoutTransfer, PayoutTransfer.payout_id == Payout.id)
    .where(
        PayoutTransfer.status == "refused",
        or_(
            Payout.status == "ready",
            # A kind that makes it void (commission) leaves nothing that could be asked for again.
            (Payout.status == "void")
            & (PayoutTransfer.ended_at > func.now() - text("interval '7 days'")),
        ),
        ~exists().where(_later.payout_id == Payout.id, _later.id > PayoutTransfer.id),
    )
    .order_by(PayoutTransfer.ended_at),
)
