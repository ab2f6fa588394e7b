"""What a shopper who closes the account loses in points."""

from __future__ import annotations

from sqlalchemy.orm import Session

from mall.points.statements.queries import balance
from mall.users.closing import ClosingLoss


def _lost(session: Session, user_id: int) -> str | None:
    own = balance(session, user_id)
    parts = [
        f"{points} 积分（{which}）"
        for points, which in ((own.available, "可用"), (own.frozen, "待到账"))
        if points
    ]
    return "、".join(parts) + "将作废" if parts else None


POINTS_LOST = ClosingLoss("points", _lost)
