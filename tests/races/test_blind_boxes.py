"""Races for boxes: the last ones, a refund against an opening, a shopper's day, the end."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from copy import copy
from functools import partial

import pytest
from flask import Flask
from sqlalchemy import text

from mall.flashsale.errors import SkuSoldOtherwise
from mall.flashsale.planning import fitting
from mall.flashsale.planning.sessions import set_ready
from mall.kernel.db import transaction
from mall.kernel.errors import MallError
from mall.lottery.boxes import binding, claiming, promising
from mall.lottery.boxes.binding import bind_box
from mall.lottery.boxes.ending import refund_unopened
from mall.lottery.boxes.errors import BoxSkuInFlashSale
from mall.lottery.boxes.ordering import return_boxes
from mall.lottery.campaigns.running import end
from mall.lottery.chances.buying import buy_chances
from mall.lottery.chances.ledger import ChanceGranter
from tests.support.boxes import (
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
from tests.support.flashsale import make_item, make_session
from tests.support.invariants import rows_of
from tests.support.inventory import stock
from tests.support.lottery import chances, draw_once
from tests.support.points import give
from tests.support.races import slow_writes, together, without_row_locks
from tests.support.users import make_shopper

CROWD, PAIRS = 40, 10


def outcomes(found: Sequence[object]) -> Counter[str]:
    """What came of each: `ok`, the code of a refusal, or `?` for what only the database refused."""
    return Counter(
        one.code if isinstance(one, MallError) else "?" if isinstance(one, Exception) else "ok"
        for one in found
    )


def shopper(points: int = 0) -> int:
    user_id = make_shopper()[0]
    if points:
        give(user_id, points)
    return user_id


def rush(app: Flask, boxes: Boxes) -> Counter[str]:
    """Forty shoppers want the last box: half of them for money, half for points."""
    buy = partial(buy_chances, lottery_id=boxes.lottery_id, count=1, points=10, of_age=True)
    calls: list[Callable[[], object]] = [
        partial(ordered, shopper(), boxes) for _ in range(CROWD // 2)
    ]
    calls += [partial(buy, shopper(10)) for _ in range(CROWD // 2)]
    found = together(app, calls)
    return outcomes(found)


def test_the_last_box_by_forty_shoppers(app: Flask) -> None:
    boxes = make_boxes(3, units=100, price_points=10)
    sold(shopper(), boxes, 2)
    assert rush(app, boxes) == {"ok": 1, "boxes_gone": CROWD - 1}
    assert taken(boxes) == 3
    check_boxes()


def test_control_without_the_bound_boxes_are_promised_twice(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    careless = copy(promising._MOVE)
    careless.sql = re.sub(r"AND b\.taken \+ \S+ <= l\.tickets", "", careless.sql)
    monkeypatch.setattr(promising, "_MOVE", careless)
    boxes = make_boxes(3, units=100, price_points=10)
    assert rush(app, boxes) == {"ok": CROWD}
    assert rows_of("I29f"), "more boxes are promised than there are"


def refunds_against_openings(app: Flask) -> tuple[Boxes, list[str], Counter[str]]:
    """Shoppers who open their one box and give it back at the same moment."""
    boxes = make_boxes(PAIRS)
    shoppers = [shopper() for _ in range(PAIRS)]
    order_nos = [sold(one, boxes) for one in shoppers]
    calls: list[Callable[[], object]] = [
        partial(draw_once, one, boxes.lottery_id) for one in shoppers
    ]
    calls += [
        partial(return_boxes, one, boxes.lottery_id, order_no, 1)
        for one, order_no in zip(shoppers, order_nos, strict=True)
    ]
    return boxes, order_nos, outcomes(together(app, calls))


def test_a_box_is_opened_or_refunded(app: Flask) -> None:
    with slow_writes("lottery_chance_entries", seconds=0.05):
        boxes, order_nos, found = refunds_against_openings(app)
    assert found["ok"] == PAIRS
    assert found["box_opened"] + found["lottery_no_chance"] == PAIRS
    for order_no in order_nos:
        opened, back, _ = box_order(order_no)
        assert opened + back == 1
    assert taken(boxes) == PAIRS
    check_boxes()


def test_control_chances_that_aren_t_locked_are_used_and_refunded(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever comes second believes that there is a box: the checks of the tables refuse."""
    careless = text(re.sub(r"AND opened \+ back \+ :units <= units", "", claiming._TAKE.text))
    monkeypatch.setattr(claiming, "_TAKE", careless)
    with (
        without_row_locks("lottery_chances"),
        slow_writes("lottery_chance_entries", seconds=0.3),
    ):
        _, _, found = refunds_against_openings(app)
    assert found["?"], "refused by the database alone"


def test_a_shopper_s_day_has_its_cap(app: Flask) -> None:
    boxes, me = make_boxes(100, daily=3, price_points=10), shopper(1_000)
    buy = partial(buy_chances, me, boxes.lottery_id, 1, 10, of_age=True)
    calls: list[Callable[[], object]] = [partial(ordered, me, boxes)] * 10
    calls += [buy] * 10
    assert outcomes(together(app, calls)) == {"ok": 3, "box_daily_cap": 17}
    check_boxes()


def test_openings_and_refunds_at_the_end(app: Flask) -> None:
    """Whoever opens before the end has opened; everybody else has the money back, once."""
    boxes = make_boxes(PAIRS)
    shoppers = [shopper() for _ in range(PAIRS)]
    order_nos = [sold(one, boxes) for one in shoppers]
    calls: list[Callable[[], object]] = [
        partial(draw_once, one, boxes.lottery_id) for one in shoppers
    ]
    calls += [partial(end, boxes.lottery_id, "结束"), refund_unopened]
    together(app, calls)
    together(app, [refund_unopened] * 4)
    for order_no in order_nos:
        opened, back, _ = box_order(order_no)
        assert opened + back == 1
    check_boxes()


def gifts_and_binding(app: Flask) -> Boxes:
    """Ten shoppers are given a chance while the box is bound."""
    boxes = Boxes(unbound(50), make_sku())
    gifts = [partial(chances, shopper(), boxes.lottery_id) for _ in range(PAIRS)]
    with slow_writes("lottery_boxes", of="INSERT"):
        found = together(app, [*gifts, partial(bind_box, boxes.lottery_id, boxes.sku_id, None)])
    assert outcomes(found) == {"ok": PAIRS + 1}
    return boxes


def test_chances_that_are_given_while_the_box_is_bound(app: Flask) -> None:
    """Each is counted, whether it came before or after."""
    assert taken(gifts_and_binding(app)) == PAIRS
    check_boxes()


def test_control_a_lottery_that_isn_t_locked_is_bound_past_its_chances(app: Flask) -> None:
    with without_row_locks("lotteries"):
        gifts_and_binding(app)
    assert rows_of("I29f"), "chances that nobody has promised a box"


def take_backs_and_binding(app: Flask) -> Boxes:
    """Ten shoppers' chances are taken back while the box is bound."""
    boxes = Boxes(unbound(50), make_sku())
    for _ in range(PAIRS):
        chances(shopper(), boxes.lottery_id)
    with transaction() as session:
        given = session.execute(
            text("SELECT id, user_id FROM lottery_chance_entries WHERE lottery_id = :id"),
            {"id": boxes.lottery_id},
        ).all()
    backs = [partial(take_back, one.user_id, one.id) for one in given]
    with slow_writes("lottery_boxes", of="INSERT"):
        found = together(app, [*backs, partial(bind_box, boxes.lottery_id, boxes.sku_id, None)])
    assert outcomes(found) == {"ok": PAIRS + 1}
    return boxes


def take_back(user_id: int, entry_id: int) -> None:
    with transaction() as session:
        back = ChanceGranter().take_back(session, user_id, str(entry_id), 1)
    assert back.taken == 1


def test_chances_that_are_taken_back_while_the_box_is_bound(app: Flask) -> None:
    """None of them keeps its box."""
    assert taken(take_backs_and_binding(app)) == 0
    check_boxes()


def test_control_a_lottery_that_isn_t_locked_keeps_boxes_of_chances_that_are_gone(
    app: Flask,
) -> None:
    with without_row_locks("lotteries"):
        take_backs_and_binding(app)
    assert rows_of("I29f"), "a box that nobody can have"


def bound_beside_planning(app: Flask) -> int:
    """How often a SKU is got by boxes and by a flash sale, who ask for it at once."""
    session_id, sku_id = make_session(), stock(make_sku(19_900), 50)
    make_item(session_id, sku_id)
    calls: list[Callable[[], None]] = [
        partial(bind_box, unbound(3), sku_id, None),
        partial(set_ready, session_id, True),
    ]
    with slow_writes("audit_entries", seconds=0.8):  # after the look, before the commit
        outcomes = together(app, calls)
    refused = [one for one in outcomes if isinstance(one, Exception)]
    assert all(isinstance(one, BoxSkuInFlashSale | SkuSoldOtherwise) for one in refused), refused
    return len(calls) - len(refused)


def test_a_sku_is_sold_as_boxes_or_in_a_flash_sale(app: Flask) -> None:
    assert bound_beside_planning(app) == 1


def test_control_without_the_sku_s_lock_it_is_both(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (binding, fitting):
        monkeypatch.setattr(module, "lock_use", lambda *_: None)
    assert bound_beside_planning(app) == 2
