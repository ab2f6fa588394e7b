"""A shopper closes the account, and comes back as somebody new. Through HTTP."""

from __future__ import annotations

from sqlalchemy import text

from mall.kernel.db import db
from mall.users.erasing import erase_due
from tests.support.aftersales import AfterSalesShop, upload
from tests.support.http import Http, error_code
from tests.support.staff import make_staff
from tests.support.wechat import login_code, phone_code

CLOSURE = "/api/v1/me/closure"
CONFIRMED = {"confirm": True}


def log_in(shop: AfterSalesShop) -> tuple[str, Http]:
    """The same WeChat opens the mini-program: the shopper's id, and its client."""
    code, _ = login_code(shop.simulator, shop.openid)
    body = Http(shop.app).post("/api/v1/sessions", {"code": code}).get_json()
    return body["user_id"], Http(shop.app).as_(body["token"])


def hindrances(shop: AfterSalesShop) -> list[str]:
    shown = shop.shopper.get(CLOSURE).get_json()
    assert shown["possible"] is not bool(shown["hindrances"])
    return [one["name"] for one in shown["hindrances"]]


def completed(shop: AfterSalesShop) -> str:
    """An order that was sent and received."""
    order_no = shop.bought(2)
    assert shop.ship(order_no).status_code == 201
    assert shop.shopper.post(f"/api/v1/orders/{order_no}/receipt").status_code == 204
    return order_no


def days_pass(days: int) -> None:
    for column in ("closed_at", "erase_due_at"):
        db.session.execute(text(f"UPDATE users SET {column} = {column} - interval '{days} days'"))
    db.session.commit()


def test_money_and_parcels_under_way_hinder(shop: AfterSalesShop) -> None:
    order_no = shop.order(1)
    assert hindrances(shop) == ["orders"]
    refused = shop.shopper.post(CLOSURE, CONFIRMED)
    assert (refused.status_code, error_code(refused)) == (409, "account_in_use")
    assert refused.get_json()["error"]["message"] == "还有 1 笔订单未完成"
    shop.pay(order_no)
    assert hindrances(shop) == ["orders"]
    after_sale = shop.applied(order_no, 1)
    assert hindrances(shop) == ["orders", "aftersales"]
    shop.pressed(shop.clerk, after_sale, "approval", {})
    assert hindrances(shop) == ["orders", "refunds", "aftersales"]
    shop.money_goes()
    assert error_code(shop.shopper.post(CLOSURE, {})) == "validation_failed"
    assert error_code(shop.shopper.post(CLOSURE, {"confirm": False})) == "validation_failed"
    assert shop.shopper.get("/api/v1/me").status_code == 200


def test_closed_and_registered_again(shop: AfterSalesShop) -> None:
    order_no = completed(shop)
    picture = upload(shop.shopper)
    after_sale = shop.applied(order_no, 1, description="王小明的枕头坏了", pictures=[picture])
    shop.pressed(shop.clerk, after_sale, "refusal", {"word": "没有坏"})
    phone = phone_code(shop.simulator, shop.openid, "13812345678")
    assert shop.shopper.put("/api/v1/me/phone", {"code": phone}).status_code == 200
    other_phone = log_in(shop)[1]
    shop.shopper.post("/api/v1/cart/lines", {"sku_id": str(shop.sku_id), "quantity": 1})
    assert hindrances(shop) == []

    assert shop.shopper.post(CLOSURE, CONFIRMED).status_code == 204
    for client in (shop.shopper, other_phone):
        assert client.get("/api/v1/me").status_code == 401
    shop.work()
    assert rows_with_data(shop) == {"orders", "payment_attempts", "after_sales", "uploads"}

    staff = Http(shop.app).as_(make_staff("shopper:read", "order:read"))
    seen = staff.get(f"/admin/api/v1/shoppers/{shop.user_id}").get_json()
    assert seen["closed_at"] is not None
    assert (seen["nickname"], seen["phone"], seen["avatar_url"]) == (None, None, None)
    lookup = staff.post("/admin/api/v1/shoppers/lookups", {"phone": "13812345678"})
    assert lookup.get_json()["items"] == []
    closed = staff.get("/admin/api/v1/shoppers", status="closed").get_json()["items"]
    assert [one["id"] for one in closed] == [str(shop.user_id)]

    new_id, again = log_in(shop)
    assert new_id != str(shop.user_id)
    assert again.get("/api/v1/orders").get_json()["items"] == []
    assert again.get(f"/api/v1/orders/{order_no}").status_code == 404

    days_pass(1)
    erase_due()  # the order's address is kept for another while
    assert "orders" in rows_with_data(shop)
    assert staff.get(f"/admin/api/v1/orders/{order_no}").get_json()["address"] is not None
    days_pass(30)
    erase_due()
    assert rows_with_data(shop) == set()
    order = staff.get(f"/admin/api/v1/orders/{order_no}").get_json()
    assert (order["status"], order["address"]) == ("completed", None)
    due = db.session.scalar(text("SELECT count(*) FROM users WHERE erase_due_at IS NOT NULL"))
    assert due == 0


def rows_with_data(shop: AfterSalesShop) -> set[str]:
    """The tables that still tell who the closed account was."""
    of = {"id": shop.user_id}
    tells = {
        "user_tokens": "user_id = :id",
        "addresses": "user_id = :id",
        "cart_lines": "user_id = :id",
        "idempotency_records": "principal = 'shopper:' || :id",
        "orders": "user_id = :id AND address_sealed IS NOT NULL",
        "payment_attempts": "openid <> ''"
        " AND order_id IN (SELECT id FROM orders WHERE user_id = :id)",
        "after_sales": "user_id = :id AND description <> ''",
        "uploads": "user_id = :id AND attached_to IS NOT NULL",
    }
    return {
        table
        for table, where in tells.items()
        if db.session.scalar(text(f"SELECT count(*) FROM {table} WHERE {where}"), of)
    }
