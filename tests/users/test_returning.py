"""Customers who close the account and register anew, with a shop that has agreed to know them."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import text

from mall.config import current_config
from mall.kernel.db import transaction
from mall.orders.customers import has_bought
from mall.orders.fulfilling import complete
from mall.users import jobs
from mall.users.closing import close_account
from mall.users.logging_in import shopper_of
from mall.users.sessions import issue
from mall.users.settings import RETURNING_DAYS
from mall.wechat.mini_models import MiniSession
from tests.support.http import Http
from tests.support.invariants import rows_of
from tests.support.orders import Buyer, buy, lines_of, make_goods, pay, ship
from tests.support.settings import set_setting
from tests.support.users import make_address

OPENID = "o-returning"


def register(openid: str = OPENID) -> int:
    """Log an openid in; the shopper's id."""
    owner = MiniSession(openid, "key", None)
    with transaction() as session:
        found, _ = shopper_of(session, current_config().wechat_appid, owner, None)
        return found


def buys(user_id: int) -> None:
    """An order that is paid for, sent and received."""
    order_no = buy(Buyer(user_id, "", make_address(user_id)), {make_goods(): 1})
    pay(order_no)
    ship(order_no, {line.id: line.quantity for line in lines_of(order_no)})
    with transaction() as session:
        assert complete(session, order_no, "test")


def came_back() -> int:
    """A customer who closed the account and registered anew: the new shopper's id."""
    user_id = register()
    buys(user_id)
    close_account(user_id)
    return register()


def is_customer(user_id: int) -> bool:
    with transaction() as session:
        return bool(session.scalar(text(f"SELECT {has_bought(':id')}"), {"id": user_id}))


def marks() -> int:
    with transaction() as session:
        return session.scalar(text("SELECT count(*) FROM closed_customers")) or 0


def days_pass(days: int) -> None:
    columns = ("closed_customers.closed_at", "closed_customers.until", "users.bought_before_until")
    for column in columns:
        table, name = column.split(".")
        with transaction() as session:
            session.execute(
                text(f"UPDATE {table} SET {name} = {name} - make_interval(days => :days)"),
                {"days": days},
            )


def test_by_default_nothing_is_kept(app: Flask) -> None:
    again = came_back()
    assert (marks(), is_customer(again)) == (0, False)


def test_a_customer_who_comes_back_is_none_that_is_new(app: Flask) -> None:
    set_setting(RETURNING_DAYS, 30)
    user_id = register()
    buys(user_id)
    close_account(user_id)
    assert marks() == 1
    again = register()
    assert again != user_id
    assert (marks(), is_customer(again)) == (0, True)
    assert is_customer(register("o-somebody-else")) is False
    days_pass(31)
    assert is_customer(again) is False
    jobs.forget_returning()
    assert not rows_of("I28e")


def test_who_never_bought_leaves_nothing(app: Flask) -> None:
    set_setting(RETURNING_DAYS, 30)
    close_account(register())
    assert marks() == 0


def test_closing_again_without_buying_prolongs_nothing(app: Flask) -> None:
    set_setting(RETURNING_DAYS, 30)
    again = came_back()
    days_pass(20)
    close_account(again)
    third = register()
    assert is_customer(third)
    days_pass(11)
    assert is_customer(third) is False
    close_account(third)
    assert marks() == 0, "its time is over"


@pytest.mark.parametrize("registered", [True, False])
def test_the_days_that_are_set_today_count(app: Flask, registered: bool) -> None:
    set_setting(RETURNING_DAYS, 30)
    user_id = register()
    buys(user_id)
    close_account(user_id)
    again = register() if registered else None
    set_setting(RETURNING_DAYS, 0)
    jobs.forget_returning()
    assert marks() == 0
    assert is_customer(again or register()) is False


@pytest.mark.parametrize(("days", "known"), [(365, True), (15, False)])
def test_nobody_is_known_longer_than_they_were_told(app: Flask, days: int, known: bool) -> None:
    """More days that are set later are for those who close later; fewer count at once."""
    set_setting(RETURNING_DAYS, 30)
    user_id = register()
    buys(user_id)
    close_account(user_id)
    set_setting(RETURNING_DAYS, days)
    days_pass(20)
    again = register()
    assert is_customer(again) is known
    days_pass(11)
    assert is_customer(again) is False


def test_more_days_keep_no_mark_that_is_there(app: Flask) -> None:
    set_setting(RETURNING_DAYS, 30)
    user_id = register()
    buys(user_id)
    close_account(user_id)
    set_setting(RETURNING_DAYS, 365)
    days_pass(31)
    jobs.forget_returning()
    assert marks() == 0


def test_the_shopper_is_told_before(app: Flask, http: Http) -> None:
    user_id = register()
    with transaction() as session:
        token, _ = issue(session, user_id)
    shown = http.as_(token).get("/api/v1/me/closure").get_json()["consequences"]
    assert "加密的账号标识" not in shown
    set_setting(RETURNING_DAYS, 30)
    shown = http.as_(token).get("/api/v1/me/closure").get_json()["consequences"]
    assert "30 天内保留加密的账号标识" in shown
