"""Passes: to whom, when, and what becomes of one that is altered, old or of an old key."""

from __future__ import annotations

import base64
import dataclasses
import os

import pytest
from flask import Flask
from sqlalchemy import text as sql
from sqlalchemy import update

from mall.config import Config
from mall.flashsale.models import FlashSession
from mall.flashsale.purchase.tokens import PurchaseToken, TokenExpired, TokenInvalid, TokenKeys
from mall.kernel.db import db, transaction
from tests.support.flash_purchases import DEVICE, Purchaser
from tests.support.flashsale import armed_session, make_session, soon
from tests.support.http import Http, error_code
from tests.support.orders import buy, make_buyer, make_goods, pay
from tests.support.users import make_address, make_shopper


def key() -> str:
    return base64.b64encode(os.urandom(32)).decode()


def keys(config: Config, pairs: str) -> TokenKeys:
    return TokenKeys.of(dataclasses.replace(config, personal_data_keys=pairs))


def signed(by: TokenKeys, *, expires: int = 4_000_000_000, new: bool = False) -> str:
    return by.sign(user_id=7, session_id=3, device=DEVICE, new_customer=new, expires=expires)


def test_a_pass_says_who_where_and_what(config: Config) -> None:
    ours = keys(config, f"a:{key()}")
    assert ours.check(signed(ours), DEVICE) == PurchaseToken(7, 3, 0)
    assert ours.check(signed(ours, new=True), DEVICE) == PurchaseToken(7, 3, 1)
    with pytest.raises(TokenExpired):
        ours.check(signed(ours, expires=1), DEVICE)


def test_nothing_of_a_pass_can_be_changed(config: Config) -> None:
    ours = keys(config, f"a:{key()}")
    good = signed(ours)
    for place in range(len(good)):
        for other in "0z.-":
            if good[place] == other:
                continue
            spoiled = good[:place] + other + good[place + 1 :]
            with pytest.raises((TokenInvalid, TokenExpired)):
                ours.check(spoiled, DEVICE)
    for text in (
        "",
        ".",
        "......",
        good + "0",
        good[:-1],
        "é" + good,
        "p1." * 100,
        "\udcff" + good,
    ):
        with pytest.raises(TokenInvalid):
            ours.check(text, DEVICE)
    for device in ("", "another-one", DEVICE + "0", "\udcff"):
        with pytest.raises(TokenInvalid):
            ours.check(good, device)


def test_keys_are_rotated_without_a_gap(config: Config) -> None:
    old, new = f"a:{key()}", f"b:{key()}"
    before, between, after = (keys(config, pairs) for pairs in (old, f"{new},{old}", new))
    text = signed(before)
    assert between.check(text, DEVICE).user_id == 7
    assert after.check(signed(between), DEVICE).user_id == 7, "the first key signs"
    with pytest.raises(TokenInvalid):
        after.check(text, DEVICE)
    same_name = keys(config, f"a:{key()}")
    with pytest.raises(TokenInvalid):
        same_name.check(text, DEVICE)


def wish(http: Http, session_id: int, device: str = DEVICE) -> tuple[int, str]:
    answer = http.post(f"/api/v1/flash-sessions/{session_id}/passes", {"device": device})
    told = answer.get_json()
    if answer.status_code == 201:
        return 201, str(told["pass"])
    return answer.status_code, error_code(answer)


def test_a_pass_opens_the_gate(app: Flask, http: Http) -> None:
    session_id, (item_id,) = armed_session()
    user_id, token = make_shopper()
    address_id = make_address(user_id)
    status, text = wish(http.as_(token), session_id)
    assert status == 201
    told = Purchaser(app.wsgi_app, text).attempt(item_id, address_id=str(address_id))
    assert told.ticket.startswith(f"{item_id}-0-")
    looked = http.as_(token).get(f"/api/v1/flash-tickets/{told.ticket}")
    assert looked.get_json()["status"] == "queued", "a login will do for a look"
    _, stranger = make_shopper()
    answer = http.as_(stranger).get(f"/api/v1/flash-tickets/{told.ticket}")
    assert (answer.status_code, error_code(answer)) == (404, "not_found")


def test_a_pass_has_wechat_asked_about_its_holder(app: Flask, http: Http) -> None:
    session_id, _ = armed_session()
    _, token = make_shopper()
    waiting = sql(
        "SELECT args->'scene' FROM procrastinate_jobs WHERE task_name = 'users.record_risk'"
    )
    for _ in range(2):
        assert wish(http.as_(token), session_id)[0] == 201
        assert db.session.scalars(waiting).all() == [1], "once a day, for marketing"


def test_when_passes_are_given(app: Flask, http: Http) -> None:
    _, token = make_shopper()
    shopper = http.as_(token)
    early, _ = armed_session(
        starts_at=soon(minutes=5).isoformat(), ends_at=soon(minutes=65).isoformat()
    )
    assert wish(shopper, early) == (409, "not_started")
    with transaction() as session:
        session.execute(
            update(FlashSession).where(FlashSession.id == early).values(starts_at=soon(seconds=30))
        )
    assert wish(shopper, early)[0] == 201, "a minute ahead"
    with transaction() as session:
        session.execute(
            update(FlashSession)
            .where(FlashSession.id == early)
            .values(starts_at=soon(hours=-2), ends_at=soon(seconds=-1))
        )
    assert wish(shopper, early) == (409, "ended")
    assert (
        wish(
            shopper,
            make_session(starts_at=soon(hours=3).isoformat(), ends_at=soon(hours=4).isoformat()),
        )[0]
        == 404
    )
    assert wish(shopper, 987_654_321)[0] == 404
    assert wish(http, early) == (401, "not_authenticated")
    for device in ("", "short", "x" * 65, "no spaces here", "设备设备设备设备"):
        assert wish(shopper, early, device) == (422, "validation_failed")


def test_who_has_paid_an_order_is_no_new_customer(app: Flask, http: Http) -> None:
    session_id, _ = armed_session()
    buyer = make_buyer()
    ours: TokenKeys = app.extensions["mall.flash_admission"].token_keys
    shopper = http.as_(buyer.token)
    assert ours.check(wish(shopper, session_id)[1], DEVICE).flags == 1
    order_no = buy(buyer, {make_goods(): 1})
    assert ours.check(wish(shopper, session_id)[1], DEVICE).flags == 1, "unpaid"
    pay(order_no)
    assert ours.check(wish(shopper, session_id)[1], DEVICE).flags == 0
