"""Team races over HTTP: what staff compose and publish, what shoppers see and may not do."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from mall.compliance.campaigns import CHECKED_IN, Reward
from mall.compliance.models import ComplianceVerdict
from mall.games.races.describing import describe
from mall.games.races.staff_queries import terms_of
from mall.kernel.clock import utc_now
from mall.kernel.db import transaction
from mall.missions.board.sharing_triggers import INVITE
from mall.missions.board.shopper_triggers import CHECK_IN
from mall.rewards.commands import change_rule
from mall.rewards.schemas import RewardRuleInSchema
from mall.staff.models import AuditEntry
from tests.support.board import gift, mission
from tests.support.http import Http, error_code
from tests.support.invariants import check_invariants
from tests.support.points import figures
from tests.support.servers import LiveServer
from tests.support.staff import make_staff
from tests.support.team_races import (
    ADMIN,
    SHOPPER,
    begin,
    board_of,
    check_in,
    code_of,
    freeze,
    joined_long_ago,
    make_team,
    points_rule,
    prize,
    published_race,
    race_draft,
    race_terms,
    running_race,
    score,
)
from tests.support.users import make_shopper
from tests.support.wechat import control, login_code


@pytest.fixture
def staff(http: Http) -> Http:
    return http.as_(make_staff("games:read", "games:write", "games:publish"))


def publication(staff: Http, race_id: int | str, **more: Any) -> Any:
    body = {"replaces": 1, "accept_warnings": True, **more}
    return staff.post(f"{ADMIN}/{race_id}/publication", body)


def test_from_draft_to_publication(app: Flask, http: Http, staff: Http) -> None:
    terms = race_terms(prize(1, 1, points_rule(100, "冠军")), prize(2, 5, points_rule(10, "优胜")))
    race_id = staff.post(ADMIN, terms).get_json()["id"]
    path, shop = f"{ADMIN}/{race_id}", f"{SHOPPER}/{race_id}"
    assert error_code(http.get(shop)) == "race_not_found", "a draft is nobody's to see"
    changed = staff.put(path, {**terms, "name": "春季团队赛", "replaces": 1}).get_json()
    assert (changed["name"], changed["revision"], changed["state"]) == ("春季团队赛", 2, "draft")
    assert error_code(staff.put(path, {**terms, "replaces": 1})) == "race_changed"
    cost = staff.get(f"{path}/preview").get_json()
    assert [one["worst_fen"] for one in cost["prizes"]] == [3 * 100, 4 * 3 * 10]
    assert (cost["expected_fen"], cost["worst_fen"]) == (420, 420)
    few = staff.get(f"{path}/preview", teams=3, members=2).get_json()
    assert [one["expected_fen"] for one in few["prizes"]] == [2 * 100, 2 * 2 * 10]
    assert (few["expected_fen"], few["worst_fen"]) == (240, 420)
    assert staff.get(f"{path}/preview", teams=0).get_json()["expected_fen"] == 0
    assert error_code(staff.get(f"{path}/figures")) == "race_not_published"
    assert error_code(publication(staff, race_id)) == "race_changed"
    assert publication(staff, race_id, replaces=2).get_json()["state"] == "upcoming"
    assert error_code(publication(staff, race_id, replaces=3)) == "race_published"
    assert error_code(staff.put(path, {**terms, "replaces": 3})) == "race_published"
    shown = http.get(shop).get_json()
    assert (shown["joinable"], shown["team_size"]) == (True, 3)
    assert [one["name"] for one in shown["prizes"]] == ["冠军", "优胜"]
    assert "第 2 至 5 名的队伍，每位队员可获“优胜”" in shown["rules"]
    assert [one["id"] for one in http.get(SHOPPER).get_json()["items"]] == [race_id]
    with transaction() as session:
        verbs = session.scalars(
            select(AuditEntry.action)
            .where(AuditEntry.target_type == "race")
            .order_by(AuditEntry.id)
        ).all()
        verdicts = session.scalars(
            select(ComplianceVerdict.version).where(ComplianceVerdict.kind == "race")
        ).all()
    assert verbs == ["race.create", "race.update", "race.publish"]
    assert verdicts == [1]
    check_invariants()


def test_published_terms_never_change(app: Flask) -> None:
    published_race()
    with pytest.raises(IntegrityError), transaction() as session:
        session.execute(text("""UPDATE races SET terms = terms || '{"team_size": 9}'"""))


def test_what_compliance_is_told(app: Flask) -> None:
    task = mission(trigger="check_in", measure="days", rule_ids=[str(gift())])
    scores = [score("check_in", 1), score("mission", 1, mission_id=str(task))]
    race_id = race_draft(prize(1, 2, points_rule(1, "积分")), scores=scores)
    with transaction() as session:
        facts = describe(session, race_id, terms_of(session, race_id))
    assert set(facts.mechanics) == {Reward(CHECKED_IN, "积分"), Reward(CHECK_IN.ground, "积分")}
    assert facts.quantity == 2 * 3


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"prizes": [prize(1, 3, 1), prize(3, 4, 1)]}, "validation_failed"),
        ({"prizes": [prize(2, 1, 1)]}, "validation_failed"),
        ({"prizes": []}, "validation_failed"),
        ({"scores": []}, "validation_failed"),
        ({"scores": [score("check_in", 1), score("check_in", 2)]}, "validation_failed"),
        ({"scores": [score("check_in", 1, mission_id="1")]}, "validation_failed"),
        ({"team_size": 1}, "validation_failed"),
        ({"prizes": [prize(1, 1, 987654)]}, "race_rule_unknown"),
        ({"scores": [score("mission", 1, mission_id="987654")]}, "race_mission_unknown"),
        ({"joins_until": "2099-01-01T00:00:00Z"}, "race_times_invalid"),
        ({"ends_at": "2020-01-01T00:00:00Z"}, "race_times_invalid"),
    ],
)
def test_what_staff_may_write_wrongly(staff: Http, more: dict[str, Any], code: str) -> None:
    assert error_code(staff.post(ADMIN, race_terms(**more))) == code


def test_rules_with_bounds_and_missions_of_others_are_refused(app: Flask, staff: Http) -> None:
    for bound in ({"budget": 5}, {"daily_cap": 1}):
        bounded = race_terms(prize(1, 1, points_rule(**bound)))
        assert error_code(staff.post(ADMIN, bounded)) == "race_rule_bounded"
    inviting = mission(trigger=INVITE.name, measure=INVITE.measures[0].name)
    terms = race_terms(scores=[score("mission", 1, mission_id=str(inviting))])
    assert error_code(staff.post(ADMIN, terms)) == "race_mission_unknown"


def test_it_is_published_before_its_start(app: Flask, staff: Http) -> None:
    past = (utc_now() - timedelta(minutes=1)).isoformat()
    assert error_code(publication(staff, race_draft(starts_at=past))) == "race_times_invalid"
    assert error_code(publication(staff, race_draft(joins_until=past))) == "race_times_invalid"


def test_pausing_and_ending(app: Flask, staff: Http) -> None:
    draft = race_draft()
    assert error_code(staff.put(f"{ADMIN}/{draft}/pause", {"paused": True})) == "race_not_published"
    race_id = running_race()
    path = f"{ADMIN}/{race_id}"
    shown = [staff.put(f"{path}/pause", {"paused": one}).get_json() for one in (True, True, False)]
    assert [one["joinable"] for one in shown] == [False, False, True]
    ended = staff.post(f"{path}/end", {"reason": "供应商违规"}).get_json()
    assert (ended["state"], ended["end_reason"]) == ("counting", "供应商违规")
    assert error_code(staff.post(f"{path}/end", {"reason": "再次"})) == "race_over"
    assert staff.get(f"{SHOPPER}/{race_id}").get_json()["end_reason"] == "供应商违规"
    with transaction() as session:
        actions = session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)).all()
    assert actions[-3:] == ["race.pause", "race.resume", "race.end"]


def test_a_name_passes_wechats_check(app: Flask, http: Http, simulator: LiveServer) -> None:
    code, _ = login_code(simulator)
    me = http.as_(http.post("/api/v1/sessions", {"code": code}).get_json()["token"])
    race_id = published_race()
    path = f"{SHOPPER}/{race_id}/team"
    assert error_code(me.post(path, {"name": "赌博之王"})) == "race_team_name_refused"
    assert error_code(me.get(path)) == "race_not_in_team"
    control(simulator, "/faults", target="api", kind="http_500", path="/wxa/msg_sec_check")
    assert error_code(me.post(path, {"name": "向前冲"})) == "wechat_unavailable"
    control(simulator, "/reset")
    code, _ = login_code(simulator)
    me = http.as_(http.post("/api/v1/sessions", {"code": code}).get_json()["token"])
    made = [me.post(path, {"name": "向前冲"}).get_json() for _ in range(2)]
    assert made[0] == made[1], "again changes nothing"
    assert error_code(me.post(path, {"name": "另一队"})) == "race_has_team"
    code, _ = login_code(simulator)
    other = http.as_(http.post("/api/v1/sessions", {"code": code}).get_json()["token"])
    assert error_code(other.post(path, {"name": "向前冲"})) == "race_team_name_taken"
    check_invariants()


def test_what_shoppers_see(app: Flask, http: Http) -> None:
    (one, token), (two, _), (_, stranger) = (
        make_shopper(nickname=n) for n in ("小明", "小红", "客")
    )
    race_id = published_race(prize(1, 1, points_rule(5, "冠军")))
    team_id = make_team(race_id, one)
    make_team(race_id, two)
    joined_long_ago(race_id)
    begin(race_id)
    path, me = f"{SHOPPER}/{race_id}", http.as_(token)
    assert me.get(f"{path}/standing").get_json()["rank"] is None
    check_in(two, minutes_ago=9)
    check_in(one, minutes_ago=8)
    ranks = me.get(f"{path}/ranks", limit=1).get_json()
    assert [(row["rank"], row["mine"], row["prize"]) for row in ranks["items"]] == [
        (1, False, "冠军")
    ]
    rest = me.get(f"{path}/ranks", cursor=ranks["next_cursor"]).get_json()["items"]
    assert [(row["rank"], row["mine"], row["prize"]) for row in rest] == [(2, True, None)]
    own = me.get(f"{path}/team").get_json()
    assert (own["score"], own["code"]) == (5, code_of(team_id))
    assert [(row["name"], row["points"], row["mine"]) for row in own["of_members"]] == [
        ("小**", 5, True)
    ]
    outside = http.as_(stranger)
    for part in ("team", "standing"):
        assert error_code(outside.get(f"{path}/{part}")) == "race_not_in_team"
    assert error_code(outside.delete(f"{path}/team")) == "race_not_in_team"
    seen = outside.get(f"{path}/invitations/{own['code']}").get_json()
    assert (seen["captain"], seen["members"], seen["size"]) == ("小**", 1, 3)
    assert error_code(outside.get(f"{path}/invitations/AAAAAAAA")) == "race_code_invalid"
    matched = outside.post(f"{path}/team/matching")
    assert matched.get_json()["members"] == 2
    assert error_code(outside.post(f"{path}/team/matching")) == "race_has_team"
    assert outside.delete(f"{path}/team").status_code == 204
    joined = outside.post(f"{path}/team/joining", {"code": own["code"]})
    assert joined.get_json()["id"] == str(team_id)
    check_invariants()


def test_a_cheating_team_and_refused_prizes(app: Flask, http: Http, staff: Http) -> None:
    cheat, token = make_shopper()
    fair, _ = make_shopper()
    rule_id = points_rule(50, "冠军")
    race_id = published_race(prize(1, 1, rule_id))
    bad, good = make_team(race_id, cheat), make_team(race_id, fair)
    joined_long_ago(race_id)
    begin(race_id)
    for user_id, ago in ((cheat, 9), (fair, 5)):
        check_in(user_id, minutes_ago=ago)
    path = f"{ADMIN}/{race_id}"
    out = {"excluded": True, "reason": "刷分"}
    assert staff.put(f"{path}/teams/{bad}", out).status_code == 204
    assert error_code(staff.put(f"{path}/teams/987654", out)) == "race_team_not_found"
    back = staff.put(f"{path}/teams/{good}", {**out, "excluded": False})
    assert back.status_code == 204
    own = http.as_(token).get(f"{SHOPPER}/{race_id}/team").get_json()
    assert (own["excluded_for"], own["score"]) == ("刷分", 5)
    teams = staff.get(f"{path}/teams").get_json()["items"]
    assert [(one["id"], one["score"], one["excluded_for"]) for one in teams] == [
        (str(good), 5, None),
        (str(bad), 5, "刷分"),
    ]
    body = {"name": "冠军", "reward": [{"kind": "points", "count": 50}]}
    change_rule(rule_id, **RewardRuleInSchema().load({**body, "enabled": False}))
    assert freeze(race_id) == 1
    assert error_code(staff.put(f"{path}/teams/{bad}", {**out, "excluded": False})) == (
        "board_not_open"
    )
    (refused,) = staff.get(f"{path}/prizes").get_json()["items"]
    assert (refused["user_id"], refused["refusal"]) == (str(fair), "reward_rule_paused")
    change_rule(rule_id, **RewardRuleInSchema().load(body))
    assert [staff.post(f"{path}/prizes").get_json()["given"] for _ in range(2)] == [1, 0]
    assert (figures(fair)[0], figures(cheat)[0]) == (50, 0)
    shown = staff.get(path).get_json()
    assert (shown["state"], shown["size"], shown["board_id"]) == (
        "frozen",
        1,
        str(board_of(race_id)),
    )
    check_invariants()


def test_who_may_not(app: Flask, http: Http) -> None:
    reader = http.as_(make_staff("games:read"))
    writer = http.as_(make_staff("games:write"))
    race_id = race_draft()
    assert error_code(reader.post(ADMIN, race_terms())) == "not_permitted"
    assert error_code(publication(writer, race_id)) == "not_permitted"
    assert error_code(writer.get(f"{ADMIN}/{race_id}")) == "not_permitted"
