"""kill -9 around the commits of what staff do with teams, and the same again."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import text

from mall.groupbuy.desk.deciding import decide_open_teams
from mall.groupbuy.desk.ending import last_ending
from mall.groupbuy.teams.closing import close_due_teams
from mall.kernel.db import db, transaction
from tests.groupbuy.dying_desk import COMMANDS
from tests.support.dying import Die, dying
from tests.support.groupbuy import carry_out_all, joined, make_activity, opened, seats_of, team_of
from tests.support.invariants import check_invariants

BOTH = pytest.mark.parametrize("when", ["before", "after"])


@pytest.fixture(scope="module")
def die(environment: dict[str, str]) -> Iterator[Die]:
    """Run a command that must die at a failpoint."""
    with dying("tests.groupbuy.dying_desk", environment) as die:
        yield die


@pytest.fixture(autouse=True)
def _app(app: Flask) -> None:
    """Each test has an app, and a database of its own."""


def count(table: str) -> int:
    """The rows of a table."""
    with transaction() as session:
        return int(session.scalar(text(f"SELECT count(*) FROM {table}")) or 0)


def audited(action: str) -> int:
    """The audit rows of an action."""
    counting = text("SELECT count(*) FROM audit_entries WHERE action = :action")
    with transaction() as session:
        return int(session.scalar(counting, {"action": action}) or 0)


@BOTH
def test_forming_by_hand(die: Die, when: str) -> None:
    team_id = opened(make_activity({3: 9_000, 4: 8_000}))
    db.session.remove()
    die(f"groupbuy.{when}_by_hand_commit", "form", str(team_id))
    assert seats_of(team_id) == (("formed", 0, 1, 2) if when == "after" else ("forming", 0, 1, 0))
    COMMANDS["form"](str(team_id))
    assert seats_of(team_id) == ("formed", 0, 1, 2)
    assert (count("groupbuy_fills"), audited("group_team.form")) == (1, 1)
    check_invariants()


@BOTH
def test_failing_by_hand(die: Die, when: str) -> None:
    team_id = opened(make_activity({3: 9_000}))
    joined(team_id)
    db.session.remove()
    die(f"groupbuy.{when}_by_hand_commit", "fail", str(team_id))
    assert team_of(team_id).verdict == ("fail" if when == "after" else None)
    COMMANDS["fail"](str(team_id))
    close_due_teams()
    carry_out_all()
    assert seats_of(team_id) == ("failed", 0, 2, 0)
    assert audited("group_team.fail") == 1
    check_invariants()


@BOTH
def test_ending_early_and_giving_verdicts(die: Die, when: str) -> None:
    activity_id = make_activity({3: 9_000})
    teams = [opened(activity_id) for _ in range(5)]
    db.session.remove()
    die(f"groupbuy.{when}_ending_commit", "end", str(activity_id))
    assert count("groupbuy_endings") == int(when == "after")
    COMMANDS["end"](str(activity_id))
    assert (count("groupbuy_endings"), audited("group_activity.end")) == (1, 1)
    with transaction() as session:
        ending = last_ending(session, activity_id)
    assert ending is not None
    db.session.remove()
    for decided in (0, 0) if when == "before" else (2, 4):
        die(f"groupbuy.{when}_verdicts_commit", "decide", str(ending.id))
        assert sum(team_of(one).verdict is not None for one in teams) == decided
    decide_open_teams(ending_id=ending.id)
    assert {team_of(one).verdict for one in teams} == {"fail"}
    close_due_teams()
    carry_out_all()
    assert {team_of(one).status for one in teams} == {"failed"}
    check_invariants()
