"""Ending an activity early: what each decision does with the teams that are open."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import text

from mall.groupbuy.activities.models import GroupActivity
from mall.groupbuy.desk import deciding
from mall.groupbuy.desk.deciding import decide_open_teams, decide_overdue
from mall.groupbuy.desk.ending import end_early, last_ending
from mall.groupbuy.desk.ending_preview import Outcome, open_teams, preview
from mall.groupbuy.errors import (
    GroupActivityNotFound,
    GroupActivityNotOpen,
    GroupTeamNotFound,
)
from mall.groupbuy.teams.closing import close_due_teams
from mall.groupbuy.teams.emptying import return_stock
from mall.kernel.db import db, transaction
from mall.kernel.jobs import run_pending
from mall.orders.models import Order
from mall.payments.closing import close_due_orders
from tests.support.groupbuy import (
    carry_out_all,
    expire,
    joined,
    make_activity,
    members_of,
    opened,
    opening,
    placed,
    seats_of,
    sku_of,
    team_by_code,
    team_of,
)
from tests.support.invariants import check_invariants
from tests.support.orders import make_buyer

TIERS = {3: 9_000, 5: 8_000}


@pytest.fixture(autouse=True)
def _app(app: Flask) -> None:
    """Each test has an app, and a database of its own."""


def work() -> None:
    """What workers and sweeps do."""
    run_pending()
    close_due_orders()
    close_due_teams()
    carry_out_all()


def make_teams(activity_id: int) -> tuple[int, int, int]:
    """One team whose leader hasn't paid, one that is forming, one that is formed."""
    seat = placed(make_buyer(), opening(activity_id), sku_id=sku_of(activity_id))
    forming, formed = opened(activity_id), opened(activity_id)
    joined(forming, paid=False)
    joined(formed)
    joined(formed)
    return team_by_code(seat.team_code).id, forming, formed


def paid_by(team_id: int) -> int:
    """What its first member paid, in fen."""
    with transaction() as session:
        return session.get_one(Order, members_of(team_id)[0].order_id).paid_fen


def returned(activity_id: int) -> bool:
    """Whether the activity's stock went back."""
    with transaction() as session:
        activity = session.get_one(GroupActivity, activity_id, populate_existing=True)
        return activity.stock_returned_at is not None


def done(activity_id: int) -> bool:
    """Whether every team has the verdict that staff decided last."""
    with transaction() as session:
        last = last_ending(session, activity_id)
        return last is not None and last.done_at is not None


def test_to_run_leaves_the_open_teams_alone_and_opens_no_more() -> None:
    activity_id = make_activity(TIERS)
    teams = make_teams(activity_id)
    end_early(activity_id, "run", "换季")
    work()
    assert done(activity_id)
    assert [team_of(team_id).verdict for team_id in teams] == [None] * 3
    with pytest.raises(GroupActivityNotOpen):
        placed(make_buyer(), opening(activity_id), sku_id=sku_of(activity_id))
    db.session.rollback()
    joined(teams[1])
    joined(teams[1], paid=False)
    assert seats_of(teams[1])[:1] == ("forming",)
    check_invariants()


def test_to_refund_fails_what_isnt_formed_and_lets_formed_teams_run_on() -> None:
    activity_id = make_activity(TIERS, stock_units=20)
    unopened, forming, formed = make_teams(activity_id)
    end_early(activity_id, "refund", "缺货")
    work()
    work()
    assert (team_of(unopened).status, team_of(forming).status) == ("failed", "failed")
    assert team_of(formed).status == "formed"
    joined(formed)
    return_stock()
    assert not returned(activity_id)
    expire(formed)
    carry_out_all()
    return_stock()
    assert returned(activity_id)
    assert team_of(formed).tier_size == 3
    check_invariants()


def test_to_form_settles_all_that_have_paid_members() -> None:
    activity_id = make_activity({3: 9_000, 4: 8_000})
    unopened, forming, formed = make_teams(activity_id)
    end_early(activity_id, "form", "提前成团")
    work()
    work()
    assert team_of(unopened).status == "failed"
    assert seats_of(forming) == ("settled", 0, 1, 2)
    assert seats_of(formed) == ("settled", 0, 3, 0)
    check_invariants()


def test_exceptions_and_a_second_decision() -> None:
    activity_id = make_activity(TIERS)
    first, second, third = opened(activity_id), opened(activity_id), opened(activity_id)
    with pytest.raises(GroupTeamNotFound):
        end_early(activity_id, "run", "换季", {0: "form"})
    for _ in range(2):
        end_early(activity_id, "run", "换季", {second: "form", third: "refund"})
        work()
    assert [team_of(one).status for one in (first, second, third)] == [
        "forming",
        "settled",
        "failed",
    ]
    end_early(activity_id, "refund", "不等了")
    work()
    assert team_of(first).status == "failed"
    with pytest.raises(GroupActivityNotFound):
        end_early(0, "run", "没有")
    check_invariants()


def test_many_teams_are_decided_in_batches_and_a_lost_job_goes_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(deciding, "BATCH", 2)
    activity_id = make_activity(TIERS)
    teams = [opened(activity_id) for _ in range(5)]
    end_early(activity_id, "refund", "缺货")
    with transaction() as session:
        ending = last_ending(session, activity_id)
    assert ending is not None
    decide, calls = deciding.decide, []

    def dies_in_the_second_batch(*args: object) -> None:
        calls.append(args)
        if len(calls) > 3:
            raise ConnectionError
        decide(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(deciding, "decide", dies_in_the_second_batch)
    with pytest.raises(ConnectionError):
        decide_open_teams(ending_id=ending.id)
    assert sum(team_of(one).verdict is not None for one in teams) == 2
    assert not done(activity_id)
    monkeypatch.setattr(deciding, "decide", decide)
    with transaction() as session:
        long_ago = "created_at - interval '1 h'"
        session.execute(text(f"UPDATE groupbuy_endings SET created_at = {long_ago}"))
    decide_overdue()
    assert {team_of(one).verdict for one in teams} == {"fail"}
    assert done(activity_id)


def test_what_each_decision_would_do_is_what_it_does() -> None:
    activity_id = make_activity(TIERS, virtual_seats=1)
    _, forming, formed = make_teams(activity_id)
    joined(formed)
    with transaction() as session:
        shown = preview(session, activity_id)
        _, one, other = open_teams(session, activity_id, after=0, rows=10)
    paid_fen = paid_by(forming)
    assert shown.totals | {"teams": 3, "formed": 1, "unpaid_seats": 2} == shown.totals
    assert (shown.totals["seats_to_fill"], shown.totals["refund_members"]) == (2, 1)
    assert shown.totals["refund_fen"] == paid_fen
    assert one.run == one.refund == Outcome(True, None, 0, 1, paid_fen, 0)
    assert one.form == Outcome(False, 3, 2, 1, 0, 0)
    assert other.refund is None
    assert other.run == other.form == Outcome(False, 3, 0, 4, 0, 0)
    joined(formed)
    with transaction() as session:
        later = open_teams(session, activity_id, after=forming, rows=10)[0]
    assert later.form == Outcome(False, 5, 0, 5, 0, 5_000)
    assert later.run == later.form
