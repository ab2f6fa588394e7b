"""Campaigns over HTTP: what staff compose, what is refused, what stays once it has started."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from mall.compliance.models import ComplianceVerdict
from mall.kernel.db import transaction
from mall.referral.demo import start_ladder
from mall.referral.ladders import defining
from mall.staff.models import AuditEntry
from tests.support.bringing import change_points_rule, points_rule
from tests.support.http import Http, error_code
from tests.support.invariants import check_invariants
from tests.support.ladders import ADMIN, from_now, ladder, rung, terms
from tests.support.staff import make_staff
from tests.support.users import make_shopper


@pytest.fixture
def staff(http: Http) -> Http:
    return http.as_(make_staff("ladder:read", "ladder:write"))


def planned(*rungs: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The JSON of a campaign that starts tomorrow."""
    return terms(*rungs, starts_at=from_now(days=1), **more)


def test_staff_compose_change_and_stop_a_campaign(staff: Http) -> None:
    one, two = points_rule(name="五元"), points_rule(name="十五元")
    made = staff.post(ADMIN, planned(rung("inviter", 3, two), rung("inviter", 1, one)))
    assert made.status_code == 201
    shown = made.get_json()
    assert (shown["state"], shown["version"], shown["mode"]) == ("planned", 1, "ladder")
    assert [(one["threshold"], one["name"]) for one in shown["rungs"]] == [
        (1, "五元"),
        (3, "十五元"),
    ]
    assert "有效好友累计 3 位，您可获“十五元”" in shown["rules"]
    path = f"{ADMIN}/{shown['id']}"
    body = planned(rung("invitee", 1, one), replaces=1, name="新客有礼")
    changed = staff.put(path, body)
    assert (changed.get_json()["version"], changed.get_json()["name"]) == (2, "新客有礼")
    assert error_code(staff.put(path, body)) == "ladder_changed"
    listed = staff.get(f"{path}/versions").get_json()["items"]
    assert [one["version"] for one in listed] == [2, 1]
    assert listed[1]["rungs"] == shown["rungs"]
    stopped = [staff.post(f"{path}/stop", {"reason": "预算调整"}) for _ in range(2)]
    assert {one.get_json()["state"] for one in stopped} == {"over"}
    assert error_code(staff.put(path, {**body, "replaces": 2})) == "ladder_stopped"
    assert [one["id"] for one in staff.get(ADMIN).get_json()["items"]] == [shown["id"]]
    with transaction() as session:
        actions = session.scalars(
            select(AuditEntry.action)
            .where(AuditEntry.target_type == "ladder_campaign")
            .order_by(AuditEntry.id)
        ).all()
        verdicts = session.scalars(
            select(ComplianceVerdict.version).where(ComplianceVerdict.kind == "ladder_campaign")
        ).all()
    assert actions == ["ladder.create", "ladder.update", "ladder.stop"]
    assert sorted(verdicts) == [1, 2]
    check_invariants()


def test_what_has_started_stays(staff: Http) -> None:
    rule_id = points_rule(name="五元")
    body = terms(rung("inviter", 1, rule_id))
    made = staff.post(ADMIN, body).get_json()
    assert made["state"] == "running"
    path = f"{ADMIN}/{made['id']}"
    assert error_code(staff.put(path, {**body, "replaces": 1})) == "ladder_started"
    change_points_rule(rule_id, name="别的")
    assert staff.get(path).get_json()["rungs"][0]["name"] == "五元"


@pytest.mark.parametrize("table", ["ladder_versions", "ladder_rungs"])
def test_what_was_saved_never_changes(app: Flask, table: str) -> None:
    ladder()
    for change in (f"UPDATE {table} SET name = 'x'", f"DELETE FROM {table}"):
        with pytest.raises(IntegrityError), transaction() as session:
            session.execute(text(change))


@pytest.mark.parametrize(("mode", "every"), [("one_to_one", 1), ("one_to_two", 2)])
def test_presets_make_their_rungs(staff: Http, mode: str, every: int) -> None:
    old, new = points_rule(name="老客"), points_rule(name="新客")
    preset = {"inviter_rule_id": str(old), "invitee_rule_id": str(new), "times": 5}
    shown = staff.post(ADMIN, planned(mode=mode, **preset)).get_json()
    assert [
        (one["side"], one["threshold"], one["times"], one["name"]) for one in shown["rungs"]
    ] == [("inviter", every, 5, "老客"), ("invitee", 1, 1, "新客")]
    assert f"每 {every} 位有效好友，您可获“老客”，最多 5 次" in shown["rules"]


def test_the_rules_of_compliance_are_asked(staff: Http) -> None:
    one = rung("inviter", 1, points_rule())
    refused = staff.post(ADMIN, planned(one, name="全网最低"))
    assert (refused.status_code, error_code(refused)) == (422, "campaign_refused")
    plain = staff.post(ADMIN, planned(one, accept_warnings=False))
    assert plain.status_code == 201, plain.get_json()
    warned = staff.post(ADMIN, planned(one, accept_warnings=False, text="分享就送，转发有礼"))
    assert (warned.status_code, error_code(warned)) == (409, "campaign_warned")


WRONG: list[tuple[str, dict[str, Any]]] = [
    ("ladder_times_invalid", {"starts_at": "2020-01-01T00:00:00Z"}),
    ("ladder_times_invalid", {"ends_at": "2020-01-01T00:00:00Z"}),
    ("ladder_times_invalid", {"ends_at": "2099-01-01T00:00:00Z"}),
    ("ladder_rule_unknown", {"rungs": [rung("inviter", 1, 987_654_321)]}),
    ("validation_failed", {"rungs": []}),
    ("validation_failed", {"rungs": [rung("friend", 1, 1)]}),
    ("validation_failed", {"rungs": [rung("inviter", 0, 1)]}),
    ("validation_failed", {"rungs": [rung("inviter", 1, 1)] * 2}),
    ("validation_failed", {"rungs": [rung("invitee", 1, 1, times=2)]}),
    ("validation_failed", {"rungs": [rung("inviter", 1, 1, times=1_001)]}),
    ("validation_failed", {"mode": "one_to_two"}),
    ("validation_failed", {"mode": "one_to_one", "rungs": []}),
    ("validation_failed", {"mode": "one_to_nine"}),
    ("validation_failed", {"inviter_rule_id": "1"}),
    ("validation_failed", {"name": ""}),
    ("validation_failed", {"levels": 3}),
]


@pytest.mark.parametrize(("code", "wrong"), WRONG)
def test_what_staff_write_wrongly_is_refused(staff: Http, code: str, wrong: dict[str, Any]) -> None:
    body = planned(rung("inviter", 1, points_rule()))
    refused = staff.post(ADMIN, {**body, **wrong})
    assert (refused.status_code, error_code(refused)) == (422, code)


def test_so_many_campaigns_may_run_at_once(staff: Http, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(defining, "MAX_OPEN", 1)
    body = planned(rung("inviter", 1, points_rule()))
    first = staff.post(ADMIN, body).get_json()
    assert error_code(staff.post(ADMIN, body)) == "ladder_limit"
    staff.post(f"{ADMIN}/{first['id']}/stop", {"reason": "停"})
    assert staff.post(ADMIN, body).status_code == 201


def test_only_staff_with_the_permission(http: Http, staff: Http) -> None:
    body = planned(rung("inviter", 1, points_rule()))
    reader = http.as_(make_staff("ladder:read"))
    assert reader.post(ADMIN, body).status_code == 403
    assert http.as_(make_staff("reward:read")).get(ADMIN).status_code == 403
    assert http.get(ADMIN).status_code == 401
    for path in ("", "/versions"):
        assert error_code(staff.get(f"{ADMIN}/987654321{path}")) == "ladder_not_found"
    assert error_code(staff.post(f"{ADMIN}/987654321/stop", {"reason": "x"})) == "ladder_not_found"
    assert error_code(staff.put(f"{ADMIN}/987654321", {**body, "replaces": 1})) == (
        "ladder_not_found"
    )


def test_the_demo_has_a_ladder_that_runs(app: Flask, http: Http) -> None:
    assert [start_ladder(), start_ladder()] == [True, False]
    _, token = make_shopper()
    (shown,) = http.as_(token).get("/api/v1/ladders").get_json()["items"]
    assert (shown["state"], len(shown["rungs"])) == ("running", 5)
    check_invariants()
