"""The sweep of due teams: whatever stands at the front of its indexes hides nothing behind it."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import text

from mall.groupbuy.teams import closing
from mall.kernel.db import connect_transactional, db, transaction
from tests.support.groupbuy import let_expire, make_activity, opened, sets_of
from tests.support.orders import make_buyer
from tests.support.races import refused

MORE = closing.BATCH + 5
_TEAMS = text(
    """
    INSERT INTO groupbuy_teams (code, activity_id, tier_set_id, leader_id, status, sizes, min_size,
        max_size, reserved, expires_at)
    SELECT 'code' || n, :activity_id, :tier_set_id, :leader_id, 'forming', '{2}', 2, 2, :reserved,
        now() - make_interval(secs => CAST(:late_s AS int) - n)
    FROM generate_series(1, :count) n RETURNING id
    """
)


@pytest.fixture(autouse=True)
def _app(app: Flask) -> None:
    """Each test has an app, and a database of its own."""


def late_teams(count: int, *, late_s: int = 1_000, reserved: int = 0) -> list[int]:
    """Teams whose time is over, the latest first. Nobody has paid."""
    activity_id = make_activity({2: 9_000})
    values = {
        "activity_id": activity_id,
        "tier_set_id": sets_of(activity_id)[0],
        "leader_id": make_buyer().user_id,
        "reserved": reserved,
        "late_s": late_s,
        "count": count,
    }
    with transaction() as session:
        return list(session.scalars(_TEAMS, values))


def statuses(team_ids: list[int]) -> list[str]:
    with transaction() as session:
        rows = session.execute(
            text("SELECT status FROM groupbuy_teams WHERE id = ANY(:ids) ORDER BY expires_at"),
            {"ids": team_ids},
        )
        return list(rows.scalars())


def test_all_that_are_due_are_closed_batch_by_batch() -> None:
    teams = late_teams(2 * MORE)
    assert closing.close_due_teams() == 2 * MORE
    assert statuses(teams) == ["failed"] * 2 * MORE
    assert closing.close_due_teams() == 0


def test_teams_that_somebody_holds_hide_no_others() -> None:
    teams = late_teams(MORE)
    with connect_transactional(db.engine) as other:
        held = text("SELECT FROM groupbuy_teams WHERE id = ANY(:ids) FOR NO KEY UPDATE")
        other.execute(held, {"ids": teams[: closing.BATCH]})
        assert closing.close_due_teams() == MORE - closing.BATCH
        other.rollback()
    assert closing.close_due_teams() == closing.BATCH


def test_teams_that_cant_be_closed_hide_no_others() -> None:
    teams = late_teams(MORE)
    last_bad = teams[closing.BATCH - 1]
    with refused("groupbuy_teams", f"NEW.id <= {last_bad} AND NEW.status = 'failed'"):
        assert closing.close_due_teams() == MORE - closing.BATCH
    assert closing.close_due_teams() == closing.BATCH


def test_late_teams_that_wait_for_an_unpaid_order_hide_no_others() -> None:
    waiting = late_teams(MORE, reserved=1)
    with transaction() as session:
        freed = text("UPDATE groupbuy_teams SET reserved = 0 WHERE id = :id")
        session.execute(freed, {"id": waiting[-1]})
    assert closing.close_due_teams() == 1
    assert statuses(waiting)[-1] == "failed"


@pytest.mark.parametrize("reason", range(len(closing.FIND_DUE)))
def test_each_reason_is_read_from_the_beginning_of_its_index(reason: int) -> None:
    names = ("due", "full", "decided")
    index = names[reason]
    with transaction() as session, session.begin_nested() as attempt:
        # Of few rows any of the three would do: its own must do alone.
        for other in names:
            if other != index:
                session.execute(text(f"DROP INDEX ix_groupbuy_teams_{other}"))
        session.execute(text("SET LOCAL enable_seqscan = off"))
        session.execute(text("SET LOCAL enable_sort = off"))
        values = {"expires_at": closing.FIRST[0], "id": 0}
        plan = "\n".join(session.scalars(text(f"EXPLAIN {closing.FIND_DUE[reason].text}"), values))
        attempt.rollback()
    assert f"Index Scan using ix_groupbuy_teams_{index}" in plan
    assert "Sort" not in plan


@pytest.mark.parametrize("lock", ["FOR NO KEY UPDATE", "FOR UPDATE"])
def test_a_team_is_formed_and_settled_while_somebody_holds_a_members_order(lock: str) -> None:
    """Who holds an order may wait for its team, so whoever holds the team never waits for it.

    The stronger lock shows that the members' rows are written once: the second time in one
    transaction, PostgreSQL would check their foreign keys to the orders.
    """
    team_id = opened(make_activity({2: 9_000}, virtual_seats=1))
    let_expire(team_id)
    with connect_transactional(db.engine) as other:
        other.execute(text(f"SELECT FROM orders {lock}"))
        assert closing.close_due_teams() == 1
        other.rollback()
    assert statuses([team_id]) == ["settled"]
