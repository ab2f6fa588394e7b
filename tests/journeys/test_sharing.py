"""Stories of shares through HTTP: a friend comes, buys, and everybody knows whose that was."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from tests.support.bindings import sharing_holds
from tests.support.browsing import make_product
from tests.support.group_shop import API, GroupShop, Person
from tests.support.groupbuy import make_activity, team_of
from tests.support.http import Http
from tests.support.orders import Buyer
from tests.support.payments import assert_money_is_right
from tests.support.servers import LiveServer
from tests.support.staff import make_staff
from tests.support.users import make_address
from tests.support.wechat import login_code

ADMIN = "/admin/api/v1"
SHARES = "/api/v1/shares"
LOGIN = "/api/v1/sessions"


@pytest.fixture
def shop(
    app: Flask, simulator: LiveServer, live_mall: LiveServer, work: Callable[[], None]
) -> Iterator[GroupShop]:
    shop = GroupShop(app, simulator, work)
    yield shop
    assert_money_is_right(shop)
    sharing_holds()


def comes(shop: GroupShop, attribution: Any = None) -> Person:
    """Somebody whom the shop never saw opens the mini-program."""
    code, openid = login_code(shop.simulator)
    body = {"code": code} | ({"attribution": attribution} if attribution else {})
    answer: TestResponse = Http(shop.app).post(LOGIN, body)
    assert answer.status_code in (200, 201), answer.get_json()
    user_id = int(answer.get_json()["user_id"])
    shop.work()
    token = answer.get_json()["token"]
    return Person(Buyer(user_id, token, make_address(user_id)), openid, Http(shop.app).as_(token))


def shared(who: Http, page: dict[str, str]) -> dict[str, Any]:
    made = who.post(SHARES, {"page": page})
    assert made.status_code == 200, made.get_json()
    found: dict[str, Any] = made.get_json()
    return found


def buys(shop: GroupShop, who: Person) -> str:
    """The friend buys one piece and pays with a phone of their own."""
    goods = {
        "lines": [{"sku_id": str(shop.sku_id), "quantity": 1}],
        "address_id": str(who.buyer.address_id),
    }
    payable = who.http.post("/api/v1/quotes", goods).get_json()["payable_fen"]
    placed = who.http.post("/api/v1/orders", {**goods, "expected_payable_fen": payable})
    order_no = str(placed.get_json()["order_no"])
    shop.pays(who, order_no)
    shop.work()
    return order_no


def staff_of(shop: GroupShop) -> Http:
    return Http(shop.app).as_(make_staff("referral:read", "referral:write"))


def bindings_of(staff: Http, who: Person) -> list[dict[str, Any]]:
    """The shopper's bindings as staff see them, newest first."""
    found = staff.get(f"{ADMIN}/referral-bindings", invitee_id=str(who.buyer.user_id))
    items: list[dict[str, Any]] = found.get_json()["items"]
    return items


def attributions_of(staff: Http, who: Person) -> list[tuple[str, str | None, bool]]:
    """Whose the shopper's orders are, newest first: the order, the inviter, whether the first."""
    found = staff.get(f"{ADMIN}/order-attributions", user_id=str(who.buyer.user_id))
    return [
        (one["order_no"], one["inviter_id"], one["first_order"])
        for one in found.get_json()["items"]
    ]


def test_a_friend_comes_by_a_share_and_buys(shop: GroupShop) -> None:
    """The friend stays the sharer's; staff give the friend to somebody else; the order that was
    paid before stays where it was."""
    staff, me = staff_of(shop), str(shop.user_id)
    share = shared(shop.shopper, {"kind": "product", "id": str(make_product()[0])})
    friend = comes(shop, {"share": share["token"]})
    led = friend.http.post(f"{SHARES}/{share['token']}/opens").get_json()
    assert led == {"page": share["page"], "expired": False, "path": None}
    (binding,) = bindings_of(staff, friend)
    assert (binding["inviter_id"], binding["ended_at"]) == (me, None)

    first = buys(shop, friend)
    assert attributions_of(staff, friend) == [(first, me, True)]
    (mine,) = shop.shopper.get(SHARES).get_json()["items"]
    assert (mine["opened"], mine["shoppers"], mine["orders"]) == (1, 1, 1)

    # Another share that the friend opens wins the next order, and not the friend.
    rival = comes(shop)
    other = shared(rival.http, share["page"])
    assert other["token"] != share["token"]
    friend.http.post(f"{SHARES}/{other['token']}/opens")
    shop.work()
    second = buys(shop, friend)
    him = str(rival.buyer.user_id)
    assert attributions_of(staff, friend) == [(second, him, False), (first, me, True)]
    assert [one["inviter_id"] for one in bindings_of(staff, friend)] == [me]

    body = {"inviter_id": him, "invitee_id": binding["invitee_id"], "reason": "门店登记"}
    assert staff.post(f"{ADMIN}/referral-bindings", body).status_code == 201
    shop.work()
    assert [(one["inviter_id"], one["end_reason"]) for one in bindings_of(staff, friend)] == [
        (him, None),
        (me, "replaced"),
    ]
    assert attributions_of(staff, friend) == [(second, him, False), (first, me, True)]


def test_a_team_is_shared_and_joined(shop: GroupShop) -> None:
    """The card of a team names its page; the share of that page leads a friend to the team."""
    staff = staff_of(shop)
    activity_id = make_activity(earns=True)
    team_id, _ = shop.opens(shop.me(), activity_id)
    code = team_of(team_id).code
    card = shop.shopper.get(f"{API}/teams/{code}/card").get_json()
    share = shared(shop.shopper, {"kind": card["page"]["kind"], "id": str(card["page"]["id"])})
    assert share["path"] == f"{card['page_path']}&share={share['token']}"
    assert len(f"s={share['token']}") <= 32, "it fits the scene of a code"

    friend = comes(shop, {"share": share["token"]})
    led = friend.http.post(f"{SHARES}/{share['token']}/opens").get_json()
    assert led["page"] == {"kind": "group_team", "id": str(team_id)}
    assert led["path"] == card["page_path"], "all that the client needs to show the team"
    team_code = led["path"].partition("t=")[2]
    assert friend.http.get(f"{API}/teams/{team_code}").status_code == 200
    seat = shop.joins(friend, team_id, activity_id)
    shop.work()
    me = str(shop.user_id)
    assert [one["inviter_id"] for one in bindings_of(staff, friend)] == [me]
    assert attributions_of(staff, friend) == [(seat, me, True)]
    (mine,) = shop.shopper.get(SHARES).get_json()["items"]
    assert (mine["page_kind"], mine["shoppers"], mine["orders"]) == ("group_team", 1, 1)
