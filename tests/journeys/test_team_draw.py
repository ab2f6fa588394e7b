"""拼团+抽奖 by HTTP: two buy together, each draws once, the winner's money comes back and the goods
are kept; the books of the mall and of WeChat agree."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator

import pytest
from flask import Flask

from tests.support.group_shop import GroupShop
from tests.support.groupbuy import let_expire
from tests.support.http import Http, error_code
from tests.support.invariants import check_invariants
from tests.support.lottery import ADMIN, SHOPPER, begin, lottery_terms, prize, thanks
from tests.support.payments import assert_money_is_right
from tests.support.servers import LiveServer
from tests.support.staff import make_staff
from tests.support.team_draws import coming_activity, opens_now

RULES = "/admin/api/v1/reward-rules"


@pytest.fixture
def shop(
    app: Flask, simulator: LiveServer, live_mall: LiveServer, work: Callable[[], None]
) -> Iterator[GroupShop]:
    shop = GroupShop(app, simulator, work)
    yield shop
    assert_money_is_right(shop)
    check_invariants()


def test_the_winner_s_money_comes_back(shop: GroupShop) -> None:
    staff, anybody = Http(shop.app).as_(make_staff("*")), Http(shop.app)
    activity_id = coming_activity({2: 9_000, 3: 8_000})
    free = {"name": "免单", "reward": [{"kind": "free_order", "what": str(activity_id)}]}
    rule_id = int(staff.post(RULES, free).get_json()["id"])
    terms = lottery_terms(
        prize(rule_id, count=1, name="免单", worth_fen=9_000), thanks(1), tickets=2
    )
    lottery_id = staff.post(ADMIN, terms).get_json()["id"]
    reviewed = {"replaces": 1, "accept_warnings": True}
    assert staff.post(f"{ADMIN}/{lottery_id}/publication", reviewed).status_code == 200
    of_activity = f"/group-activities/{activity_id}/lottery"
    bound = staff.put(f"/admin/api/v1{of_activity}", {"lottery_id": lottery_id})
    assert bound.status_code == 200, bound.get_json()
    odds = [one["odds"] for one in anybody.get(f"/api/v1{of_activity}").get_json()["prizes"]]
    assert odds == ["1/2", "1/2"], "shown before anybody joins"
    opens_now(activity_id)
    begin(int(lottery_id))

    people = [shop.person(), shop.person()]
    team_id, first = shop.opens(people[0], activity_id)
    orders = [first, shop.joins(people[1], team_id, activity_id)]
    nonce = {"nonce": secrets.token_hex(16)}
    draws = f"{SHOPPER}/{lottery_id}/draws"
    assert error_code(people[0].http.post(draws, nonce)) == "lottery_no_chance"
    let_expire(team_id)
    shop.teams_end()
    names = [one.http.post(draws, nonce).get_json()["name"] for one in people]
    assert sorted(names) == ["免单", "谢谢参与"]
    assert error_code(people[0].http.post(draws, nonce)) == "lottery_no_chance"
    shop.work()
    shop.money_goes()

    winner = names.index("免单")
    back = [
        one.http.get(f"/api/v1/orders/{no}").get_json()
        for one, no in zip(people, orders, strict=True)
    ]
    assert [one["status"] for one in back] == ["paid", "paid"], "the goods are kept"
    paid_fen = back[winner]["payable_fen"]
    assert sorted(shop.given_back().values()) == [0, paid_fen]
