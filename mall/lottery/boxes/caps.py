"""What a shopper has bought of a lottery's boxes today, for money and for points."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.orm import Session

from mall.kernel.clock import SHOP_ZONE
from mall.lottery.boxes.errors import BoxDailyCap
from mall.lottery.chances.kinds import BUY

_TODAY = text(
    f"""
    WITH today AS (
        SELECT date_trunc('day', clock_timestamp(), '{SHOP_ZONE.key}') AS at
    )
    SELECT (
        SELECT coalesce(sum(b.units), 0) FROM box_orders b
        WHERE b.lottery_id = :lottery_id AND b.user_id = :user_id AND b.created_at >= today.at
          AND (b.given_at IS NOT NULL OR b.freed = 0)
    ) + (
        SELECT coalesce(sum(e.bought), 0) FROM lottery_chance_entries e
        WHERE e.lottery_id = :lottery_id AND e.user_id = :user_id AND e.created_at >= today.at
          AND e.kind = '{BUY}'
    ) AS units FROM today
    """  # noqa: S608
)


def keep_daily_cap(
    session: Session, user_id: int, lottery_id: int, units: int, daily_boxes: int | None
) -> None:
    """Refuse units that pass the cap of a shop day. The shopper's chances are locked, so nobody
    counts beside. Orders that were closed unpaid don't count. Raises BoxDailyCap."""
    if daily_boxes is None:
        return
    bought = session.scalars(_TODAY, {"lottery_id": lottery_id, "user_id": user_id}).one()
    if bought + units > daily_boxes:
        raise BoxDailyCap(f"每人每日限购 {daily_boxes} 个")
