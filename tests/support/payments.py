"""A shopper with a phone, a shop and its staff, for the stories about paying.

The stories act through HTTP only: the mall's own API, and the simulator's control API for
what happens on the phone and at WeChat. `let_time_pass` and `assert_money_is_right` look
under the counter.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import requests
from flask import Flask
from sqlalchemy import text
from werkzeug.test import TestResponse

from mall.kernel.db import db
from mall.kernel.outbound_jobs import sweep_outbound_calls
from mall.payments import closing, payment_queries
from tests.support.catalog import make_sku
from tests.support.http import Http
from tests.support.invariants import check_invariants
from tests.support.inventory import stock
from tests.support.servers import LiveServer
from tests.support.staff import make_staff
from tests.support.users import make_address, make_shopper
from tests.support.wechat import control

PAY, REFUND = "pay-notify", "refund-notify"


@dataclass
class Shop:
    """One shop with a shopper in it and a SKU of 20 units at 12.34 yuan on the shelf."""

    app: Flask
    simulator: LiveServer
    work: Callable[[], None]
    openid: str = field(init=False)
    shopper: Http = field(init=False)
    staff: Http = field(init=False)
    user_id: int = field(init=False)
    address_id: int = field(init=False)
    sku_id: int = field(init=False)

    def __post_init__(self) -> None:
        self.control("/reset")
        http = Http(self.app)
        self.openid = self.control("/login-codes")["openid"]
        self.user_id, token = make_shopper(openid=self.openid)
        self.shopper = http.as_(token)
        self.staff = http.as_(make_staff("refund:write", "refund:read", "payment:read"))
        self.address_id = make_address(self.user_id)
        self.sku_id = stock(make_sku(price_fen=1234, name="四件套"), 20)
        db.session.remove()

    # -- the shopper -------------------------------------------------------------------

    def order(self, quantity: int = 2, **more: int) -> str:
        """Place an order; its number. `more` is {SKU id as text: units}."""
        wanted = {str(self.sku_id): quantity, **more}
        lines = [{"sku_id": sku, "quantity": count} for sku, count in wanted.items()]
        goods = {"lines": lines, "address_id": str(self.address_id)}
        quote = self.shopper.post("/api/v1/quotes", goods)
        assert quote.status_code == 200, quote.get_json()
        payable = quote.get_json()["payable_fen"]
        placed = self.shopper.post("/api/v1/orders", {**goods, "expected_payable_fen": payable})
        assert placed.status_code == 201, placed.get_json()
        return str(placed.get_json()["order_no"])

    def start(self, order_no: str) -> dict[str, str]:
        """Press "pay": the arguments of wx.requestPayment."""
        started = self.shopper.post(f"/api/v1/orders/{order_no}/payment")
        assert started.status_code == 200, started.get_json()
        parameters: dict[str, str] = started.get_json()["parameters"]
        return parameters

    def approve(self, parameters: dict[str, str]) -> str:
        """Type the password; the out_trade_no that was paid."""
        paid = self.control("/request-payment", **parameters, openid=self.openid)
        assert paid["errMsg"] == "requestPayment:ok"
        return str(paid["out_trade_no"])

    def pay(self, order_no: str) -> str:
        """Press "pay", type the password, and wait until WeChat has told the mall."""
        out_trade_no = self.approve(self.start(order_no))
        self.settle_down()
        return out_trade_no

    def bought(self, quantity: int = 2, **more: int) -> str:
        """An order that is paid."""
        order_no = self.order(quantity, **more)
        self.pay(order_no)
        assert self.status(order_no) == "paid"
        return order_no

    def payment(self, order_no: str) -> dict[str, Any]:
        """The page after paying."""
        shown: dict[str, Any] = self.shopper.get(f"/api/v1/orders/{order_no}/payment").get_json()
        return shown

    def cancel(self, order_no: str) -> TestResponse:
        return self.shopper.post(f"/api/v1/orders/{order_no}/cancellation")

    def detail(self, order_no: str) -> dict[str, Any]:
        shown = self.shopper.get(f"/api/v1/orders/{order_no}")
        assert shown.status_code == 200, shown.get_json()
        body: dict[str, Any] = shown.get_json()
        return body

    def status(self, order_no: str) -> str:
        return str(self.detail(order_no)["status"])

    # -- the staff ---------------------------------------------------------------------

    def refund(self, order_no: str, quantity: int, **more: Any) -> TestResponse:
        """Refund units of the order's first line, with freight or an amount in `more`."""
        line: dict[str, Any] = {
            "line_id": self.detail(order_no)["lines"][0]["id"],
            "quantity": quantity,
        }
        if "amount_fen" in more:
            line["amount_fen"] = more.pop("amount_fen")
        body = {"lines": [line], "reason": "不想要了", **more}
        return self.staff.post(f"/admin/api/v1/orders/{order_no}/refunds", body)

    def refunded(self, order_no: str, quantity: int, **more: Any) -> str:
        """Ask for a refund, let the workers send it, wait for WeChat; its refund_no."""
        asked = self.refund(order_no, quantity, **more)
        assert asked.status_code == 201, asked.get_json()
        self.work()
        self.settle_down()
        return str(asked.get_json()["refund_no"])

    def show_refund(self, refund_no: str) -> dict[str, Any]:
        shown: dict[str, Any] = self.staff.get(f"/admin/api/v1/refunds/{refund_no}").get_json()
        return shown

    def stuck(self) -> list[str]:
        items = self.staff.get("/admin/api/v1/refunds", stuck="true").get_json()["items"]
        return [item["refund_no"] for item in items]

    def retry(self, refund_no: str) -> TestResponse:
        """Staff press "try again", and the workers do it."""
        pressed = self.staff.post(f"/admin/api/v1/refunds/{refund_no}/retry")
        self.work()
        self.settle_down()
        return pressed

    def discrepancies(self) -> list[str]:
        items = self.staff.get("/admin/api/v1/payment-discrepancies").get_json()["items"]
        return [item["kind"] for item in items]

    def payments(self, order_no: str) -> dict[str, Any]:
        shown = self.staff.get(f"/admin/api/v1/orders/{order_no}/payments")
        body: dict[str, Any] = shown.get_json()
        return body

    # -- WeChat ------------------------------------------------------------------------

    def control(self, path: str, /, **body: Any) -> dict[str, Any]:
        return control(self.simulator, path, **body)

    def fault(self, target: str, kind: str, **more: Any) -> None:
        """Let WeChat or the network misbehave once, or as `more` says."""
        self.control("/faults", target=target, kind=kind, **more)

    def settle_down(self) -> None:
        """Wait until WeChat has nothing more to say for now."""
        assert self.control("/wait", seconds=10)["idle"]

    def heard(self, path: str) -> dict[str, Any]:
        """What the simulator shows under /_control."""
        reply = requests.get(f"{self.simulator.url}/_control{path}", timeout=10)
        body: dict[str, Any] = reply.json()
        return body

    def callbacks(self, target: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.heard(f"/callbacks?target={target}")["callbacks"]
        return found

    def wechat_payments(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.heard("/payments")["payments"]
        return found

    # -- time --------------------------------------------------------------------------

    def sweep(self) -> None:
        """What the timers do: ask, close, send; and the jobs that come of it."""
        payment_queries.query_due_payments()
        closing.close_due_orders()
        sweep_outbound_calls()
        db.session.remove()
        self.work()
        self.settle_down()

    def let_time_pass(self, minutes: int) -> None:
        """As if the payments' world were so much older; the clock itself stands."""
        by = f"- interval '{minutes} minutes'"
        for table, columns in {
            "orders": ("expires_at",),
            "payment_attempts": ("prepay_at", "asked_at", "next_query_at", "expires_at"),
            "order_closings": ("next_try_at", "created_at"),
            "refunds": ("tried_at", "created_at"),
            "outbound_calls": ("due_at", "claimed_until"),
        }.items():
            changes = ", ".join(f"{column} = {column} {by}" for column in columns)
            db.session.execute(text(f"UPDATE {table} SET {changes}"))
        db.session.commit()
        db.session.remove()


def wait_for(done: Callable[[], bool], seconds: float = 10) -> None:
    """Wait until something is so, or fail."""
    deadline = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < deadline, "it didn't come about"
        time.sleep(0.02)


# -- what must hold ----------------------------------------------------------------------


def assert_money_is_right(shop: Shop) -> None:
    """Every invariant holds, and WeChat's own books say the same as ours."""
    db.session.remove()
    check_invariants()
    _assert_agrees_with_wechat(shop)
    db.session.remove()


def _assert_agrees_with_wechat(shop: Shop) -> None:
    theirs = {
        payment["transaction_id"]: (payment["out_trade_no"], payment["total"], payment["refunded"])
        for payment in shop.wechat_payments()
        if payment["paid_at"] is not None
    }
    ours = {
        transaction_id: (out_trade_no, amount, refunded)
        for transaction_id, out_trade_no, amount, refunded in db.session.execute(
            text(
                """SELECT transaction_id, out_trade_no, amount_fen, (
                       SELECT COALESCE(sum(r.amount_fen), 0)::bigint FROM refunds r
                       WHERE r.attempt_id = a.id AND r.status IN ('sent', 'succeeded', 'abnormal'))
                   FROM payment_attempts a WHERE transaction_id IS NOT NULL"""
            )
        )
    }
    assert ours == theirs, "our books and WeChat's differ"
