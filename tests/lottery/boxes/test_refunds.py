"""Unopened boxes that go back: by the shopper, by staff, at the lottery's end."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import text

from mall.kernel.db import transaction
from mall.kernel.errors import MallError
from mall.lottery.boxes.delivering import deliver_boxes
from mall.lottery.boxes.ending import refund_unopened
from mall.lottery.boxes.errors import (
    BoxOpened,
    BoxReturnTooLate,
)
from mall.lottery.boxes.ordering import return_boxes
from mall.lottery.campaigns.running import end
from mall.lottery.errors import LotteryNoChance, LotteryOver
from mall.orders.errors import RefundNotPossible, UnitsNotShippable
from mall.orders.refunding import settle_refund
from mall.payments.refunds.cancelling import cancel_refund
from mall.payments.refunds.causing import refund_units
from mall.payments.refunds.requesting import RequestedLine, request_refund
from tests.support.boxes import (
    PRICE_FEN,
    box_order,
    check_boxes,
    make_boxes,
    ordered,
    restock,
    sold,
    taken,
)
from tests.support.inventory import units
from tests.support.lottery import (
    draw_once,
    running_lottery,
)
from tests.support.orders import lines_of, order_of, pay, write_payment
from tests.support.users import make_shopper


def shopper() -> int:
    return make_shopper()[0]


def test_given_back_in_part(app: Flask) -> None:
    boxes, me = make_boxes(5), shopper()
    order_no = sold(me, boxes, 3)
    draw_once(me, boxes.lottery_id)
    with pytest.raises(BoxOpened):
        return_boxes(me, boxes.lottery_id, order_no, 3)
    return_boxes(me, boxes.lottery_id, order_no, 1)
    return_boxes(me, boxes.lottery_id, order_no, 1)
    with pytest.raises(BoxOpened):
        return_boxes(me, boxes.lottery_id, order_no, 1)
    with pytest.raises(LotteryNoChance):
        draw_once(me, boxes.lottery_id)
    assert box_order(order_no) == (1, 2, 0)
    assert taken(boxes) == 3, "given up when the money has arrived"
    assert order_of(order_no).refunding_fen == 2 * PRICE_FEN
    check_boxes()


def test_not_after_seven_days_and_not_of_somebody_else(app: Flask) -> None:
    boxes, me = make_boxes(5), shopper()
    order_no = sold(me, boxes)
    with pytest.raises(MallError, match="不存在"):
        return_boxes(shopper(), boxes.lottery_id, order_no, 1)
    with pytest.raises(MallError, match="不存在"):
        return_boxes(me, running_lottery(), order_no, 1)
    with transaction() as session:
        session.execute(text("UPDATE orders SET completed_at = completed_at - interval '7 days'"))
    with pytest.raises(BoxReturnTooLate):
        return_boxes(me, boxes.lottery_id, order_no, 1)
    assert draw_once(me, boxes.lottery_id).refusal is None


def test_a_canceled_refund_gives_the_box_again(app: Flask) -> None:
    boxes, me = make_boxes(5), shopper()
    order_no = sold(me, boxes, 2)
    (line,) = lines_of(order_no)
    refund_no = request_refund(order_no, [RequestedLine(line.id, 2)], 0, "不想要了")
    with pytest.raises(LotteryNoChance):
        draw_once(me, boxes.lottery_id)
    with transaction() as session:
        session.execute(text("UPDATE refunds SET status = 'closed'"))
    cancel_refund(refund_no)
    assert box_order(order_no, "back, steps") == (0, 2)
    draw_once(me, boxes.lottery_id)
    check_boxes()


def test_refunded_before_it_was_delivered(app: Flask) -> None:
    """The delivery waits for the refund, and gives what is left; the unit is on sale again."""
    boxes, me = make_boxes(5, units=2), shopper()
    order_no = ordered(me, boxes, 2)
    pay(order_no)
    write_payment(order_no)
    return_boxes(me, boxes.lottery_id, order_no, 1)
    with pytest.raises(UnitsNotShippable):
        deliver_boxes(order_no=order_no)
    arrived(order_no, 1)
    for _ in range(2):
        deliver_boxes(order_no=order_no)
        restock(order_no)
    assert (order_of(order_no).status, taken(boxes)) == ("completed", 1)
    assert (units(boxes.sku_id).sellable, units(boxes.sku_id).sold) == (1, 1)
    check_boxes()


def test_a_refund_of_a_delivered_order_is_on_sale_again(app: Flask) -> None:
    boxes, me = make_boxes(5, units=2), shopper()
    order_no = sold(me, boxes, 2)
    return_boxes(me, boxes.lottery_id, order_no, 2)
    restock(order_no)
    assert units(boxes.sku_id).sellable == 0, "not before the money has arrived"
    arrived(order_no, 2)
    restock(order_no)
    restock(order_no)
    assert (units(boxes.sku_id).sellable, taken(boxes)) == (2, 0)
    check_boxes()


def arrived(order_no: str, count: int) -> None:
    """WeChat has paid the order's refund of so many boxes."""
    (line,) = lines_of(order_no)
    back = [(line.id, count, count * PRICE_FEN)]
    with transaction() as session:
        session.execute(text("UPDATE refunds SET status = 'succeeded', succeeded_at = now()"))
        settle_refund(session, order_no, back, 0, in_all=back)


def test_the_end_refunds_what_nobody_opened(app: Flask) -> None:
    boxes, me = make_boxes(5), shopper()
    order_no, other = sold(me, boxes, 3), sold(shopper(), boxes)
    draw_once(me, boxes.lottery_id)
    assert refund_unopened() == 0, "the lottery runs"
    end(boxes.lottery_id, "结束")
    assert refund_unopened() == 2
    assert refund_unopened() == 0
    assert (box_order(order_no), box_order(other)) == ((1, 2, 0), (0, 1, 0))
    assert order_of(order_no).refunding_fen == 2 * PRICE_FEN
    check_boxes()


def test_a_refund_that_is_canceled_after_the_end_is_made_again(app: Flask) -> None:
    boxes, me = make_boxes(5), shopper()
    order_no = sold(me, boxes)
    (line,) = lines_of(order_no)
    refund_no = request_refund(order_no, [RequestedLine(line.id, 1)], 0, "不想要了")
    with transaction() as session:
        session.execute(text("UPDATE refunds SET status = 'closed'"))
    end(boxes.lottery_id, "结束")
    assert refund_unopened() == 0
    cancel_refund(refund_no)
    assert refund_unopened() == 1
    assert box_order(order_no) == (0, 1, 0)
    check_boxes()


def test_a_payment_after_the_end_is_refunded(app: Flask) -> None:
    """The chances come with the payment, and go with the refund; one order that can't be refunded
    keeps no other waiting."""
    boxes, me = make_boxes(5), shopper()
    unknown, order_no = ordered(me, boxes, 2), ordered(me, boxes, 2)
    end(boxes.lottery_id, "结束")
    pay(unknown)
    pay(order_no)
    write_payment(order_no)
    with pytest.raises(LotteryOver):
        draw_once(me, boxes.lottery_id)
    assert refund_unopened() == 1
    assert (box_order(unknown), box_order(order_no)) == ((0, 0, 0), (0, 2, 0))
    check_boxes()


def test_units_by_a_cause_go_back_once(app: Flask) -> None:
    boxes, me = make_boxes(5), shopper()
    order_no = sold(me, boxes, 3)
    numbers = set()
    for _ in range(2):
        with transaction() as session:
            numbers.add(refund_units(session, order_no, {1: 2}, "box:test", "测试"))
    assert len(numbers) == 1
    assert box_order(order_no) == (0, 2, 0)
    for units_back in ({}, {2: 1}, {1: 1, 2: 1}):
        with pytest.raises(RefundNotPossible), transaction() as session:
            refund_units(session, order_no, units_back, f"box:{units_back}", "测试")
    with pytest.raises(BoxOpened), transaction() as session:
        refund_units(session, order_no, {1: 2}, "box:more", "测试")
    check_boxes()
