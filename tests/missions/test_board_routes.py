"""Missions over HTTP: what shoppers see and claim, what staff compose, codes of hidden ones."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from unittest.mock import patch

import pytest
from flask import Flask
from sqlalchemy import select, text

from mall.compliance.campaigns import SHARED
from mall.compliance.models import ComplianceVerdict
from mall.config import Config
from mall.kernel.db import transaction
from mall.missions.board import defining
from mall.missions.board.shopper_triggers import CHECK_IN
from mall.missions.board.triggers import TRIGGERS
from mall.missions.checkin.checking_in import check_in
from mall.staff.models import AuditEntry
from mall.users import erasing
from tests.support.board import ADMIN, PATH, code_for, gift, mission, missions_hold, terms, work
from tests.support.features import installed
from tests.support.http import Http, error_code
from tests.support.missions import plan
from tests.support.orders import make_goods
from tests.support.staff import make_staff
from tests.support.users import make_shopper

DAILY = {"trigger": "check_in", "measure": "days", "name": "每日签到"}


@pytest.fixture
def staff(http: Http) -> Http:
    return http.as_(make_staff("mission:read", "mission:write"))


def body(**more: Any) -> dict[str, Any]:
    return terms(rule_ids=[str(gift())], **more)


# -- shoppers -------------------------------------------------------------------------------


def test_a_shopper_sees_and_claims(app: Flask, http: Http) -> None:
    user_id, token = make_shopper()
    wanted = mission(**DAILY, text="签到领券", position=2)
    first = mission(position=1)
    plan(7)
    me = http.as_(token)
    assert [one["id"] for one in me.get(PATH).get_json()["items"]] == [str(first), str(wanted)]
    path = f"{PATH}/{wanted}"
    shown = me.get(path).get_json()
    assert (shown["state"], shown["hint"], shown["text"]) == ("open", "再签到 1 天", "签到领券")
    assert shown["rewards"][0]["reward"][0]["kind"] == "coupon"
    assert error_code(me.post(f"{path}/claim", {})) == "mission_not_completed"
    check_in(user_id)
    work(app)
    claimed = [me.post(f"{path}/claim", {"period_key": shown["period_key"]}) for _ in range(2)]
    assert [one.get_json()["state"] for one in claimed] == ["rewarded", "rewarded"]
    assert len(me.get("/api/v1/coupons").get_json()["items"]) == 1
    assert me.get(PATH).get_json()["unclaimed"] == []
    for wrong in (f"{PATH}/987654321/claim", f"{PATH}/987654321"):
        asked = me.post(wrong, {}) if "claim" in wrong else me.get(wrong)
        assert (asked.status_code, error_code(asked)) == (404, "mission_not_found")
    assert error_code(me.post(f"{path}/claim", {"period_key": "2001-01-01"})) == (
        "mission_not_completed"
    )
    missions_hold()


def test_a_hidden_mission_opens_by_its_code(app: Flask, http: Http, staff: Http) -> None:
    (one, token), (two, other) = make_shopper(), make_shopper()
    hidden = mission(**DAILY, hidden=True, period="once")
    me, plan_version = http.as_(token), plan(7)
    assert plan_version
    made = staff.post(
        f"{ADMIN}/{hidden}/codes", {"places": 1, "expires_at": "2099-01-01T00:00:00Z"}
    )
    code = made.get_json()["code"]
    check_in(two)
    work(app)
    assert me.get(PATH).get_json()["items"] == []
    assert error_code(me.get(f"{PATH}/{hidden}")) == "mission_not_found"
    assert error_code(me.post(f"{PATH}/unlock", {"code": "nonsense"})) == "mission_code_invalid"
    opened = [me.post(f"{PATH}/unlock", {"code": code.lower()}) for _ in range(2)]
    assert [one.get_json()["id"] for one in opened] == [str(hidden)] * 2
    assert error_code(http.as_(other).post(f"{PATH}/unlock", {"code": code})) == (
        "mission_code_used_up"
    )
    check_in(one)
    work(app)
    assert me.get(f"{PATH}/{hidden}").get_json()["state"] == "completed"
    (listed,) = staff.get(f"{ADMIN}/{hidden}/codes").get_json()["items"]
    assert (listed["used"], listed["places"]) == (1, 1)
    assert staff.get(f"{ADMIN}/{hidden}/figures").get_json()["unlocks"] == 1
    erasing.erase_at_once(one)
    missions_hold()


def test_a_code_ends(http: Http, staff: Http) -> None:
    _, token = make_shopper()
    hidden, paused = (mission(hidden=True, period="once") for _ in range(2))
    me = http.as_(token)
    revoked, expired = code_for(hidden), code_for(hidden)
    for _ in range(2):
        gone = staff.post(f"/admin/api/v1/mission-codes/{revoked.id}/revocation")
        assert gone.get_json()["revoked_at"] is not None
    with transaction() as session:
        session.execute(
            text("UPDATE mission_codes SET expires_at = now() WHERE id = :id"), {"id": expired.id}
        )
    defining.enable_mission(paused, False)
    for code, refusal in (
        (revoked.code, "mission_code_invalid"),
        (expired.code, "mission_code_invalid"),
        (code_for(paused).code, "mission_not_found"),
    ):
        assert error_code(me.post(f"{PATH}/unlock", {"code": code})) == refusal
    with transaction() as session:
        assert session.scalar(text("SELECT count(*) FROM mission_unlocks")) == 0
    places = {"places": 1, "expires_at": "2099-01-01T00:00:00Z"}
    open_one = mission()
    assert error_code(staff.post(f"{ADMIN}/{open_one}/codes", places)) == "mission_not_hidden"
    assert error_code(staff.post(f"{ADMIN}/987654321/codes", places)) == "mission_not_found"
    past = {**places, "expires_at": "2001-01-01T00:00:00Z"}
    assert error_code(staff.post(f"{ADMIN}/{hidden}/codes", past)) == "mission_times_invalid"
    gone = staff.post("/admin/api/v1/mission-codes/987654321/revocation")
    assert error_code(gone) == "mission_code_not_found"


def test_guesses_are_limited(app: Flask, http: Http, config: Config) -> None:
    _, token = make_shopper()
    me = http.as_(token)
    strict = replace(config, limit_mission_code="2/hour")
    with patch.dict(app.extensions, {"mall.config": strict}):
        found = [me.post(f"{PATH}/unlock", {"code": f"GUESS{n}"}).status_code for n in range(3)]
    assert found == [404, 404, 429]


# -- staff ----------------------------------------------------------------------------------


def test_filters_are_shown_as_they_are_written(staff: Http) -> None:
    sku_id = str(make_goods())
    wanted = {"goods": {"only": {"sku_ids": [sku_id]}}, "at_least_fen": 100}
    shown = staff.post(ADMIN, body(filters=wanted)).get_json()["filters"]
    assert shown["goods"]["only"]["sku_ids"] == [sku_id]
    assert shown["at_least_fen"] == 100


def test_versions_with_their_verdicts_and_a_trail(staff: Http, http: Http) -> None:
    made = staff.post(ADMIN, body(text="下单有礼")).get_json()
    assert (made["version"], made["enabled"], made["rewards"][0]["name"]) == (1, True, "开业礼")
    path = f"{ADMIN}/{made['id']}"
    changed = staff.put(path, body(target=3, replaces=1))
    assert (changed.status_code, changed.get_json()["version"]) == (200, 2)
    assert error_code(staff.put(path, body(replaces=1))) == "mission_changed"
    assert error_code(staff.put(path, body(replaces=2, period="week"))) == "mission_fixed"
    listed = staff.get(f"{path}/versions", limit=1).get_json()
    rest = staff.get(f"{path}/versions", cursor=listed["next_cursor"]).get_json()
    assert [one["target"] for one in listed["items"] + rest["items"]] == [3, 1]
    for enabled in (False, False, True):
        assert staff.put(f"{path}/enabled", {"enabled": enabled}).get_json()["enabled"] is enabled
    assert [one["id"] for one in staff.get(ADMIN).get_json()["items"]] == [made["id"]]
    with transaction() as session:
        verdicts = session.execute(
            select(ComplianceVerdict.ref, ComplianceVerdict.version).where(
                ComplianceVerdict.kind == "mission"
            )
        ).all()
        trail = session.scalars(
            select(AuditEntry.action)
            .where(AuditEntry.target_type == "mission")
            .order_by(AuditEntry.id)
        ).all()
    assert [tuple(row) for row in verdicts] == [(made["id"], 1), (made["id"], 2)]
    actions = ["create", "update", "pause", "enable"]
    assert trail == [f"mission.{verb}" for verb in actions]
    reader = http.as_(make_staff("mission:read"))
    assert reader.post(ADMIN, body()).status_code == 403
    assert reader.get(f"{path}/codes").status_code == 403
    assert reader.get(path).status_code == 200


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"trigger": "nothing"}, "mission_trigger_unknown"),
        ({"measure": "seconds"}, "mission_trigger_unknown"),
        ({"filters": {"colour": "red"}}, "mission_trigger_unknown"),
        ({"filters": {"at_least_fen": "much"}}, "validation_failed"),
        ({"filters": {"goods": {"only": {"sku_ids": ["987654321"]}}}}, "goods_unknown"),
        ({"rule_ids": ["987654321"]}, "mission_rule_unknown"),
        ({"rule_ids": ["1", "1"]}, "validation_failed"),
        ({"audience": [{"figure": "height", "at_least": 1}]}, "mission_figure_unknown"),
        ({"audience": [{"figure": "orders"}]}, "validation_failed"),
        ({"audience": [{"figure": "orders", "at_least": 2, "at_most": 1}]}, "validation_failed"),
        ({"period": "campaign"}, "mission_times_invalid"),
        ({"ends_at": "2001-01-01T00:00:00Z"}, "mission_times_invalid"),
        ({"requires_id": "987654321"}, "mission_chain_invalid"),
        ({**DAILY, "period": "week", "target": 8}, "mission_out_of_reach"),
        ({"name": "全国第一"}, "campaign_warned"),
    ],
)
def test_what_nobody_could_mean_is_refused(staff: Http, change: dict[str, Any], code: str) -> None:
    found = staff.post(ADMIN, {**body(), **change})
    assert error_code(found) == code, found.get_json()
    assert staff.get(ADMIN).get_json()["items"] == []


def test_chains_have_no_circle(staff: Http) -> None:
    first = mission()
    second = mission(requires_id=str(first))
    path = f"{ADMIN}/{first}"
    for other in (first, second):
        circle = staff.put(path, body(replaces=1, requires_id=str(other)))
        assert error_code(circle) == "mission_chain_invalid"


def test_so_many_missions_at_once(staff: Http, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(defining, "MAX_ENABLED", 1)
    mission()
    assert error_code(staff.post(ADMIN, body())) == "mission_limit"
    spare = staff.post(ADMIN, body(enabled=False)).get_json()["id"]
    assert error_code(staff.put(f"{ADMIN}/{spare}/enabled", {"enabled": True})) == "mission_limit"


def test_a_reward_for_the_mere_act_of_sharing_is_refused(app: Flask, staff: Http) -> None:
    shared = replace(CHECK_IN, name="shared", label="分享", ground=SHARED)
    with installed(lambda mall: mall.add(TRIGGERS, shared), app):
        found = staff.post(ADMIN, {**body(), **DAILY, "trigger": "shared", "name": "分享有礼"})
        assert error_code(found) == "campaign_refused"
        assert "分享" in found.get_json()["error"]["message"]


def test_progress_and_figures(app: Flask, staff: Http) -> None:
    wanted = mission(**DAILY)
    plan(7)
    for _ in range(3):
        user_id, _ = make_shopper()
        check_in(user_id)
    work(app)
    path = "/admin/api/v1/mission-progress"
    first = staff.get(path, mission_id=str(wanted), limit=2).get_json()
    rest = staff.get(path, mission_id=str(wanted), cursor=first["next_cursor"]).get_json()
    assert len(first["items"] + rest["items"]) == 3
    (own,) = staff.get(path, user_id=str(user_id), completed="true").get_json()["items"]
    assert staff.get(path, user_id=str(user_id), completed="false").get_json()["items"] == []
    shown = staff.get(f"{path}/{own['id']}").get_json()
    assert [(one["worth"], one["firm"]) for one in shown["facts"]] == [(1, True)]
    assert error_code(staff.get(f"{path}/987654321")) == "mission_progress_not_found"
    figures = staff.get(f"{ADMIN}/{wanted}/figures").get_json()
    assert figures == {
        **{"begun": 3, "shoppers": 3, "completed": 3, "rewarded": 0, "promised": 0},
        **{"unclaimed": 3, "refused": 0, "unlocks": 0},
    }


def test_what_missions_are_composed_of(staff: Http) -> None:
    found = staff.get("/admin/api/v1/mission-triggers").get_json()
    triggers = {one["name"]: one for one in found["triggers"]}
    assert {"check_in", "order_paid", "order_settled", "cart", "invite"} <= triggers.keys()
    assert [one["name"] for one in triggers["order_paid"]["filters"]] == ["goods", "at_least_fen"]
    assert "bought_orders" in found["figures"]
