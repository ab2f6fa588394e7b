"""A mission to look at pages for a while, by HTTP: who waits finishes it, who lies doesn't."""

from __future__ import annotations

from typing import Any

from flask import Flask
from itsdangerous import URLSafeSerializer

from tests.support.board import ADMIN, PATH, work
from tests.support.browsing import BEATS, SESSIONS, begin, make_product, seconds_pass
from tests.support.coupons import terms
from tests.support.http import Http, error_code
from tests.support.invariants import check_invariants
from tests.support.staff import make_staff
from tests.support.users import make_shopper

TEMPLATES, RULES = "/admin/api/v1/coupon-templates", "/admin/api/v1/reward-rules"


def mission_of_thirty_seconds(http: Http) -> str:
    """Staff make it: thirty seconds on products a day give a coupon. Its path for shoppers."""
    staff = http.as_(make_staff("coupon:write", "reward:write", "mission:write"))
    template = staff.post(TEMPLATES, terms(way="reward")).get_json()["id"]
    reward = {"name": "浏览券", "reward": [{"kind": "coupon", "what": template}]}
    rule_id = staff.post(RULES, reward).get_json()["id"]
    body = {
        "name": "逛三十秒",
        "trigger": "browse",
        "measure": "seconds",
        "filters": {"page_kinds": ["product"]},
        "target": 30,
        "period": "day",
        "rule_ids": [rule_id],
    }
    made = staff.post(ADMIN, body)
    assert made.status_code == 201, made.get_json()
    return f"{PATH}/{made.get_json()['id']}"


def send(shopper: Http, token: str, beat: int, **more: Any) -> Any:
    return shopper.post(BEATS, {"token": token, "beat": beat, **more})


def test_who_stays_finishes_it(app: Flask, http: Http) -> None:
    path = mission_of_thirty_seconds(http)
    user_id, login = make_shopper()
    shopper, (one, _), (two, _) = http.as_(login), make_product(), make_product()
    for page, beats in ((one, 4), (two, 2)):
        token = begin(shopper, page)["token"]
        for beat in range(1, beats + 1):
            seconds_pass(5, user_id)
            assert send(shopper, token, beat, last=beat == beats).status_code == 200
        work(app)
        if page == one:
            assert shopper.get(path).get_json()["hint"] == "再浏览 10 秒"
            assert error_code(shopper.post(f"{path}/claim", {})) == "mission_not_completed"
    claims = [shopper.post(f"{path}/claim", {}).get_json()["state"] for _ in range(2)]
    assert claims == ["rewarded", "rewarded"]
    assert len(shopper.get("/api/v1/coupons").get_json()["items"]) == 1
    check_invariants()


def test_a_lying_client_doesnt(app: Flask, http: Http) -> None:
    path = mission_of_thirty_seconds(http)
    user_id, login = make_shopper()
    friend_id, friends_login = make_shopper()
    liar, friend, (page, category) = http.as_(login), http.as_(friends_login), make_product()

    token = begin(liar, page)["token"]
    for beat in range(1, 41):  # all beats at once
        send(liar, token, beat)
    seconds_pass(3_600, user_id)  # asleep for an hour: one interval
    send(liar, token, 41)
    for _ in range(20):  # the same beat again
        seconds_pass(5, user_id)
        assert send(liar, token, 41).status_code == 200
    assert error_code(send(liar, token, 99)) == "view_beat_skipped"

    friends = begin(friend, page)["token"]
    seconds_pass(5, friend_id)
    forged = URLSafeSerializer("guess").dumps([1, user_id, 739_000, 2**40])
    for wrong in (friends, forged, f"{friends}x", "x" * 200):
        assert error_code(send(liar, wrong, 1)) == "view_session_not_found"
    for more in ({"seconds": 30}, {"counted_s": 30}, {"user_id": str(user_id)}):
        assert send(liar, token, 42, **more).status_code == 422

    pages = [begin(liar, page)["token"] for _ in range(6)]  # many at the same time
    seconds_pass(5, user_id)
    answers = [send(liar, one, 1).status_code for one in pages]
    assert answers == [409] * 5 + [200]
    elsewhere = begin(liar, category, "category")["token"]
    for beat in range(1, 9):  # not a product
        seconds_pass(5, user_id)
        send(liar, elsewhere, beat)
    off_shelf, _ = make_product(on_sale=False)
    hidden = {"page": {"kind": "product", "id": str(off_shelf)}}
    assert error_code(liar.post(SESSIONS, hidden)) == "page_not_found"

    work(app)
    shown = liar.get(path).get_json()
    assert shown["counted"] <= 12, "an interval for the hour, one for the six pages, some moments"
    assert error_code(liar.post(f"{path}/claim", {})) == "mission_not_completed"
    assert liar.get("/api/v1/coupons").get_json()["items"] == []
    check_invariants()
