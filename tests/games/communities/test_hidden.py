"""Hidden coupons over HTTP: a phrase that staff post, a reward once a shopper."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.support.communities import hidden, hidden_terms
from tests.support.coupons import make_rule, make_template
from tests.support.http import Http, error_code
from tests.support.invariants import check_invariants
from tests.support.lottery import chance_rule, running_lottery
from tests.support.points import figures
from tests.support.staff import make_staff
from tests.support.users import make_shopper

CLAIMS, ADMIN = "/api/v1/hidden-coupon-claims", "/admin/api/v1/hidden-coupons"


@pytest.fixture
def staff(http: Http) -> Http:
    return http.as_(make_staff("games:read", "games:publish"))


def test_a_phrase_gives_its_coupon_once(app: Flask, http: Http, staff: Http) -> None:
    rule_id = make_rule(make_template(way="reward"))
    made = staff.post(ADMIN, hidden_terms(phrase="Open Sesame", rule_id=str(rule_id)))
    assert made.status_code == 201, made.get_json()
    assert made.get_json()["phrase"] == "opensesame"
    me = http.as_(make_shopper()[1])
    claimed = me.post(CLAIMS, {"phrase": " OPEN　sesame "})
    assert (claimed.status_code, claimed.get_json()["id"]) == (201, made.get_json()["id"])
    assert me.post(CLAIMS, {"phrase": "opensesame"}).get_json() == claimed.get_json()
    assert len(me.get("/api/v1/coupons").get_json()["items"]) == 1
    (shown,) = staff.get(ADMIN).get_json()["items"]
    assert (shown["used"], shown["places"]) == (1, 100)
    check_invariants()


def test_a_phrase_gives_a_draw(app: Flask, http: Http) -> None:
    lottery_id = running_lottery()
    hidden(phrase="盲盒抽一次吧", rule_id=str(chance_rule(lottery_id)))
    me = http.as_(make_shopper()[1])
    assert me.post(CLAIMS, {"phrase": "盲盒抽一次吧"}).status_code == 201
    assert me.get(f"/api/v1/lotteries/{lottery_id}/standing").get_json()["given"] == 1
    check_invariants()


def test_without_a_phrase_one_is_drawn(app: Flask, http: Http, staff: Http) -> None:
    phrase = staff.post(ADMIN, hidden_terms(phrase=None)).get_json()["phrase"]
    assert len(phrase) == 10
    user_id, token = make_shopper()
    assert http.as_(token).post(CLAIMS, {"phrase": phrase.upper()}).status_code == 201
    assert figures(user_id)[0] == 10


def test_before_its_time_revoked_and_used_up(app: Flask, http: Http, staff: Http) -> None:
    me, other = (http.as_(make_shopper()[1]) for _ in range(2))
    hidden(phrase="明天才有的券", starts_at="2031-01-01", ends_at="2031-02-01")
    assert error_code(me.post(CLAIMS, {"phrase": "明天才有的券"})) == "hidden_coupon_phrase_unknown"
    hidden(phrase="只有一张的券", places=1)
    assert me.post(CLAIMS, {"phrase": "只有一张的券"}).status_code == 201
    assert error_code(other.post(CLAIMS, {"phrase": "只有一张的券"})) == "hidden_coupon_used_up"
    hidden_coupon_id = hidden(phrase="作废了的隐藏券")
    revoked = staff.post(f"{ADMIN}/{hidden_coupon_id}/revocation")
    assert revoked.get_json()["revoked_at"] is not None
    assert staff.post(f"{ADMIN}/{hidden_coupon_id}/revocation").status_code == 200
    refused = me.post(CLAIMS, {"phrase": "作废了的隐藏券"})
    assert error_code(refused) == "hidden_coupon_phrase_unknown"
    check_invariants()


def test_what_staff_can_t_make(app: Flask, staff: Http) -> None:
    hidden(phrase="已经有的口令")
    for wrong, code in (
        ({"phrase": "已经 有的口令"}, "hidden_coupon_phrase_taken"),
        ({"rule_id": "900719925"}, "community_rule_unknown"),
        ({"ends_at": "2020-01-01"}, "community_times_invalid"),
        ({"phrase": "太短"}, "validation_failed"),
    ):
        assert error_code(staff.post(ADMIN, hidden_terms(**wrong))) == code, wrong
