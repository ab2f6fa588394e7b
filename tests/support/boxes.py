"""Blind boxes for tests: lotteries of boxes, orders of them, paid and delivered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import text

from mall.kernel.db import db, transaction
from mall.lottery.boxes.binding import bind_box
from mall.lottery.boxes.delivering import deliver_boxes, restock_boxes
from mall.lottery.boxes.ordering import order_boxes
from tests.support.catalog import make_sku
from tests.support.invariants import rows_of
from tests.support.inventory import stock
from tests.support.lottery import SHOPPER, begin, points_rule, prize, published
from tests.support.orders import pay, write_payment

PRICE_FEN = 2_000
OWN = ("I29a", "I29b", "I29c", "I29d", "I29e", "I29f", "I29g", "I19a", "I19b", "I19c")


@dataclass(frozen=True)
class Boxes:
    """A lottery of boxes and the SKU that they are sold as."""

    lottery_id: int
    sku_id: int

    @property
    def path(self) -> str:
        return f"{SHOPPER}/{self.lottery_id}/box-orders"


def unbound(boxes: int = 5, **more: Any) -> int:
    """A published lottery in which each ticket is ten points: its id."""
    return published(prize(points_rule(10), count=boxes), tickets=boxes, **more)


def make_boxes(
    boxes: int = 5, *, units: int | None = None, daily: int | None = None, **more: Any
) -> Boxes:
    """So many boxes on sale, at twenty yuan; `units` is the SKU's stock, more than enough unless
    it is said."""
    sku_id = stock(make_sku(PRICE_FEN, "盲盒"), 10 * boxes if units is None else units)
    made = Boxes(unbound(boxes, **more), sku_id)
    bind_box(made.lottery_id, sku_id, daily)
    begin(made.lottery_id)
    return made


def ordered(user_id: int, boxes: Boxes, units: int = 1) -> str:
    """An order of boxes that isn't paid: its number."""
    payable = PRICE_FEN * units
    return order_boxes(user_id, boxes.lottery_id, units, payable, of_age=True).order_no


def sold(user_id: int, boxes: Boxes, units: int = 1) -> str:
    """A paid and delivered order of boxes: its number."""
    order_no = ordered(user_id, boxes, units)
    pay(order_no)
    write_payment(order_no)
    deliver_boxes(order_no=order_no)
    return order_no


def deliver(order_no: str) -> None:
    """The job that delivers a paid order."""
    deliver_boxes(order_no=order_no)


def restock(order_no: str) -> None:
    """The job that puts refunded units on sale again."""
    restock_boxes(order_no=order_no)


def taken(boxes: Boxes) -> int:
    """Boxes that were opened or are promised."""
    with transaction() as session:
        query = text("SELECT taken FROM lottery_boxes WHERE lottery_id = :id")
        return int(session.scalars(query, {"id": boxes.lottery_id}).one())


def box_order(order_no: str, columns: str = "opened, back, freed") -> tuple[Any, ...]:
    """Columns of an order of boxes."""
    db.session.rollback()
    query = text(
        f"SELECT {columns} FROM box_orders b JOIN orders o ON o.id = b.order_id"
        " WHERE o.order_no = :no"
    )
    with transaction() as session:
        return tuple(session.execute(query, {"no": order_no}).one())


def check_boxes() -> None:
    """What must hold of boxes and chances, for tests that pay by word only."""
    found = {code: rows for code in OWN if (rows := rows_of(code))}
    assert not found, found


def box_ids(user_id: int) -> dict[str, str]:
    """Boxes that are on sale, an order of them, a lottery that may be bound and one that is; what
    placeholders stand for."""
    boxes, bound = make_boxes(50), unbound()
    bind_box(bound, make_sku(PRICE_FEN), None)
    return {
        "box_lottery_id": str(boxes.lottery_id),
        "box_order_no": sold(user_id, boxes, 5),
        "unbound_lottery_id": str(unbound()),
        "bound_lottery_id": str(bound),
    }
