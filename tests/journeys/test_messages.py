"""Marketing with manners, as a shopper meets it: at night, the fourth of a day, after "no more".

Through HTTP only, with WeChat's simulator; hours pass by shifting the quiet hours and the times
that are stored.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from mall.coupons.jobs import warn_of_expiry
from mall.kernel.clock import SHOP_ZONE
from mall.kernel.db import transaction
from mall.messages.waiting import release_waiting
from tests.support.coupons import terms
from tests.support.http import Http
from tests.support.invariants import check_invariants
from tests.support.messages import now, received
from tests.support.servers import LiveServer
from tests.support.staff import make_staff
from tests.support.wechat import control, login_code

TEMPLATE = "tpl-coupon-expiring-000000000000000000000001"
INBOX = "/api/v1/messages/inbox"


@dataclass
class Shop:
    """A shop that reminds of coupons, its staff, and a shopper with a phone."""

    simulator: LiveServer
    work: Callable[[], None]
    staff: Http
    shopper: Http
    openid: str

    def set(self, name: str, value: Any) -> None:
        """Staff change a setting."""
        path = f"/admin/api/v1/settings/{name}"
        known = self.staff.get("/admin/api/v1/settings").get_json()["items"]
        version = next(one["version"] for one in known if one["name"] == name)
        answer = self.staff.put(path, {"value": value, "version": version})
        assert answer.status_code == 200, answer.get_json()

    def quiet(self, from_h: int, until_h: int) -> None:
        """The quiet hours, in hours from now."""
        local = now().astimezone(SHOP_ZONE)
        for name, hours in (("from", from_h), ("until", until_h)):
            self.set(f"messages.quiet_{name}", f"{local + timedelta(hours=hours):%H:%M}")

    def accept_prompts(self, times: int) -> None:
        """The shopper presses "allow" so many times."""
        for _ in range(times):
            body = {"results": {TEMPLATE: "accept"}}
            assert self.shopper.post("/api/v1/subscriptions", body).status_code == 200
        control(self.simulator, "/grants", openid=self.openid, template_id=TEMPLATE, count=times)

    def claim(self, name: str) -> None:
        """The shopper claims a coupon, which expires tomorrow."""
        template = {**terms(), "name": name}
        made = self.staff.post("/admin/api/v1/coupon-templates", template).get_json()
        path = f"/api/v1/coupon-templates/{made['id']}/claims"
        assert self.shopper.post(path).status_code == 201
        with transaction() as session:
            session.execute(
                text(
                    "UPDATE coupons SET valid_from = valid_from - interval '6 days',"
                    " expires_at = expires_at - interval '6 days' WHERE warned_at IS NULL"
                )
            )

    def remind(self) -> None:
        """The shop looks for coupons that expire soon; all jobs are worked off."""
        warn_of_expiry()
        self.work()

    def hours_pass(self, hours: int) -> None:
        with transaction() as session:
            session.execute(
                text(
                    "UPDATE messages SET not_before = not_before - make_interval(hours => :hours)"
                    " WHERE not_before IS NOT NULL"
                ),
                {"hours": hours},
            )
        release_waiting()
        self.work()

    def arrived(self) -> list[str]:
        """The coupons of which WeChat has told the shopper, in this order."""
        newest_first = received(self.simulator, self.openid)
        return [one["data"]["thing1"] for one in reversed(newest_first)]

    def inbox(self) -> list[Any]:
        items: list[Any] = self.shopper.get(INBOX).get_json()["items"]
        return items


@pytest.fixture
def shop(app: Flask, http: Http, simulator: LiveServer, work: Callable[[], None]) -> Iterator[Shop]:
    control(simulator, "/reset")
    code, openid = login_code(simulator)
    token = http.post("/api/v1/sessions", {"code": code}).get_json()["token"]
    staff = http.as_(make_staff("settings:read", "settings:write", "coupon:write", "message:read"))
    shop = Shop(simulator, work, staff, http.as_(token), openid)
    fields = {"coupon": "thing1", "expires_at": "time2", "note": "thing3"}
    shop.set(
        "coupons.expiring_template",
        {"template_id": TEMPLATE, "fields": fields, "page": "pages/coupons"},
    )
    shop.quiet(0, 0)
    yield shop
    check_invariants()
    control(simulator, "/reset")


def test_a_message_wanted_at_ten_in_the_evening_arrives_at_nine(shop: Shop) -> None:
    """It is "22:00" now: the quiet hours began an hour ago and end in eleven."""
    shop.quiet(-1, 11)
    shop.accept_prompts(1)
    shop.claim("满 20 减 5")
    shop.remind()
    assert (shop.arrived(), shop.inbox()) == ([], [])
    (waits,) = shop.staff.get("/admin/api/v1/messages", status="waiting").get_json()["items"]
    assert (waits["kind"], waits["purpose"]) == ("coupon_expiring", "marketing")
    shop.hours_pass(10)
    assert shop.arrived() == [], "an hour too early"
    shop.quiet(-12, 0)  # it is nine: the quiet hours are just over
    shop.hours_pass(1)
    assert shop.arrived() == ["满 20 减 5"]
    assert shop.inbox() == [], "what was sent isn't told twice"


def test_the_fourth_of_a_day_lands_in_the_inbox(shop: Shop) -> None:
    shop.accept_prompts(5)
    names = ["一元券", "两元券", "三元券", "四元券"]
    for name in names:
        shop.claim(name)
        shop.remind()
    assert shop.arrived() == names[:3]
    assert shop.shopper.get(f"{INBOX}/badge").get_json() == {"unread": 1}
    (fourth,) = shop.inbox()
    assert "四元券" in fourth["body"]
    assert (fourth["title"], fourth["page"]) == ("优惠券即将到期", "pages/coupons")
    assert shop.shopper.put(f"{INBOX}/{fourth['id']}/read").status_code == 204
    assert shop.shopper.get(f"{INBOX}/badge").get_json() == {"unread": 0}
    (listed,) = shop.shopper.get("/api/v1/subscriptions").get_json()["items"]
    assert listed["remaining"] == 2, "the fourth cost no prompt"


def test_after_the_opt_out_nothing_arrives(shop: Shop) -> None:
    shop.quiet(-1, 11)
    shop.accept_prompts(3)
    shop.claim("今夜的券")
    shop.remind()
    off = shop.shopper.put("/api/v1/messages/preferences", {"marketing": False})
    assert off.get_json() == {"marketing": False}
    shop.quiet(-12, 0)
    shop.hours_pass(11)
    shop.claim("明早的券")
    shop.remind()
    assert (shop.arrived(), shop.inbox()) == ([], [])
    shop.shopper.put("/api/v1/messages/preferences", {"marketing": True})
    shop.claim("后来的券")
    shop.remind()
    assert shop.arrived() == ["后来的券"]
