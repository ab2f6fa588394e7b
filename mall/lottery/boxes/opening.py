"""Opening a box of an order: the draw says of which."""

from __future__ import annotations

from sqlalchemy.orm import Session

from mall.kernel.prepared import PreparedStatement
from mall.lottery.boxes.models import UNOPENED

# Of the oldest order first. The shopper's chances are locked: no refund takes it meanwhile.
_OPEN = PreparedStatement(
    f"""
    WITH opened AS (
        UPDATE box_orders SET opened = opened + 1
        WHERE order_id = (
            SELECT order_id FROM box_orders
            WHERE lottery_id = :lottery_id AND user_id = :user_id AND {UNOPENED}
            ORDER BY order_id LIMIT 1
        )
        RETURNING order_id
    )
    INSERT INTO box_openings (lottery_id, number, order_id)
    SELECT :lottery_id, :number, order_id FROM opened
    RETURNING order_id
    """  # noqa: S608
)


def open_box(session: Session, user_id: int, lottery_id: int, number: int) -> None:
    """Count a draw as opening a box of an order of its shopper, whose chances are locked."""
    values = {"lottery_id": lottery_id, "user_id": user_id, "number": number}
    if _OPEN.first(session, **values) is None:
        raise RuntimeError(f"draw {number} of lottery {lottery_id} found no box to open")
