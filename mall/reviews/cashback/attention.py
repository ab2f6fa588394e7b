"""What of cash for likes needs somebody."""

from __future__ import annotations

from sqlalchemy import func, select

from mall.kernel.invariants import AttentionList
from mall.reviews.cashback.models import REACHED, CashbackShow

TO_RELEASE = AttentionList(
    "cashback_to_release",
    "shows whose hold is over and whose cash nobody has released or refused",
    "冻结期已过、未发放也未拒绝的晒单返现",
    select(
        CashbackShow.id,
        CashbackShow.campaign_id,
        CashbackShow.amount_fen,
        CashbackShow.score,
        CashbackShow.hold_until,
    )
    .where(
        CashbackShow.status == REACHED,
        CashbackShow.decided_at.is_(None),
        CashbackShow.hold_until < func.now(),
    )
    .order_by(CashbackShow.hold_until, CashbackShow.id),
)
