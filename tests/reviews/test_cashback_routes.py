"""Cash for likes by HTTP: staff plan it, a writer shows, friends like, staff release."""

from __future__ import annotations

import pytest
from flask import Flask

from mall.reviews.cashback.settings import CASHBACK_OPEN
from tests.support.cashback import FEN, NEEDED, cashback_holds, days_pass, pictured, rule, terms
from tests.support.coupons import make_rule, make_template
from tests.support.http import Http, error_code
from tests.support.payouts import cash_rule, payouts_of
from tests.support.settings import set_setting
from tests.support.staff import make_staff
from tests.support.users import make_shopper

pytestmark = pytest.mark.usefixtures("app")
CAMPAIGNS = "/admin/api/v1/cashback-campaigns"


@pytest.fixture
def staff(http: Http) -> Http:
    return http.as_(make_staff("cashback:read", "cashback:write", "cashback:release"))


def test_from_the_plan_to_the_payout(app: Flask, http: Http, staff: Http) -> None:
    set_setting(CASHBACK_OPEN, True)
    made = staff.post(CAMPAIGNS, terms(rule()))
    assert made.status_code == 201, made.get_json()
    campaign = made.get_json()
    assert (campaign["enabled"], campaign["amount_fen"]) == (False, FEN)
    order, review_id = pictured()
    writer = http.as_(order.buyer.token)
    assert writer.get("/api/v1/cashback-campaigns").get_json()["items"] == []
    wanted = {"campaign_id": campaign["id"], "review_id": str(review_id), "device": "writers-phone"}
    off = writer.post("/api/v1/cashback-shows", wanted)
    assert (off.status_code, error_code(off)) == (409, "cashback_not_open")

    enabled = staff.put(f"{CAMPAIGNS}/{campaign['id']}/enabled", {"enabled": True})
    assert enabled.get_json()["version"] == 2
    (seen,) = writer.get("/api/v1/cashback-campaigns").get_json()["items"]
    said = "".join(seen["rules"])
    assert f"满 {NEEDED} 位好友" in said
    assert "现金 5 元" in said
    begun = writer.post("/api/v1/cashback-shows", wanted)
    assert begun.status_code == 201, begun.get_json()
    show_id = begun.get_json()["id"]
    page = {"kind": "cashback_show", "id": show_id}
    shared = writer.post("/api/v1/shares", {"page": page}).get_json()
    assert f"cashback={show_id}&share={shared['token']}" in shared["path"]

    for number in range(NEEDED):
        friend = http.as_(make_shopper()[1])
        press = {"share": shared["token"], "device": f"phone-{number}-of-a-friend"}
        early = friend.put(f"/api/v1/cashback-shows/{show_id}/like", press)
        assert error_code(early) == "cashback_not_opened"
        assert friend.post(f"/api/v1/shares/{shared['token']}/opens").status_code == 200
        shown = friend.get(f"/api/v1/cashback-shows/{show_id}").get_json()
        assert (shown["mine"], shown["liked"], shown["likes"]) == (False, False, number)
        assert shown["review"]["id"] == str(review_id)
        answer = friend.put(f"/api/v1/cashback-shows/{show_id}/like", press)
        assert answer.get_json() == {"likes": number + 1, "needed": NEEDED}
        assert friend.get(f"/api/v1/cashback-shows/{show_id}").get_json()["liked"]

    (waiting,) = staff.get(
        f"/admin/api/v1/cashback-shows?status=reached&campaign_id={campaign['id']}"
    ).get_json()["items"]
    assert waiting["user_id"] == str(order.user_id)
    decision = f"/admin/api/v1/cashback-shows/{show_id}/decision"
    assert staff.put(decision, {"decision": "refuse"}).status_code == 422
    assert staff.put(decision, {"decision": "release"}).status_code == 204
    days_pass(30)
    (mine,) = writer.get("/api/v1/cashback-shows").get_json()["items"]
    assert (mine["status"], mine["mine"], mine["amount_fen"]) == ("given", True, FEN)
    assert [one.amount_fen for one in payouts_of(order.user_id)] == [FEN]
    inbox = writer.get("/api/v1/messages/inbox").get_json()["items"]
    assert "晒单返现" in [one["title"] for one in inbox]
    cashback_holds()


@pytest.mark.parametrize(
    "text",
    ["分享即得现金", "转发朋友圈返现", "随机现金红包", "最高返 99 元", "分享到 3 个群", "好评返现"],
)
def test_forms_that_the_platform_forbids_are_refused(staff: Http, text: str) -> None:
    answer = staff.post(CAMPAIGNS, terms(rule(), text=text))
    assert (answer.status_code, error_code(answer)) == (422, "campaign_refused")
    assert staff.get(CAMPAIGNS).get_json()["items"] == []


def test_many_helpers_warn(staff: Http) -> None:
    many = terms(rule(), likes_needed=31, accept_warnings=False)
    answer = staff.post(CAMPAIGNS, many)
    assert (answer.status_code, error_code(answer)) == (409, "campaign_warned")
    assert staff.post(CAMPAIGNS, {**many, "accept_warnings": True}).status_code == 201


def test_the_rule_gives_one_fixed_amount_within_a_budget(staff: Http) -> None:
    unfit = (
        cash_rule(FEN),
        cash_rule(FEN, budget=9, budget_unit="pieces"),
        make_rule(make_template(way="reward")),
        999_999,
    )
    for rule_id in unfit:
        answer = staff.post(CAMPAIGNS, terms(rule_id))
        assert (answer.status_code, error_code(answer)) == (422, "cashback_rule_unfit")


def test_who_saves_names_the_version_that_was_seen(staff: Http) -> None:
    rule_id = rule()
    campaign_id = staff.post(CAMPAIGNS, terms(rule_id)).get_json()["id"]
    path = f"{CAMPAIGNS}/{campaign_id}"
    changed = staff.put(path, {**terms(rule_id, days=9), "replaces": 1})
    assert (changed.status_code, changed.get_json()["days"]) == (200, 9)
    late = staff.put(path, {**terms(rule_id, days=8), "replaces": 1})
    assert (late.status_code, error_code(late)) == (409, "cashback_changed")
    unknown = staff.put(f"{CAMPAIGNS}/999999", {**terms(rule_id), "replaces": 1})
    assert unknown.status_code == 404


def test_nobody_begins_with_anothers_review(http: Http, staff: Http) -> None:
    campaign_id = staff.post(CAMPAIGNS, terms(rule())).get_json()["id"]
    _, review_id = pictured()
    body = {"campaign_id": campaign_id, "review_id": str(review_id), "device": "some-phone"}
    answer = http.as_(make_shopper()[1]).post("/api/v1/cashback-shows", body)
    assert (answer.status_code, error_code(answer)) == (404, "review_not_found")
