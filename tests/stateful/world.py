"""A real shop to play with: its HTTP, its workers, WeChat and the shoppers' phones.

WeChat's callbacks never come by themselves here (each is ordered to be dropped); the one
whoever plays fetches the envelope and delivers it when they like, as often as they like.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from typing import Any

import requests
from flask import Flask
from sqlalchemy import text
from werkzeug.test import TestResponse

from mall.aftersales.jobs import follow_refunds
from mall.aftersales.settings import WINDOW_DAYS
from mall.aftersales.settling import settle_due
from mall.kernel.db import db
from mall.orders.kinds import OrderKind
from mall.payments import closing, payment_queries
from mall.wechat.simulator.context import EXTENSION
from mall.wechat.simulator.envelopes import Envelope, callback_envelope
from tests.conftest import EMPTY_ALL
from tests.stateful.buying import Buyer, Purchase
from tests.stateful.kinds import NAME, Toy
from tests.stateful.points import EARNS, GIVEN
from tests.support.aftersales import ADDRESS
from tests.support.catalog import make_sku
from tests.support.coupons import make_template
from tests.support.features import installed
from tests.support.http import Http
from tests.support.invariants import check_invariants
from tests.support.inventory import stock
from tests.support.outbound import sweep_now
from tests.support.payments import PAY, REFUND
from tests.support.points import give
from tests.support.points_shop import make_earning_plan, open_checkout
from tests.support.servers import LiveServer
from tests.support.staff import make_staff
from tests.support.users import make_address, make_shopper

ADMIN = "/admin/api/v1"
PREPAY = "/v3/pay/transactions/jsapi"
ASKED = "/v3/pay/transactions/out-trade-no"
NO_SUCH_ORDER = {"status": 404, "code": "ORDER_NOT_EXIST", "message": "订单不存在"}


class World:
    """An empty mall with two shoppers, staff and some goods."""

    def __init__(self, app: Flask, simulator: LiveServer, work: Callable[[], None]) -> None:
        self.app, self.simulator, self._work = app, simulator, work
        self._wechat = requests.Session()
        self._installed, self.toy = ExitStack(), Toy()
        self._installed.enter_context(installed(self.toy.install, app))
        db.session.execute(text(EMPTY_ALL))
        db.session.commit()
        self.control("/reset")
        self.control("/settings", push_mode="off", refund_delay_s=0.0)
        self.control("/refunds/policy", outcome="PROCESSING", count=None)
        for target in (PAY, REFUND):
            self.control("/faults", target=target, kind="drop", count=None)
        http = Http(app)
        self.shoppers, self.user_ids, self.addresses = [], [], []
        for _ in range(2):
            openid = self.control("/login-codes")["openid"]
            user_id, token = make_shopper(openid=openid)
            self.shoppers.append(http.as_(token))
            self.user_ids.append(user_id)
            self.addresses.append(make_address(user_id))
            give(user_id, GIVEN)
        open_checkout()
        make_earning_plan(default_rate=100 * 100 // EARNS)
        self.staff = http.as_(make_staff("*"))
        assert self.staff.put(f"{ADMIN}/return-address", ADDRESS).status_code == 204
        db.session.remove()

    def close(self) -> None:
        self._wechat.close()
        self._installed.close()
        db.session.remove()

    def put_on_shelf(self, price_fen: int, units: int) -> int:
        return stock(make_sku(price_fen), units)

    def make_template(self, **terms: Any) -> int:
        return make_template(**terms)

    def control(self, path: str, /, **body: Any) -> dict[str, Any]:
        """One order to WeChat."""
        reply = self._wechat.post(f"{self.simulator.url}/_control{path}", json=body, timeout=10)
        assert reply.ok, reply.text
        answer: dict[str, Any] = reply.json()
        return answer

    def heard(self, path: str) -> dict[str, Any]:
        """What WeChat shows."""
        reply = self._wechat.get(f"{self.simulator.url}/_control{path}", timeout=10)
        answer: dict[str, Any] = reply.json()
        return answer

    # -- orders and money --------------------------------------------------------------

    def choices(self, coupons: list[int], free: str, points: int) -> dict[str, str]:
        """What is chosen with an order."""
        chosen = {"coupons": ",".join(map(str, coupons)), NAME: free, "points": str(points or "")}
        return {name: choice for name, choice in chosen.items() if choice}

    def buyer(
        self, shopper: int, basket: Mapping[int, int], choices: dict[str, str], kind: OrderKind
    ) -> Purchase:
        who = Buyer(self.shoppers[shopper], self.user_ids[shopper], self.addresses[shopper])
        return Purchase(who, basket, choices, kind)

    def start(self, shopper: int, order_no: str) -> TestResponse:
        return self.shoppers[shopper].post(f"/api/v1/orders/{order_no}/payment")

    def newest_payment(self) -> str:
        """The payment that WeChat was asked for last."""
        return str(self.heard("/payments")["payments"][0]["out_trade_no"])

    def lose_prepay(self) -> None:
        self.control("/faults", target="api", kind="lost_reply", path=PREPAY)

    def deny(self, number: str) -> None:
        """WeChat won't know this payment when it's asked next."""
        path = f"{ASKED}/{number}"
        self.control("/faults", target="api", kind="error", path=path, error=NO_SUCH_ORDER)

    def envelope(self, target: str, ref: str) -> Envelope:
        """What WeChat would have sent about a payment or a refund."""
        notice = self.heard(f"/callbacks?target={target}&ref={ref}")["callbacks"][0]
        return callback_envelope(self.simulator.app.extensions[EXTENSION], notice, "")

    def deliver(self, envelope: Envelope) -> int:
        path = "/" + envelope.url.split("/", 3)[3]
        with self.app.app_context(), self.app.test_client() as client:
            return client.post(path, data=envelope.body, headers=envelope.headers).status_code

    def money_back(self) -> dict[str, int]:
        """What WeChat has given back, by the number that it was asked for under."""
        shown = self.heard("/refunds")["refunds"]
        return {
            one["out_refund_no"]: one["amount"]["refund"]
            for one in shown
            if one["status"] == "SUCCESS"
        }

    def refunds_of(self, order_no: str) -> list[dict[str, Any]]:
        shown = self.staff.get(f"{ADMIN}/orders/{order_no}/payments")
        found: list[dict[str, Any]] = shown.get_json()["refunds"]
        return found

    # -- time --------------------------------------------------------------------------

    def ask_about(self, number: str) -> None:
        """The sweep asks about one payment, whose turn it is."""
        self._sql(
            "UPDATE payment_attempts SET next_query_at = clock_timestamp()"
            " + CASE WHEN out_trade_no = :no THEN interval '0' ELSE interval '1 hour' END"
            " WHERE next_query_at IS NOT NULL",
            no=number,
        )
        payment_queries.query_due_payments()
        db.session.remove()

    def time_is_up(self, order_no: str) -> None:
        """An unpaid order's deadline passes, and the sweep comes."""
        self._sql(
            "UPDATE orders SET expires_at = clock_timestamp() - interval '1 minute'"
            " WHERE order_no = :no",
            no=order_no,
        )
        closing.close_due_orders()
        db.session.remove()

    def returns_are_over(self, order_no: str) -> None:
        """The time to return a completed order passes, and the sweep comes."""
        self._sql(
            "UPDATE orders SET completed_at = clock_timestamp()"
            " - make_interval(days => :days, mins => 1) WHERE order_no = :no",
            no=order_no,
            days=WINDOW_DAYS.get(),
        )
        settle_due()
        db.session.remove()

    def shopper_looks(self, shopper: int, order_no: str) -> None:
        """The page after paying, a while after it was looked at last."""
        self._sql("UPDATE payment_attempts SET asked_at = NULL")
        shown = self.shoppers[shopper].get(f"/api/v1/orders/{order_no}/payment")
        assert shown.status_code == 200, shown.get_json()

    def work(self) -> None:
        """Workers do all there is to do; refunds of one payment go minute by minute.

        A worker starts timers too when their minute has come: payments aren't asked about
        then, since the model couldn't know.
        """
        self._sql(
            "UPDATE payment_attempts SET next_query_at = clock_timestamp() + interval '1 hour'"
            " WHERE next_query_at IS NOT NULL"
        )
        waiting = True
        while waiting:
            self._sql("UPDATE refunds SET tried_at = tried_at - interval '5 minutes'")
            sweep_now()
            db.session.remove()
            self._work()
            waiting = bool(
                db.session.scalar(text("SELECT count(*) FROM refunds WHERE status = 'pending'"))
            )
        follow_refunds()
        if settle_due():
            self._work()
        db.session.remove()

    def _sql(self, statement: str, **values: Any) -> None:
        db.session.execute(text(statement), values)
        db.session.commit()
        db.session.remove()

    # -- what is so --------------------------------------------------------------------

    def points(self, shopper: int) -> tuple[int, int, int, int]:
        """Available, frozen, held, debt."""
        shown = self.shoppers[shopper].get("/api/v1/points").get_json()
        return shown["available"], shown["frozen"], shown["held"], shown["debt"]

    def points_by_line(self, order_no: str) -> dict[int, int]:
        """What the lines of an order cost in points, by position from nought."""
        rows = db.session.execute(
            text(
                "SELECT s.position - 1 AS line, s.points FROM points_spent s"
                " JOIN orders o ON o.id = s.order_id WHERE o.order_no = :no"
            ),
            {"no": order_no},
        )
        found = {row.line: row.points for row in rows}
        db.session.remove()
        return found

    def stock(self) -> dict[int, tuple[int, int, int]]:
        """SKU → (sellable, reserved, sold)."""
        items = self.staff.get(f"{ADMIN}/stock", limit=100).get_json()["items"]
        return {
            int(row["sku_id"]): (row["sellable"], row["reserved"], row["sold"]) for row in items
        }

    def coupons(self) -> dict[int, str]:
        """Coupon → its status, whosever it is."""
        page = self.staff.get(f"{ADMIN}/coupons", limit=100).get_json()
        assert not page["next_cursor"]
        return {int(item["id"]): item["status"] for item in page["items"]}

    def orders(self, shopper: int) -> list[dict[str, Any]]:
        """A shopper's list of orders."""
        page = self.shoppers[shopper].get("/api/v1/orders", limit=100).get_json()
        assert not page["next_cursor"]
        found: list[dict[str, Any]] = page["items"]
        return found

    def order(self, shopper: int, order_no: str) -> dict[str, Any]:
        shown = self.shoppers[shopper].get(f"/api/v1/orders/{order_no}")
        assert shown.status_code == 200, shown.get_json()
        body: dict[str, Any] = shown.get_json()
        return body

    def check_invariants(self) -> None:
        db.session.remove()
        check_invariants()
        db.session.remove()
