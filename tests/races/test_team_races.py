"""Races in team races: the last seat, two teams at once, a press that comes twenty times, leaving
while something is counted, ending while something is counted."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from copy import copy
from functools import partial

import pytest
from flask import Flask
from sqlalchemy import text

from mall.games.races import joining
from mall.games.races.joining import join_team, match_team
from mall.games.races.leaving import leave_team
from mall.games.races.running import end
from mall.games.races.sources import count_check_in
from mall.kernel.clock import shop_day, utc_now
from mall.kernel.db import transaction
from mall.kernel.errors import MallError
from tests.support.invariants import check_invariants, rows_of
from tests.support.races import slow_writes, together, without
from tests.support.team_races import (
    begin,
    board_of,
    check_in,
    code_of,
    joined_long_ago,
    make_team,
    points_rule,
    prize,
    published_race,
    running_race,
)
from tests.support.users import make_shopper

AT_ONCE = 40
SEATS = "ck_race_teams_members"
ONE_TEAM = "uq_race_members_current"


def outcomes(found: list[int | Exception | None]) -> Counter[str]:
    """How many came in, or were refused with which code."""
    return Counter(
        one.code if isinstance(one, MallError) else "?" if isinstance(one, Exception) else "in"
        for one in found
    )


def shoppers(count: int) -> list[int]:
    return [make_shopper()[0] for _ in range(count)]


def in_team(team_id: int) -> tuple[int, int]:
    """How many the team counts, and how many there are."""
    with transaction() as session:
        query = text(
            "SELECT t.members, (SELECT count(*) FROM race_members m"
            " WHERE m.team_id = t.id AND m.left_at IS NULL) FROM race_teams t WHERE t.id = :id"
        )
        counted, there = session.execute(query, {"id": team_id}).one()
    return counted, there


def test_the_last_seat_and_forty_shoppers(app: Flask) -> None:
    race_id = published_race()
    captain, mate = shoppers(2)
    team_id = make_team(race_id, captain, mate)
    code = code_of(team_id)
    presses = [partial(join_team, one, race_id, code) for one in shoppers(AT_ONCE)]
    found = outcomes(together(app, presses))
    assert found == {"in": 1, "race_team_full": AT_ONCE - 1}
    assert in_team(team_id) == (3, 3)
    check_invariants()


def test_control_without_the_condition_a_team_is_overfilled(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    race_id = published_race()
    captain, mate = shoppers(2)
    team_id = make_team(race_id, captain, mate)
    code = code_of(team_id)
    careless = copy(joining.TAKE_SEAT)
    careless.sql = careless.sql.replace("members < size", "true")
    monkeypatch.setattr(joining, "TAKE_SEAT", careless)
    with without(
        f"ALTER TABLE race_teams DROP CONSTRAINT {SEATS}",
        f"ALTER TABLE race_teams ADD CONSTRAINT {SEATS} CHECK (members >= 0 AND members <= size)",
        table="race_teams",
    ):
        presses = [partial(join_team, one, race_id, code) for one in shoppers(AT_ONCE)]
        together(app, presses)
        assert in_team(team_id)[1] > 3
        assert rows_of("I80a")


def test_matched_at_the_same_moment(app: Flask) -> None:
    """Three open teams have five seats left: five of forty have one each."""
    race_id = published_race()
    one, two, three, four = shoppers(4)
    teams = [make_team(race_id, one), make_team(race_id, two, three), make_team(race_id, four)]
    presses = [partial(match_team, user_id, race_id) for user_id in shoppers(AT_ONCE)]
    found = outcomes(together(app, presses))
    assert found == {"in": 5, "race_no_open_team": AT_ONCE - 5}
    assert [in_team(team_id) for team_id in teams] == [(3, 3)] * 3
    check_invariants()


def into_two_teams(app: Flask) -> list[int | Exception]:
    """One shopper presses twenty times, now for one team, now for the other."""
    race_id = published_race(prize(1, 1, points_rule()), team_size=AT_ONCE)
    user_id, *captains = shoppers(3)
    codes = [code_of(make_team(race_id, captain)) for captain in captains]
    presses = [partial(join_team, user_id, race_id, codes[turn % 2]) for turn in range(20)]
    with slow_writes("race_members", of="INSERT", seconds=0.1):
        return together(app, presses)


def test_two_teams_at_once(app: Flask) -> None:
    found = into_two_teams(app)
    assert len({one for one in found if isinstance(one, int)}) == 1
    assert set(outcomes(found)) <= {"in", "race_has_team"}
    with transaction() as session:
        assert session.scalar(text("SELECT count(*) FROM race_members")) == 3
    check_invariants()


def test_control_without_the_index_a_shopper_is_in_two_teams(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    careless = copy(joining.ENTER)
    careless.sql = re.sub("ON CONFLICT .* DO NOTHING", "", careless.sql)
    monkeypatch.setattr(joining, "ENTER", careless)
    index = "CREATE UNIQUE INDEX {} ON race_members (race_id, user_id) WHERE left_at IS NULL"
    with without(f"DROP INDEX {ONE_TEAM}", index.format(ONE_TEAM), table="race_members"):
        into_two_teams(app)
        assert rows_of("I80b")


def test_everybody_leaves_at_once(app: Flask) -> None:
    """Captaincies pass on and on until the team is dissolved; no lock waits for another."""
    race_id = published_race(prize(1, 1, points_rule()), team_size=20)
    captain, *others = shoppers(20)
    team_id = make_team(race_id, captain, *others)
    leaves = [partial(leave_team, one, race_id) for one in (captain, *others)]
    assert outcomes(together(app, leaves)) == {"in": 20}
    assert in_team(team_id) == (0, 0)
    check_invariants()


def test_leaving_and_joining_while_points_are_counted(app: Flask) -> None:
    """What somebody did counts for the team of that moment, whoever comes first."""
    race_id = published_race(prize(1, 1, points_rule()), team_size=20)
    captain, *others = shoppers(15)
    team_id = make_team(race_id, captain, *others)
    other = make_team(race_id, *shoppers(1))
    joined_long_ago(race_id)
    begin(race_id)
    code = code_of(other)
    calls: list[Callable[[], object]] = [partial(check_in, one) for one in others]
    calls += [partial(leave_team, one, race_id) for one in others]
    calls += [partial(join_team, one, race_id, code) for one in others[:10]]
    found = outcomes(together(app, calls))  # type: ignore[arg-type]
    assert set(found) <= {"in", "race_has_team"}
    assert in_team(team_id) == (1, 1)
    check_invariants()


def test_the_last_one_leaves_while_points_are_counted(app: Flask) -> None:
    """Nothing is counted for a team once it is dissolved, and its points are void."""
    for _ in range(3):
        race_id = running_race(prize(1, 1, points_rule()), team_size=8)
        captain, *others = shoppers(8)
        team_id = make_team(race_id, captain, *others)
        joined_long_ago(race_id)
        calls: list[Callable[[], object]] = [partial(check_in, one) for one in others]
        calls += [partial(leave_team, one, race_id) for one in (captain, *others)]
        assert set(outcomes(together(app, calls))) == {"in"}  # type: ignore[arg-type]
        assert in_team(team_id) == (0, 0)
        with transaction() as session:
            query = text("SELECT coalesce(sum(score), 0) FROM board_scores WHERE board_id = :id")
            assert session.scalar(query, {"id": board_of(race_id)}) == 0
    check_invariants()


def test_a_source_that_comes_twenty_times_scores_once(app: Flask) -> None:
    race_id = running_race()
    (user_id,) = shoppers(1)
    team_id = make_team(race_id, user_id)
    joined_long_ago(race_id)
    check_in(user_id)
    day = shop_day(utc_now())

    def again() -> None:
        with transaction() as session:
            count_check_in(session, user_id, day)

    assert outcomes(together(app, [again] * 20)) == {"in": 20}
    with transaction() as session:
        query = text("SELECT score FROM board_scores WHERE member_id = :id")
        assert session.scalar(query, {"id": team_id}) == 5
    check_invariants()


def test_nothing_after_the_end_counts(app: Flask) -> None:
    """Staff end a race while members check in: each counts when it was before, or doesn't."""
    race_id = running_race(prize(1, 1, points_rule()), team_size=20)
    captain, *others = shoppers(16)
    make_team(race_id, captain, *others)
    joined_long_ago(race_id)
    calls: list[Callable[[], object]] = [partial(check_in, one) for one in others]
    calls.insert(8, partial(end, race_id, "供应商违规"))
    assert outcomes(together(app, calls)) == {"in": 16}  # type: ignore[arg-type]
    with transaction() as session:
        late = session.scalar(
            text(
                "SELECT count(*) FROM race_entries e JOIN races r ON r.id = e.race_id"
                " WHERE e.at >= r.ended_at"
            )
        )
    assert late == 0
    check_invariants()
