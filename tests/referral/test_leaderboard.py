"""Leaderboards of invites: periods, what counts, what staff and shoppers see, prizes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text

from mall.boards.auditing import audit
from mall.kernel.db import transaction
from mall.kernel.jobs import run_pending
from mall.referral.invites.states import ORDERED, QUALIFIED, VOID
from mall.referral.leaderboard import defining
from mall.referral.leaderboard.counting import catch_up, count_invite
from mall.referral.leaderboard.periods import period_at
from mall.rewards.models import RewardGrant
from mall.staff.models import AuditEntry
from tests.support.boards import order as order_of_ranks
from tests.support.boards import own
from tests.support.bringing import points_rule
from tests.support.http import Http, error_code
from tests.support.invariants import check_invariants, rows_of
from tests.support.ladder_invites import change, invited
from tests.support.ladders import from_now
from tests.support.leaderboards import (
    ADMIN,
    SHOPPER,
    end_period,
    leaderboard,
    newest_period,
    prize,
    terms,
)
from tests.support.orders import Buyer, make_buyer
from tests.support.staff import make_staff


@pytest.fixture
def staff(http: Http) -> Http:
    return http.as_(make_staff("leaderboard:read", "leaderboard:write"))


def planned(*prizes: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The JSON of a leaderboard that starts tomorrow."""
    return terms(*prizes, starts_at=from_now(days=1), **more)


def qualified(app: Flask, inviter: Buyer) -> int:
    """An invite that counts for sure, and everybody has heard of it."""
    invite_id = invited(inviter)
    change(invite_id, status=QUALIFIED, orders_settled=1)
    run_pending(app)
    return invite_id


# -- periods -----------------------------------------------------------------------------------


def at(day: int, hour: int, month: int = 3) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=UTC)


@pytest.mark.parametrize(
    ("period", "moment", "expected"),
    [
        ("window", at(10, 3), (at(2, 4), at(20, 0, 5))),
        ("day", at(10, 15), (at(9, 16), at(10, 16))),  # 23:00 in Shanghai
        ("day", at(10, 16), (at(10, 16), at(11, 16))),  # midnight in Shanghai
        ("day", at(2, 5), (at(2, 4), at(2, 16))),  # cut to the start
        ("week", at(10, 3), (at(8, 16), at(15, 16))),  # a Tuesday
        ("week", at(3, 3), (at(2, 4), at(8, 16))),
        ("month", at(10, 3), (at(2, 4), at(31, 16))),
        ("month", at(10, 3, 4), (at(31, 16), at(30, 16, 4))),
        ("month", at(19, 3, 5), (at(30, 16, 4), at(20, 0, 5))),
        ("day", at(20, 0, 5), None),
        ("day", at(2, 3), None),
    ],
)
def test_periods(period: str, moment: datetime, expected: tuple[datetime, datetime] | None) -> None:
    assert period_at(period, at(2, 4), at(20, 0, 5), moment) == expected


# -- what staff do -----------------------------------------------------------------------------


def test_staff_compose_change_and_stop(staff: Http) -> None:
    one, two = points_rule(name="冠军"), points_rule(name="前三")
    made = staff.post(ADMIN, planned(prize(2, 3, two), prize(1, 1, one), period="week"))
    assert made.status_code == 201
    shown = made.get_json()
    assert (shown["state"], shown["version"], shown["period"]) == ("planned", 1, "week")
    assert [(one["first_rank"], one["name"]) for one in shown["prizes"]] == [
        (1, "冠军"),
        (2, "前三"),
    ]
    assert "第 2 至 3 名可获“前三”" in shown["rules"]
    path = f"{ADMIN}/{shown['id']}"
    body = planned(prize(1, 5, one), name="邀友榜", replaces=1)
    changed = staff.put(path, body).get_json()
    assert (changed["version"], changed["name"], len(changed["prizes"])) == (2, "邀友榜", 1)
    assert error_code(staff.put(path, body)) == "leaderboard_changed"
    assert staff.get(path).get_json() == changed
    stopped = [staff.post(f"{path}/stop", {"reason": "预算调整"}) for _ in range(2)]
    assert {one.get_json()["state"] for one in stopped} == {"over"}
    assert error_code(staff.put(path, {**body, "replaces": 2})) == "leaderboard_stopped"
    assert [one["id"] for one in staff.get(ADMIN).get_json()["items"]] == [shown["id"]]
    with transaction() as session:
        actions = session.scalars(
            select(AuditEntry.action)
            .where(AuditEntry.target_type == "referral_leaderboard")
            .order_by(AuditEntry.id)
        ).all()
    assert actions == ["leaderboard.create", "leaderboard.update", "leaderboard.stop"]
    check_invariants()


def test_what_has_started_stays_and_so_many_run_at_once(
    staff: Http, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = staff.post(ADMIN, terms()).get_json()
    assert made["state"] == "running"
    changed = staff.put(f"{ADMIN}/{made['id']}", {**terms(), "replaces": 1})
    assert error_code(changed) == "leaderboard_started"
    monkeypatch.setattr(defining, "MAX_OPEN", 1)
    assert error_code(staff.post(ADMIN, terms())) == "leaderboard_limit"


WRONG: list[tuple[str, dict[str, Any]]] = [
    ("leaderboard_times_invalid", {"starts_at": "2020-01-01T00:00:00Z"}),
    ("leaderboard_times_invalid", {"ends_at": "2020-01-01T00:00:00Z"}),
    ("leaderboard_times_invalid", {"ends_at": "2099-01-01T00:00:00Z"}),
    ("leaderboard_rule_unknown", {"prizes": [prize(1, 1, 987_654_321)]}),
    ("validation_failed", {"prizes": [prize(0, 1, 1)]}),
    ("validation_failed", {"prizes": [prize(2, 1, 1)]}),
    ("validation_failed", {"prizes": [prize(1, 2, 1), prize(2, 3, 1)]}),
    ("validation_failed", {"prizes": [prize(1, 1_001, 1)]}),
    ("validation_failed", {"prizes": [prize(n, n, 1) for n in range(1, 22)]}),
    ("validation_failed", {"period": "year"}),
    ("validation_failed", {"wait_h": 721}),
    ("validation_failed", {"wait_h": -1}),
    ("validation_failed", {"wait_h": "24"}),
    ("validation_failed", {"name": ""}),
    ("validation_failed", {"unknown": 1}),
    ("campaign_refused", {"name": "全网最低"}),
]


@pytest.mark.parametrize(("code", "more"), WRONG)
def test_wrong_terms_are_refused(staff: Http, code: str, more: dict[str, Any]) -> None:
    assert error_code(staff.post(ADMIN, terms(**more))) == code
    with transaction() as session:
        assert session.scalar(text("SELECT count(*) FROM referral_leaderboards")) == 0


def test_who_may_do_what(http: Http) -> None:
    leaderboard_id, board_id = leaderboard()
    reader = http.as_(make_staff("leaderboard:read"))
    period = f"{ADMIN}/{leaderboard_id}/periods/{board_id}"
    assert reader.get(f"{period}/ranks").status_code == 200
    assert error_code(reader.post(ADMIN, terms())) == "not_permitted"
    assert error_code(reader.post(f"{period}/prizes")) == "not_permitted"
    wanted = {"excluded": True, "reason": "x"}
    assert error_code(reader.put(f"{period}/shoppers/1", wanted)) == "not_permitted"
    assert error_code(http.get(f"{SHOPPER}/{leaderboard_id}/standing")) == "not_authenticated"


# -- what counts -------------------------------------------------------------------------------


def test_an_invite_counts_while_it_is_qualified(app: Flask) -> None:
    _, board_id = leaderboard()
    inviter = make_buyer()
    invite_id = invited(inviter)
    change(invite_id, status=ORDERED)
    run_pending(app)
    assert own(board_id, inviter.user_id).score == 0
    change(invite_id, status=QUALIFIED, orders_settled=1)
    change(invite_id, orders_settled=2)
    run_pending(app)
    assert (own(board_id, inviter.user_id).score, own(board_id, inviter.user_id).rank) == (1, 1)
    change(invite_id, status=VOID)
    run_pending(app)
    assert (own(board_id, inviter.user_id).score, own(board_id, inviter.user_id).rank) == (0, None)
    change(invite_id, status=QUALIFIED, orders_settled=2)
    run_pending(app)
    assert own(board_id, inviter.user_id).score == 1
    assert rows_of("I68a") == rows_of("I69") == rows_of("I12b") == []


def test_an_invite_counts_in_each_leaderboard_and_not_before_or_after(app: Flask) -> None:
    _, first = leaderboard()
    second_id, second = leaderboard(period="day")
    inviter = make_buyer()
    qualified(app, inviter)
    defining.stop_leaderboard(second_id, "够了")
    qualified(app, inviter)
    assert [own(board, inviter.user_id).score for board in (first, second)] == [2, 1]
    assert rows_of("I69") == []


def test_what_nobody_heard_of_is_counted_before_the_freezing(app: Flask) -> None:
    _, board_id = leaderboard()
    inviter, another = make_buyer(), make_buyer()
    gone = qualified(app, inviter)
    kept = qualified(app, inviter)
    lost = invited(another, QUALIFIED)
    with transaction() as session:
        session.execute(
            text(
                "UPDATE referral_invites SET changed_at = now() - interval '1 hour',"
                " qualified_at = CASE WHEN id = :gone THEN NULL ELSE qualified_at END,"
                " status = CASE WHEN id = :gone THEN 'void' ELSE status END"
            ),
            {"gone": gone},
        )
    assert {row["invite_id"] for row in rows_of("I69")} == {gone, lost}
    assert end_period(board_id) == 1
    assert order_of_ranks(board_id) == [inviter.user_id, another.user_id]
    catch_up(board_id)
    assert kept
    assert rows_of("I69") == []
    found = audit(board_id)
    assert found is not None
    assert found.holds


def test_what_comes_after_the_freezing_changes_nothing(app: Flask) -> None:
    _, board_id = leaderboard()
    inviter = make_buyer()
    invite_id = qualified(app, inviter)
    end_period(board_id)
    change(invite_id, status=VOID)
    run_pending(app)
    assert own(board_id, inviter.user_id).rank == 1
    with transaction() as session:
        count_invite(session, invite_id)
    found = audit(board_id)
    assert found is not None
    assert found.holds


# -- what shoppers see -------------------------------------------------------------------------


def test_the_list_my_rank_and_my_neighbours(http: Http, app: Flask) -> None:
    rule_id = points_rule(name="冠军")
    leaderboard_id, board_id = leaderboard(prize(1, 1, rule_id), name="邀友榜")
    buyers = [make_buyer() for _ in range(4)]
    with transaction() as session:
        session.execute(
            text("UPDATE users SET nickname = '小明' WHERE id = :id"), {"id": buyers[0].user_id}
        )
    for buyer, count in zip(buyers, (2, 1, 1, 0), strict=True):
        for _ in range(count):
            qualified(app, buyer)
    mine, path = http.as_(buyers[1].token), f"{SHOPPER}/{leaderboard_id}"
    assert [one["name"] for one in http.get(SHOPPER).get_json()["items"]] == ["邀友榜"]
    assert http.get(path).get_json()["prizes"][0]["name"] == "冠军"
    shown = mine.get(f"{path}/ranks", limit=2).get_json()
    rows = [(one["rank"], one["name"], one["score"], one["mine"]) for one in shown["items"]]
    assert rows == [(1, "小**", 2, False), (2, "好友", 1, True)]
    assert [one["prize"] for one in shown["items"]] == ["冠军", None]
    more = mine.get(f"{path}/ranks", limit=2, cursor=shown["next_cursor"]).get_json()
    assert [(one["rank"], one["mine"]) for one in more["items"]] == [(3, False)]
    standing = mine.get(f"{path}/standing", around=1).get_json()
    assert (standing["score"], standing["rank"], standing["size"]) == (1, 2, 3)
    assert [(one["rank"], one["mine"]) for one in standing["around"]] == [
        (1, False),
        (2, True),
        (3, False),
    ]
    assert standing["period"]["state"] == "running"
    nothing = http.as_(buyers[3].token).get(f"{path}/standing").get_json()
    assert (nothing["score"], nothing["rank"], nothing["around"]) == (0, None, [])
    periods = http.get(f"{path}/periods").get_json()["items"]
    assert [one["id"] for one in periods] == [str(board_id)]


def test_what_isnt_there_and_wrong_questions(http: Http) -> None:
    leaderboard_id, board_id = leaderboard()
    mine = http.as_(make_buyer().token)
    path = f"{SHOPPER}/{leaderboard_id}"
    assert error_code(http.get(f"{SHOPPER}/987654")) == "leaderboard_not_found"
    assert error_code(mine.get(f"{SHOPPER}/987654/ranks")) == "leaderboard_not_found"
    assert error_code(mine.get(f"{path}/ranks", period_id="987654")) == (
        "leaderboard_period_not_found"
    )
    other, _ = leaderboard()
    found = mine.get(f"{SHOPPER}/{other}/standing", period_id=str(board_id))
    assert error_code(found) == "leaderboard_period_not_found"
    for query in ({"around": "11"}, {"around": "-1"}, {"period_id": "x"}, {"what": "1"}):
        assert error_code(mine.get(f"{path}/standing", **query)) == "validation_failed"
    for query in ({"limit": "101"}, {"cursor": "x"}, {"cursor": "WyJhIl0"}):
        assert error_code(mine.get(f"{path}/ranks", **query)) == "validation_failed"


# -- cheaters and prizes -----------------------------------------------------------------------


def test_cheaters_are_out_and_prizes_go_to_the_ranks(http: Http, staff: Http, app: Flask) -> None:
    first, second = points_rule(name="冠军"), points_rule(name="亚军")
    leaderboard_id, board_id = leaderboard(prize(1, 1, first), prize(2, 2, second))
    cheater, one, two = make_buyer(), make_buyer(), make_buyer()
    for buyer, count in ((cheater, 3), (one, 2), (two, 1)):
        for _ in range(count):
            qualified(app, buyer)
    period = f"{ADMIN}/{leaderboard_id}/periods/{board_id}"
    rows = staff.get(f"{period}/ranks").get_json()["items"]
    assert [row["user_id"] for row in rows] == [str(b.user_id) for b in (cheater, one, two)]
    out = {"excluded": True, "reason": "刷单"}
    assert staff.put(f"{period}/shoppers/{cheater.user_id}", out).status_code == 204
    back = {"excluded": False, "reason": "查明"}
    found = staff.put(f"{period}/shoppers/987654321", back)
    assert error_code(found) == "board_member_not_found"
    standing = http.as_(cheater.token).get(f"{SHOPPER}/{leaderboard_id}/standing").get_json()
    assert (standing["rank"], standing["excluded"], standing["score"]) == (None, True, 3)
    assert end_period(board_id) == 1
    refused = staff.put(f"{period}/shoppers/{cheater.user_id}", back)
    assert error_code(refused) == "board_not_open"
    prizes = staff.get(f"{period}/prizes").get_json()["items"]
    assert [(row["rank"], row["user_id"], row["refusal"]) for row in prizes] == [
        (1, str(one.user_id), None),
        (2, str(two.user_id), None),
    ]
    assert staff.post(f"{period}/prizes").get_json() == {"given": 0}
    mine = http.as_(one.token).get(f"{SHOPPER}/{leaderboard_id}/standing").get_json()
    assert (mine["rank"], mine["prize"], mine["award"]) == (1, "冠军", "given")
    assert (mine["period"]["state"], mine["period"]["size"]) == ("frozen", 2)
    shown = staff.get(f"{ADMIN}/{leaderboard_id}/periods").get_json()["items"][0]
    assert len(shown["digest"]) == 64
    assert shown["awarded_at"]
    with transaction() as session:
        rules = session.scalars(select(RewardGrant.rule_id).order_by(RewardGrant.id)).all()
    assert rules == [first, second]
    assert rows_of("I68b") == rows_of("I68c") == []


def test_a_new_period_begins_empty(app: Flask) -> None:
    leaderboard_id, before = leaderboard(period="day")
    inviter = make_buyer()
    qualified(app, inviter)
    with transaction() as session:  # a day later: what was is of the day before
        for statement in (
            "UPDATE referral_leaderboard_periods SET starts_at = starts_at - interval '1 day'",
            "UPDATE boards SET ref = ref || '-', starts_at = starts_at - interval '1 day',"
            " ends_at = ends_at - interval '1 day'",
            "UPDATE referral_invites SET qualified_at = qualified_at - interval '1 day'",
        ):
            session.execute(text(statement))
    now = newest_period(leaderboard_id)
    assert now != before
    assert (own(now, inviter.user_id).score, own(before, inviter.user_id).score) == (0, 1)
