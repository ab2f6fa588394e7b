"""Hidden coupons over HTTP: a phrase that staff post, a reward once a shopper."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from mall.games.communities.models import HiddenCoupon
from mall.kernel.db import transaction
from mall.staff.models import AuditEntry
from tests.support.communities import hidden, hidden_draft, hidden_terms
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


def published(staff: Http, **terms: Any) -> dict[str, Any]:
    """A hidden coupon that staff composed and published."""
    draft = staff.post(ADMIN, hidden_terms(**terms))
    assert draft.status_code == 201, draft.get_json()
    body = {"replaces": 1, "accept_warnings": True}
    answer = staff.post(f"{ADMIN}/{draft.get_json()['id']}/publication", body)
    assert answer.status_code == 200, answer.get_json()
    return dict(answer.get_json())


def test_a_phrase_gives_its_coupon_once(app: Flask, http: Http, staff: Http) -> None:
    rule_id = make_rule(make_template(way="reward"))
    made = published(staff, phrase="Open Sesame", rule_id=str(rule_id))
    assert (made["phrase"], made["state"]) == ("opensesame", "running")
    me = http.as_(make_shopper()[1])
    claimed = me.post(CLAIMS, {"phrase": " OPEN　sesame "})
    assert (claimed.status_code, claimed.get_json()["id"]) == (201, made["id"])
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
    phrase = published(staff, phrase=None)["phrase"]
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


def test_a_draft_hides_nothing_and_published_terms_never_change(
    app: Flask, http: Http, staff: Http
) -> None:
    hidden_coupon_id = hidden_draft(phrase="还是草稿的口令", places=7)
    path = f"{ADMIN}/{hidden_coupon_id}"
    me = http.as_(make_shopper()[1])
    unknown = "hidden_coupon_phrase_unknown"
    assert error_code(me.post(CLAIMS, {"phrase": "还是草稿的口令"})) == unknown
    for early in (
        staff.put(f"{path}/pause", {"paused": True}),
        staff.post(f"{path}/revocation"),
    ):
        assert error_code(early) == "hidden_coupon_not_published"
    changed = staff.put(
        path, hidden_terms(phrase="改过以后的口令", places=8, replaces=1)
    ).get_json()
    assert (changed["revision"], changed["places"], changed["state"]) == (2, 8, "draft")
    cost = staff.get(f"{path}/preview", claimed_bp=5_000).get_json()
    assert cost == {"one_fen": 10, "shoppers": 8, "expected_fen": 40, "worst_fen": 80}
    body = {"replaces": 1, "accept_warnings": True}
    assert error_code(staff.post(f"{path}/publication", body)) == "hidden_coupon_changed"
    body["replaces"] = 2
    assert staff.post(f"{path}/publication", body).get_json()["state"] == "running"
    for late in (
        staff.put(path, hidden_terms(replaces=2)),
        staff.post(f"{path}/publication", body),
    ):
        assert error_code(late) == "hidden_coupon_published"
    assert error_code(me.post(CLAIMS, {"phrase": "还是草稿的口令"})) == unknown
    assert me.post(CLAIMS, {"phrase": "改过以后的口令"}).status_code == 201
    told = staff.get(f"{path}/figures").get_json()
    assert told == {"places": 8, "claimed": 1, "left": 7, "taken_back": 0, "cost_fen": 10}
    with transaction() as session:
        written = session.execute(
            select(AuditEntry.action, AuditEntry.after).where(
                AuditEntry.target_type == "hidden_coupon"
            )
        ).all()
        version = session.scalars(select(HiddenCoupon.revision)).one()
    assert [row.action for row in written] == [
        f"hidden_coupon.{verb}" for verb in ("create", "update", "publish")
    ]
    assert "口令" not in str(written), "who reads the audit can't use it"
    assert version == 2
    check_invariants()


def test_paused_nobody_claims_and_it_goes_on(app: Flask, http: Http, staff: Http) -> None:
    path = f"{ADMIN}/{hidden(phrase='暂停过的隐藏券')}"
    one, other = (http.as_(make_shopper()[1]) for _ in range(2))
    assert one.post(CLAIMS, {"phrase": "暂停过的隐藏券"}).status_code == 201
    assert staff.put(f"{path}/pause", {"paused": True}).get_json()["state"] == "paused"
    paused = other.post(CLAIMS, {"phrase": "暂停过的隐藏券"})
    assert error_code(paused) == "hidden_coupon_paused"
    assert one.post(CLAIMS, {"phrase": "暂停过的隐藏券"}).status_code == 201, "it has its own"
    assert staff.put(f"{path}/pause", {"paused": False}).get_json()["state"] == "running"
    assert other.post(CLAIMS, {"phrase": "暂停过的隐藏券"}).status_code == 201
    staff.post(f"{path}/revocation")
    assert error_code(staff.put(f"{path}/pause", {"paused": True})) == "hidden_coupon_over"
    assert staff.get(path).get_json()["state"] == "revoked"
    check_invariants()
