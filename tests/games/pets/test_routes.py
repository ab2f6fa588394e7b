"""Pets over HTTP: what staff compose, publish and run, what everybody sees, what shoppers do."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from mall.compliance.campaigns import SHARED as FOR_SHARING
from mall.compliance.rules import REFUSED, judge
from mall.games.pets.closed_accounts import PETS
from mall.games.pets.describing import describe, grounds_of
from mall.games.pets.naming import adopt
from mall.games.pets.seasons import season_of
from mall.kernel.clock import utc_now
from mall.kernel.db import transaction
from mall.rewards.commands import change_rule, create_rule
from mall.rewards.schemas import RewardRuleInSchema
from mall.staff.models import AuditEntry
from mall.users.closing import CLOSING_LOSSES
from tests.support.aftersales import upload
from tests.support.board import mission
from tests.support.http import Http, error_code
from tests.support.invariants import check_invariants
from tests.support.pets import (
    ADMIN,
    SEASONS,
    coupon_rule,
    fed,
    feed_rule,
    keeper,
    pet_id_of,
    pet_row,
    points_rule,
    portions,
    published_season,
    running_season,
    season_terms,
    settle_stages,
    stage,
)
from tests.support.staff import make_staff
from tests.support.users import make_shopper


@pytest.fixture
def staff(http: Http) -> Http:
    return http.as_(make_staff("games:read", "games:write", "games:publish", "upload:write"))


def composed(staff: Http, **more: Any) -> str:
    made = staff.post(ADMIN, season_terms(**more))
    assert made.status_code == 201, made.get_json()
    return str(made.get_json()["id"])


def publish(staff: Http, season_id: str, **more: Any) -> Any:
    body = {"replaces": 1, "accept_warnings": True, **more}
    return staff.post(f"{ADMIN}/{season_id}/publication", body)


def test_from_draft_to_the_end(app: Flask, http: Http, staff: Http) -> None:
    picture = upload(staff, path="/admin/api/v1/uploads")
    stages = [stage("幼崽", 0, picture=picture), stage("小猫", 20, points_rule(50))]
    terms = season_terms(stages=stages, places=100)
    season_id = str(staff.post(ADMIN, terms).get_json()["id"])
    path, shop = f"{ADMIN}/{season_id}", f"{SEASONS}/{season_id}"
    assert error_code(http.get(shop)) == "pet_season_not_found", "a draft is nobody's to see"
    changed = staff.put(path, {**terms, "name": "养狗", "replaces": 1}).get_json()
    assert (changed["name"], changed["revision"], changed["state"]) == ("养狗", 2, "draft")
    assert error_code(publish(staff, season_id)) == "pet_season_changed"
    published = publish(staff, season_id, replaces=2).get_json()
    assert (published["state"], published["versions"][0]["costs_fen"]) == ("upcoming", [0, 50])
    assert error_code(staff.put(path, {**terms, "replaces": 3})) == "pet_season_published"
    shown = http.get(shop).get_json()
    assert (shown["name"], shown["places"], shown["adopted"]) == ("养狗", 100, 0)
    assert shown["stages"][0]["picture"].endswith(picture)
    assert shown["stages"][1]["reward"] == [{"kind": "points", "what": "", "count": 50}]
    assert [one["id"] for one in http.get(SEASONS).get_json()["items"]] == [season_id]
    assert staff.put(f"{path}/pause", {"paused": True}).get_json()["state"] == "paused"
    assert staff.put(f"{path}/pause", {"paused": False}).get_json()["state"] == "upcoming"
    ended = staff.post(f"{path}/end", {"reason": "供应商倒闭"}).get_json()
    assert (ended["state"], ended["end_reason"]) == ("over", "供应商倒闭")
    assert http.get(shop).get_json()["end_reason"] == "供应商倒闭"
    assert http.get(SEASONS).get_json()["items"] == []
    assert error_code(staff.put(f"{path}/pause", {"paused": True})) == "pet_season_over"
    with transaction() as session:
        actions = session.scalars(
            select(AuditEntry.action)
            .where(AuditEntry.target_type == "pet_season")
            .order_by(AuditEntry.id)
        ).all()
    verbs = ("create", "update", "publish", "pause", "resume", "end")
    assert actions == [f"pet_season.{verb}" for verb in verbs]
    check_invariants()


@pytest.mark.parametrize(
    ("code", "param", "more"),
    [
        ("pet_rules_invalid", "stages", {"stages": [stage("甲", 5), stage("乙", 9)]}),
        ("pet_rules_invalid", "friend_waterings", {"friend_waterings": 0}),
        ("pet_rule_unknown", "stages", {"stages": [stage("甲", 0), stage("乙", 9, 99)]}),
    ],
)
def test_rules_that_don_t_fit(staff: Http, code: str, param: str, more: dict[str, Any]) -> None:
    refused = staff.post(ADMIN, season_terms(**more))
    assert (error_code(refused), refused.get_json()["error"]["param"]) == (code, param)


def test_which_rules_reward_a_stage(staff: Http) -> None:
    def refused(rule_id: int, *, threshold: int = 9) -> str:
        stages = [stage("甲", 0), stage("乙", threshold, rule_id)]
        return error_code(staff.post(ADMIN, season_terms(stages=stages)))

    assert refused(points_rule(5, budget=9, budget_unit="pieces")) == "pet_rule_bounded"
    assert refused(points_rule(5, daily_cap=1)) == "pet_rule_bounded"
    assert refused(feed_rule(published_season())) == "pet_reward_is_feed"
    assert refused(points_rule(5), threshold=0) == "pet_rules_invalid"
    now = utc_now()
    times = {
        "starts_at": (now + timedelta(days=2)).isoformat(),
        "ends_at": (now + timedelta(days=500)).isoformat(),
    }
    assert error_code(staff.post(ADMIN, season_terms(**times))) == "pet_rules_invalid"
    times["ends_at"] = (now + timedelta(days=1)).isoformat()
    assert error_code(staff.post(ADMIN, season_terms(**times))) == "pet_times_invalid"


def test_only_better_rules_after_publishing(staff: Http) -> None:
    terms = season_terms()
    season_id = str(staff.post(ADMIN, terms).get_json()["id"])
    versions = f"{ADMIN}/{season_id}/versions"
    body = {**terms, "replaces": 2, "accept_warnings": True}
    assert error_code(staff.post(versions, body)) == "pet_season_not_published"
    publish(staff, season_id)
    worse = staff.post(versions, {**body, "feed_growth": 9, "decay": 4})
    assert error_code(worse) == "pet_rules_not_in_favour"
    message = worse.get_json()["error"]["message"]
    assert "每份饲料的成长值不能降低" in message
    assert "每日衰减不能提高" in message
    better = staff.post(versions, {**body, "feed_growth": 20})
    assert better.status_code == 201, better.get_json()
    assert (better.get_json()["version"], better.get_json()["revision"]) == (2, 3)
    assert better.get_json()["terms"]["feed_growth"] == 20


def test_what_it_may_cost(staff: Http) -> None:
    """Two stages at 20 and 60; a portion is worth 10, the own care 5, a friend 2."""
    path = f"{ADMIN}/{composed(staff, daily_portions=1, places=10, decay=0)}/preview"
    cost = staff.get(path, shoppers=100, days=2, portions=1).get_json()
    assert (cost["shoppers"], cost["reached"], cost["reachable"]) == (10, 1, 2)
    assert (cost["expected_fen"], cost["worst_fen"]) == (10 * 50, 10 * 150)
    cost = staff.get(path, shoppers=5, days=0).get_json()
    assert (cost["reached"], cost["expected_fen"], cost["worst_fen"]) == (0, 0, 5 * 150)


def test_figures_and_refused_rewards(app: Flask, staff: Http) -> None:
    rule_id = coupon_rule()
    season_id = running_season(stages=[stage("甲", 0), stage("乙", 20, rule_id, worth_fen=300)])
    rewarded, refused, young = (keeper(season_id) for _ in range(3))
    fed(young, season_id, 1)
    fed(rewarded, season_id, 2)
    settle_stages()
    name = {"name": "停用", "reward": [{"kind": "points", "count": 1}]}
    change_rule(rule_id, **RewardRuleInSchema().load({**name, "enabled": False}))
    fed(refused, season_id, 2)
    settle_stages()
    shown = staff.get(f"{ADMIN}/{season_id}/figures").get_json()
    assert (shown["pets"], shown["feeds"], shown["waters"]) == (3, 5, 0)
    first, second = shown["stages"]
    assert (first["pets"], second["pets"]) == (1, 2)
    assert (second["given"], second["refused"], second["taken_back"]) == (1, 1, 0)
    assert shown["cost_fen"] == second["cost_fen"] > 0
    (one,) = staff.get(f"{ADMIN}/{season_id}/refused-rewards").get_json()["items"]
    assert (one["user_id"], one["stage"], one["refusal"]) == (
        *(str(refused), 1),
        "reward_rule_paused",
    )
    change_rule(rule_id, **RewardRuleInSchema().load(name))
    again = f"/admin/api/v1/pets/{one['pet_id']}/stages/1/reward"
    assert staff.post(again).status_code == 204
    assert error_code(staff.post(again)) == "pet_reward_not_refused"
    nowhere = f"/admin/api/v1/pets/{pet_id_of(young, season_id)}/stages/1/reward"
    assert error_code(staff.post(nowhere)) == "pet_stage_not_found"
    check_invariants()


def test_a_repeated_feeding_is_one(http: Http) -> None:
    season_id, (user_id, token) = running_season(), make_shopper()
    me, path = http.as_(token), f"{SEASONS}/{season_id}/pet"
    assert error_code(me.get(path)) == "pet_not_found"
    portions(user_id, season_id, 4)
    assert error_code(me.post(f"{path}/waterings")) == "pet_not_found"
    adopt(user_id, season_id, "咪咪")
    first, again = (
        me.post(f"{path}/feedings", {"portions": 2}, key="the-same-key") for _ in range(2)
    )
    assert first.get_json() == again.get_json()
    assert (first.get_json()["feed_left"], first.get_json()["growth"]) == (2, 20)
    assert me.post(f"{path}/waterings").get_json()["growth"] == 25
    assert error_code(me.post(f"{path}/waterings")) == "pet_watered_today"
    page = me.get(f"{path}/entries", limit=1).get_json()
    (water,) = page["items"]
    (feed,) = me.get(f"{path}/entries", cursor=page["next_cursor"]).get_json()["items"]
    assert (water["kind"], feed["kind"], feed["portions"]) == ("water", "feed", 2)


def test_sharing_gives_no_feed(app: Flask) -> None:
    """Compliance sees for what missions give feed, and refuses sharing."""
    season_id = running_season()
    mission(rule_ids=[str(feed_rule(season_id))])
    with transaction() as session:
        grounds, rules = grounds_of(session, season_id), season_of(session, season_id).rules
    assert grounds == ("order_paid",)
    assert judge(describe(season_id, rules, grounds)).result != REFUSED
    assert judge(describe(season_id, rules, (FOR_SHARING,))).result == REFUSED


def test_cash_isn_t_won_by_friends(http: Http) -> None:
    """Friends' waterings are in no fixed number, so no cash may stand on them."""
    cash = [stage("甲", 0), stage("乙", 20, cash_rule())]
    staff = http.as_(make_staff("*"))
    refused = publish(staff, composed(staff, stages=cash))
    assert error_code(refused) == "campaign_refused"
    alone = composed(staff, stages=cash, friend_growth=0, friend_waterings=0)
    assert publish(staff, alone).status_code == 200


def cash_rule() -> int:
    body = {"name": "现金", "reward": [{"kind": "cash", "count": 500}]}
    return create_rule(**RewardRuleInSchema().load(body)).id


def test_who_closes_the_account_leaves_a_nameless_pet(app: Flask) -> None:
    season_id = running_season()
    user_id = keeper(season_id, 3)
    with transaction() as session:
        lost = CLOSING_LOSSES["pet feed"].find(session, user_id)
        PETS.erase(session, user_id)
    assert lost == "3 份饲料将作废"
    assert pet_row(user_id, season_id).name == ""
