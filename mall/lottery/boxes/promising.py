"""The boxes of a lottery that were drawn or are promised: never more than its tickets.

The row of a lottery's box is the last lock of every transaction that takes it. The tickets are
read without a lock: they only grow.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from mall.kernel.prepared import PreparedStatement
from mall.lottery.boxes.errors import BoxesGone

_MOVE = PreparedStatement(
    """
    WITH moved AS (
        UPDATE lottery_boxes b SET taken = b.taken + :count FROM lotteries l
        WHERE b.lottery_id = :lottery_id AND l.id = b.lottery_id AND b.taken + :count <= l.tickets
        RETURNING b.taken
    )
    SELECT EXISTS (SELECT FROM moved) AS moved,
           EXISTS (SELECT FROM lottery_boxes WHERE lottery_id = :lottery_id) AS is_box
    """
)


def promise(session: Session, lottery_id: int, count: int) -> None:
    """Promise `count` boxes, or with a negative number give so many promises up. Nothing for a
    lottery without boxes. Raises BoxesGone when fewer are left."""
    done: Any = _MOVE.first(session, lottery_id=lottery_id, count=count)
    if done.is_box and not done.moved:
        raise BoxesGone
