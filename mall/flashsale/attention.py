"""What of flash sales needs somebody."""

from __future__ import annotations

from sqlalchemy import select

from mall.flashsale.models import FlashSession
from mall.flashsale.planning.running import DUE_TO_ARM
from mall.kernel.invariants import AttentionList

UNARMED_SALES = AttentionList(
    "unarmed_sales",
    "flash sales that can't be armed",
    "无法就绪的秒杀",
    select(FlashSession.id, FlashSession.name, FlashSession.starts_at, FlashSession.arm_error)
    .where(DUE_TO_ARM, FlashSession.arm_error.is_not(None))
    .order_by(FlashSession.starts_at),
)
