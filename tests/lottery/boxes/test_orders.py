"""Orders of boxes: promised, paid, opened, given back; what refuses them."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from mall.cart.commands import add
from mall.inventory.errors import OutOfStock
from mall.kernel.db import transaction
from mall.kernel.errors import ValidationFailed
from mall.lottery.boxes.binding import bind_box
from mall.lottery.boxes.errors import (
    BoxAgeUnconfirmed,
    BoxDailyCap,
    BoxesGone,
    BoxNotFound,
    BoxSoldAlone,
)
from mall.lottery.boxes.ordering import order_boxes
from mall.lottery.boxes.participant import BoxParticipant
from mall.lottery.boxes.queries import orders_of, public_box
from mall.lottery.campaigns.running import end, end_due, pause
from mall.lottery.chances.buying import buy_chances, return_unused
from mall.lottery.errors import LotteryNoChance, LotteryOver, LotteryPaused
from mall.lottery.proofs.rows import published_lottery
from mall.orders.closing import close_unpaid
from mall.orders.errors import NotOrderable
from mall.orders.quoting import preview
from mall.users.closing import close_account
from mall.users.errors import AccountInUse
from tests.support.boxes import (
    PRICE_FEN,
    Boxes,
    box_order,
    check_boxes,
    make_boxes,
    ordered,
    sold,
    taken,
    unbound,
)
from tests.support.catalog import make_sku
from tests.support.http import Http
from tests.support.inventory import stock
from tests.support.lottery import (
    all_agree,
    chances,
    draw_once,
    finish,
    of_lottery,
    running_lottery,
)
from tests.support.orders import buy, make_buyer, order_of
from tests.support.points import figures, give
from tests.support.users import make_shopper


def shopper() -> int:
    return make_shopper()[0]


def left(boxes: Boxes) -> dict[str, Any]:
    with transaction() as session:
        shown = public_box(session, published_lottery(session, boxes.lottery_id))
    assert shown is not None
    return shown


def close(order_no: str) -> None:
    with transaction() as session:
        assert close_unpaid(session, order_no, "expired")


def test_an_unpaid_order_promises_and_gives_up(app: Flask) -> None:
    boxes, me = make_boxes(3), shopper()
    order_no = ordered(me, boxes, 2)
    assert (taken(boxes), left(boxes)["left"], left(boxes)["unopened"]) == (2, 1, 2)
    with pytest.raises(BoxesGone):
        ordered(shopper(), boxes, 2)
    with pytest.raises(LotteryNoChance):
        draw_once(me, boxes.lottery_id)
    close(order_no)
    assert (taken(boxes), box_order(order_no)) == (0, (0, 0, 2))
    ordered(shopper(), boxes, 3)
    check_boxes()


def test_paid_boxes_are_opened_until_none_is_left(app: Flask) -> None:
    boxes, me = make_boxes(3), shopper()
    order_no = sold(me, boxes, 3)
    assert order_of(order_no).status == "completed"
    for _ in range(3):
        assert draw_once(me, boxes.lottery_id).refusal is None
    with pytest.raises(LotteryNoChance):
        draw_once(me, boxes.lottery_id)
    assert (taken(boxes), box_order(order_no)) == (3, (3, 0, 0))
    assert figures(me)[0] == 30, "the prizes; the order itself earns nothing"
    assert end_due() == 1
    all_agree(boxes.lottery_id)
    check_boxes()


def test_the_oldest_order_is_opened_first_and_given_chances_before(app: Flask) -> None:
    boxes, me = make_boxes(6), shopper()
    first, second = sold(me, boxes, 1), sold(me, boxes, 1)
    chances(me, boxes.lottery_id)
    assert taken(boxes) == 3
    draw_once(me, boxes.lottery_id)
    assert (box_order(first), box_order(second)) == ((0, 0, 0), (0, 0, 0))
    draw_once(me, boxes.lottery_id)
    assert (box_order(first), box_order(second)) == ((1, 0, 0), (0, 0, 0))
    check_boxes()


def test_the_stock_of_the_sku_is_a_limit_too(app: Flask) -> None:
    boxes = make_boxes(5, units=1)
    assert left(boxes)["left"] == 1
    with pytest.raises(OutOfStock):
        ordered(shopper(), boxes, 2)
    assert taken(boxes) == 0
    check_boxes()


def test_no_sale_before_the_start_in_a_pause_and_after_the_end(app: Flask) -> None:
    boxes = make_boxes(5)
    pause(boxes.lottery_id, True)
    with pytest.raises(LotteryPaused):
        ordered(shopper(), boxes)
    pause(boxes.lottery_id, False)
    with pytest.raises(BoxNotFound):
        order_boxes(shopper(), running_lottery(), 1, PRICE_FEN, of_age=True)
    with pytest.raises(BoxAgeUnconfirmed):
        order_boxes(shopper(), boxes.lottery_id, 1, PRICE_FEN, of_age=False)
    finish(boxes.lottery_id)
    with pytest.raises(LotteryOver):
        ordered(shopper(), boxes)
    check_boxes()


def test_an_order_is_to_be_paid_before_the_end(app: Flask) -> None:
    boxes = make_boxes(5)
    order_no = ordered(shopper(), boxes)
    assert order_of(order_no).expires_at <= of_lottery(boxes.lottery_id, "ends_at")


def test_the_cap_of_a_day_counts_money_and_points(app: Flask) -> None:
    boxes, me = make_boxes(9, daily=3, price_points=10), shopper()
    give(me, 100)
    close(ordered(me, boxes, 3))
    ordered(me, boxes, 2)
    buy_chances(me, boxes.lottery_id, 1, 10, of_age=True)
    for refused in (
        lambda: ordered(me, boxes),
        lambda: buy_chances(me, boxes.lottery_id, 1, 10, of_age=True),
    ):
        with pytest.raises(BoxDailyCap, match="3"):
            refused()
    ordered(shopper(), boxes, 3)
    check_boxes()


def test_boxes_for_points_come_back_at_the_end(app: Flask) -> None:
    boxes, me = make_boxes(3, price_points=10), shopper()
    give(me, 100)
    with pytest.raises(BoxAgeUnconfirmed):
        buy_chances(me, boxes.lottery_id, 1, 10)
    buy_chances(me, boxes.lottery_id, 2, 10, of_age=True)
    sold(shopper(), boxes)
    with pytest.raises(BoxesGone):
        buy_chances(me, boxes.lottery_id, 1, 10, of_age=True)
    assert figures(me)[0] == 80
    end(boxes.lottery_id, "结束")
    return_unused()
    assert (figures(me)[0], taken(boxes)) == (100, 1)
    check_boxes()


def test_a_box_is_sold_on_its_page_alone(app: Flask) -> None:
    boxes, me = make_boxes(3), make_buyer()
    with pytest.raises(NotOrderable) as refused:
        buy(me, {boxes.sku_id: 1})
    assert refused.value.code == BoxSoldAlone.code
    with pytest.raises(ValidationFailed):
        preview(me.user_id, {boxes.sku_id: 1}, None, {"blind_box": str(boxes.lottery_id)})
    finish(boxes.lottery_id)
    end_due()
    assert buy(me, {boxes.sku_id: 1})


def test_boxes_that_lie_in_a_cart_are_shown_with_their_obstacle(http: Http) -> None:
    user_id, token = make_shopper()
    sku_id, other = (stock(make_sku(PRICE_FEN, name), 100) for name in ("盲盒", "杯子"))
    client = http.as_(token)

    def obstacles() -> list[str]:
        lines = client.post("/api/v1/quotes", {"cart": True}).get_json()["lines"]
        assert {line["sku_id"] for line in lines} == {str(sku_id), str(other)}
        return [line["obstacle"]["code"] for line in lines if line.get("obstacle")]

    for one in (sku_id, other):
        add(user_id, one, 1)
    assert obstacles() == []
    lottery_id = unbound(5)
    bind_box(lottery_id, sku_id, None)
    assert obstacles() == ["box_sold_alone"]
    end(lottery_id, "取消")
    assert obstacles() == []


def test_an_order_that_was_quoted_before_its_sku_became_a_box_is_refused(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Placing asks once more, within its own locks."""
    boxes, me = make_boxes(3), make_buyer()
    monkeypatch.setattr(BoxParticipant, "price_rules", lambda *_: ())
    with pytest.raises(BoxSoldAlone):
        buy(me, {boxes.sku_id: 1})


def test_an_account_with_unopened_boxes_stays(app: Flask) -> None:
    boxes, me = make_boxes(5), shopper()
    sold(me, boxes)
    with pytest.raises(AccountInUse, match="1 个盲盒未拆"):
        close_account(me)
    draw_once(me, boxes.lottery_id)
    close_account(me)


def test_my_orders(app: Flask) -> None:
    boxes, me = make_boxes(5), shopper()
    first, second = sold(me, boxes, 2), ordered(me, boxes)
    sold(shopper(), boxes)
    draw_once(me, boxes.lottery_id)
    with transaction() as session:
        found = orders_of(session, boxes.lottery_id, me, before=None, limit=10)
        older = orders_of(session, boxes.lottery_id, me, before=found[0]["order_id"], limit=10)
    assert [one["order_no"] for one in found] == [second, first]
    assert [one["order_no"] for one in older] == [first]
    names = ("units", "opened", "unopened", "refunded", "status")
    assert [found[1][name] for name in names] == [2, 1, 1, 0, "completed"]
    assert found[0]["returnable_until"] is None
