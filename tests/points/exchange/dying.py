"""`python -m tests.points.exchange.dying`: exchanges and deliveries that die at a failpoint."""

from __future__ import annotations

from mall.points.exchange.orders.delivering import deliver_exchange
from mall.points.exchange.orders.exchanging import Wanted, exchange
from mall.wiring import FEATURES
from tests.support.dying import Commands, answer


def place(wanted: str) -> str:
    """`wanted` is the shopper and the item, which costs 100 points."""
    user_id, item_id = map(int, wanted.split())
    item = Wanted(item_id)
    return exchange(user_id, item, expected_points=100, expected_payable_fen=0).order_no


def deliver(order_no: str) -> None:
    deliver_exchange(order_no=order_no)


COMMANDS: Commands = {one.__name__: one for one in (place, deliver)}

if __name__ == "__main__":
    answer(COMMANDS, FEATURES)
