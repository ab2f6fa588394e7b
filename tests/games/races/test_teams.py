"""Teams of a race: made, joined, matched, left."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import text

from mall.boards.excluding import exclude
from mall.boards.ranking import standing
from mall.games.races.errors import (
    RaceCodeInvalid,
    RaceHasTeam,
    RaceJoiningOver,
    RaceNoOpenTeam,
    RaceNotFound,
    RaceNotInTeam,
    RaceOver,
    RacePaused,
    RaceTeamFull,
)
from mall.games.races.joining import join_team, match_team
from mall.games.races.leaving import leave_team
from mall.games.races.running import end, pause
from mall.kernel.db import transaction
from mall.users.closing import close_account, losses
from mall.users.erasing import erase_at_once
from mall.users.errors import AccountClosed
from tests.support.invariants import check_invariants
from tests.support.team_races import (
    begin,
    check_in,
    code_of,
    finish,
    freeze,
    joined_long_ago,
    make_team,
    published_race,
    race_draft,
    running_race,
)
from tests.support.users import make_shopper

pytestmark = pytest.mark.usefixtures("app")


def shoppers(count: int) -> list[int]:
    return [make_shopper()[0] for _ in range(count)]


def of_team(team_id: int) -> tuple[int, int, bool]:
    """How many are in it, who leads it, whether it is dissolved."""
    with transaction() as session:
        row = session.execute(
            text("SELECT members, captain_id, dissolved_at FROM race_teams WHERE id = :id"),
            {"id": team_id},
        ).one()
    return row.members, row.captain_id, row.dissolved_at is not None


def score_of(race_board: int, team_id: int) -> int:
    with transaction() as session:
        return standing(session, race_board, team_id).score


def test_a_team_by_its_code() -> None:
    race_id = published_race()
    captain, one, two, late = shoppers(4)
    team_id = make_team(race_id, captain)
    code = code_of(team_id)
    assert join_team(one, race_id, code.lower()) == team_id
    assert join_team(one, race_id, code) == team_id, "again changes nothing"
    assert of_team(team_id) == (2, captain, False)
    join_team(two, race_id, code)
    with pytest.raises(RaceTeamFull):
        join_team(late, race_id, code)
    with pytest.raises(RaceCodeInvalid):
        join_team(late, race_id, "AAAAAAAA")
    with pytest.raises(RaceCodeInvalid):
        join_team(late, published_race(), code)
    other = make_team(race_id, late)
    with pytest.raises(RaceHasTeam):
        join_team(one, race_id, code_of(other))
    assert of_team(team_id)[0] == 3
    check_invariants()


def test_matched_with_the_fullest_open_team() -> None:
    race_id = published_race()
    one, two, three, four, five, six, seven = shoppers(7)
    small = make_team(race_id, one)
    large = make_team(race_id, two, three)
    closed = make_team(race_id, four, matchable=False)
    assert match_team(five, race_id) == large
    assert match_team(six, race_id) == small
    with pytest.raises(RaceHasTeam):
        match_team(six, race_id)
    with transaction() as session:
        board_id = session.scalar(text("SELECT board_id FROM races WHERE id = :r"), {"r": race_id})
    exclude(board_id, small, "刷分")
    with pytest.raises(RaceNoOpenTeam):
        match_team(seven, race_id)
    assert of_team(closed)[0] == 1
    check_invariants()


def test_the_captaincy_passes_on_and_an_empty_team_is_dissolved() -> None:
    race_id = published_race()
    one, two, three = shoppers(3)
    team_id = make_team(race_id, one, two, three)
    leave_team(two, race_id)
    assert of_team(team_id) == (2, one, False)
    leave_team(one, race_id)
    assert of_team(team_id) == (1, three, False)
    with pytest.raises(RaceNotInTeam):
        leave_team(one, race_id)
    code = code_of(team_id)
    assert join_team(one, race_id, code) == team_id, "there is a way back"
    leave_team(one, race_id)
    leave_team(three, race_id)
    assert of_team(team_id)[::2] == (0, True)
    with pytest.raises(RaceCodeInvalid):
        join_team(one, race_id, code)
    check_invariants()


def test_points_stay_with_the_team_unless_nobody_is_left() -> None:
    race_id = published_race()
    stays, goes, alone = shoppers(3)
    team_id, other = make_team(race_id, stays, goes), make_team(race_id, alone)
    joined_long_ago(race_id)
    board_id = begin(race_id)
    for user_id in (stays, goes, alone):
        check_in(user_id, minutes_ago=10)
    assert (score_of(board_id, team_id), score_of(board_id, other)) == (10, 5)
    leave_team(goes, race_id)
    leave_team(alone, race_id)
    assert (score_of(board_id, team_id), score_of(board_id, other)) == (10, 0)
    match_team(goes, race_id)
    check_invariants()
    assert freeze(race_id) == 1
    with transaction() as session:
        ranked = session.scalars(text("SELECT member_id FROM board_results")).all()
    assert ranked == [team_id]
    check_invariants()


def test_when_nobody_joins_or_leaves() -> None:
    user_id, late = shoppers(2)
    with pytest.raises(RaceNotFound):
        match_team(user_id, race_draft())
    race_id = published_race()
    team_id = make_team(race_id, user_id)
    code = code_of(team_id)
    pause(race_id, True)
    for into in (lambda: match_team(late, race_id), lambda: join_team(late, race_id, code)):
        with pytest.raises(RacePaused):
            into()
    leave_team(user_id, race_id)
    pause(race_id, False)
    other = make_team(race_id, user_id)
    with transaction() as session:
        session.execute(text("UPDATE races SET joins_until = now() WHERE id = :r"), {"r": race_id})
    with pytest.raises(RaceJoiningOver):
        join_team(late, race_id, code_of(other))
    with pytest.raises(RaceJoiningOver):
        leave_team(user_id, race_id)
    end(race_id, "违规")
    for into in (lambda: match_team(late, race_id), lambda: leave_team(user_id, race_id)):
        with pytest.raises(RaceOver):
            into()
    check_invariants()


def test_who_closes_the_account_leaves_and_gets_nothing(app: Flask) -> None:
    race_id = running_race()
    stays, closes, alone = shoppers(3)
    team_id, other = make_team(race_id, closes, stays), make_team(race_id, alone)
    with transaction() as session:
        assert [one.name for one in losses(session, closes)] == ["race teams"]
    finish(race_id)
    for user_id in (closes, alone):
        close_account(user_id)
        erase_at_once(user_id)
        erase_at_once(user_id)
    assert of_team(team_id) == (1, stays, False)
    assert of_team(other)[::2] == (0, True)
    check_invariants()
    fresh = running_race()
    make_team(fresh, stays)
    with pytest.raises(AccountClosed):
        match_team(alone, fresh)


def test_a_frozen_team_stays_as_it_was(app: Flask) -> None:
    """Whoever closes the account afterwards stays a member on record; the prize is refused."""
    race_id = published_race()
    one, two = shoppers(2)
    make_team(race_id, one, two)
    joined_long_ago(race_id)
    begin(race_id)
    check_in(one, minutes_ago=5)
    close_account(two)  # the eraser comes only after the freezing
    assert freeze(race_id) == 1
    erase_at_once(two)
    with transaction() as session:
        found = session.execute(
            text("SELECT user_id, refusal FROM board_awards ORDER BY user_id")
        ).all()
    assert [tuple(row) for row in found] == [(one, None), (two, "account_closed")]
    check_invariants()
