"""A box order's part of the lottery: its promise, its chances, and how both go back.

Lock order: the order, the shopper's chances, the box order, the lottery's box (the promises).
What moves the chances of an order holds the shopper's row of chances, as a draw does: so of a
refund and an opening of the last box at the same moment one is refused.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import insert, text
from sqlalchemy.orm import Session

from mall.kernel.failpoints import around_commit
from mall.kernel.jobs import defer
from mall.lottery.boxes.caps import keep_daily_cap
from mall.lottery.boxes.errors import BoxOpened
from mall.lottery.boxes.models import BoxOrder
from mall.lottery.boxes.names import DELIVER, NOTICE, RESTOCK
from mall.lottery.boxes.promising import promise
from mall.lottery.boxes.queries import Box
from mall.lottery.chances.kinds import BOX, BOX_BACK, BOX_KEPT
from mall.lottery.chances.ledger import Move, lock_chances, write_entry
from mall.orders.placed import PlacedOrder

_FIND = text(
    "SELECT lottery_id, user_id, units - opened - back AS unopened FROM box_orders"
    " WHERE order_id = :order_id"
)
_GIVE = text(
    """
    UPDATE box_orders SET given_at = clock_timestamp()
    WHERE order_id = :order_id AND given_at IS NULL RETURNING units
    """
)
_TAKE = text(
    """
    UPDATE box_orders SET back = back + :units, steps = steps + 1
    WHERE order_id = :order_id AND given_at IS NOT NULL AND opened + back + :units <= units
    RETURNING steps
    """
)
_FREE = text("UPDATE box_orders SET freed = freed + :units WHERE order_id = :order_id")
_CLOSE = text(
    """
    UPDATE box_orders SET freed = units
    WHERE order_id = :order_id AND given_at IS NULL AND freed = 0 RETURNING units
    """
)


def claim(session: Session, order: PlacedOrder, box: Box) -> None:
    """Promise the boxes of a new order. Raises BoxesGone, BoxDailyCap."""
    (line,) = order.lines
    lock_chances(session, order.user_id, box.lottery_id)
    keep_daily_cap(session, order.user_id, box.lottery_id, line.quantity, box.daily_boxes)
    session.execute(
        insert(BoxOrder).values(
            order_id=order.id,
            lottery_id=box.lottery_id,
            user_id=order.user_id,
            units=line.quantity,
            confirmed=NOTICE,
        )
    )
    promise(session, box.lottery_id, line.quantity)


def give(session: Session, order: PlacedOrder) -> None:
    """The order was paid: its units are chances from now on, whether the lottery is over or not
    (then they are refunded)."""
    around_commit(session, "boxes.before_give_commit", "boxes.after_give_commit")
    found = _locked(session, order)
    units = session.execute(_GIVE, {"order_id": order.id}).scalar_one()
    _move(session, found, Move(BOX, order.order_no, boxed=units))
    defer(session, DELIVER, order_no=order.order_no)


def must_be_unopened(session: Session, order: PlacedOrder, units: int) -> None:
    """Refuse the refund of more units than are unopened; it stands until the commit.

    Raises BoxOpened.
    """
    if units > _locked(session, order).unopened:
        raise BoxOpened


def take_back(session: Session, order: PlacedOrder, units: int) -> None:
    """A refund of so many units is on its way: nobody opens them any more. Raises BoxOpened."""
    found = _locked(session, order)
    values = {"order_id": order.id, "units": units}
    taken = session.execute(_TAKE, values).one_or_none()
    if taken is None:
        raise BoxOpened
    source = f"{order.order_no}:{taken.steps}"
    _move(session, found, Move(BOX_BACK, source, boxed=-units))


def give_again(session: Session, order: PlacedOrder, units: int) -> None:
    """The refund of so many units is canceled: they can be opened again."""
    found = _locked(session, order)
    values = {"order_id": order.id, "units": -units}
    steps = session.execute(_TAKE, values).one().steps
    _move(session, found, Move(BOX_KEPT, f"{order.order_no}:{steps}", boxed=units))


def free_refunded(session: Session, order: PlacedOrder, units: int) -> None:
    """The refund of so many units has arrived: they are on sale again."""
    lottery_id = session.execute(_FIND, {"order_id": order.id}).one().lottery_id
    session.execute(_FREE, {"order_id": order.id, "units": units})
    promise(session, lottery_id, -units)
    defer(session, RESTOCK, order_no=order.order_no)
    defer(session, DELIVER, order_no=order.order_no)  # it may have waited for this refund


def free_closed(session: Session, order: PlacedOrder) -> None:
    """The order was closed: one that nobody paid gives its promise up."""
    closed = session.execute(_CLOSE, {"order_id": order.id}).one_or_none()
    if closed is not None:
        lottery_id = session.execute(_FIND, {"order_id": order.id}).one().lottery_id
        promise(session, lottery_id, -closed.units)


def _locked(session: Session, order: PlacedOrder) -> Any:
    """The box order, of which nobody opens a box until the commit."""
    found = session.execute(_FIND, {"order_id": order.id}).one()
    lock_chances(session, found.user_id, found.lottery_id)
    return session.execute(_FIND, {"order_id": order.id}).one()


def _move(session: Session, found: Any, move: Move) -> None:
    if write_entry(session, found.user_id, found.lottery_id, move) is None:
        raise RuntimeError(f"{move.kind} {move.source} moved its chances before")
