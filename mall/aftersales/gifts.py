"""Which gifts go along with an after-sale: decided anew when it is agreed to, as freight is.

Between asking and the answer other after-sales of the order may have been called off or agreed
to: a gift may have lost its ground, or have it again.
"""

from __future__ import annotations

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from mall.aftersales.amounts import LineState, with_gifts
from mall.aftersales.locking import LockedAfterSale, line_states_beside, lines_of
from mall.aftersales.models import AfterSaleLine
from mall.aftersales.reasons import RETURN_AND_REFUND


def decide_gifts(session: Session, locked: LockedAfterSale) -> None:
    """Let a locked after-sale take along just the gifts that nothing earns without its units.

    Units that other open after-sales claim count as gone. To send back are only gifts that were
    sent. Gifts cost nothing, so no amount changes.
    """
    sale = locked.sale
    own = lines_of(session, sale.id)
    lines = line_states_beside(session, locked.order.id, own)
    asked = {line.order_line_id: line.asked for line in own if line.asked}
    due = with_gifts(lines.values(), asked)
    for line_id, line in lines.items():
        if line.gift is not None and _goes(line, sale.kind):
            _set(session, sale.id, line_id, due.get(line_id, 0))


def _goes(line: LineState, kind: str) -> bool:
    return kind != RETURN_AND_REFUND or line.unsent <= 0


def _set(session: Session, sale_id: int, line_id: int, units: int) -> None:
    if units <= 0:
        session.execute(
            delete(AfterSaleLine).where(
                AfterSaleLine.after_sale_id == sale_id, AfterSaleLine.order_line_id == line_id
            )
        )
        return
    line = {"after_sale_id": sale_id, "order_line_id": line_id, "asked": 0}
    money = {"share_fen": 0, "amount_fen": 0}
    made = insert(AfterSaleLine).values({**line, **money, "quantity": units})
    session.execute(
        made.on_conflict_do_update(
            index_elements=["after_sale_id", "order_line_id"], set_={"quantity": units}
        )
    )
