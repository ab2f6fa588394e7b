"""What of sheets of points needs somebody."""

from __future__ import annotations

from sqlalchemy import func, or_, select, text

from mall.kernel.invariants import AttentionList
from mall.points.sheets.models import CHECKED, RUNNING, STOPPED, PointsSheet

UNFINISHED_SHEETS = AttentionList(
    "unfinished_points_sheets",
    "sheets of points that have run for an hour, were stopped, or wait for a day to be given",
    "运行超过一小时、已停止或待发放的积分批量表",
    select(PointsSheet.id, PointsSheet.key, PointsSheet.status, PointsSheet.created_at)
    .where(
        or_(
            PointsSheet.status == STOPPED,
            (PointsSheet.status == RUNNING)
            & (PointsSheet.started_at < func.now() - text("interval '1 hour'")),
            (PointsSheet.status == CHECKED)
            & (PointsSheet.created_at < func.now() - text("interval '1 day'")),
        )
    )
    .order_by(PointsSheet.id),
)
