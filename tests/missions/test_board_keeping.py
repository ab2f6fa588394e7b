"""How long progress is kept: what nobody waits for goes after the owner's days."""

from __future__ import annotations

from flask import Flask
from sqlalchemy import text

from mall.kernel.db import transaction
from mall.missions.board import jobs
from mall.missions.board.claiming import claim
from mall.missions.board.listing import MAX_UNCLAIMED, board
from mall.missions.checkin.checking_in import check_in
from mall.rewards.granting import Source, grant
from tests.support.board import gift, mission, missions_hold, stands, work
from tests.support.missions import plan
from tests.support.users import make_shopper

DAILY = {"trigger": "check_in", "measure": "days"}


def a_year_and_more_passes() -> None:
    with transaction() as session:
        session.execute(
            text(
                "UPDATE mission_progress SET created_at = created_at - interval '402 days',"
                " last_day = last_day - 402"
            )
        )


def kept() -> list[int]:
    with transaction() as session:
        return list(session.scalars(text("SELECT mission_id FROM mission_progress ORDER BY 1")))


def test_old_progress_goes_unless_something_waits_for_it(app: Flask) -> None:
    unfinished, unclaimed = mission(**DAILY, period="month", target=9), mission(**DAILY)
    rewarded, once = mission(**DAILY, at_once=True), mission(**DAILY, period="once")
    opens = mission(**DAILY, at_once=True)
    mission(**DAILY, requires_id=str(opens))
    user_id, _ = make_shopper()
    plan(7)
    check_in(user_id)
    work(app)
    jobs.forget_progress()
    assert kept() == [unfinished, unclaimed, rewarded, once, opens]
    a_year_and_more_passes()
    jobs.forget_progress()
    assert kept() == [unclaimed, once, opens]
    with transaction() as session:
        facts = text("SELECT count(DISTINCT progress_id) FROM mission_facts")
        assert session.scalar(facts) == 3
    missions_hold()


def test_a_hundred_rewards_to_be_claimed_are_listed_at_once(app: Flask) -> None:
    wanted = mission(**DAILY)
    user_id, _ = make_shopper()
    with transaction() as session:
        session.execute(
            text(
                "INSERT INTO mission_progress (user_id, mission_id, period, version, target,"
                " counting, counted, firm, last_day, completed_at, completions)"
                " SELECT :user_id, :mission_id, DATE '2026-01-01' + n, 1, 1, 'days', 1, 1,"
                " DATE '2026-01-01' + n, now(), 1 FROM generate_series(1, 102) n"
            ),
            {"user_id": user_id, "mission_id": wanted},
        )
        listed = [view.period_key for view in board(session, user_id).unclaimed]
    assert (len(listed), listed[0]) == (MAX_UNCLAIMED, "2026-01-02"), "the oldest first"
    assert claim(user_id, wanted, listed[0]).state == "rewarded"
    with transaction() as session:
        assert board(session, user_id).unclaimed[0].period_key == "2026-01-03"


def test_what_was_rewarded_is_not_rewarded_anew(app: Flask) -> None:
    rule_id = gift()
    wanted = mission(**DAILY, at_once=True, rule_ids=[str(rule_id)])
    user_id, _ = make_shopper()
    plan(7)
    check_in(user_id)
    work(app)
    assert stands(user_id, wanted) == (1, "rewarded")
    with transaction() as session:
        event = session.scalar(text("SELECT event FROM reward_grants"))
        session.execute(text("DELETE FROM mission_progress"))
        assert grant(session, user_id, Source(rule_id, str(event))).repeated
