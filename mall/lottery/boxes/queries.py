"""Reads of blind boxes: what is public, a shopper's orders, how a box stands for staff."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from mall.catalog.queries import skus_for_sale
from mall.inventory.queries import sellable
from mall.kernel.db import db_now
from mall.kernel.prepared import PreparedListStatement
from mall.lottery.boxes.errors import BoxNotFound
from mall.lottery.boxes.models import BoxOrder, LotteryBox
from mall.lottery.boxes.names import MOST, NOTICE, RETURN_DAYS
from mall.lottery.errors import LotteryNotFound, LotteryNotStarted, LotteryOver, LotteryPaused
from mall.lottery.models import Lottery
from mall.orders.models import Order
from mall.orders.states import COMPLETED

Row = dict[str, Any]
_SOLD_AS_BOXES = PreparedListStatement(
    ["sku"],
    lambda places: (
        "SELECT b.sku_id FROM lottery_boxes b JOIN lotteries l ON l.id = b.lottery_id"  # noqa: S608
        f" WHERE l.ended_at IS NULL AND b.sku_id IN ({places})"
    ),
)


@dataclass(frozen=True, slots=True)
class Box:
    """What the tickets of a lottery are sold as, from when until when."""

    lottery_id: int
    sku_id: int
    daily_boxes: int | None
    starts_at: datetime
    ends_at: datetime


def sold_as_boxes(session: Session, sku_ids: Collection[int]) -> set[int]:
    """Which of these SKUs are sold as boxes of a lottery that isn't over, and no other way."""
    return {row.sku_id for row in _SOLD_AS_BOXES.rows(session, [list(sku_ids)])}


def box_of(session: Session, lottery_id: int) -> Box | None:
    """The box of a lottery; None when it has none. Raises LotteryNotStarted: from its start on the
    box is fixed, and on sale."""
    found: Any = session.execute(
        select(
            *(LotteryBox.lottery_id, LotteryBox.sku_id, LotteryBox.daily_boxes),
            *(Lottery.starts_at, Lottery.ends_at),
        )
        .join(Lottery, Lottery.id == LotteryBox.lottery_id)
        .where(LotteryBox.lottery_id == lottery_id)
    ).one_or_none()
    if found is None:
        return None
    if db_now(session) < found.starts_at:
        raise LotteryNotStarted
    return Box(*found)


def box_on_sale(session: Session, lottery_id: int) -> Box:
    """The box of a lottery that runs.

    Raises LotteryNotFound, BoxNotFound, LotteryNotStarted, LotteryPaused, LotteryOver.
    """
    lottery: Any = session.execute(
        select(Lottery.ends_at, Lottery.ended_at, Lottery.paused).where(
            Lottery.id == lottery_id, Lottery.version > 0
        )
    ).one_or_none()
    if lottery is None:
        raise LotteryNotFound
    box = box_of(session, lottery_id)
    if box is None:
        raise BoxNotFound
    if lottery.ended_at is not None or lottery.ends_at <= db_now(session):
        raise LotteryOver
    if lottery.paused:
        raise LotteryPaused
    return box


def public_box(session: Session, lottery: Lottery) -> Row | None:
    """What is public of a lottery's box; None when it has none.

    `left` are boxes that can still be bought, `unopened` those that were sold or given and are
    to be opened.
    """
    found: Any = session.execute(
        select(LotteryBox.sku_id, LotteryBox.daily_boxes, LotteryBox.taken).where(
            LotteryBox.lottery_id == lottery.id
        )
    ).one_or_none()
    if found is None:
        return None
    (goods,) = skus_for_sale(session, [found.sku_id]).values()
    stock = sellable(session, [found.sku_id])[found.sku_id]
    return {
        "sku_id": found.sku_id,
        "price_fen": goods.price_fen,
        "left": min((lottery.tickets or 0) - found.taken, stock),
        "unopened": found.taken - lottery.drawn,
        "daily_boxes": found.daily_boxes,
        "most": MOST,
        "notice": NOTICE,
        "return_days": RETURN_DAYS,
    }


def orders_of(
    session: Session, lottery_id: int, user_id: int, *, before: int | None, limit: int
) -> list[Row]:
    """A shopper's orders of boxes, newest first; one more than `limit`."""
    query = (
        select(BoxOrder, Order.order_no, Order.status, Order.payable_fen, Order.completed_at)
        .join(Order, Order.id == BoxOrder.order_id)
        .where(BoxOrder.lottery_id == lottery_id, BoxOrder.user_id == user_id)
    )
    if before is not None:
        query = query.where(BoxOrder.order_id < before)
    ordered = query.order_by(BoxOrder.order_id.desc()).limit(limit + 1)
    rows = session.execute(ordered.execution_options(populate_existing=True))
    return [_order_line(row) for row in rows]


def staff_box(session: Session, lottery_id: int) -> Row:
    """How a box stands. Raises BoxNotFound."""
    lottery = session.scalar(
        select(Lottery).where(Lottery.id == lottery_id).execution_options(populate_existing=True)
    )
    shown = None if lottery is None else public_box(session, lottery)
    if lottery is None or shown is None:
        raise BoxNotFound
    taken = select(LotteryBox.taken, LotteryBox.created_at)
    box = session.execute(taken.where(LotteryBox.lottery_id == lottery_id)).one()
    sums: Any = session.execute(
        select(
            func.count().label("orders"),
            *(
                func.coalesce(func.sum(column), 0).label(name)
                for name, column in (
                    ("sold", BoxOrder.units),
                    ("opened", BoxOrder.opened),
                    ("refunded", BoxOrder.back),
                )
            ),
        ).where(BoxOrder.lottery_id == lottery_id, BoxOrder.given_at.is_not(None))
    ).one()
    names = ("orders", "sold", "opened", "refunded")
    return {
        **shown,
        "lottery_id": lottery_id,
        "tickets": lottery.tickets,
        "taken": box.taken,
        "created_at": box.created_at,
        **{name: int(getattr(sums, name)) for name in names},
    }


def _order_line(row: Any) -> Row:
    box: BoxOrder = row.BoxOrder
    until = None
    if row.status == COMPLETED and row.completed_at is not None:
        until = row.completed_at + timedelta(days=RETURN_DAYS)
    unopened = 0 if box.given_at is None else box.units - box.opened - box.back
    names = ("order_id", "units", "opened", "created_at")
    return {
        **{name: getattr(box, name) for name in names},
        "order_no": row.order_no,
        "status": row.status,
        "payable_fen": row.payable_fen,
        "unopened": unopened,
        "refunded": box.back,
        "returnable_until": until,
    }
