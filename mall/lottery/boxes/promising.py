"""The boxes of a lottery that were drawn or are promised: never more than its tickets.

The row of a lottery's box is the last lock of every transaction that takes it. The tickets are
read without a lock: they only grow.
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from mall.kernel.prepared import PreparedStatement
from mall.lottery.boxes.errors import BoxesGone

_MOVE = PreparedStatement(
    """
    UPDATE lottery_boxes b SET taken = b.taken + :count FROM lotteries l
    WHERE b.lottery_id = :lottery_id AND l.id = b.lottery_id AND b.taken + :count <= l.tickets
    RETURNING b.taken
    """
)
_IS_BOX = PreparedStatement("SELECT 1 AS found FROM lottery_boxes WHERE lottery_id = :lottery_id")


def promise(session: Session, lottery_id: int, count: int) -> None:
    """Promise `count` boxes, or with a negative number give so many promises up. Nothing for a
    lottery without boxes. Raises BoxesGone when fewer are left."""
    if _MOVE.first(session, lottery_id=lottery_id, count=count) is not None:
        return
    if _IS_BOX.first(session, lottery_id=lottery_id) is not None:
        raise BoxesGone
