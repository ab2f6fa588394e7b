"""The arithmetic of refunds: reserved before WeChat is asked, settled when it has paid.

Each bound is a conditional UPDATE: an order never gives back more than was paid, nor a
line or the freight more than its own. A line of a refund without units is a rebate: money back
for goods that are kept. Units that never left go back on sale when the refund settles, unsent
units being refunded first. Lock order: order, lines, what orders share, SKUs.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, TextClause, case, exists, select, text, update
from sqlalchemy.orm import Session

from mall.inventory import commands as inventory
from mall.kernel.db import int_array
from mall.kernel.events import publish
from mall.orders import participants, states
from mall.orders.errors import OrderNotFound, OrderStateConflict, RefundNotPossible
from mall.orders.events import OrderClosed, OrderRefunded, SettledOrderReduced
from mall.orders.fulfilling import mark_shipped
from mall.orders.line_money import RefundLine
from mall.orders.lines import stock_ref
from mall.orders.models import Order, OrderLine
from mall.orders.participants import RefundedPart
from mall.orders.placed import PlacedOrder, read_placed
from mall.orders.refund_extras import extras_of_refund
from mall.orders.refund_lines import lines_back, positions_of, refunded_lines, units_by_position

REFUNDED = "refunded"
"""Why an order was closed, or a step was made: what was bought went back."""
REFUNDABLE = (states.PAID, states.SHIPPED, states.COMPLETED)
REFUNDED_IN_FULL = """(o.status = 'closed' OR (o.refunded_fen = o.paid_fen AND 0 = (
    SELECT count(*) FROM order_lines kept WHERE kept.order_id = o.id AND kept.gift IS NULL
      AND kept.refunded_quantity < kept.quantity
      AND (kept.rebated_fen > 0 OR kept.payable_fen = 0))))"""
"""SQL: whether all of the paid order `o` was given back. A rebate that gives back the last fen
isn't that, as the shopper keeps the goods; and what cost no money is back with its units."""
_NOTHING_TO_SEND = """(o.status = 'paid' AND o.refunding_fen = 0 AND NOT EXISTS (
    SELECT FROM order_lines kept WHERE kept.order_id = o.id AND kept.gift IS NULL
      AND kept.refunded_quantity < kept.quantity))"""
"""SQL: whether nothing more that was bought will leave: every unit is back, though money was
kept (freight, or what the shopper gave up)."""

_LINES = """
    unnest(CAST(:line_ids AS bigint[]), CAST(:units AS bigint[]), CAST(:amounts AS bigint[]))
        AS r(line_id, units, fen)
"""
_REFUND = "CASE WHEN r.units > 0 THEN r.fen ELSE 0 END"
_REBATE = "CASE WHEN r.units > 0 THEN 0 ELSE r.fen END"
_RESERVE_LINES = text(
    f"""
    UPDATE order_lines l
    SET refunded_quantity = refunded_quantity + r.units,
        refunded_fen = refunded_fen + {_REFUND}, rebated_fen = rebated_fen + {_REBATE}
    FROM {_LINES}
    WHERE l.id = r.line_id AND l.order_id = :order_id
      AND l.refunded_quantity + r.units <= l.quantity
      AND l.refunded_fen + l.rebated_fen + r.fen <= l.payable_fen
    RETURNING l.id
    """  # noqa: S608
)
_RETURN_LINES = text(
    f"""
    UPDATE order_lines l
    SET refunded_quantity = refunded_quantity - r.units,
        refunded_fen = refunded_fen - {_REFUND}, rebated_fen = rebated_fen - {_REBATE}
    FROM {_LINES}
    WHERE l.id = r.line_id AND l.order_id = :order_id
      AND l.refunded_quantity >= r.units AND l.refunded_fen >= {_REFUND}
      AND l.rebated_fen >= {_REBATE}
    RETURNING l.id
    """  # noqa: S608
)
_RESTOCK_LINES = text(
    f"""
    WITH unsent AS (
        SELECT l.id, l.sku_id,
            LEAST(r.units, l.quantity - l.shipped_quantity - l.restocked_quantity) AS units
        FROM order_lines l JOIN {_LINES} ON l.id = r.line_id WHERE l.order_id = :order_id
    ), back AS (
        UPDATE order_lines l SET restocked_quantity = restocked_quantity + u.units
        FROM unsent u WHERE l.id = u.id AND u.units > 0
        RETURNING u.sku_id, u.units
    )
    SELECT sku_id, CAST(sum(units) AS bigint) AS units FROM back GROUP BY sku_id
    """  # noqa: S608
)
_RESTOCK_REST = text(
    """
    WITH unsent AS (
        SELECT id, sku_id, quantity - shipped_quantity - restocked_quantity AS units
        FROM order_lines WHERE order_id = :order_id
    ), back AS (
        UPDATE order_lines l SET restocked_quantity = restocked_quantity + u.units
        FROM unsent u WHERE l.id = u.id AND u.units > 0
        RETURNING u.sku_id, u.units
    )
    SELECT sku_id, CAST(sum(units) AS bigint) AS units FROM back GROUP BY sku_id
    """
)


_IN_FULL = text(
    f"SELECT {REFUNDED_IN_FULL} OR {_NOTHING_TO_SEND} FROM orders o WHERE o.id = :order_id"  # noqa: S608
)


def reserve_refund(
    session: Session,
    order_no: str,
    lines: Sequence[RefundLine],
    freight_fen: int,
    cause: str,
    *,
    for_nothing: bool = False,
) -> int:
    """Set aside a refund of a paid order; the amount in fen.

    Its units can't be shipped from now on. The amount is zero only for units whose share is
    nothing (they were free, a rebate took it all, a few fen were paid for many units), or for
    which something else than money goes back, unless the caller says that they come back
    `for_nothing`. `cause` is told to the participants. Raises OrderNotFound,
    OrderStateConflict when it isn't paid for, RefundNotPossible when the order, a line or the
    freight has less left, and what a participant refuses by `before_refund` or
    `before_units_back`. The caller's
    transaction must then be rolled back.
    """
    amount = _amount(lines, freight_fen)
    left = Order.paid_fen - Order.refunding_fen - Order.refunded_fen
    is_enough = left >= amount
    if amount == 0 and not for_nothing and not extras_of_refund(session, order_no, lines):
        is_enough = ~_worth_something(lines)
    order_id = session.scalar(
        update(Order)
        .where(
            Order.order_no == order_no,
            Order.status.in_(REFUNDABLE) if lines else _may_give_freight(),
            is_enough,
            Order.freight_refunded_fen + freight_fen <= Order.freight_fen,
        )
        .values(
            refunding_fen=Order.refunding_fen + amount,
            freight_refunded_fen=Order.freight_refunded_fen + freight_fen,
        )
        .returning(Order.id),
        execution_options={"synchronize_session": False},
    )
    if order_id is None:
        raise _why_not(session, order_no)
    order = read_placed(session, order_no)
    units = units_by_position(session, order_id, lines)
    participants.before_refund(session, order, cause, units)
    if len(session.execute(_RESERVE_LINES, _values(order_id, lines)).all()) != len(lines):
        raise RefundNotPossible(param="lines")
    if units:
        participants.on_refund_reserved(session, order, units)
    return amount


def _may_give_freight() -> ColumnElement[bool]:
    """SQL: freight alone goes back also when the goods were, and closed the order."""
    return Order.status.in_(REFUNDABLE) | (Order.close_reason == REFUNDED)


def _worth_something(lines: Sequence[RefundLine]) -> ColumnElement[bool]:
    """SQL: whether any of these units has a share of money (as `share_of_rest` counts it)."""
    asked = case({line_id: units for line_id, units, _ in lines}, value=OrderLine.id)
    left_fen = OrderLine.payable_fen - OrderLine.refunded_fen - OrderLine.rebated_fen
    left_units = OrderLine.quantity - OrderLine.refunded_quantity
    share = case((asked >= left_units, left_fen), else_=left_fen * asked // left_units)
    return exists().where(OrderLine.id.in_([line_id for line_id, _, _ in lines]), share > 0)


def settle_refund(
    session: Session,
    order_no: str,
    lines: Sequence[RefundLine],
    freight_fen: int,
    *,
    in_all: Sequence[RefundLine],
) -> None:
    """A reserved refund has been paid: the money has arrived, unsent units are on sale again.

    An order that is refunded in full before it was completed is closed, and so is one of which
    every unit is back while it was still `paid`, whatever money was kept. To be called once for
    each `reserve_refund`, with the same lines. `in_all` are the lines of every refund of the order
    that has arrived, this one included. Raises ValueError for more than was reserved.
    """
    amount = _amount(lines, freight_fen)
    row = session.execute(
        update(Order)
        .where(Order.order_no == order_no, Order.refunding_fen >= amount)
        .values(
            refunding_fen=Order.refunding_fen - amount,
            refunded_fen=Order.refunded_fen + amount,
        )
        .returning(Order.status, Order.settled_at),
        execution_options={"synchronize_session": False},
    ).one_or_none()
    if row is None:
        raise ValueError(f"order {order_no} has no such refund on its way")
    order = read_placed(session, order_no)
    participants.lock(session, order)
    _restock(session, order, _RESTOCK_LINES, _values(order.id, lines))
    in_full = bool(session.scalar(_IN_FULL, {"order_id": order.id}))
    positions = positions_of(session, order.id)
    is_closed = in_full and row.status in (states.PAID, states.SHIPPED)
    if is_closed:
        _close(session, order, row.status)
    units = {positions[line_id]: units for line_id, units, _ in lines if units}
    part = RefundedPart(units, amount, in_full, lines_back(positions, in_all))
    participants.on_refunded(session, order, part, is_closed=is_closed)
    back = refunded_lines(positions, lines, in_all)
    publish(session, OrderRefunded(order_no, order.user_id, amount, freight_fen, back))
    if row.settled_at is not None:
        publish(session, SettledOrderReduced(order_no, order.user_id, amount, back))
    if not is_closed:
        mark_shipped(session, order_no)


def cancel_refund(
    session: Session, order_no: str, lines: Sequence[RefundLine], freight_fen: int
) -> None:
    """A reserved refund won't be paid: its units and amounts are free again.

    To be called once for each `reserve_refund`, with the same lines; raises ValueError for
    more than was reserved.
    """
    amount = _amount(lines, freight_fen)
    order_id = session.scalar(
        update(Order)
        .where(Order.order_no == order_no, Order.refunding_fen >= amount)
        .values(
            refunding_fen=Order.refunding_fen - amount,
            freight_refunded_fen=Order.freight_refunded_fen - freight_fen,
        )
        .returning(Order.id),
        execution_options={"synchronize_session": False},
    )
    if order_id is None or len(
        session.execute(_RETURN_LINES, _values(order_id, lines)).all()
    ) != len(lines):
        raise ValueError(f"order {order_no} has no such refund on its way")
    units = units_by_position(session, order_id, lines)
    if units:
        participants.on_refund_canceled(session, read_placed(session, order_no), units)


def _amount(lines: Sequence[RefundLine], freight_fen: int) -> int:
    ids = {line_id for line_id, _, _ in lines}
    if len(ids) != len(lines) or freight_fen < 0:
        raise RefundNotPossible(param="lines")
    if any(units < 0 or fen < 0 or units + fen == 0 for _, units, fen in lines):
        raise RefundNotPossible(param="lines")
    if not lines and not freight_fen:
        raise RefundNotPossible
    return sum(fen for _, _, fen in lines) + freight_fen


def _values(order_id: int, lines: Sequence[RefundLine]) -> dict[str, object]:
    ordered = sorted(lines)
    return {
        "order_id": order_id,
        "line_ids": int_array(line_id for line_id, _, _ in ordered),
        "units": int_array(units for _, units, _ in ordered),
        "amounts": int_array(fen for _, _, fen in ordered),
    }


def _why_not(session: Session, order_no: str) -> Exception:
    status = session.scalar(select(Order.status).where(Order.order_no == order_no))
    if status is None:
        return OrderNotFound()
    return RefundNotPossible() if status in REFUNDABLE else OrderStateConflict()


def _restock(
    session: Session, order: PlacedOrder, statement: TextClause, values: dict[str, object]
) -> None:
    units = {row.sku_id: row.units for row in session.execute(statement, values)}
    inventory.take_back(session, units, ref=stock_ref(order.order_no))


def _close(session: Session, order: PlacedOrder, status: str) -> None:
    states.move(session, order.id, status, states.CLOSED, REFUNDED, close_reason=REFUNDED)
    _restock(session, order, _RESTOCK_REST, {"order_id": order.id})
    publish(session, OrderClosed(order.order_no, order.user_id))
