"""Staff find somebody's orders by receiver or phone: whole ones only, and never unseen."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import select, text

from mall.kernel.db import db, transaction
from mall.orders.closed_accounts import ADDRESSES
from mall.orders.closing import close_unpaid
from mall.orders.finding import orders_of
from mall.orders.locking import lock_order
from mall.orders.paying import place_again
from mall.orders.readdressing import address_of, replace_address
from mall.staff.models import AuditEntry
from tests.support.http import Http
from tests.support.orders import Buyer, buy, make_buyer, make_goods, order_of
from tests.support.staff import make_staff
from tests.support.users import make_address, make_shopper

LOOKUPS = "/admin/api/v1/orders/lookups"


@pytest.fixture
def clerk(app: Flask, http: Http) -> Http:
    return http.as_(make_staff("order:read", username="zhang"))


def found(clerk: Http, **asked: str) -> list[str]:
    answer = clerk.post(LOOKUPS, asked)
    assert answer.status_code == 200, answer.text
    return [item["order_no"] for item in answer.get_json()["items"]]


def readdress(order_no: str, **changes: str) -> None:
    with transaction() as session:
        order = lock_order(session, order_no)
        replace_address(session, order, replace(address_of(session, order.id), **changes))


def test_a_receivers_phone_however_it_is_written(clerk: Http) -> None:
    sku = make_goods()
    mine = buy(make_buyer(phone="13812345678"), {sku: 1})
    buy(make_buyer(phone="13812345679"), {sku: 1})
    for written in ("13812345678", "+86 138 1234 5678", "１３８-1234-5678"):
        assert found(clerk, phone=written) == [mine]
    for part in ("1381234567", "12345678", "13812345670"):
        assert found(clerk, phone=part) == []


def test_a_shoppers_phone_finds_what_goes_to_others(clerk: Http) -> None:
    user_id, token = make_shopper(phone="13700001111")
    buyer = Buyer(user_id, token, make_address(user_id, phone="13812345678"))
    order_no = buy(buyer, {make_goods(): 1})
    assert found(clerk, phone="13700001111") == [order_no]
    assert found(clerk, phone="13812345678") == [order_no]


def test_a_receivers_whole_name(clerk: Http) -> None:
    sku = make_goods()
    first, second = (buy(make_buyer(), {sku: 1}) for _ in range(2))
    readdress(second, receiver="Li Lei")
    assert found(clerk, receiver=" 张 三") == [first]
    assert found(clerk, receiver="ＬＩlei") == [second]
    assert found(clerk, receiver="张") == []
    assert found(clerk, receiver="张三", phone="13812345678") == [first]
    assert found(clerk, receiver="张三", phone="13900001111") == []


def test_where_it_goes_now_counts(clerk: Http) -> None:
    order_no = buy(make_buyer(phone="13812345678"), {make_goods(): 1})
    readdress(order_no, phone="13900001111")
    assert found(clerk, phone="13812345678") == []
    assert found(clerk, phone="13900001111") == [order_no]


def test_pages_newest_first(clerk: Http) -> None:
    sku, buyer = make_goods(), make_buyer(phone="13812345678")
    placed = [buy(buyer, {sku: 1}) for _ in range(3)]
    first = clerk.post(LOOKUPS, {"phone": "13812345678", "limit": 2}).get_json()
    rest = clerk.post(
        LOOKUPS, {"phone": "13812345678", "limit": 2, "cursor": first["next_cursor"]}
    ).get_json()
    shown = [item["order_no"] for item in first["items"] + rest["items"]]
    assert (shown, rest["next_cursor"]) == (placed[::-1], None)


def test_on_record_and_masked(clerk: Http) -> None:
    order_no = buy(make_buyer(), {make_goods(): 1})
    assert found(clerk, receiver="张三", phone="13812345678") == [order_no]
    entry = db.session.scalars(select(AuditEntry)).one()
    assert (entry.actor, entry.action, entry.target_id) == ("zhang", "order.find", order_no)
    assert entry.after == {"receiver": "张**", "phone": "138****5678", "found": 1}


def test_somebody_is_asked_for(clerk: Http, http: Http) -> None:
    for body in ({}, {"limit": 5}, {"phone": ""}, {"receiver": "\u200b"}, {"name": "王小明"}):
        assert clerk.post(LOOKUPS, body).status_code == 422, body
    other = http.as_(make_staff("order:ship"))
    assert other.post(LOOKUPS, {"phone": "13812345678"}).status_code == 403


def test_an_order_for_a_late_payment_is_found_too(clerk: Http) -> None:
    old = buy(make_buyer(phone="13812345678"), {make_goods(): 1})
    with transaction() as session:
        close_unpaid(session, old, "shopper")
        copy = place_again(session, old)
    assert copy is not None
    assert found(clerk, phone="13812345678", receiver="张三") == [copy.order_no, old]


def test_what_is_erased_is_found_no_more(clerk: Http) -> None:
    buyer = make_buyer(phone="13812345678")
    order_no = buy(buyer, {make_goods(): 1})
    with transaction() as session:
        ADDRESSES.erase(session, buyer.user_id)
    assert found(clerk, phone="13812345678") == []
    assert found(clerk, receiver="张三") == []
    order = order_of(order_no)
    assert (order.receiver_index, order.phone_index) == (None, None)


def test_every_way_has_an_index(app: Flask) -> None:
    make_shopper(phone="13812345678")
    with transaction() as session:
        session.execute(text("SET LOCAL enable_seqscan = off"))
        for receiver, phone in ((None, "13812345678"), ("张三", None)):
            query = orders_of(session, receiver, phone).compile(
                db.engine, compile_kwargs={"render_postcompile": True}
            )
            explained = session.connection().exec_driver_sql(f"EXPLAIN {query}", query.params)
            plan = "\n".join(explained.scalars())
            assert "ix_orders_" in plan, plan
            assert "Seq Scan" not in plan, plan
