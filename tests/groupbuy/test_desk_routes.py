"""Teams and activities as staff see them over HTTP: lists, one team, figures, what is stuck."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import insert, text, update

from mall.groupbuy.desk.by_hand import form_team
from mall.groupbuy.settlement.carrying_out import carry_out
from mall.groupbuy.teams.models import GroupTeam, GroupVisit
from mall.kernel.db import db, db_now, transaction
from tests.support.groupbuy import (
    carry_out_all,
    expire,
    joined,
    make_activity,
    members_of,
    opened,
    opening,
    placed,
    sku_of,
    team_by_code,
    team_of,
)
from tests.support.http import Http, error_code
from tests.support.orders import make_buyer
from tests.support.staff import make_staff

BASE = "/admin/api/v1"


@pytest.fixture
def desk(app: Flask, http: Http) -> Http:
    """A staff member who may do everything with group-buy, but sees no costs."""
    return http.as_(make_staff("groupbuy:read", "groupbuy:write", "groupbuy:team"))


def ids(desk: Http, **query: Any) -> list[int]:
    """The teams of a list, over all its pages of two."""
    found, cursor = [], None
    while True:
        more = {"cursor": cursor} if cursor else {}
        answer = desk.get(f"{BASE}/group-teams", limit=2, **query, **more)
        assert answer.status_code == 200, answer.get_json()
        found += [int(one["id"]) for one in answer.get_json()["items"]]
        cursor = answer.get_json()["next_cursor"]
        if cursor is None:
            return found


def test_lists_by_state_activity_leader_and_time_left(desk: Http) -> None:
    activity_id, other = make_activity({3: 9_000}), make_activity({2: 9_000, 3: 8_000})
    leader = make_buyer()
    seat = placed(leader, opening(activity_id), sku_id=sku_of(activity_id))
    unpaid = team_by_code(seat.team_code).id
    teams = [opened(activity_id, leader), opened(activity_id), opened(other, leader)]
    joined(teams[2])
    failed = opened(other)
    expire(failed)
    with transaction() as session:
        for place, team_id in enumerate(teams):
            end = db_now(session) + timedelta(minutes=50 - 20 * place)
            session.execute(update(GroupTeam).where(GroupTeam.id == team_id).values(expires_at=end))
    db.session.remove()
    assert ids(desk) == [failed, *reversed(teams), unpaid]
    assert ids(desk, activity_id=activity_id) == [teams[1], teams[0], unpaid]
    assert ids(desk, activity_id=activity_id, state="forming") == [teams[1], teams[0]]
    assert ids(desk, state="failed") == [failed]
    assert ids(desk, state="formed") == [teams[2]]
    assert ids(desk, leader_id=leader.user_id) == [teams[2], teams[0], unpaid]
    assert ids(desk, leader_id=leader.user_id, state="opening", activity_id=other) == []
    assert ids(desk, state="due_soon") == list(reversed(teams))
    assert ids(desk, state="due_soon", within_min=40) == [teams[2], teams[1]]
    assert ids(desk, state="due_soon", activity_id=activity_id) == [teams[1], teams[0]]
    [first] = desk.get(f"{BASE}/group-teams", state="due_soon", limit=1).get_json()["items"]
    assert 0 < first["time_left_s"] <= 600
    assert error_code(desk.get(f"{BASE}/group-teams", cursor="x")) == "validation_failed"


def test_one_team_with_its_members_history_and_the_shops_seats(desk: Http) -> None:
    team_id = opened(make_activity({4: 9_000}))
    joined(team_id)
    path = f"{BASE}/group-teams/{team_id}"
    answer = desk.post(f"{path}/formation", {"reason": "老客户"})
    assert answer.status_code == 200, answer.get_json()
    seen = answer.get_json()
    assert (seen["team"]["status"], seen["team"]["filled"]) == ("formed", 2)
    [fill] = seen["fills"]
    assert (fill["seats"], fill["staff"]) == (2, seen["history"][-1]["staff"])
    assert fill["staff"]
    assert (seen["history"][-1]["cause"], seen["history"][-1]["reason"]) == ("staff", "老客户")
    assert [one["is_leader"] for one in seen["members"]] == [True, False]
    assert seen["members"][0]["paid_fen"] == seen["members"][0]["payable_fen"] > 0
    assert seen["members"][0]["due"] == "release"
    page = desk.get(f"{path}/members", limit=1).get_json()
    rest = desk.get(f"{path}/members", limit=1, cursor=page["next_cursor"]).get_json()
    assert page["items"] + rest["items"] == seen["members"]
    assert error_code(desk.get(f"{BASE}/group-teams/999/members")) == "group_team_not_found"


def test_by_hand_over_http(desk: Http) -> None:
    team_id = opened(make_activity({3: 9_000}))
    joined(team_id)
    path = f"{BASE}/group-teams/{team_id}"
    member_id = members_of(team_id)[1].id
    removed = desk.post(f"{path}/members/{member_id}/removal", {"reason": "刷单"}).get_json()
    assert (removed["seat"], removed["refunding_fen"]) == (False, removed["paid_fen"])
    failed = desk.post(f"{path}/failure", {"reason": "缺货"}).get_json()
    assert failed["team"]["verdict"] == "fail"
    assert error_code(desk.post(f"{path}/formation", {"reason": "还是"})) == "group_team_stands"
    reader = desk.as_(make_staff("groupbuy:read"))
    assert reader.post(f"{path}/failure", {"reason": "缺货"}).status_code == 403


def test_what_is_stuck(desk: Http) -> None:
    team_id = opened(make_activity({2: 9_000}))
    joined(team_id)
    expire(team_id)
    first, second = members_of(team_id)
    assert desk.get(f"{BASE}/group-members").get_json()["items"] == []
    with transaction() as session:
        session.execute(text("UPDATE groupbuy_members SET due_tries = 3, due_error = 'x'"))
    page = desk.get(f"{BASE}/group-members", limit=1).get_json()
    rest = desk.get(f"{BASE}/group-members", cursor=page["next_cursor"]).get_json()
    found = [int(one["id"]) for one in page["items"] + rest["items"]]
    assert sorted(found) == [first.id, second.id]
    retried = desk.post(f"{BASE}/group-members/{first.id}/retry").get_json()
    assert (retried["due"], retried["due_error"]) == (None, None)
    failing = opened(make_activity({2: 9_000}))
    expire(failing)
    [member] = members_of(failing)
    carry_out(member.id)
    assert desk.get(f"{BASE}/group-refunds").get_json()["items"] == []
    [refund] = desk.get(f"{BASE}/group-refunds", older_min=0).get_json()["items"]
    assert (refund["cause"], refund["status"]) == (f"groupbuy:team:{failing}", "pending")
    assert int(refund["member_id"]) == member.id


def test_an_activity_is_ended_over_http(desk: Http) -> None:
    activity_id = make_activity({3: 9_000})
    teams = [opened(activity_id) for _ in range(3)]
    path = f"{BASE}/group-activities/{activity_id}/ending"
    assert desk.get(path).get_json()["totals"]["forming"] == 3
    page = desk.get(f"{path}/teams", limit=2).get_json()
    assert [int(one["team"]["id"]) for one in page["items"]] == teams[:2]
    assert page["items"][0]["refund"]["refund_fen"] > 0
    exception = {"team_id": str(teams[0]), "decision": "form"}
    body = {"decision": "refund", "reason": "缺货", "exceptions": [exception]}
    ended = desk.post(path, body).get_json()
    assert (ended["status"], ended["last"]["decision"]) == ("ended", "refund")
    assert desk.post(path, body).get_json()["last"] == ended["last"]
    twice = {**body, "exceptions": [exception, exception]}
    assert error_code(desk.post(path, twice)) == "validation_failed"


def test_figures_of_an_activity(desk: Http) -> None:
    """One team settled at five with two new shoppers, one failed, one filled by the shop."""
    activity_id = make_activity({2: 9_000, 5: 8_000})
    with transaction() as session:
        cost = text("UPDATE skus SET cost_fen = 5000 WHERE id = :id")
        session.execute(cost, {"id": sku_of(activity_id)})
    team_id = opened(activity_id)
    watcher, member = make_buyer(), make_buyer()
    with transaction() as session:
        for user_id in (watcher.user_id, member.user_id, team_of(team_id).leader_id):
            session.execute(insert(GroupVisit).values(team_id=team_id, user_id=user_id))
    joined(team_id, member, units=2)
    for _ in range(3):
        joined(team_id)
    failed, filled = opened(activity_id), opened(activity_id)
    expire(failed)
    form_team(filled, "老客户")
    expire(team_id)
    carry_out_all()
    path = f"{BASE}/group-activities/{activity_id}/figures"
    answer = desk.get(path).get_json()
    counts = answer["counts"]
    expected = {
        **{"opened": 3, "formed": 2, "settled": 1, "failed": 1, "running": 1},
        **{"formed_bp": 6_667, "seats_filled": 1, "teams_filled": 1},
        **{"members": 7, "members_formed": 6, "shoppers": 7, "new_shoppers": 7},
        **{"difference_fen": 6_000, "goods_fen": 72_000, "refunded_fen": 9_000},
        **{"revenue_fen": 57_000, "units": 7, "given_fen": 13_000},
        **{"visits": 2, "visits_joined": 1, "joined_bp": 5_000},
    }
    assert counts | expected == counts
    assert answer["sizes"] == [
        {"tier_size": 5, "teams": 1, "members": 5, "seats_filled": 0},
    ]
    assert "margin_fen" not in counts
    owner = desk.as_(make_staff("*")).get(path).get_json()["counts"]
    assert (owner["cost_fen"], owner["margin_fen"]) == (35_000, 22_000)
    assert error_code(desk.get(f"{BASE}/group-activities/999/figures")) == (
        "group_activity_not_found"
    )


def test_teams_as_a_sheet(desk: Http) -> None:
    activity_id = make_activity({2: 9_000})
    team_id = opened(activity_id)
    joined(team_id)
    path = f"{BASE}/group-activities/{activity_id}/teams/export"
    header, row, *rest = desk.get(path).get_data(as_text=True).splitlines()
    assert "商家补位" in header
    assert row.split(",")[0] == str(team_id)
    assert "已成团" in row
    assert rest == []
    assert desk.get(path, format="xlsx").get_data()[:2] == b"PK"
