"""Seats by HTTP: quotes, opening, joining, a lone buyer's seat, leaving."""

from __future__ import annotations

from typing import Any

from werkzeug.test import TestResponse

from tests.support.groupbuy import (
    expire,
    joined,
    make_activity,
    opened,
    pay_seat,
    seats_of,
    sets_of,
    sku_of,
    team_by_code,
    team_of,
)
from tests.support.http import Http, error_code
from tests.support.invariants import check_invariants
from tests.support.orders import Buyer, buy, make_buyer, make_goods, order_of, pay

PREFIX = "/api/v1/group-buy"


def goods(buyer: Buyer, activity_id: int, **more: Any) -> dict[str, Any]:
    """What goes with a seat."""
    sku_id, address_id = str(sku_of(activity_id)), str(buyer.address_id)
    return {"sku_id": sku_id, "address_id": address_id, **more}


def quoted(http: Http, buyer: Buyer, body: dict[str, Any]) -> dict[str, Any]:
    """A quote that must be given."""
    answer = http.as_(buyer.token).post(f"{PREFIX}/quotes", body)
    assert answer.status_code == 200, answer.get_json()
    found: dict[str, Any] = answer.get_json()
    return found


def codes(quote: dict[str, Any]) -> list[str]:
    return [one["code"] for one in quote["refusals"]]


def press(
    http: Http, buyer: Buyer, path: str, body: dict[str, Any], quote: dict[str, Any]
) -> TestResponse:
    """Place at the total of a quote."""
    agreed = {"expected_payable_fen": quote["quote"]["payable_fen"]}
    return http.as_(buyer.token).post(f"{PREFIX}{path}", {**body, **agreed})


def test_a_team_is_opened_and_joined_at_the_quoted_total(http: Http) -> None:
    activity_id = make_activity()
    leader, member = make_buyer(), make_buyer()
    place = {"activity_id": str(activity_id)}
    body = goods(leader, activity_id, units=2)
    quote = quoted(http, leader, {**body, **place})
    assert quote["team_code"] is None
    assert quote["tier_set_id"] == str(sets_of(activity_id)[0])
    assert quote["refusals"] == []
    assert quote["quote"]["lines"][0]["left"] == 50
    payable = quote["quote"]["payable_fen"]
    assert quote["tiers"] == [
        {"size": 2, "unit_price_fen": 9_000, "payable_fen": payable, "back_fen": 0},
        {"size": 5, "unit_price_fen": 8_000, "payable_fen": payable - 2_000, "back_fen": 2_000},
        {"size": 9, "unit_price_fen": 7_000, "payable_fen": payable - 4_000, "back_fen": 4_000},
    ]
    seat = press(http, leader, "/teams", {**body, **place}, quote).get_json()
    assert seat["opened"] is True
    assert seat["status"] == "unpaid"
    code = seat["team_code"]
    join = {"team_code": code}
    assert codes(quoted(http, member, {**goods(member, activity_id), **join})) == [
        "group_team_unpaid"
    ]
    pay_seat(seat["order_no"])
    quote = quoted(http, member, {**goods(member, activity_id), **join})
    assert (quote["team_code"], quote["tier_set_id"], quote["refusals"]) == (code, None, [])
    body = goods(member, activity_id)
    seat = press(http, member, f"/teams/{code}/orders", body, quote).get_json()
    assert (seat["opened"], seat["team_code"]) == (False, code)
    pay_seat(seat["order_no"])
    assert seats_of(team_by_code(code).id) == ("formed", 0, 2, 0)
    check_invariants()


def test_what_a_quote_says_placing_refuses(http: Http) -> None:
    activity_id = make_activity(
        {2: 9_000, 3: 8_000},
        stock_units=7,
        shopper_units=5,
        open_teams=1,
        open_audience="customers",
    )
    leader = make_buyer()
    place = {"activity_id": str(activity_id)}

    def refused(buyer: Buyer, path: str, where: dict[str, str], units: int = 1) -> list[str]:
        body = goods(buyer, activity_id, units=units)
        quote = quoted(http, buyer, {**body, **where})
        sent = {**body, **(where if path == "/teams" else {})}
        answer = press(http, buyer, path, sent, quote)
        assert error_code(answer) == codes(quote)[0], answer.get_json()
        return codes(quote)

    assert refused(leader, "/teams", place) == ["group_customers_only"]
    buy_something(leader)
    team_id = opened(activity_id, leader)
    code = team_of(team_id).code
    path, join = f"/teams/{code}/orders", {"team_code": code}
    assert refused(leader, "/teams", place) == ["group_teams_limit"]
    assert refused(leader, path, join) == ["group_member_already"]
    assert refused(make_buyer(), path, join, 6) == ["group_units_limit"] * 2
    joined(team_id, units=5)
    assert refused(make_buyer(), path, join, 2) == ["group_sold_out"]
    joined(team_id)
    # Full is said before sold out.
    assert refused(make_buyer(), path, join)[0] == "group_team_full"
    expire(team_id)
    assert refused(make_buyer(), path, join)[0] == "group_team_over"


def buy_something(buyer: Buyer) -> None:
    """The shopper is a customer now."""
    pay(buy(buyer, {make_goods(): 1}))


def test_a_team_for_new_customers(http: Http) -> None:
    activity_id = make_activity(join_audience="new")
    code = team_of(opened(activity_id)).code
    customer, new = make_buyer(), make_buyer()
    buy_something(customer)
    body = {**goods(customer, activity_id), "team_code": code}
    assert codes(quoted(http, customer, body)) == ["group_new_only"]
    body = goods(new, activity_id)
    quote = quoted(http, new, {**body, "team_code": code})
    assert quote["refusals"] == []
    assert press(http, new, f"/teams/{code}/orders", body, quote).status_code == 201
    # One unpaid order as a new customer.
    other = team_of(opened(activity_id)).code
    quote = quoted(http, new, {**body, "team_code": other})
    assert codes(quote) == ["group_new_only"]
    answer = press(http, new, f"/teams/{other}/orders", body, quote)
    assert error_code(answer) == "group_new_only"


def test_a_chosen_tier_and_what_isnt_there(http: Http) -> None:
    activity_id = make_activity(mode="chosen")
    buyer = make_buyer()
    place = {**goods(buyer, activity_id), "activity_id": str(activity_id)}
    me = http.as_(buyer.token)

    def refusal(body: dict[str, Any]) -> str:
        return error_code(me.post(f"{PREFIX}/quotes", body))

    assert refusal(place) == "group_tier_unknown"
    assert refusal({**place, "size": 4}) == "group_tier_unknown"
    other_set = str(sets_of(make_activity())[0])
    assert refusal({**place, "size": 5, "tier_set_id": other_set}) == "group_tier_unknown"
    assert refusal({**place, "activity_id": "999999", "size": 5}) == "group_activity_not_found"
    strange = {**place, "size": 5, "sku_id": str(make_goods())}
    assert refusal(strange) == "group_sku_not_included"
    assert refusal({**place, "team_code": "aaaaaaaaaa"}) == "validation_failed"
    quote = quoted(http, buyer, {**place, "size": 5})
    assert [(one["size"], one["back_fen"]) for one in quote["tiers"]] == [(5, 0)]
    seat = press(http, buyer, "/teams", {**place, "size": 5}, quote).get_json()
    assert team_by_code(seat["team_code"]).sizes == [5]


def test_forged_codes_are_unknown(http: Http) -> None:
    activity_id = make_activity()
    team = team_of(opened(activity_id))
    buyer = make_buyer()
    me = http.as_(buyer.token)
    body = {**goods(buyer, activity_id), "expected_payable_fen": 9_000}
    forged = (str(team.id), team.code.upper(), team.code[:-1], "2" * 10, "' OR 1=1 --")
    for code in forged:
        path = f"{PREFIX}/teams/{code}"
        answers = [
            *(me.get(f"{path}{part}") for part in ("", "/card", "/code")),
            me.put(f"{path}/visit"),
            me.post(f"{path}/departure"),
            me.post(f"{path}/orders", body),
        ]
        assert {error_code(one) for one in answers} == {"group_team_not_found"}, code
        assert {one.status_code for one in answers} == {404}
    assert seats_of(team.id) == ("forming", 0, 1, 0)


def test_a_lone_buyer_joins_the_best_team_or_opens_one(http: Http) -> None:
    activity_id = make_activity({3: 9_000, 5: 8_000}, leader_price_fen=8_900)
    place = {"activity_id": str(activity_id), "match": True}
    path = f"/activities/{activity_id}/seats"

    def lone(expected: dict[str, Any] | None = None) -> dict[str, Any]:
        buyer = make_buyer()
        body = goods(buyer, activity_id)
        quote = quoted(http, buyer, {**body, **place})
        seat: dict[str, Any] = press(http, buyer, path, body, expected or quote).get_json()
        assert "error" in seat or seat["team_code"] == (quote["team_code"] or seat["team_code"])
        return seat

    first = lone()
    assert (first["opened"], first["payable_fen"]) == (True, 8_900)
    pay_seat(first["order_no"])
    second = lone()
    assert (second["opened"], second["team_code"]) == (False, first["team_code"])
    assert second["payable_fen"] == 9_000
    # A team that lacks two is behind one that lacks one, and before one that is formed.
    behind = opened(activity_id)
    third = lone()
    assert third["team_code"] == first["team_code"]
    for seat in (second, third):
        pay_seat(seat["order_no"])
    assert lone()["team_code"] == team_of(behind).code
    assert seats_of(behind) == ("forming", 1, 1, 0)
    # Another price than that which was shown is refused, and no team is opened.
    shown = {"quote": {"payable_fen": 8_900}}
    assert lone(shown)["error"]["code"] == "price_changed"
    check_invariants()


def test_leaving(http: Http) -> None:
    activity_id = make_activity({3: 9_000})
    leader, unpaid = make_buyer(), make_buyer()
    team = team_of(opened(activity_id, leader))
    path = f"{PREFIX}/teams/{team.code}/departure"
    order_no = joined(team.id, unpaid, paid=False)
    assert error_code(http.as_(make_buyer().token).post(path)) == "group_not_member"
    assert http.as_(unpaid.token).post(path).status_code == 204
    assert order_of(order_no).status == "closed"
    assert seats_of(team.id) == ("forming", 0, 1, 0)
    assert http.as_(leader.token).post(path).status_code == 204
    assert error_code(http.as_(leader.token).post(path)) == "group_not_member"
    check_invariants()


def test_a_repeated_press_is_one_seat(http: Http) -> None:
    activity_id = make_activity()
    buyer = make_buyer()
    me = http.as_(buyer.token)
    body = {**goods(buyer, activity_id), "expected_payable_fen": 9_000}
    path = f"{PREFIX}/activities/{activity_id}/seats"
    first, second = (me.post(path, body, key="press-one-1") for _ in range(2))
    assert first.get_json() == second.get_json()
    assert second.headers["Idempotent-Replay"] == "true"
