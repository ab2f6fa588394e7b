"""What scores in a race, for which team, and what takes it back."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import text

from mall.boards.auditing import audit
from mall.boards.ranking import places
from mall.boards.recounting import recount
from mall.boards.tending import tend_views
from mall.boards.view.entries import members_key, ranks_key
from mall.boards.view.reading import list_seen
from mall.games.races.leaving import leave_team
from mall.games.races.models import RaceEntry
from mall.games.races.running import end
from mall.games.races.sources import count_check_in, count_mission, count_order
from mall.kernel.clock import utc_now
from mall.kernel.db import db, transaction
from mall.kernel.redis import redis_client
from mall.missions.board.sharing_triggers import INVITE
from mall.missions.checkin.checking_in import check_in as press
from tests.support.board import bought as buy_and_hear
from tests.support.board import mission, refund, settle, work
from tests.support.cli import mall
from tests.support.invariants import rows_of
from tests.support.missions import plan
from tests.support.orders import make_buyer, make_goods
from tests.support.team_races import (
    SCORES,
    begin,
    board_of,
    check_in,
    freeze,
    joined_long_ago,
    make_team,
    points_rule,
    prize,
    published_race,
    running_race,
    score,
)
from tests.support.users import make_shopper

OWN = ("I80a", "I80b", "I80c", "I80d", "I80e", "I68a", "I68b", "I68c")


def holds() -> None:
    """The orders of these tests have no payments, so only this is asked."""
    assert {code: rows for code in OWN if (rows := rows_of(code))} == {}


def scores(race_id: int) -> dict[int, int]:
    """The ranked teams of a race with their scores."""
    with transaction() as session:
        found = places(session, board_of(race_id), count=100)
    return {one.member_id: one.score for one in found}


def entries(race_id: int) -> list[tuple[str, int, int | None]]:
    """Kind, points and late points of all entries, the oldest first."""
    with transaction() as session:
        rows = session.execute(
            text(
                "SELECT kind, points, late_points FROM race_entries WHERE race_id = :id ORDER BY id"
            ),
            {"id": race_id},
        ).all()
    return [(row.kind, row.points, row.late_points) for row in rows]


def test_check_ins_are_heard(app: Flask) -> None:
    plan(7, ("streak", 7, points_rule(1)))
    race_id = running_race()
    user_id, stranger = make_shopper()[0], make_shopper()[0]
    team_id = make_team(race_id, user_id)
    for one in (user_id, stranger):
        press(one)
    work(app)
    assert scores(race_id) == {team_id: 5}
    assert entries(race_id) == [("check_in", 5, None)]
    holds()


def test_what_was_done_before_joining_or_the_start_scores_nothing(app: Flask) -> None:
    one, two = make_shopper()[0], make_shopper()[0]
    race_id = running_race()
    make_team(race_id, one)
    check_in(one, minutes_ago=5)
    later = published_race()
    make_team(later, two)
    joined_long_ago(later)
    begin(later)
    check_in(two, minutes_ago=90)
    assert (scores(race_id), scores(later)) == ({}, {})
    holds()


def test_a_made_up_day_scores_nothing(app: Flask) -> None:
    race_id = running_race()
    user_id = make_shopper()[0]
    make_team(race_id, user_id)
    joined_long_ago(race_id)
    with transaction() as session:
        session.execute(
            text(
                "INSERT INTO check_ins (user_id, day, streak, made_up)"
                " VALUES (:id, current_date, 1, true)"
            ),
            {"id": user_id},
        )
        count_check_in(session, user_id, session.scalar(text("SELECT current_date")))
    assert scores(race_id) == {}


def test_a_mission_that_is_completed_and_taken_back(app: Flask) -> None:
    """A mission for an order is complete when it is paid, and isn't when it all went back."""
    special = mission(period="once", rule_ids=[str(points_rule(1))])
    mission(period="once", rule_ids=[str(points_rule(1))])
    race_id = running_race(
        scores=[score("mission", 20), score("mission", 7, mission_id=str(special))]
    )
    buyer, goods = make_buyer(), make_goods()
    team_id = make_team(race_id, buyer.user_id)
    order_no = buy_and_hear(app, buyer, {goods: 1})
    work(app)
    assert scores(race_id) == {team_id: 27}
    refund(app, order_no, 1)
    work(app)
    assert scores(race_id) == {}
    assert entries(race_id) == [("mission", 0, None)] * 2
    again = buy_and_hear(app, buyer, {goods: 1})
    work(app)
    assert scores(race_id) == {team_id: 27}
    assert again != order_no
    holds()


def test_a_mission_that_counts_what_others_do_scores_nothing(app: Flask) -> None:
    race_id = running_race(scores=[score("mission", 20)])
    user_id = make_shopper()[0]
    make_team(race_id, user_id)
    mission_id = mission(
        trigger=INVITE.name,
        measure=INVITE.measures[0].name,
        period="once",
        rule_ids=[str(points_rule(1))],
    )
    with transaction() as session:
        progress_id = session.scalar(
            text(
                "INSERT INTO mission_progress (user_id, mission_id, period, version, target,"
                " counting, counted, firm, last_day, completed_at, completions)"
                " VALUES (:user, :mission, 'once', 1, 1, 'sum', 1, 1, current_date, now(), 1)"
                " RETURNING id"
            ),
            {"user": user_id, "mission": mission_id},
        )
        assert progress_id is not None
        count_mission(session, progress_id)
    assert scores(race_id) == {}


def test_a_purchase_scores_when_it_is_settled_and_what_stays_paid(app: Flask) -> None:
    race_id = running_race(scores=[score("purchase", 3)])
    buyer, goods = make_buyer(), make_goods()
    team_id = make_team(race_id, buyer.user_id)
    order_no = buy_and_hear(app, buyer, {goods: 2})
    assert scores(race_id) == {}, "it may still be returned"
    settle(app, buyer, order_no)
    with transaction() as session:
        query = text("SELECT goods_fen FROM orders WHERE order_no = :no")
        fen = session.scalar(query, {"no": order_no})
    assert scores(race_id) == {team_id: fen // 100 * 3}
    with transaction() as session:
        count_order(session, order_no)
    assert scores(race_id) == {team_id: fen // 100 * 3}
    refund(app, order_no, 1)
    assert scores(race_id) == {team_id: fen // 200 * 3}
    refund(app, order_no, 1)
    assert scores(race_id) == {}
    holds()


def test_what_was_done_in_another_team_stays_there(app: Flask) -> None:
    race_id = published_race()
    goes, one, two = (make_shopper()[0] for _ in range(3))
    first, second = make_team(race_id, one, goes), make_team(race_id, two)
    joined_long_ago(race_id)
    begin(race_id)
    check_in(goes, minutes_ago=10)
    leave_team(goes, race_id)
    check_in(two, minutes_ago=5)
    assert scores(race_id) == {first: 5, second: 5}
    assert list(scores(race_id)) == [first, second], "of one score the earlier is ahead"
    holds()


def test_one_shopper_in_two_races(app: Flask) -> None:
    user_id = make_shopper()[0]
    races = [running_race(), running_race(scores=[score("check_in", 9)])]
    teams = [make_team(race_id, user_id) for race_id in races]
    check_in(user_id)
    assert [scores(race_id) for race_id in races] == [{teams[0]: 5}, {teams[1]: 9}]
    holds()


def test_what_no_event_told_is_counted_before_the_freezing(app: Flask) -> None:
    mission(period="once", rule_ids=[str(points_rule(1))])
    race_id = running_race(prize(1, 1, points_rule()))
    buyer, goods = make_buyer(), make_goods()
    team_id = make_team(race_id, buyer.user_id)
    check_in(buyer.user_id)
    settle(app, buyer, buy_and_hear(app, buyer, {goods: 1}))
    before = scores(race_id)[team_id]
    with transaction() as session:  # as if nobody had heard of anything
        session.execute(text("DELETE FROM race_entries"))
        session.execute(text("DELETE FROM board_facts"))
        session.execute(text("UPDATE board_scores SET score = 0"))
    assert freeze(race_id) == 1
    assert scores(race_id) == {team_id: before}
    assert sorted(kind for kind, _, _ in entries(race_id)) == ["check_in", "mission", "purchase"]
    holds()


def test_after_the_freezing_nothing_changes(app: Flask) -> None:
    race_id = running_race(prize(1, 1, points_rule()), scores=[score("purchase", 1)])
    buyer, goods = make_buyer(), make_goods()
    team_id = make_team(race_id, buyer.user_id)
    order_no = buy_and_hear(app, buyer, {goods: 1})
    settle(app, buyer, order_no)
    late_order = buy_and_hear(app, buyer, {goods: 1})
    before = scores(race_id)
    assert freeze(race_id) == 1
    refund(app, order_no, 1)
    settle(app, buyer, late_order)
    assert scores(race_id) == before == {team_id: entries(race_id)[0][1]}
    assert [late for _, _, late in entries(race_id)] == [0], "what is new is not written"
    found = audit(board_of(race_id))
    assert found is not None
    assert found.holds
    holds()


def test_ended_early_it_is_frozen_after_the_wait(app: Flask) -> None:
    race_id = running_race(prize(1, 1, points_rule()), wait_h=48)
    one, two = make_shopper()[0], make_shopper()[0]
    team_id = make_team(race_id, one, two)
    joined_long_ago(race_id)
    check_in(one, minutes_ago=5)
    end(race_id, "供应商违规")
    check_in(two)
    with transaction() as session:
        board = session.execute(
            text("SELECT ends_at, closes_at FROM boards WHERE id = :id"), {"id": board_of(race_id)}
        ).one()
    assert board.ends_at <= utc_now()
    assert board.closes_at - board.ends_at == timedelta(hours=48)
    assert freeze(race_id) == 1
    assert scores(race_id) == {team_id: 5}
    early = published_race()
    end(early, "暂不举办")
    with transaction() as session:
        lasts = session.scalar(
            text("SELECT ends_at - starts_at FROM boards WHERE id = :id"), {"id": board_of(early)}
        )
    assert lasts == timedelta(microseconds=1), "before its start: nothing can count"
    holds()


def test_the_view_is_built_anew_by_the_command(app: Flask) -> None:
    race_id = running_race(scores=list(SCORES))
    for _ in range(3):
        user_id = make_shopper()[0]
        make_team(race_id, user_id)
        check_in(user_id)
    tend_views()
    board_id = board_of(race_id)
    seen = list_seen(board_id, 0, 10)
    redis_client().delete(members_key(board_id), ranks_key(board_id))
    with transaction() as session:  # and PostgreSQL's own sum is wrong
        session.execute(text("UPDATE board_scores SET score = score + 1 WHERE board_id > 0"))
    db.session.remove()
    done = mall(app, "boards", "rebuild", board_id)
    assert "3 scores corrected" in done.output
    assert list_seen(board_id, 0, 10) == seen
    assert recount(board_id) == 0
    holds()


@pytest.mark.parametrize("kind", ["check_in", "mission", "purchase"])
def test_only_what_the_terms_name_scores(app: Flask, kind: str) -> None:
    mission(period="once", rule_ids=[str(points_rule(1))])
    race_id = running_race(scores=[score(kind, 1)])
    buyer, goods = make_buyer(), make_goods()
    make_team(race_id, buyer.user_id)
    check_in(buyer.user_id)
    settle(app, buyer, buy_and_hear(app, buyer, {goods: 1}))
    assert {one for one, _, _ in entries(race_id)} == {kind}
    with transaction() as session:
        assert session.query(RaceEntry).filter(RaceEntry.points == 0).count() == 0
