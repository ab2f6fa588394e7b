"""What shoppers see of sales: sessions, countdowns, what is left."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update

from mall.catalog.models import Sku
from mall.flashsale.models import FlashItem
from mall.flashsale.planning import running, sessions
from mall.flashsale.public import view
from mall.flashsale.public.schemas import FlashSessionListSchema, OneFlashSessionSchema
from mall.inventory import commands as inventory
from mall.kernel.clock import SHOP_ZONE
from mall.kernel.db import db, transaction
from mall.kernel.shop_clock import ShopClock
from tests.support.catalog import make_sku
from tests.support.flashsale import armed_session, let_it_end, make_item, make_session, soon
from tests.support.http import Http, error_code
from tests.support.inventory import stock
from tests.support.statements import sent_statements

PATH = "/api/v1/flash-sessions"


@pytest.fixture(autouse=True)
def _nothing_kept() -> None:
    view.CACHE.clear_local()


def shown(http: Http, session_id: int) -> dict[str, Any]:
    """A session as anybody sees it, not from the cache."""
    view.CACHE.invalidate()
    answer = http.get(f"{PATH}/{session_id}")
    assert answer.status_code == 200, answer.get_json()
    body: dict[str, Any] = answer.get_json()
    return body


def test_a_session_with_its_items(app: Flask, http: Http) -> None:
    sku = stock(make_sku(price_fen=19_900, list_price_fen=29_900, name="枕头"), 10)
    session_id = make_session()
    item_id = make_item(session_id, sku, position=1)
    first = make_item(session_id)
    assert error_code(http.get(f"{PATH}/{session_id}")) == "flash_session_not_found"
    sessions.set_ready(session_id, True)
    view.CACHE.invalidate()
    answer = http.get(PATH)
    assert answer.headers["Cache-Control"] == "no-store"
    assert FlashSessionListSchema().validate(answer.get_json()) == {}
    (session,) = answer.get_json()["items"]
    assert [one["id"] for one in session["items"]] == [str(first), str(item_id)]
    assert session["phase"] == "paused", "it has begun, but isn't armed"
    item = session["items"][1]
    assert (item["name"], item["sku_id"], item["left"]) == ("枕头", str(sku), "plenty")
    assert (item["price_fen"], item["usual_price_fen"], item["list_price_fen"]) == (
        9_900, 19_900, 29_900,
    )  # fmt: skip
    one = shown(http, session_id)
    assert OneFlashSessionSchema().validate(one) == {}
    assert one["items"] == session["items"]


def test_before_arming_what_is_left_is_what_the_shelf_has(app: Flask, http: Http) -> None:
    sku = stock(make_sku(price_fen=19_900), 100)
    session_id = make_session()
    make_item(session_id, sku, stock=100)
    sessions.set_ready(session_id, True)
    assert shown(http, session_id)["items"][0]["left"] == "plenty"
    for sold, left in ((97, "few"), (3, "sold_out")):
        with transaction() as session:
            inventory.take_out(session, sku, sold, reason="样品", ref=f"test:{sold}")
        assert shown(http, session_id)["items"][0]["left"] == left


def test_the_countdown_goes_by_the_shops_time(app: Flask, http: Http) -> None:
    session_id = make_session(starts_at=soon(seconds=90).isoformat())
    sessions.set_ready(session_id, True)
    body = shown(http, session_id)
    now = datetime.fromisoformat(body["server_time"])
    assert abs(now - soon()) < timedelta(seconds=5)
    left = datetime.fromisoformat(body["starts_at"]) - now
    assert body["phase"] == "upcoming"
    assert 0 <= body["starts_in_s"] - left.total_seconds() < 1, "rounded up"
    assert body["ends_in_s"] > body["starts_in_s"]


def test_time_moves_on_while_the_answer_is_kept(app: Flask, http: Http) -> None:
    armed_session()
    first = http.get(PATH).get_json()["server_time"]
    time.sleep(0.002)  # the time is told to the millisecond
    assert first < http.get(PATH).get_json()["server_time"]


def test_phases(app: Flask, http: Http) -> None:
    session_id, _ = armed_session()
    assert shown(http, session_id)["phase"] == "live"
    running.pause(session_id)
    assert shown(http, session_id)["phase"] == "paused"
    running.resume(session_id)
    let_it_end(session_id)
    over = shown(http, session_id)
    assert (over["phase"], over["starts_in_s"], over["ends_in_s"]) == ("ended", 0, 0)
    running.end_if_due(session_id)
    assert shown(http, session_id)["phase"] == "ended"
    aborted, _ = armed_session()
    running.abort(aborted, "keep")
    assert shown(http, aborted)["phase"] == "aborted"


@pytest.mark.parametrize(
    ("sold", "returned", "left"),
    [(0, 0, "plenty"), (8, 0, "plenty"), (9, 0, "few"), (10, 0, "sold_out"), (8, 2, "sold_out")],
)
def test_what_is_left_is_told_in_words(
    app: Flask, http: Http, sold: int, returned: int, left: str
) -> None:
    session_id, (item_id,) = armed_session()
    with transaction() as session:
        session.execute(
            update(FlashItem).where(FlashItem.id == item_id).values(sold=sold, returned=returned)
        )
    (item,) = shown(http, session_id)["items"]
    assert item["left"] == left
    assert not {"sold", "stock", "returned"} & item.keys(), "no figure, true or made up"


def test_today_and_tomorrow(app: Flask, http: Http) -> None:
    midnight, end = view.two_days(soon().astimezone(SHOP_ZONE).date())
    kept = []
    for starts_at, ends_at in (
        (soon(minutes=1), soon(minutes=2)),
        (end - timedelta(minutes=1), end),
        (end, end + timedelta(hours=1)),
    ):
        session_id = make_session(starts_at=starts_at.isoformat(), ends_at=ends_at.isoformat())
        sessions.set_ready(session_id, True)
        kept.append(str(session_id))
    make_session(starts_at=soon(minutes=3).isoformat())  # a draft that isn't announced
    assert end - midnight == timedelta(days=2)
    view.CACHE.invalidate()
    assert [one["id"] for one in http.get(PATH).get_json()["items"]] == kept[:2]


def test_a_host_whose_clock_is_off(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = ShopClock()
    moved = soon(hours=5).timestamp()
    monkeypatch.setattr("mall.kernel.shop_clock.time", lambda: moved)
    shop_ms = clock.now_ms(db.session())
    assert abs(shop_ms - soon().timestamp() * 1000) < 2_000


def test_the_price_shown_is_never_above_the_shops(app: Flask, http: Http) -> None:
    session_id, _ = armed_session()
    with transaction() as session:
        session.execute(update(Sku).values(price_fen=8_000))
    (item,) = shown(http, session_id)["items"]
    assert (item["price_fen"], item["usual_price_fen"]) == (8_000, 8_000)


def test_what_is_kept_costs_no_statement(app: Flask, http: Http) -> None:
    session_id, _ = armed_session()
    http.get(PATH)
    http.get(f"{PATH}/{session_id}")
    with sent_statements() as sent:
        for _ in range(20):
            assert http.get(PATH).status_code == 200
            assert http.get(f"{PATH}/{session_id}").status_code == 200
    assert len(sent) <= 20, "the 40 answers came from what is kept, less a reload or two"
