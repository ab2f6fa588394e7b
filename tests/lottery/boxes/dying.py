"""`python -m tests.lottery.boxes.dying`: orders of boxes that die at a failpoint."""

from __future__ import annotations

from mall.lottery.boxes.ending import refund_unopened
from mall.wiring import FEATURES
from tests.support import boxes, orders
from tests.support.dying import Commands, answer


def place(wanted: str) -> str:
    """`wanted` is the shopper, the lottery, the SKU and the units."""
    user_id, lottery_id, sku_id, units = map(int, wanted.split())
    return boxes.ordered(user_id, boxes.Boxes(lottery_id, sku_id), units)


def pay(order_no: str) -> None:
    orders.pay(order_no)


def deliver(order_no: str) -> None:
    boxes.deliver(order_no)


def refund(_: str) -> None:
    refund_unopened()


COMMANDS: Commands = {one.__name__: one for one in (place, pay, deliver, refund)}

if __name__ == "__main__":
    answer(COMMANDS, FEATURES)
