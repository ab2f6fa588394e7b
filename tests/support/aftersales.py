"""A shop with after-sales, for the stories about goods that come back."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from typing import Any

from PIL import Image
from sqlalchemy import text
from werkzeug.test import TestResponse

from mall.aftersales import applying
from mall.aftersales.jobs import decide_due, follow_refunds
from mall.kernel.db import db
from tests.support.http import Http
from tests.support.payments import Shop
from tests.support.shipping import TestOrder
from tests.support.staff import make_staff

ADDRESS = {"receiver": "退货部", "phone": "0571-88886666", "address": "杭州市文一西路 1 号"}


def ask_back(order: TestOrder, units: int = 1) -> str:
    """The shopper's after-sale of units of the first line, money only: its number."""
    return applying.apply(
        order.user_id,
        order.order_no,
        "refund_only",
        {order.line_ids[0]: units},
        reason="late",
        description="",
        pictures=[],
    )


def picture(kind: str = "JPEG", size: tuple[int, int] = (60, 40), **more: Any) -> bytes:
    """A small picture, red."""
    out = BytesIO()
    Image.new("RGB", size, (200, 10, 10)).save(out, kind, **more)
    return out.getvalue()


def send_picture(http: Http, raw: bytes, path: str = "/api/v1/uploads") -> TestResponse:
    """What wx.uploadFile does."""
    headers = {"Authorization": f"Bearer {http.token}"}
    form = {"file": (BytesIO(raw), "evil.html", "text/html")}
    with http.app.app_context(), http.app.test_client() as client:
        return client.post(path, data=form, headers=headers)


def upload(http: Http, raw: bytes | None = None, path: str = "/api/v1/uploads") -> str:
    """The name of a picture that was taken."""
    taken = send_picture(http, raw or picture(), path)
    assert taken.status_code == 201, taken.get_json()
    return str(taken.get_json()["name"])


@dataclass
class AfterSalesShop(Shop):
    """A shop whose clerk ships and answers after-sales."""

    def __post_init__(self) -> None:
        super().__post_init__()
        permissions = ("aftersale:read", "aftersale:write", "order:ship", "upload:write")
        self.clerk = Http(self.app).as_(make_staff(*permissions))
        put = self.clerk.put("/admin/api/v1/return-address", ADDRESS)
        assert put.status_code == 204, put.get_json()

    def apply(self, order_no: str, quantity: int, **more: Any) -> TestResponse:
        """Ask for units of the first line back, or of `line`."""
        line = self.detail(order_no)["lines"][more.pop("line", 0)]["id"]
        body = {
            "kind": "refund_only",
            "lines": [{"line_id": line, "quantity": quantity}],
            "reason": "not_wanted",
            **more,
        }
        return self.shopper.post(f"/api/v1/orders/{order_no}/after-sales", body)

    def applied(self, order_no: str, quantity: int, **more: Any) -> str:
        asked = self.apply(order_no, quantity, **more)
        assert asked.status_code == 201, asked.get_json()
        assert asked.get_json()["status"] == "applied"
        return str(asked.get_json()["after_sale_no"])

    def press(self, who: Http, number: str, verb: str, body: Any = None) -> TestResponse:
        """A button of an after-sale."""
        prefix = "/api/v1" if who is self.shopper else "/admin/api/v1"
        return who.post(f"{prefix}/after-sales/{number}/{verb}", body)

    def pressed(self, who: Http, number: str, verb: str, body: Any = None) -> dict[str, Any]:
        answer = self.press(who, number, verb, body)
        assert answer.status_code == 200, answer.get_json()
        shown: dict[str, Any] = answer.get_json()
        return shown

    def money_goes(self) -> None:
        """Workers send the refund, WeChat pays, the after-sale hears of it."""
        self.work()
        self.settle_down()
        self.work()

    def after_sale(self, number: str) -> dict[str, Any]:
        shown = self.shopper.get(f"/api/v1/after-sales/{number}")
        assert shown.status_code == 200, shown.get_json()
        body: dict[str, Any] = shown.get_json()
        return body

    def path_of(self, number: str) -> list[tuple[str, str]]:
        """The steps of an after-sale: to where, by whom."""
        return [(step["to_status"], step["actor"]) for step in self.after_sale(number)["steps"]]

    def ship(self, order_no: str, tracking_no: str = "ZTO1234567", **more: Any) -> TestResponse:
        body = {"carrier_code": "ZTO", "tracking_no": tracking_no, **more}
        return self.clerk.post(f"/admin/api/v1/orders/{order_no}/shipments", body)

    def sent(self, quantity: int = 2, **more: int) -> str:
        """An order that is paid and sent."""
        order_no = self.bought(quantity, **more)
        shipped = self.ship(order_no)
        assert shipped.status_code == 201, shipped.get_json()
        return order_no

    def days_pass(self, days: int) -> None:
        """As if so many days had gone by for after-sales; then the sweeps run."""
        for table, column in (("after_sales", "due_at"), ("orders", "completed_at")):
            db.session.execute(
                text(f"UPDATE {table} SET {column} = {column} - interval '{days} days'")
            )
        db.session.commit()
        db.session.remove()
        decide_due()
        follow_refunds()
        db.session.remove()
