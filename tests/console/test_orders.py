"""Orders in the console: found, read, noted, sent."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from mall.kernel.db import transaction
from mall.kernel.money import yuan
from mall.shipping.queries import shipments_of_order
from mall.staff.queries import AuditFilter, audit_entries
from tests.support.console import Browser, text_of
from tests.support.http import Http
from tests.support.orders import buy, lines_of, make_buyer, make_goods, order_of, pay
from tests.support.staff import make_staff

ALL = ("order:read", "order:write", "order:ship")


def trail() -> list[str]:
    with transaction() as session:
        return [entry.action for entry in audit_entries(session, AuditFilter(), None, 100).items]


def parcels(order_no: str) -> list[str]:
    with transaction() as session:
        return [parcel.tracking_no for parcel in shipments_of_order(session, order_no)]


@pytest.fixture
def order_no(app: Flask) -> str:
    """A paid order of three units of one SKU and one of another."""
    found = buy(make_buyer(), {make_goods(price_fen=1234): 3, make_goods(price_fen=5): 1})
    pay(found)
    return found


@pytest.fixture
def browser(app: Flask) -> Browser:
    return Browser(app, make_staff(*ALL))


def parcel(order_no: str, units: list[int], tracking_no: str) -> dict[str, str]:
    """The form of the dialog, for so many units of each line."""
    form = {"carrier_code": "SF", "tracking_no": tracking_no}
    for place, (line, quantity) in enumerate(zip(lines_of(order_no), units, strict=True)):
        if quantity:
            form[f"lines.{place}.line_id"] = str(line.id)
            form[f"lines.{place}.quantity"] = str(quantity)
    return form


def test_the_list_says_what_the_api_says(app: Flask, order_no: str, browser: Browser) -> None:
    other = buy(make_buyer(), {make_goods(): 1})
    page = text_of(browser.get("/console/orders"))
    found = Http(app, browser.cookie).get("/admin/api/v1/orders").get_json()["items"]
    assert {one["order_no"] for one in found} == {order_no, other}
    for one in found:
        assert one["order_no"] in page
        assert f"¥{yuan(one['payable_fen'])}" in page
    waiting = text_of(browser.get("/console/orders?to_ship=true"))
    assert (order_no in waiting, other in waiting) == (True, False)
    empty = text_of(browser.get("/console/orders?order_no=20200101000000000001"))
    assert "没有符合条件的订单" in empty


def test_pages_of_the_list(app: Flask, browser: Browser) -> None:
    sku_id, buyer = make_goods(), make_buyer()
    orders = [buy(buyer, {sku_id: 1}) for _ in range(3)]
    first = browser.get("/console/orders?limit=2").get_data(as_text=True)
    (onward,) = re.findall(r'href="(/console/orders\?[^"]*cursor=[^"]*)"', first)
    second = text_of(browser.get(onward.replace("&amp;", "&")))
    assert [one in second for one in orders] == [True, False, False]


@pytest.mark.parametrize("query", ["limit=0", "status=lost", "cursor=x", "nothing=1", "user_id=a"])
def test_a_filter_that_doesn_t_fit(app: Flask, browser: Browser, query: str) -> None:
    answer = browser.get(f"/console/orders?{query}")
    assert answer.status_code == 422
    assert "validation_failed" in text_of(answer)


def test_the_receiver_is_masked_until_somebody_opens_them(
    app: Flask, order_no: str, browser: Browser
) -> None:
    page = text_of(browser.get(f"/console/orders/{order_no}"))
    assert "138****5678" in page
    assert "13812345678" not in page
    assert "文三路" not in page
    assert trail() == []
    opened = text_of(browser.post(f"/console/orders/{order_no}/address", {}))
    assert "13812345678" in opened
    assert "文三路 1 号 2 幢 301" in opened
    assert trail() == ["order.open"]


def test_a_note(app: Flask, order_no: str, browser: Browser) -> None:
    answer = browser.post(f"/console/orders/{order_no}/note", {"note": "<b>{{7*7}}</b>"})
    assert answer.status_code == 200
    assert "&lt;b&gt;{{7*7}}&lt;/b&gt;" in answer.get_data(as_text=True)
    assert order_of(order_no).staff_note == "<b>{{7*7}}</b>"
    assert trail() == ["order.note"]
    refused = browser.post(f"/console/orders/{order_no}/note", {"note": "长" * 501})
    assert refused.status_code == 422
    assert 'data-param="note"' in refused.get_data(as_text=True)
    assert order_of(order_no).staff_note == "<b>{{7*7}}</b>"
    emptied = browser.post(f"/console/orders/{order_no}/note", {"note": ""})
    assert emptied.status_code == 200
    assert order_of(order_no).staff_note == ""


def test_two_parcels(app: Flask, order_no: str, browser: Browser) -> None:
    dialog = text_of(browser.get(f"/console/orders/{order_no}/ship"))
    assert "待发 3" in dialog
    path = f"/console/orders/{order_no}/ship"
    first = browser.post(path, parcel(order_no, [2, 0], "SF0001"))
    assert "已发货，运单号 SF0001" in text_of(first)
    assert order_of(order_no).status == "paid"
    assert "待发 1" in text_of(browser.get(f"/console/orders/{order_no}/ship"))
    second = browser.post(path, parcel(order_no, [1, 1], "SF0002"))
    assert second.status_code == 200
    assert order_of(order_no).status == "shipped"
    assert parcels(order_no) == ["SF0001", "SF0002"]


def test_a_button_pressed_twenty_times(app: Flask, order_no: str, browser: Browser) -> None:
    path, form = f"/console/orders/{order_no}/ship", parcel(order_no, [1, 0], "SF0001")
    answers = [browser.post(path, form, key="0123456789abcdef") for _ in range(20)]
    assert {answer.status_code for answer in answers} == {200}
    assert {answer.mimetype for answer in answers} == {"text/html"}
    assert len({answer.get_data() for answer in answers}) == 1
    assert parcels(order_no) == ["SF0001"]
    other = browser.post(path, parcel(order_no, [1, 0], "SF0002"), key="0123456789abcdef")
    assert other.status_code == 422
    assert "idempotency_key_reused" in text_of(other)
    assert parcels(order_no) == ["SF0001"]


@pytest.mark.parametrize(
    ("change", "param"),
    [
        ({"tracking_no": "!"}, "tracking_no"),
        ({"lines.0.quantity": "many"}, "lines.0.quantity"),
        ({"lines.0.quantity": "0"}, "lines.0.quantity"),
        ({"lines.0.colour": "red"}, "lines.0.colour"),
        ({"weight": "1"}, "weight"),
    ],
)
def test_a_parcel_that_doesn_t_fit(
    app: Flask, order_no: str, browser: Browser, change: dict[str, str], param: str
) -> None:
    form = {**parcel(order_no, [1, 1], "SF0001"), **change}
    answer = browser.post(f"/console/orders/{order_no}/ship", form)
    assert answer.status_code == 422
    assert f'data-param="{param}"' in answer.get_data(as_text=True)
    assert (answer.headers["HX-Retarget"], parcels(order_no)) == ("#message", [])


def test_an_order_that_isn_t_there(app: Flask, browser: Browser) -> None:
    answer = browser.get("/console/orders/900719925")
    assert answer.status_code == 404
    assert "order_not_found" in text_of(answer)


def test_buttons_are_those_that_one_may_press(app: Flask, order_no: str, browser: Browser) -> None:
    page = browser.get(f"/console/orders/{order_no}").get_data(as_text=True)
    assert ("发货</button>" in page, "保存备注" in page) == (True, True)
    reader = Browser(app, make_staff("order:read"))
    page = reader.get(f"/console/orders/{order_no}").get_data(as_text=True)
    assert ("发货</button>" in page, "保存备注" in page) == (False, False)
