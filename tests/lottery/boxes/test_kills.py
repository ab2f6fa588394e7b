"""kill -9 around the commits of an order of boxes, its payment, its delivery and its refund at the
lottery's end, and the same again."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import text

from mall.kernel.db import db, transaction
from mall.lottery.campaigns.running import end
from mall.lottery.draws import queries
from tests.lottery.boxes.dying import COMMANDS
from tests.support.boxes import PRICE_FEN, box_order, check_boxes, make_boxes, taken
from tests.support.dying import Die, dying
from tests.support.orders import order_of, write_payment
from tests.support.users import make_shopper


@pytest.fixture(scope="module")
def die(environment: dict[str, str]) -> Iterator[Die]:
    """Run a command that must die at a failpoint."""
    with dying("tests.lottery.boxes.dying", environment) as die:
        yield die


@pytest.mark.parametrize("when", ["before", "after"])
def test_from_the_order_to_the_refund(app: Flask, die: Die, when: str) -> None:
    """The promise is there with the order, the chances with the payment, the refund once."""
    (me, _), boxes, happened = make_shopper(), make_boxes(5), when == "after"
    wanted = f"{me} {boxes.lottery_id} {boxes.sku_id} 3"
    die(f"orders.{when}_order_commit", "place", wanted)
    assert taken(boxes) == 3 * happened
    if not happened:
        COMMANDS["place"](wanted)
    (order_no,) = db.session.scalars(text("SELECT order_no FROM orders")).all()
    db.session.rollback()

    die(f"boxes.{when}_give_commit", "pay", order_no)
    assert boxed(me, boxes.lottery_id) == 3 * happened
    assert order_of(order_no).status == ("paid" if happened else "unpaid")
    if not happened:
        COMMANDS["pay"](order_no)
    write_payment(order_no)
    die(f"boxes.{when}_delivery_commit", "deliver", order_no)
    assert order_of(order_no).status == ("completed" if happened else "paid")
    COMMANDS["deliver"](order_no)
    assert (order_of(order_no).status, boxed(me, boxes.lottery_id)) == ("completed", 3)

    end(boxes.lottery_id, "结束")
    die(f"boxes.{when}_refund_commit", "refund", "")
    assert box_order(order_no) == (0, 3 * happened, 0)
    COMMANDS["refund"]("")
    assert box_order(order_no) == (0, 3, 0)
    assert order_of(order_no).refunding_fen == 3 * PRICE_FEN
    assert boxed(me, boxes.lottery_id) == 0
    check_boxes()


def boxed(user_id: int, lottery_id: int) -> int:
    db.session.rollback()
    with transaction() as session:
        return int(queries.standing(session, lottery_id, user_id)["boxed"])
