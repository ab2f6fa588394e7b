"""Whether the shop sells blind boxes at all."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, select

from mall.kernel.in_use import InUse
from mall.lottery.boxes.models import LotteryBox
from mall.lottery.models import Lottery


def _boxes() -> Select[Any]:
    return (
        select(LotteryBox.lottery_id)
        .join(Lottery, Lottery.id == LotteryBox.lottery_id)
        .where(Lottery.ended_at.is_(None))
    )


BOXES = InUse("blind boxes", _boxes)
"""Asked by quotes, which only show what can't be ordered: placing looks for itself."""
