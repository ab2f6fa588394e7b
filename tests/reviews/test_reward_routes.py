"""Rewards for reviews over HTTP: what staff set, what a shopper sees before and after sending."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from mall.compliance.campaigns import PRAISED, Campaign, Reward
from mall.compliance.models import ComplianceVerdict
from mall.compliance.rechecking import recheck
from mall.compliance.rules import PASSED, REFUSED, judge
from mall.kernel.db import db, transaction
from mall.reviews.rewarding.defining import reward
from mall.reviews.rewarding.describing import describe
from mall.rewards.models import RewardRule
from tests.support.http import Http, error_code
from tests.support.orders import make_buyer
from tests.support.reviews import (
    GOOD,
    POINTS,
    offer,
    pictures_of,
    received,
    review,
    rule,
    work,
)
from tests.support.rows import changed, fingerprint
from tests.support.staff import make_staff

pytestmark = pytest.mark.usefixtures("app")
STAFF = "/admin/api/v1/review-rewards"
PREVIEW = "/api/v1/reviews/preview"


@pytest.fixture
def staff(http: Http) -> Http:
    return http.as_(make_staff("review_reward:read", "review_reward:write"))


def terms(**more: Any) -> dict[str, Any]:
    return {"kind": "quality", "rule_id": str(rule()), "min_characters": 50, **more}


def test_staff_make_change_and_pause_a_reward(http: Http, staff: Http) -> None:
    made = staff.post(STAFF, terms(text="写满 50 字得 200 积分"))
    assert made.status_code == 201, made.get_json()
    one = made.get_json()
    shown = http.get("/api/v1/review-rewards").get_json()["items"]
    assert [(o["kind"], o["label"], o["min_characters"]) for o in shown] == [
        ("quality", "优质评价", 50)
    ]
    assert error_code(staff.post(STAFF, terms())) == "review_reward_taken"
    body = {**terms(min_characters=80), "replaces": 1}
    del body["kind"]
    path = f"{STAFF}/{one['id']}"
    assert staff.put(path, body).get_json()["version"] == 2
    assert error_code(staff.put(path, body)) == "review_reward_changed"
    paused = staff.put(f"{path}/enabled", {"enabled": False}).get_json()
    assert (paused["enabled"], paused["version"]) == (False, 3)
    assert staff.post(STAFF, terms()).status_code == 201
    assert error_code(staff.put(f"{path}/enabled", {"enabled": True})) == "review_reward_taken"
    assert len(staff.get(STAFF).get_json()["items"]) == 2


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"min_stars": 5}, "validation_failed"),
        ({"goods_stars": 5}, "validation_failed"),
        ({"kind": "praise"}, "validation_failed"),
        ({"rule_id": "99999"}, "review_reward_rule_unknown"),
        ({"at_most": 3}, "review_reward_not_by_count"),
        ({"text": "五星好评返现 5 元"}, "campaign_refused"),
        ({"text": "好评送积分"}, "campaign_warned"),
    ],
)
def test_nothing_can_be_given_for_stars(staff: Http, more: dict[str, Any], code: str) -> None:
    assert error_code(staff.post(STAFF, terms(**more))) == code


def test_compliance_sees_what_reviews_are_rewarded_for(app: Flask) -> None:
    reward_id = offer()
    with transaction() as session:
        row = reward(session, reward_id)
        found = session.get(RewardRule, row.rule_id)
        campaign = describe(row, found)
    assert judge(campaign).result == PASSED
    assert "reward_for_praise" in judge(campaign).rules
    praised = Campaign(kind="x", ref="1", name="x", mechanics=(Reward(PRAISED, "积分"),))
    assert judge(praised).result == REFUSED
    assert recheck().refused == 0
    db.session.rollback()
    kept = db.session.query(ComplianceVerdict).filter_by(kind="review_reward").one()
    assert (kept.ref, kept.version, kept.result) == (str(reward_id), 1, "passed")


def test_the_shopper_sees_what_is_missing_and_nothing_is_kept(http: Http, app: Flask) -> None:
    offer(text="晒图好评都可以")
    offer("picture", rule(10), at_most=2)
    me = make_buyer()
    order_no, shopper = received(me), http.as_(me.token)
    pictures = pictures_of(me.user_id, 3)
    body: dict[str, Any] = {"order_no": order_no, "position": 1}
    before = fingerprint()
    little = shopper.post(PREVIEW, {**body, "text": "很好，很好", "pictures": pictures[:1]})
    assert little.status_code == 200, little.get_json()
    seen = little.get_json()
    quality, picture = seen["rewards"]
    assert (seen["characters"], seen["repeated"], seen["pictures"]) == (2, 2, 1)
    assert [(o["what"], o["needed"], o["has"]) for o in quality["lacks"]] == [
        ("characters", 50, 2),
        ("pictures", 3, 1),
    ]
    assert "48" in quality["lacks"][0]["text"]
    assert (quality["times"], picture["times"]) == (0, 1)
    twice = {**body, "text": GOOD, "pictures": [*pictures[:2], pictures[0]]}
    assert shopper.post(PREVIEW, twice).get_json()["rewards"][0]["times"] == 0
    enough = shopper.post(PREVIEW, {**body, "text": GOOD, "pictures": pictures}).get_json()
    assert [(o["times"], o["lacks"]) for o in enough["rewards"]] == [(1, []), (2, [])]
    assert enough["rewards"][0]["reward"] == [{"kind": "points", "what": "", "count": POINTS}]
    assert changed(before) == []


def test_a_pasted_draft_is_told_so(http: Http, app: Flask) -> None:
    offer()
    review(received(make_buyer()))
    work(app)
    me = make_buyer()
    body = {"order_no": received(me), "position": 1, "text": GOOD}
    seen = http.as_(me.token).post(PREVIEW, body).get_json()
    assert seen["characters"] == 0
    assert seen["pasted"] > 40


def test_anothers_line_and_pictures_are_not_mine(http: Http, app: Flask) -> None:
    offer()
    me, other = make_buyer(), make_buyer()
    shopper = http.as_(me.token)
    body = {"order_no": received(other), "position": 1, "text": GOOD}
    assert shopper.post(PREVIEW, body).status_code == 404
    mine = {**body, "order_no": received(me), "pictures": pictures_of(other.user_id, 3)}
    assert shopper.post(PREVIEW, mine).get_json()["pictures"] == 0
    assert shopper.post(PREVIEW, {**mine, "position": 2}).status_code == 404
