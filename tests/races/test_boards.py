"""Boards that race: one fact twice, facts of one member, a fact while the ranks are frozen, prizes
given twice, changes while a view is built; with controls."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from copy import copy
from functools import partial
from types import SimpleNamespace

import pytest
from flask import Flask
from sqlalchemy import text

from mall.boards import counting
from mall.boards.auditing import audit
from mall.boards.awarding import award
from mall.boards.errors import BoardNotOpen
from mall.boards.freezing import close
from mall.boards.view.building import build_view
from mall.boards.view.pushing import push
from mall.kernel.db import transaction
from mall.rewards import granting
from tests.support.boards import make_board, make_due, order, own, put, toy_boards, with_view
from tests.support.bringing import points_rule
from tests.support.invariants import check_invariants, rows_of
from tests.support.races import execute, slow_writes, together, without, without_row_locks
from tests.support.users import make_shopper

pytestmark = pytest.mark.usefixtures("toys")
MANY = 8


@pytest.fixture
def toys(app: Flask) -> Iterator[None]:
    with toy_boards(app):
        yield


def errors(found: list[object]) -> list[str]:
    return sorted(type(one).__name__ for one in found if isinstance(one, Exception))


def number(query: str) -> int:
    with transaction() as session:
        return int(session.scalar(text(query)) or 0)


# -- one fact twice, and different ones at once -----------------------------------------------


def count_at_once(app: Flask, keys: list[str]) -> int:
    """Facts of one member who has one already are put at once, into a live view; the board."""
    board_id = make_board()
    put(board_id, 1, "before")  # a score's first insert would make them wait for each other
    with_view()
    with slow_writes("board_facts", seconds=0.1):
        found = together(app, [partial(put, board_id, 1, key) for key in keys])
    assert errors(found) == []
    return board_id


def test_one_fact_many_times_counts_once(app: Flask) -> None:
    board_id = count_at_once(app, ["a"] * MANY)
    assert (own(board_id, 1).score, own(board_id, 1).rank, own(board_id, 1).size) == (2, 1, 1)
    check_invariants()


def test_facts_of_one_member_at_once_all_count(app: Flask) -> None:
    board_id = count_at_once(app, [f"fact:{n}" for n in range(MANY)] * 2)
    assert own(board_id, 1).score == 1 + MANY
    check_invariants()


def test_control_without_the_lock_of_the_score_one_fact_counts_again(app: Flask) -> None:
    with without_row_locks("board_scores"):
        board_id = count_at_once(app, ["a"] * MANY)
    assert own(board_id, 1).score > 2
    assert rows_of("I68a")


# -- a fact while the ranks are frozen ---------------------------------------------------------


def count_while_freezing(app: Flask) -> tuple[int, list[object]]:
    """A fact has been let in and is being written when the board is closed."""
    board_id = make_board()
    put(board_id, 1, "first", 5, 3)
    make_due(board_id)
    started = threading.Event()

    def late() -> object:
        started.set()
        return put(board_id, 2, "late", 9, 3)

    def freeze() -> object:
        assert started.wait(30)
        threading.Event().wait(0.3)  # the fact is under way: its score's row takes a second
        return close(board_id)

    with slow_writes("board_scores", of="INSERT", seconds=1):
        found = together(app, [late, freeze])
    return board_id, found


def test_a_fact_is_frozen_with_the_ranks_or_refused(app: Flask) -> None:
    board_id, found = count_while_freezing(app)
    assert errors(found) == []
    assert order(board_id) == [2, 1]
    with pytest.raises(BoardNotOpen):
        put(board_id, 3, "later", 9, 3)
    report = audit(board_id)
    assert report is not None
    assert report.holds
    check_invariants()


def test_control_without_the_lock_of_the_board_a_fact_is_lost(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing holds the board's row: neither the reading of its status nor the foreign key."""
    careless = copy(counting._BOARD)
    careless.sql = careless.sql.replace("FOR KEY SHARE", "")
    careless._locks = False
    monkeypatch.setattr(counting, "_BOARD", careless)
    key = "fk_board_scores_board_id"
    execute(f"ALTER TABLE board_scores DROP CONSTRAINT {key}")
    try:
        board_id, found = count_while_freezing(app)
        assert errors(found) == []
        assert order(board_id) == [1]
        report = audit(board_id)
        assert report is not None
        assert not report.holds
    finally:
        execute(
            f"ALTER TABLE board_scores ADD CONSTRAINT {key}"
            " FOREIGN KEY (board_id) REFERENCES boards (id)"
        )


def test_a_board_that_many_close_is_frozen_once(app: Flask) -> None:
    board_id = make_board()
    for member in range(1, 6):
        put(board_id, member, f"m:{member}", member)
    make_due(board_id)
    with slow_writes("board_results", seconds=0.05):
        found = together(app, [partial(close, board_id)] * MANY)
    assert errors(found) == []
    assert found.count(True) == 1
    assert order(board_id) == [5, 4, 3, 2, 1]
    check_invariants()


# -- prizes ------------------------------------------------------------------------------------


def award_many_times(app: Flask) -> int:
    """A closed board with two prizes, given by many at once: how many were given."""
    users = [make_shopper()[0] for _ in range(2)]
    board_id = make_board((1, 2, points_rule()))
    for user_id in users:
        put(board_id, user_id, f"u:{user_id}", 5, 3)
    make_due(board_id)
    close(board_id)
    with slow_writes("reward_grants", of="INSERT", seconds=0.1):
        found = together(app, [partial(award, board_id)] * MANY)
    assert errors(found) == []
    return number("SELECT count(*) FROM reward_grants")


def test_prizes_that_many_give_are_given_once(app: Flask) -> None:
    assert award_many_times(app) == 2
    assert number("SELECT sum(available) FROM points_accounts") == 200
    check_invariants()


def test_control_without_the_key_prizes_are_given_again(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = "uq_reward_grants_rule_event_user"
    drop = f"ALTER TABLE reward_grants DROP CONSTRAINT {key}"
    restore = f"ALTER TABLE reward_grants ADD CONSTRAINT {key} UNIQUE (rule_id, event, user_id)"
    make = copy(granting._MAKE)
    make.sql = make.sql.replace(f"ON CONFLICT ON CONSTRAINT {key} DO NOTHING", "")
    monkeypatch.setattr(granting, "_MAKE", make)
    with without(drop, restore, table="reward_grants"):
        assert award_many_times(app) > 2
        assert rows_of("I68c")


# -- a view that is built while facts come -------------------------------------------------------


def build_while_counting(app: Flask) -> int:
    """The view is built while other members' scores change."""
    board_id = make_board()
    for member in range(1, 41):
        put(board_id, member, f"first:{member}", 1, 1)

    def build() -> object:
        return build_view(board_id, lambda _count: threading.Event().wait(0.05))

    def change(part: int) -> object:
        for member in range(1 + part, 41, 4):
            put(board_id, member, f"more:{member}", member, 2)
        return True

    found = together(app, [build, *(partial(change, part) for part in range(4))])
    assert errors(found) == []
    return board_id


def test_a_view_that_is_built_while_facts_come_is_right(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mall.boards.view.building.BATCH", 5)
    board_id = build_while_counting(app)
    assert own(board_id, 40).size == 40
    assert order(board_id) == list(range(40, 0, -1))
    check_invariants()


def test_control_a_view_that_takes_older_rows_is_wrong(app: Flask) -> None:
    """An older row is told last: by its own version it is left, as if it were newer it is taken."""
    board_id = make_board()
    put(board_id, 1, "a", 1, 1)
    with transaction() as session:
        old = session.execute(text("SELECT * FROM board_scores")).one()
    with_view()
    put(board_id, 1, "b", 1, 2)
    push(board_id, [old])
    assert rows_of("I12b") == []
    push(board_id, [SimpleNamespace(**{**old._mapping, "version": old.version + 9})])
    assert rows_of("I12b")
