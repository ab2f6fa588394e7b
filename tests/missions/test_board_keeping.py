"""How long progress is kept: what nobody waits for goes after the owner's days."""

from __future__ import annotations

from flask import Flask
from sqlalchemy import text

from mall.kernel.db import transaction
from mall.missions.board import jobs
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
