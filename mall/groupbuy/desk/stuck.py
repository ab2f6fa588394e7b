"""Money and goods of members that don't get on: what is due too long, refunds on their way."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from mall.groupbuy.desk.queries import NEWEST
from mall.groupbuy.desk.team_view import MEMBER
from mall.groupbuy.settlement.queries import STUCK
from mall.kernel.clock import from_microseconds

_STUCK = text(
    f"""
    SELECT * FROM (
        {MEMBER} WHERE {STUCK}
          AND (m.due_since, m.id) > (:after_at, :after_id)
        ORDER BY m.due_since, m.id LIMIT :rows
    ) stuck
    """  # noqa: S608 - words of our own
)
_REFUNDS = text(
    """
    SELECT r.id, r.refund_no, r.cause, r.status, r.amount_fen, r.reason, r.error, r.created_at,
        r.tried_at, o.order_no, m.id AS member_id, m.team_id, m.user_id
    FROM refunds r JOIN orders o ON o.id = r.order_id JOIN groupbuy_members m ON m.order_id = o.id
    WHERE r.cause LIKE 'groupbuy:%' AND r.status NOT IN ('succeeded', 'canceled')
      AND r.id < :before
      AND r.created_at < now() - make_interval(mins => :older_min)
    ORDER BY r.id DESC LIMIT :rows
    """
)


def stuck_members(
    session: Session, *, after: Sequence[int] | None, rows: int
) -> Sequence[Row[Any]]:
    """Members with whom something is due that failed, or that nobody did in time; the longest
    first. `after`: (microseconds, id) of the last row of the page before."""
    after_us, after_id = after or (0, 0)
    values = {"after_at": from_microseconds(after_us), "after_id": after_id, "rows": rows}
    return session.execute(_STUCK, values).all()


def refunds_under_way(
    session: Session, *, older_min: int, before: int | None, rows: int
) -> Sequence[Row[Any]]:
    """Refunds that group-buy caused so many minutes ago or more, and that haven't arrived,
    newest first."""
    values = {"older_min": older_min, "before": NEWEST if before is None else before, "rows": rows}
    return session.execute(_REFUNDS, values).all()
