"""The story of a ladder by HTTP: invited, first order, the window ends, both are rewarded, the
order comes back, both rewards do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask

from mall.aftersales.jobs import settle_orders
from tests.support.aftersales import AfterSalesShop
from tests.support.bringing import rule_terms
from tests.support.http import Http
from tests.support.ladders import from_now, rung
from tests.support.payments import assert_money_is_right
from tests.support.servers import LiveServer
from tests.support.staff import make_staff
from tests.support.users import make_shopper

ADMIN, API = "/admin/api/v1", "/api/v1"


@dataclass
class LadderShop(AfterSalesShop):
    """The shop's shopper is the invitee."""

    def __post_init__(self) -> None:
        super().__post_init__()
        _, token = make_shopper()
        self.inviter = Http(self.app).as_(token)
        ladders = ("ladder:read", "ladder:write", "reward:write")
        self.owner = Http(self.app).as_(make_staff(*ladders, "referral:read", "referral:write"))

    def rule(self, name: str) -> int:
        made = self.owner.post(f"{ADMIN}/reward-rules", rule_terms(name=name))
        assert made.status_code == 201, made.get_json()
        return int(made.get_json()["id"])

    def campaign(self) -> str:
        """One qualified invitee rewards both."""
        rungs = [
            rung("inviter", 1, self.rule("老客礼")),
            rung("inviter", 3, self.rule("三人礼")),
            rung("invitee", 1, self.rule("新客礼")),
        ]
        body = {"name": "邀好友一起逛", "ends_at": from_now(days=30), "rungs": rungs}
        made = self.owner.post(f"{ADMIN}/ladder-campaigns", body)
        assert made.status_code == 201, made.get_json()
        return str(made.get_json()["id"])

    def invited(self, campaign_id: str) -> None:
        """The inviter shares the campaign's page, and the shopper opens it."""
        page = {"page": {"kind": "ladder", "id": campaign_id}}
        shared = self.inviter.post(f"{API}/shares", page)
        assert shared.status_code == 200, shared.get_json()
        opened = self.shopper.post(f"{API}/shares/{shared.get_json()['token']}/opens")
        assert opened.status_code == 200, opened.get_json()
        self.work()

    def completed(self, order_no: str) -> None:
        """Sent, and received."""
        assert self.ship(order_no).status_code == 201
        assert self.shopper.post(f"{API}/orders/{order_no}/receipt").status_code == 204
        self.work()

    def window_ends(self) -> None:
        self.days_pass(30)
        settle_orders()
        self.work()

    def progress(self, campaign_id: str) -> dict[str, Any]:
        shown: dict[str, Any] = self.inviter.get(f"{API}/ladders/{campaign_id}").get_json()
        return shown

    def invitee(self, campaign_id: str) -> dict[str, Any]:
        path = f"{API}/ladders/{campaign_id}/invitees"
        (shown,) = self.inviter.get(path).get_json()["items"]
        found: dict[str, Any] = shown
        return found

    def decided(self, decision: str) -> None:
        """Staff decide how the only binding stands."""
        (found,) = self.owner.get(f"{ADMIN}/referral-screenings").get_json()["items"]
        path = f"{ADMIN}/referral-screenings/{found['binding_id']}"
        answer = self.owner.put(path, {"decision": decision, "reason": "核查"})
        assert answer.status_code == 204, answer.get_json()
        self.work()

    def points(self) -> tuple[int, int]:
        """Of the inviter, and of the invitee."""
        both = (self.inviter, self.shopper)
        first, second = (one.get(f"{API}/points").get_json()["available"] for one in both)
        return first, second


@pytest.fixture
def shop(
    app: Flask, simulator: LiveServer, live_mall: LiveServer, work: Callable[[], None]
) -> Iterator[LadderShop]:
    shop = LadderShop(app, simulator, work)
    yield shop
    assert_money_is_right(shop)


def test_invited_bought_settled_rewarded_refunded_reversed(shop: LadderShop) -> None:
    campaign_id = shop.campaign()
    shop.invited(campaign_id)
    assert (shop.invitee(campaign_id)["state"], shop.progress(campaign_id)["invites"]) == (
        "bound",
        0,
    )

    order_no = shop.bought()
    shop.work()
    shown = shop.progress(campaign_id)
    assert (shown["invites"], shown["qualified"], shown["waiting"]) == (1, 0, 1)
    assert [one["promised"] for one in shown["rungs"] if one["rung"]["side"] == "inviter"] == [1, 0]
    assert shop.invitee(campaign_id)["reason"] == "under_way"
    assert shop.points() == (0, 0)

    shop.completed(order_no)
    waits = shop.invitee(campaign_id)
    assert (waits["reason"], waits["until"] is not None) == ("return_window", True)
    assert shop.points() == (0, 0)

    shop.window_ends()
    assert shop.invitee(campaign_id)["state"] == "qualified"
    assert shop.points() == (100, 100)
    told = shop.inviter.get(f"{API}/messages/inbox").get_json()["items"]
    assert [one["title"] for one in told] == ["邀新奖励到账"]

    shop.refunded(order_no, 2)
    shop.work()
    assert shop.invitee(campaign_id)["state"] == "gone"
    assert shop.points() == (0, 0)
    grants = shop.owner.get(f"{ADMIN}/ladder-grants", campaign_id=campaign_id).get_json()["items"]
    assert {one["status"] for one in grants} == {"reversed"}


def test_an_order_that_comes_back_within_the_window_gives_nothing(shop: LadderShop) -> None:
    campaign_id = shop.campaign()
    shop.invited(campaign_id)
    order_no = shop.bought()
    shop.completed(order_no)
    number = shop.applied(order_no, 2)
    assert shop.invitee(campaign_id)["reason"] == "after_sale"
    shop.pressed(shop.clerk, number, "approval", {})
    shop.money_goes()
    assert shop.invitee(campaign_id)["state"] == "gone"
    shop.window_ends()
    assert shop.points() == (0, 0)
    grants = shop.owner.get(f"{ADMIN}/ladder-grants", campaign_id=campaign_id).get_json()["items"]
    assert {one["status"] for one in grants} == {"canceled"}


def test_sharing_and_logging_in_alone_give_nothing(shop: LadderShop) -> None:
    campaign_id = shop.campaign()
    for _ in range(3):
        shop.invited(campaign_id)
    assert shop.progress(campaign_id)["invites"] == 0
    assert shop.owner.get(f"{ADMIN}/ladder-grants").get_json()["items"] == []


def test_what_is_held_waits_for_staff_and_what_is_void_goes_back(shop: LadderShop) -> None:
    campaign_id = shop.campaign()
    shop.invited(campaign_id)
    shop.completed(shop.bought())
    shop.decided("hold")
    shop.window_ends()
    waits = shop.invitee(campaign_id)
    assert (waits["state"], waits["reason"], waits["until"]) == ("waiting", "checking", None)
    assert shop.points() == (0, 0)
    for decision, points in (("release", 100), ("void", 0), ("release", 100)):
        shop.decided(decision)
        assert shop.points() == (points, points)
    assert shop.progress(campaign_id)["qualified"] == 1
    grants = shop.owner.get(f"{ADMIN}/ladder-grants", campaign_id=campaign_id).get_json()["items"]
    assert {(one["status"], one["attempts"]) for one in grants} == {("granted", 2)}
