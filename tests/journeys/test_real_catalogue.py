"""A real merchant's sheet is imported, and a shopper buys from it through HTTP alone.

The same story is told with the demo shop, which is always there.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask

from mall.kernel.db import db
from tests.conftest import SHARED
from tests.support.cli import mall_process
from tests.support.http import Http, error_code
from tests.support.inventory import Units, units
from tests.support.payments import Shop, assert_money_is_right
from tests.support.servers import LiveServer

DATA = SHARED / "data"
REAL = (
    ("regions", "import", f"{DATA}/regions.csv"),
    (
        *("catalog", "import", f"{DATA}/catalogue.csv"),
        *("--attributes", f"{DATA}/attributes.csv", "--brands", f"{DATA}/brands.csv"),
    ),
)
NO_SHEET = pytest.mark.skipif(
    not (DATA / "catalogue.csv").exists(), reason="the merchant's sheet isn't here"
)


def ran(environment: dict[str, str], *command: str) -> str:
    """What a `mall` command printed; it must succeed."""
    done = mall_process(environment, *command)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@dataclass
class Visit(Shop):
    """A shopper and an administrator who do everything over HTTP, from the login on."""

    environment: dict[str, str]

    def __post_init__(self) -> None:
        self.control("/reset")
        db.session.remove()
        http = Http(self.app)
        given = self.control("/login-codes")
        self.openid = given["openid"]
        login = self.posted(http, "/api/v1/sessions", {"code": given["code"]}, 201)
        assert self.openid not in str(login)
        self.shopper = http.as_(login["token"])
        account = json.loads(ran(self.environment, "staff", "create-admin", "boss", "--json"))
        staff = self.posted(http, "/admin/api/v1/sessions", account, 201)
        self.staff = http.as_(staff["token"])

    def posted(self, http: Http, path: str, body: Any = None, expect: int = 200) -> Any:
        answer = http.post(path, body)
        assert answer.status_code == expect, answer.get_data(as_text=True)
        return answer.get_json()

    def shown(self, path: str, **query: Any) -> Any:
        answer = self.shopper.get(path, **query)
        assert answer.status_code == 200, answer.get_data(as_text=True)
        return answer.get_json()

    def find(self, word: str) -> dict[str, Any]:
        """Search, open the first hit that has stock, and choose its first SKU."""
        cards = self.shown("/api/v1/products/search", q=word)["items"]
        assert cards, f"{word} finds nothing"
        for card in cards:
            page = self.shown(f"/api/v1/products/{card['id']}")
            sku: dict[str, Any] = page["skus"][0]
            left = self.shown("/api/v1/stock", sku_ids=sku["id"])["items"]
            if left and left[0]["left"] >= 5:
                assert (page["name"], page["price_fen"]) == (card["name"], card["price_fen"])
                return sku
        raise AssertionError(f"none of the hits for {word} has stock")

    def settle_at(self) -> str:
        """Walk down the regions to a district and keep an address in it."""
        code = ""
        for _ in range(3):
            below = self.shown("/api/v1/regions", **({"parent": code} if code else {}))["items"]
            code = below[0]["code"]
        address = {
            "receiver": "王小明",
            "phone": "13800138000",
            "region_code": code,
            "detail": "文一西路 100 号",
        }
        kept = self.posted(self.shopper, "/api/v1/addresses", address, 201)
        assert kept["is_default"] is True
        return str(kept["id"])

    def refund_line(self, order_no: str, line: dict[str, Any], **more: Any) -> Any:
        body = {"lines": [{"line_id": line["id"], **line["back"]}], "reason": "不想要了", **more}
        return self.staff.post(f"/admin/api/v1/orders/{order_no}/refunds", body)

    def sent_back(self) -> None:
        """WeChat wants a minute between refunds: it passes, and the workers go on."""
        self.work()
        self.settle_down()
        self.let_time_pass(2)
        self.sweep()


@pytest.mark.parametrize(
    "commands",
    [pytest.param(REAL, marks=NO_SHEET, id="real"), pytest.param((("demo", "load"),), id="demo")],
)
def test_a_pillow_is_bought_and_given_back(  # noqa: PLR0917
    commands: tuple[tuple[str, ...], ...],
    app: Flask,
    environment: dict[str, str],
    simulator: LiveServer,
    live_mall: LiveServer,
    work: Callable[[], None],
) -> None:
    for command in commands:
        ran(environment, *command)
    visit = Visit(app, simulator, work, environment)

    sku = visit.find("枕头")
    sku_id = int(sku["id"])
    at_first = units(sku_id)  # the demo's flash sale has set some aside
    before, kept = at_first.sellable, at_first.reserved
    address_id = visit.settle_at()

    order = _ordered(visit, sku, address_id)
    order_no = order["order_no"]
    assert units(sku_id) == Units(before - 3, reserved=kept + 3)

    visit.pay(order_no)
    paid = visit.detail(order_no)
    assert (paid["status"], paid["paid_fen"]) == ("paid", order["payable_fen"])
    assert units(sku_id) == Units(before - 3, reserved=kept, sold=3)
    assert_money_is_right(visit)

    _shipped(visit, order_no)
    _refunded_bit_by_bit(visit, order_no, sku["price_fen"])
    assert units(sku_id) == Units(before - 3, reserved=kept, sold=3), (
        "sent goods don't come back by themselves"
    )
    assert_money_is_right(visit)


def _ordered(visit: Visit, sku: dict[str, Any], address_id: str) -> dict[str, Any]:
    line = {"sku_id": sku["id"], "quantity": 3}
    visit.posted(visit.shopper, "/api/v1/cart/lines", line, 201)
    [in_cart] = visit.shown("/api/v1/cart")["lines"]
    assert (in_cart["price_fen"], in_cart["quantity"]) == (sku["price_fen"], 3)
    wanted = {"cart": True, "address_id": address_id}
    quote = visit.posted(visit.shopper, "/api/v1/quotes", wanted)
    assert quote["goods_fen"] == 3 * sku["price_fen"]
    assert quote["payable_fen"] == quote["goods_fen"] + quote["freight_fen"]
    body = {**wanted, "expected_payable_fen": quote["payable_fen"]}
    order: dict[str, Any] = visit.posted(visit.shopper, "/api/v1/orders", body, 201)
    assert visit.shown("/api/v1/cart")["lines"] == []
    return order


def _shipped(visit: Visit, order_no: str) -> None:
    parcel = {"carrier_code": "ZTO", "tracking_no": "ZTO7788990011"}
    visit.posted(visit.staff, f"/admin/api/v1/orders/{order_no}/shipments", parcel, 201)
    visit.work()
    known = visit.heard(f"/shipments?openid={visit.openid}")["shipments"]
    assert [shipment["finished"] for shipment in known] == [True], "WeChat wasn't told"
    assert visit.status(order_no) == "shipped"
    assert visit.shopper.post(f"/api/v1/orders/{order_no}/receipt").status_code == 204
    assert visit.status(order_no) == "completed"


def _refunded_bit_by_bit(visit: Visit, order_no: str, price_fen: int) -> None:
    """Two parts, one fen too much, then the rest with the freight."""
    order = visit.detail(order_no)
    [line] = order["lines"]
    freight_fen = order["freight_fen"]

    part = visit.refund_line(order_no, {**line, "back": {"quantity": 1}})
    assert part.status_code == 201, part.get_json()
    assert part.get_json()["amount_fen"] == price_fen
    visit.sent_back()
    assert visit.detail(order_no)["refunded_fen"] == price_fen

    sorry = visit.refund_line(order_no, {**line, "back": {"quantity": 0, "amount_fen": 1}})
    assert sorry.status_code == 201, sorry.get_json()
    visit.sent_back()
    assert visit.detail(order_no)["refunded_fen"] == price_fen + 1

    rest_fen = 2 * price_fen - 1
    for too_much, freight in (
        ({"quantity": 2, "amount_fen": rest_fen + 1}, freight_fen),
        ({"quantity": 3, "amount_fen": rest_fen}, freight_fen),
        ({"quantity": 2, "amount_fen": rest_fen}, freight_fen + 1),
    ):
        refused = visit.refund_line(order_no, {**line, "back": too_much}, freight_fen=freight)
        assert (refused.status_code, error_code(refused)) == (409, "refund_not_possible")

    rest = {"quantity": 2, "amount_fen": rest_fen}
    last = visit.refund_line(order_no, {**line, "back": rest}, freight_fen=freight_fen)
    assert last.status_code == 201, last.get_json()
    visit.sent_back()
    order = visit.detail(order_no)
    assert order["refunded_fen"] == order["paid_fen"]
    [payment] = visit.wechat_payments()
    assert payment["refunded"] == order["paid_fen"]
    again = visit.refund_line(order_no, {**line, "back": {"quantity": 0, "amount_fen": 1}})
    assert (again.status_code, error_code(again)) == (409, "refund_not_possible")
