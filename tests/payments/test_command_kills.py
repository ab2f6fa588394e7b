"""kill -9 around the commits of what features and staff do to an order, and the same again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from mall.kernel.db import db, transaction
from mall.orders.fulfilling import deliver
from mall.orders.locking import lock_order
from mall.orders.placing import place_order
from mall.orders.quoting import preview
from mall.payments.errors import DiscrepancyAlreadyResolved
from mall.payments.refunds.errors import RefundNotCancellable
from tests.payments.dying import COMMANDS, NEW_PRICE_FEN, REBATE_FEN
from tests.stateful.kinds import TEAM, TICKET, Toy
from tests.support.disputes import called_off, disputes
from tests.support.dying import Die, dying
from tests.support.features import installed
from tests.support.inventory import Units, units
from tests.support.payments import Shop, assert_money_is_right
from tests.support.servers import LiveServer

BOTH = pytest.mark.parametrize("when", ["before", "after"])


@pytest.fixture(scope="module")
def die(environment: dict[str, str]) -> Iterator[Die]:
    """Run a command that must die at a failpoint."""
    with dying("tests.payments.dying", environment) as die:
        yield die


@pytest.fixture
def toy(app: Flask) -> Iterator[Toy]:
    toy = Toy()
    with installed(toy.install, app):
        yield toy


@pytest.fixture
def shop(
    app: Flask, simulator: LiveServer, live_mall: LiveServer, work: Callable[[], None], toy: Toy
) -> Shop:
    return Shop(app, simulator, work)


def placed(shop: Shop, kind: Any) -> str:
    """An unpaid order of a feature, of two units."""
    lines, address_id = {shop.sku_id: 2}, shop.address_id if kind.needs_address else None
    fen = preview(shop.user_id, lines, address_id, kind=kind).quote.payable_fen
    return place_order(shop.user_id, lines, address_id, fen, kind=kind).order_no


def row(query: str, **values: object) -> tuple[Any, ...]:
    db.session.rollback()
    return tuple(db.session.execute(text(query), values).one())


def given_back(order_no: str) -> tuple[Any, ...]:
    """(rebated fen, refunded units, refunds) of an order."""
    return row(
        """
        SELECT l.rebated_fen, l.refunded_quantity,
            (SELECT count(*) FROM refunds r WHERE r.order_id = o.id)
        FROM orders o JOIN order_lines l ON l.order_id = o.id WHERE o.order_no = :no
        """,
        no=order_no,
    )


@BOTH
@pytest.mark.parametrize(
    ("command", "done"), [("give_rebate", (REBATE_FEN, 0, 1)), ("give_all_back", (0, 2, 1))]
)
def test_money_back_with_a_cause(
    shop: Shop, die: Die, when: str, command: str, done: tuple[int, int, int]
) -> None:
    order_no = shop.bought(2)
    die(f"payments.{when}_request_commit", command, order_no)
    assert given_back(order_no) == (done if when == "after" else (0, 0, 0))

    assert COMMANDS[command](order_no) == COMMANDS[command](order_no)
    assert given_back(order_no) == done
    shop.work()
    shop.settle_down()
    assert len(shop.heard("/refunds")["refunds"]) == 1
    assert_money_is_right(shop)


@BOTH
def test_the_end_of_a_hold(shop: Shop, die: Die, when: str) -> None:
    order_no = placed(shop, TEAM)
    shop.pay(order_no)
    assert shop.detail(order_no)["hold_reason"]
    die(f"orders.{when}_release_commit", "end_hold", order_no)
    assert bool(shop.detail(order_no)["hold_reason"]) == (when == "before")
    assert COMMANDS["end_hold"](order_no) is (when == "before")
    assert shop.detail(order_no)["hold_reason"] is None
    assert_money_is_right(shop)


def test_settling(shop: Shop, die: Die, toy: Toy) -> None:
    """It is told once."""
    order_no = placed(shop, TICKET)
    shop.pay(order_no)
    with transaction() as session:
        deliver(session, lock_order(session, order_no), "machine")
        session.execute(text("UPDATE orders SET completed_at = now() - interval '60 days'"))
    die("aftersales.before_settle_commit", "settle", order_no)
    assert shop.detail(order_no)["settled_at"] is None
    die("aftersales.after_settle_commit", "settle", order_no)
    assert shop.detail(order_no)["settled_at"]
    COMMANDS["settle"](order_no)
    shop.work()
    assert toy.settled == {(order_no, 2468): 1}
    assert_money_is_right(shop)


@BOTH
def test_a_price_change(shop: Shop, die: Die, when: str) -> None:
    """The payment at the old price is closed at WeChat by then; the shopper pays the new one."""
    order_no = shop.order(2)
    shop.start(order_no)
    freight_fen = shop.detail(order_no)["freight_fen"]
    prices = {"before": 2468 + freight_fen, "after": NEW_PRICE_FEN + freight_fen}
    die(f"payments.{when}_price_commit", "lower_price", order_no)
    assert shop.detail(order_no)["payable_fen"] == prices[when]

    COMMANDS["lower_price"](order_no)
    shop.pay(order_no)
    assert shop.detail(order_no)["paid_fen"] == prices["after"]
    assert row("SELECT count(*) FROM order_price_changes") == (1,)
    assert_money_is_right(shop)


@BOTH
def test_calling_a_refund_off(shop: Shop, die: Die, when: str) -> None:
    order_no = shop.bought(2)
    shop.control("/refunds/policy", outcome="USER_ACCOUNT_ABNORMAL")
    refund_no = shop.refunded(order_no, 1)
    die(f"payments.{when}_cancel_commit", "call_off", refund_no)
    done = when == "after"
    assert given_back(order_no) == (0, 0 if done else 1, 1)
    if not done:
        COMMANDS["call_off"](refund_no)
    with pytest.raises(RefundNotCancellable):
        COMMANDS["call_off"](refund_no)
    assert given_back(order_no) == (0, 0, 1)
    assert_money_is_right(shop)


@BOTH
def test_booking_a_refund_that_wechat_made(shop: Shop, die: Die, when: str) -> None:
    order_no = shop.bought(2)
    refund_no = called_off(shop, order_no)
    shop.control(f"/refunds/{refund_no}/settle", outcome="SUCCESS")
    shop.settle_down()
    [kept] = disputes(shop)
    die(f"payments.{when}_booking_commit", "book", kept["id"])
    if when == "before":
        assert given_back(order_no) == (0, 0, 1)
        COMMANDS["book"](kept["id"])
    with pytest.raises(DiscrepancyAlreadyResolved):
        COMMANDS["book"](kept["id"])
    assert given_back(order_no) == (0, 1, 2)
    assert shop.detail(order_no)["refunded_fen"] == 1234
    assert_money_is_right(shop)


@BOTH
def test_a_free_order(shop: Shop, die: Die, when: str) -> None:
    """It is there with all that it means, or not at all."""
    wanted = f"{shop.user_id} {shop.sku_id} {shop.address_id}"
    die(f"orders.{when}_order_commit", "place_free", wanted)
    if when == "before":
        assert units(shop.sku_id) == Units(20)
        COMMANDS["place_free"](wanted)
    found = row("SELECT count(*), min(status), min(paid_fen) FROM orders WHERE paid_at IS NOT NULL")
    assert found == (1, "paid", 0)
    assert units(shop.sku_id) == Units(18, sold=2)
    assert_money_is_right(shop)
