"""A settlement that is overtaken, refused or repeated."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import text

from mall.groupbuy.settlement import jobs
from mall.groupbuy.settlement.carrying_out import carry_out
from mall.groupbuy.teams.closing import close_due_teams
from mall.kernel.db import transaction
from mall.kernel.jobs import defer
from tests.support.groupbuy import (
    carry_out_all,
    expire,
    joined,
    make_activity,
    members_of,
    opened,
    refunds_of,
    seat_of,
    settled,
    team_of,
)
from tests.support.invariants import check_invariants
from tests.support.races import execute, refused

_FETCH = text("SELECT task_name FROM procrastinate_fetch_job_v2(NULL, :worker_id)")
CHEAPER = {2: 9_000, 3: 8_000}


@pytest.fixture(autouse=True)
def _app(app: Flask) -> Iterator[None]:
    """Each test has an app and a database of its own; at its end everything must hold."""
    yield
    check_invariants()


def test_a_release_that_a_settlement_overtakes_gives_the_difference_once() -> None:
    team_id = opened(make_activity(CHEAPER))
    order_no = joined(team_id)
    joined(team_id)
    assert seat_of(order_no).due == "release"
    settled(team_id)
    assert refunds_of(order_no) == [("groupbuy:tier:", 1_000)]


def test_a_team_that_cant_be_closed_keeps_no_other_waiting() -> None:
    bad, good = opened(make_activity()), opened(make_activity())
    with refused("groupbuy_teams", f"NEW.id = {bad} AND NEW.status = 'failed'"):
        for team_id in (bad, good):
            expire(team_id)
        assert [team_of(one).status for one in (bad, good)] == ["forming", "failed"]
    close_due_teams()
    assert team_of(bad).status == "failed"
    carry_out_all()


def test_a_member_whose_refund_is_refused_is_kept_with_the_reason_and_tried_again() -> None:
    team_id = opened(make_activity())
    (leader,) = members_of(team_id)
    expire(team_id)
    with (
        refused("refunds", f"NEW.order_id = {leader.order_id}"),
        pytest.raises(Exception, match="x"),
    ):
        carry_out(leader.id)
    (stuck,) = members_of(team_id)
    assert (stuck.due, stuck.due_tries) == ("refund", 1)
    assert stuck.due_error == "ProgrammingError: x"
    execute("UPDATE groupbuy_members SET due_since = due_since - interval '5 minutes'")
    jobs.carry_out_overdue.run()
    (done,) = members_of(team_id)
    assert (done.due, done.due_error) == (None, None)


def test_a_large_team_lets_other_jobs_pass() -> None:
    """A worker takes what came later first: asked as workers ask."""
    team_id = opened(make_activity({2: 9_000, 3: 8_000}))
    joined(team_id)
    expire(team_id)
    with transaction() as session:
        defer(session, "kernel.rescue_stalled_jobs")
    carry_out_all()
    with transaction() as session:
        worker_id = session.scalar(text("SELECT worker_id FROM procrastinate_register_worker_v1()"))
        fetched = []
        while taken := session.scalar(_FETCH, {"worker_id": worker_id}):
            fetched.append(taken)
    later = fetched.index("kernel.rescue_stalled_jobs")
    assert later < fetched.index("groupbuy.carry_out")
