"""Closing an account against placing an order, and against logging in."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest
from flask import Flask
from sqlalchemy import func, select, text

from mall.aftersales import applying
from mall.aftersales.applying import apply
from mall.aftersales.models import AfterSale
from mall.kernel.db import db
from mall.kernel.errors import MallError
from mall.kernel.prepared import PreparedStatement
from mall.orders import writing
from mall.orders.fulfilling import confirm_receipt
from mall.orders.models import Order
from mall.orders.placing import place_order
from mall.orders.quoting import preview
from mall.users import sessions
from mall.users.closing import close_account
from mall.users.logging_in import log_in
from mall.users.models import User, UserToken
from tests.support.invariants import check_invariants
from tests.support.orders import Buyer, make_buyer, make_goods, ship
from tests.support.races import slow_writes, together
from tests.support.servers import LiveServer
from tests.support.shipping import make_paid_order
from tests.support.users import make_shopper
from tests.support.wechat import login_code


def placing(buyer: Buyer, sku_id: int) -> Callable[[], object]:
    payable_fen = preview(buyer.user_id, {sku_id: 1}, buyer.address_id).quote.payable_fen
    return partial(place_order, buyer.user_id, {sku_id: 1}, buyer.address_id, payable_fen)


def codes(outcomes: list[object]) -> list[str | None]:
    return [one.code if isinstance(one, MallError) else None for one in outcomes]


def closed_with_orders() -> int:
    """How many unpaid orders closed accounts have."""
    db.session.rollback()
    query = select(func.count()).select_from(Order).join(User, User.id == Order.user_id)
    return db.session.scalar(query.where(User.closed_at.is_not(None))) or 0


def race_orders(app: Flask, slow: str) -> list[object]:
    """Four shoppers place an order and close the account at once; one write is slow."""
    sku_id = make_goods(99)
    calls: list[Callable[[], object]] = []
    for _ in range(4):
        buyer = make_buyer()
        calls += [placing(buyer, sku_id), partial(close_account, buyer.user_id)]
    with slow_writes(slow):
        return list(together(app, calls))


@pytest.mark.parametrize("slow", ["users", "orders"])
def test_an_order_and_a_closing_at_once_one_is_refused(app: Flask, slow: str) -> None:
    outcomes = codes(race_orders(app, slow))
    for placed, closed in zip(outcomes[::2], outcomes[1::2], strict=True):
        assert (placed, closed) in {(None, "account_in_use"), ("account_closed", None)}
    assert closed_with_orders() == 0
    check_invariants()


def test_the_control_who_does_not_look_at_the_account_places_for_a_closed_one(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    blind = writing._WRITE.sql.replace("AND closed_at IS NULL", "")
    statement = PreparedStatement("SELECT 1")
    statement.__dict__.update(writing._WRITE.__dict__, sql=blind)
    monkeypatch.setattr(writing, "_WRITE", statement)
    race_orders(app, "users")
    assert closed_with_orders() > 0


def race_logins(app: Flask, simulator: LiveServer) -> tuple[int, list[object]]:
    """A login on another phone while the account is closed."""
    code, openid = login_code(simulator)
    user_id, _ = make_shopper(openid=openid)
    with slow_writes("users", of="UPDATE"):
        login = partial(log_in, code, "127.0.0.1")
        return user_id, list(together(app, [partial(close_account, user_id), login]))


def logins_of(user_id: int) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).where(UserToken.user_id == user_id)) or 0


def test_a_login_while_closing_is_ended_or_a_new_shopper(app: Flask, simulator: LiveServer) -> None:
    for _ in range(3):
        user_id, outcomes = race_logins(app, simulator)
        assert codes(outcomes) == [None, None]
        assert logins_of(user_id) == 0
    check_invariants()


def test_the_control_a_login_that_does_not_look_belongs_to_a_closed_account(
    app: Flask, simulator: LiveServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    blind = text(sessions._ISSUE.text.replace("AND closed_at IS NULL", ""))
    monkeypatch.setattr(sessions, "_ISSUE", blind)
    assert any(logins_of(race_logins(app, simulator)[0]) for _ in range(5))


def test_closing_twice_at_once_closes_once(app: Flask) -> None:
    user_id, _ = make_shopper()
    assert together(app, [partial(close_account, user_id)] * 4) == [None] * 4
    jobs = text("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'users.erase_closed'")
    assert db.session.scalar(jobs) == 1


def race_after_sales(app: Flask) -> list[object]:
    """Three shoppers apply for an after-sale and close the account at once."""
    calls: list[Callable[[], object]] = []
    for _ in range(3):
        order = make_paid_order(1)
        ship(order.order_no, {order.line_ids[0]: 1})
        confirm_receipt(order.user_id, order.order_no)
        calls += [
            partial(
                apply,
                order.user_id,
                order.order_no,
                "refund_only",
                {order.line_ids[0]: 1},
                reason="late",
                description="",
                pictures=[],
            ),
            partial(close_account, order.user_id),
        ]
    with slow_writes("users", of="UPDATE"):
        return list(together(app, calls))


def test_an_after_sale_and_a_closing_at_once_one_is_refused(app: Flask) -> None:
    outcomes = codes(race_after_sales(app))
    for applied, closed in zip(outcomes[::2], outcomes[1::2], strict=True):
        assert (applied, closed) in {(None, "account_in_use"), ("account_closed", None)}


def test_the_control_without_holding_the_account_both_happen(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(applying, "hold_open_account", lambda *_: None)
    assert any(outcome is None for outcome in codes(race_after_sales(app))[::2])
    db.session.rollback()
    query = select(func.count()).select_from(AfterSale).join(User, User.id == AfterSale.user_id)
    assert db.session.scalar(query.where(User.closed_at.is_not(None)))
