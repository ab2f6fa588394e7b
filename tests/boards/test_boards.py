"""Boards: facts into scores, ranks by the view and without it."""

from __future__ import annotations

import pytest
from flask import Flask
from redis.crc import key_slot
from sqlalchemy import text

from mall.boards import ranking
from mall.boards.errors import (
    BoardFactOutside,
    BoardNotFound,
)
from mall.boards.excluding import exclude
from mall.boards.opening import Period, Prize, open_board
from mall.boards.recounting import recount
from mall.boards.tending import check_views, tend
from mall.boards.view.building import build_view, view_state
from mall.boards.view.entries import members_key, ranks_key
from mall.boards.view.pushing import push
from mall.kernel.db import transaction
from mall.kernel.redis import EXTENSION, connect, redis_client
from tests.support.boards import (
    HOUR,
    ORDER,
    TOY,
    around,
    lose_views,
    make_board,
    now,
    order,
    own,
    put,
    ranked,
    with_view,
)
from tests.support.invariants import check_invariants, rows_of

pytestmark = pytest.mark.usefixtures("toys")


@pytest.mark.parametrize("viewed", [True, False])
def test_ranks_neighbours_and_ties(viewed: bool) -> None:
    board_id = make_board()
    ranked(board_id)
    if viewed:
        with_view()
    assert order(board_id) == ORDER
    found = own(board_id, 3)
    assert (found.score, found.rank) == (5, 4)
    assert around(found) == [(2, 2), (3, 5), (4, 3), (5, 4), (6, 6)]
    assert around(own(board_id, 1, around=1)) == [(1, 1), (2, 2)]
    assert around(own(board_id, 6, around=1)) == [(5, 4), (6, 6)]
    assert found.size == (6 if viewed else None)
    nobody = own(board_id, 77)
    assert (nobody.score, nobody.rank, nobody.excluded) == (0, None, False)
    with transaction() as session:
        part = ranking.places(session, board_id, first=2, count=2)
    assert [(one.rank, one.member_id) for one in part] == [(3, 5), (4, 3)]
    with_view()
    check_invariants()


def test_a_live_view_hears_of_each_change() -> None:
    board_id = make_board()
    with_view()
    ranked(board_id)
    assert view_state(board_id) == "ok"
    assert order(board_id) == ORDER
    put(board_id, 6, "fact:more", 9, 30)
    assert own(board_id, 6).rank == 1
    put(board_id, 6, "fact:6", 0)
    assert own(board_id, 6).rank == 2
    check_invariants()


def test_a_fact_counts_once_and_may_go_again() -> None:
    board_id = make_board()
    assert put(board_id, 1, "a", 1, 10)
    assert not put(board_id, 1, "a", 1, 10)
    assert put(board_id, 1, "b", 1, 5)
    assert own(board_id, 1).score == 2
    assert put(board_id, 1, "a", 0)
    assert not put(board_id, 1, "a", 0)
    assert not put(board_id, 1, "never", 0)
    put(board_id, 2, "c", 1, 6)
    assert order(board_id) == [1, 2]  # what still counts of 1 was there at minute 5
    with pytest.raises(ValueError, match="another"):
        put(board_id, 2, "b")
    with_view()
    check_invariants()


def test_facts_outside_of_the_time_and_unknown_boards() -> None:
    board_id = make_board()
    for minute in (-1, 120):
        with pytest.raises(BoardFactOutside):
            put(board_id, 1, "a", 1, minute)
    with pytest.raises(BoardNotFound), transaction() as session:
        ranking.standing(session, 987_654, 1)
    with pytest.raises(BoardNotFound):
        exclude(987_654, 1, "x")


def test_a_board_is_opened_once_and_prizes_dont_overlap(app: Flask) -> None:
    began = now()
    period = Period(began, began + HOUR, began + HOUR)
    with transaction() as session:
        first = open_board(session, TOY, "once", period)
        assert open_board(session, TOY, "once", period) == first
        gift = [{"kind": "points", "what": "", "count": 1}]
        for prizes in ([(1, 2), (2, 3)], [(0, 1)], [(3, 2)]):
            with pytest.raises(ValueError, match="overlap"):
                open_board(
                    session, TOY, "no", period, [Prize(one, two, 1, gift) for one, two in prizes]
                )


# -- the view: lost, stale, torn ---------------------------------------------------------------


def test_what_was_rolled_back_is_never_told() -> None:
    board_id = make_board()
    with_view()
    put(board_id, 1, "a", 3)
    with transaction() as session:
        nested = session.begin_nested()
        put(board_id, 1, "b", 5)
        nested.rollback()
    assert (own(board_id, 1).score, own(board_id, 1).size) == (3, 1)
    put(board_id, 1, "c", 1, 30)
    assert own(board_id, 1).score == 4
    check_invariants()


def test_a_lost_view_is_built_again_by_the_sweep() -> None:
    board_id = make_board()
    ranked(board_id)
    with_view()
    lose_views()
    assert view_state(board_id) == "missing"
    assert order(board_id) == ORDER
    assert own(board_id, 3).rank == 4
    put(board_id, 6, "more", 20, 60)  # nothing is told to a view that isn't there
    assert view_state(board_id) == "missing"
    assert rows_of("I12b")
    assert tend(board_id)
    assert not tend(board_id)
    assert order(board_id) == [6, *ORDER[:-1]]
    check_invariants()


@pytest.mark.parametrize("harm", ["run", "ranks", "members", "row"])
def test_a_view_that_is_stale_or_torn_isnt_relied_on(harm: str) -> None:
    board_id = make_board()
    ranked(board_id)
    with_view()
    redis = redis_client()
    if harm == "run":  # the server was started again, or a replica took its place
        redis.hset(members_key(board_id), "run", "another")
    elif harm == "ranks":
        redis.delete(ranks_key(board_id))
    elif harm == "members":
        redis.delete(members_key(board_id))
    else:  # a push was lost
        redis.hset(members_key(board_id), "3", b"1|")
    assert (own(board_id, 3).rank, own(board_id, 3).size) == (4, None)
    assert order(board_id) == ORDER
    check_views()
    assert own(board_id, 3).size == 6
    check_invariants()


def test_the_comparison_finds_what_is_wrong_deep_in_the_view() -> None:
    board_id = make_board()
    ranked(board_id)
    with_view()
    packed = redis_client().zrange(ranks_key(board_id), 0, 0)[0]
    redis_client().zincrby(ranks_key(board_id), 100, packed)
    assert rows_of("I12b") == [{"board_id": board_id, "members": [6]}]
    check_views()
    check_invariants()


def test_without_redis_postgresql_answers(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    board_id = make_board()
    monkeypatch.setitem(app.extensions, EXTENSION, connect("redis://127.0.0.1:1"))
    ranked(board_id)
    assert order(board_id) == ORDER
    assert own(board_id, 3).rank == 4


def test_without_the_view_so_many_are_counted_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    board_id = make_board()
    ranked(board_id)
    monkeypatch.setattr(ranking, "COUNTED", 3)
    assert own(board_id, 3).rank == 4
    deep = own(board_id, 4)
    assert (deep.rank, deep.ahead_at_least, deep.score) == (None, 3, 2)
    assert around(deep) == [(None, 5), (None, 3), (None, 4), (None, 6)]
    assert order(board_id) == ORDER[:3]
    with_view()
    assert own(board_id, 4).rank == 5


def test_an_older_row_never_replaces_a_newer_one_and_a_later_build_wins() -> None:
    board_id = make_board()
    with_view()
    put(board_id, 1, "a", 3)
    with transaction() as session:
        old = session.execute(text("SELECT * FROM board_scores")).one()
    put(board_id, 1, "b", 4)
    assert push(board_id, [old]) == 0
    assert own(board_id, 1).score == 7
    later: list[bool] = []

    def another(_count: int) -> None:
        if not later:
            later.append(True)
            later.append(build_view(board_id))

    for member in range(2, 5):
        put(board_id, member, f"m:{member}")
    assert not build_view(board_id, another)
    assert later == [True, True]
    assert order(board_id) == [1, 2, 3, 4]
    check_invariants()


def test_the_keys_of_a_board_lie_together_in_a_cluster() -> None:
    slots = {key_slot(key(number).encode()) for key in (members_key, ranks_key) for number in (17,)}
    assert len(slots) == 1
    assert key_slot(ranks_key(18).encode()) not in slots


def test_scores_are_summed_up_again() -> None:
    board_id = make_board()
    ranked(board_id)
    with transaction() as session:
        session.execute(text("UPDATE board_scores SET score = 50 WHERE member_id = 4"))
    assert rows_of("I68a")
    assert (recount(board_id), recount(board_id)) == (1, 0)
    build_view(board_id)
    assert order(board_id) == ORDER
    check_invariants()
