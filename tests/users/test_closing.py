"""Closing an account: what is under way leaves nothing behind, erasing goes on when it failed."""

from __future__ import annotations

import base64
from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from mall.kernel.db import db, transaction
from mall.kernel.features import Mall
from mall.kernel.sealed import sealer
from mall.orders.closing import close_unpaid
from mall.orders.paying import place_again
from mall.users import erasing, jobs
from mall.users.closing import CLOSING_CHECKS, ClosingCheck, close_account
from mall.users.erasing import ERASERS, Eraser
from mall.users.errors import AccountClosed, AccountInUse
from mall.users.models import User
from mall.users.profile import forget_phone, update_profile
from mall.users.queries import address_snapshots, hold_open_account
from mall.users.risk import CLIENT_IP, ask_before_a_sale
from mall.users.sessions import issue, shopper_by_token
from tests.support.features import installed
from tests.support.invariants import check_invariants, rows_of
from tests.support.orders import buy, make_buyer, make_goods
from tests.support.users import make_address, make_shopper


def row_of(user_id: int) -> User:
    db.session.rollback()
    query = select(User).where(User.id == user_id).execution_options(populate_existing=True)
    return db.session.scalars(query).one()


def let_days_pass(days: int) -> None:
    for column in ("closed_at", "erase_due_at"):
        db.session.execute(text(f"UPDATE users SET {column} = {column} - interval '{days} days'"))
    db.session.commit()


def test_requests_under_way_write_nothing_more(app: Flask) -> None:
    user_id, token = make_shopper(nickname="阿花", phone="13812345678")
    shopper = shopper_by_token(token)
    assert shopper is not None
    close_account(user_id)
    close_account(user_id)
    assert shopper_by_token(token) is None
    update_profile(shopper, {"avatar_url": "https://example.com/a.png"})
    ask_before_a_sale(user_id, "127.0.0.1")
    forget_phone(user_id)
    sealed = base64.b64encode(sealer().seal("127.0.0.1", CLIENT_IP)).decode()
    jobs.record_risk(user_id, sealed, 0)
    with transaction() as session, pytest.raises(AccountClosed):
        issue(session, user_id)
    with transaction() as session, pytest.raises(AccountClosed):
        hold_open_account(session, user_id)
    user = row_of(user_id)
    assert (user.openid, user.nickname, user.avatar_url, user.phone_index) == (None,) * 4
    check_invariants()


def test_a_late_payment_is_refunded_rather_than_placed_again(app: Flask) -> None:
    buyer = make_buyer()
    order_no = buy(buyer, {make_goods(): 1})
    with transaction() as session:
        close_unpaid(session, order_no, "cancelled")
    close_account(buyer.user_id)
    with transaction() as session:
        assert place_again(session, order_no) is None


def test_a_flash_purchase_finds_no_address_of_a_closed_account(app: Flask) -> None:
    user_id, _ = make_shopper()
    wanted = {(user_id, make_address(user_id))}
    with transaction() as session:
        assert address_snapshots(session, wanted).keys() == wanted
    close_account(user_id)
    with transaction() as session:
        assert address_snapshots(session, wanted) == {}


def test_every_check_is_told(app: Flask) -> None:
    def install(mall: Mall) -> None:
        mall.add(CLOSING_CHECKS, ClosingCheck("tests.balance", lambda *_: "还有余额 1.00 元"))
        mall.add(CLOSING_CHECKS, ClosingCheck("tests.parcel", lambda *_: "还有包裹在途"))

    user_id, token = make_shopper()
    with installed(install), pytest.raises(AccountInUse) as refused:
        close_account(user_id)
    assert refused.value.message == "还有余额 1.00 元；还有包裹在途"
    assert shopper_by_token(token) is not None


@pytest.fixture
def broken() -> Iterator[list[int]]:
    """An eraser that fails for the shoppers in the list."""
    failing: list[int] = []

    def erase(session: Session, user_id: int) -> None:
        if user_id in failing:
            raise RuntimeError("no disk")

    def install(mall: Mall) -> None:
        mall.add(ERASERS, Eraser("tests.broken", erase, "false"))

    with installed(install):
        yield failing


def test_an_eraser_that_fails_is_tried_again_and_holds_up_nobody(
    app: Flask, broken: list[int]
) -> None:
    one, two = make_shopper()[0], make_shopper()[0]
    for user_id in (one, two):
        close_account(user_id)
    broken.append(one)
    let_days_pass(1)
    make_address(two)  # by a request that was under way
    assert [row["user_id"] for row in rows_of("I28b")] == [two]
    erasing.erase_due()
    assert rows_of("I28b") == []
    assert [row["id"] for row in rows_of("I28d")] == [one]
    broken.clear()
    erasing.erase_due()
    assert rows_of("I28d") == []
    assert row_of(one).erase_due_at is not None  # what is kept has its own time
    let_days_pass(30)
    erasing.erase_due()
    assert row_of(one).erase_due_at is None
    check_invariants()
