"""The lines of a refund by their position in the order, as participants and events are told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from mall.orders.errors import RefundNotPossible
from mall.orders.extras import LineBack
from mall.orders.line_money import RefundLine
from mall.orders.models import OrderLine


def units_by_position(
    session: Session, order_id: int, lines: Sequence[RefundLine]
) -> dict[int, int]:
    """The units of a refund by the position of their line. Raises RefundNotPossible for a line of
    another order."""
    asked = {line_id: units for line_id, units, _ in lines if units}
    if not asked:
        return {}
    positions = positions_of(session, order_id)
    if not asked.keys() <= positions.keys():
        raise RefundNotPossible(param="lines")
    return {positions[line_id]: units for line_id, units in asked.items()}


def refunded_lines(
    positions: dict[int, int], lines: Sequence[RefundLine], in_all: Sequence[RefundLine]
) -> list[dict[str, int]]:
    """The lines of a refund as events tell of them: see OrderRefunded."""
    back = []
    for line_id, units, fen in lines:
        of_line = [(its_units, its_fen) for i, its_units, its_fen in in_all if i == line_id]
        back.append(
            {
                "position": positions[line_id],
                "units": units,
                "amount_fen": fen,
                "units_in_all": sum(its_units for its_units, _ in of_line),
                "refunded_in_all_fen": sum(its_fen for its_units, its_fen in of_line if its_units),
                "rebated_in_all_fen": sum(
                    its_fen for its_units, its_fen in of_line if not its_units
                ),
            }
        )
    return back


def lines_back(positions: Mapping[int, int], lines: Iterable[RefundLine]) -> dict[int, LineBack]:
    """What these lines of refunds give back in all, by position."""
    back: dict[int, LineBack] = {}
    for line_id, units, fen in lines:
        place = positions[line_id]
        back[place] = back.get(place, LineBack()).and_then(units, fen)
    return back


def positions_of(session: Session, order_id: int) -> dict[int, int]:
    """The position of each line of an order, by its id."""
    rows = session.execute(
        select(OrderLine.id, OrderLine.position).where(OrderLine.order_id == order_id)
    )
    return {row.id: row.position for row in rows}
