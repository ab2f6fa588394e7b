"""Boards: cheaters out, ranks frozen, prizes given."""

from __future__ import annotations

import hashlib

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from mall.boards import ranking
from mall.boards.auditing import audit
from mall.boards.awarding import award, awards
from mall.boards.errors import (
    BoardMemberNotFound,
    BoardNotDue,
    BoardNotOpen,
)
from mall.boards.excluding import exclude, readmit
from mall.boards.freezing import close
from mall.boards.kinds import BoardKind
from mall.boards.recounting import recount
from mall.boards.tending import close_due
from mall.boards.view.entries import members_key, ranks_key
from mall.kernel.clock import to_microseconds
from mall.kernel.db import transaction
from mall.kernel.redis import redis_client
from tests.support.boards import (
    ORDER,
    TOY,
    around,
    make_board,
    make_due,
    order,
    own,
    put,
    ranked,
    toy_boards,
    with_view,
)
from tests.support.bringing import change_points_rule, points_rule
from tests.support.invariants import check_invariants
from tests.support.users import make_shopper

pytestmark = pytest.mark.usefixtures("toys")


# -- exclusion ---------------------------------------------------------------------------------


def test_cheaters_are_out_and_may_come_back() -> None:
    board_id = make_board()
    ranked(board_id)
    with_view()
    exclude(board_id, 2, "刷单")
    exclude(board_id, 2, "刷单")
    exclude(board_id, 99, "刷单")
    assert order(board_id) == [1, 5, 3, 4, 6]
    assert (own(board_id, 2).rank, own(board_id, 2).excluded, own(board_id, 2).score) == (
        None,
        True,
        7,
    )
    put(board_id, 2, "more", 9, 20)
    put(board_id, 99, "late", 50, 20)
    assert order(board_id) == [1, 5, 3, 4, 6]
    readmit(board_id, 2, "查明")
    assert order(board_id) == [2, 1, 5, 3, 4, 6]
    with pytest.raises(BoardMemberNotFound):
        readmit(board_id, 98, "查明")
    with transaction() as session:
        actions = session.scalars(text("SELECT action FROM audit_entries ORDER BY id")).all()
    assert actions == ["board.exclude", "board.exclude", "board.readmit"]
    check_invariants()


# -- the close ---------------------------------------------------------------------------------


@pytest.mark.parametrize("batch", [2, 10_000])
def test_frozen_ranks_and_their_digest(monkeypatch: pytest.MonkeyPatch, batch: int) -> None:
    monkeypatch.setattr("mall.boards.freezing.BATCH", batch)
    monkeypatch.setattr("mall.boards.auditing.BATCH", batch)
    board_id = make_board()
    ranked(board_id)
    exclude(board_id, 4, "刷单")
    with_view()
    with pytest.raises(BoardNotDue):
        close(board_id)
    make_due(board_id)
    assert close(board_id)
    assert not close(board_id)
    frozen = [1, 2, 5, 3, 6]
    assert order(board_id) == frozen
    assert around(own(board_id, 5, around=1)) == [(2, 2), (3, 5), (4, 3)]
    assert (own(board_id, 4).rank, own(board_id, 4).excluded) == (None, True)
    assert own(board_id, 88).rank is None
    for change in (
        lambda: put(board_id, 1, "late", 1, 5),
        lambda: exclude(board_id, 1, "x"),
        lambda: readmit(board_id, 4, "x"),
    ):
        with pytest.raises(BoardNotOpen):
            change()
    assert redis_client().exists(members_key(board_id), ranks_key(board_id)) == 0
    with transaction() as session:
        board = ranking.board(session, board_id)
        rows = session.execute(text("SELECT * FROM board_results ORDER BY rank")).all()
    start, end = to_microseconds(board.starts_at), to_microseconds(board.ends_at)
    lines = [f"toy|{board.ref}|{start}|{end}"]
    lines += [
        f"{row.rank}|{row.member_id}|{row.score}|{to_microseconds(row.reached_at)}" for row in rows
    ]
    by_hand = hashlib.sha256("".join(f"{line}\n" for line in lines).encode()).hexdigest()
    assert (board.digest, board.size) == (by_hand, 5)
    found = audit(board_id)
    assert found is not None
    assert found.holds
    check_invariants()


def test_an_auditor_sees_what_was_changed_afterwards() -> None:
    board_id = make_board()
    ranked(board_id)
    assert audit(board_id) is None
    make_due(board_id)
    close(board_id)
    for change in ("UPDATE board_results SET score = 99", "DELETE FROM board_results"):
        with pytest.raises(IntegrityError), transaction() as session:
            session.execute(text(change))
    with transaction() as session:
        session.execute(text("SET LOCAL session_replication_role = replica"))
        session.execute(text("UPDATE board_results SET score = score + 1 WHERE rank = 2"))
    found = audit(board_id)
    assert found is not None
    assert not found.holds
    assert found.kept == found.of_facts != found.of_results
    assert recount(board_id) == 0


def test_a_freezing_that_died_goes_on_where_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mall.boards.freezing.BATCH", 2)
    board_id = make_board()
    ranked(board_id)
    make_due(board_id)
    with monkeypatch.context() as patch:
        patch.setattr("mall.boards.freezing._finish", lambda _board_id: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            close(board_id)
    with pytest.raises(BoardNotOpen):
        put(board_id, 1, "late", 1, 5)
    assert close_due() == 1
    assert order(board_id) == ORDER
    check_invariants()


# -- prizes ------------------------------------------------------------------------------------


def grants(board_id: int) -> list[tuple[int, int | None, str | None]]:
    with transaction() as session:
        found = awards(session, board_id, limit=100)
    return [(one.rank, one.user_id, one.refusal) for one in found]


def test_prizes_by_rank_once() -> None:
    first, second = points_rule(name="一等奖"), points_rule(name="二等奖", budget=1)
    users = [make_shopper()[0] for _ in range(4)]
    board_id = make_board((1, 1, first), (2, 3, second))
    for place, user_id in enumerate(users):
        put(board_id, user_id, f"u:{user_id}", 10 - place, 3)
    assert award(board_id) == 0
    make_due(board_id)
    assert close_due() == 1
    expected = [
        (1, users[0], None),
        (2, users[1], None),
        (3, users[2], "reward_budget_spent"),
    ]
    assert grants(board_id) == expected
    assert (award(board_id), close_due()) == (0, 0)
    change_points_rule(second, name="二等奖", budget=2)
    assert (award(board_id, again=True), award(board_id, again=True)) == (1, 0)
    assert grants(board_id)[2] == (3, users[2], None)
    with transaction() as session:
        count = session.scalar(text("SELECT count(*) FROM reward_grants"))
    assert count == 3
    check_invariants()


def test_a_kind_of_teams_gives_to_its_shoppers_and_catches_up(app: Flask) -> None:
    users = [make_shopper()[0] for _ in range(3)]
    rule = points_rule()

    def catch_up(board_id: int) -> None:
        put(board_id, 7, "late", 5, 3)

    team = BoardKind(TOY, winners=lambda _session, _member: users, catch_up=catch_up)
    with toy_boards(app, team):
        board_id = make_board((1, 1, rule))
        make_due(board_id)
        assert close_due() == 1
    assert grants(board_id) == [(1, user_id, None) for user_id in sorted(users)]
    check_invariants()
