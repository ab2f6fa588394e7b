"""A leaderboard of a million: rebuilt from its facts, and one's own rank with neighbours beside
counting them in SQL."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from statistics import median
from typing import Any

from sqlalchemy import text

from benchmarks.report import Row, at_least, at_most
from benchmarks.stack import Stack
from mall.boards.opening import Period, open_board
from mall.boards.ranking import standing
from mall.boards.recounting import recount
from mall.boards.view.building import batches, build_view
from mall.boards.view.entries import sorted_bytes
from mall.kernel.db import db, db_now, transaction
from mall.kernel.redis import redis_client
from mall.referral.leaderboard.counting import KIND

MEMBERS = 1_000_000
ASKED, COUNTED = 300, 15
"""How many members are asked for by the mall, and by counting."""
GOAL = 200
DEAREST = 4
"""A rebuild takes at most so many times a bare ZADD of each place."""
# Scores as they are: many have one invite, few have many.
_FILL = (
    """
    INSERT INTO board_scores (board_id, member_id, score, reached_at)
    SELECT :board_id, n, 1 + CAST(1000 / (1 + random() * 999) AS int),
        now() - random() * interval '1 hour' FROM generate_series(1, :members) n
    """,
    """
    INSERT INTO board_facts (key, board_id, member_id, amount, at)
    SELECT 'invite:' || member_id, board_id, member_id, score, reached_at
    FROM board_scores WHERE board_id = :board_id
    """,
    "ANALYZE board_scores, board_facts",
)
_COUNT = text(
    """
    WITH own AS (
        SELECT score, reached_at, member_id FROM board_scores
        WHERE board_id = :board_id AND member_id = :member_id
    ), ranked AS (
        SELECT s.member_id, s.score, row_number() OVER (
            ORDER BY s.score DESC, s.reached_at, s.member_id) AS rank
        FROM board_scores s
        WHERE s.board_id = :board_id AND s.score > 0 AND s.excluded_for IS NULL
    )
    SELECT r.* FROM ranked r, (SELECT rank FROM ranked WHERE member_id = :member_id) mine
    WHERE r.rank BETWEEN mine.rank - 3 AND mine.rank + 3 ORDER BY r.rank
    """
)


def measure(stack: Stack, rounds: int, _seconds: float) -> Iterator[Row]:
    """The rebuild once; the ranks in rounds, the two ways in turn."""
    with stack.app.app_context():
        board_id = _board()
        counted = _timed(lambda: recount(board_id))
        built = _timed(lambda: build_view(board_id))
        yield Row("leaderboard: facts summed up anew, of 1,000,000", MEMBERS / counted, "1/s")
        yield Row("leaderboard: view built anew, of 1,000,000", MEMBERS / built, "1/s")
        yield Row("leaderboard: view built anew, of 1,000,000", built, "s")
        bare = _bare_zadd(board_id)
        yield Row("leaderboard: the same places by bare ZADD in pipelines", MEMBERS / bare, "1/s")
        yield at_most("leaderboard: view built anew ÷ bare ZADD", built / bare, "ratio", DEAREST)
        _agree(board_id)
        ours, sql = [], []
        for turn in range(max(2, rounds)):
            ours += [_timed(lambda m=m: _own(board_id, m)) for m in _members(turn, ASKED)]  # type: ignore[misc]
            sql += [_timed(lambda m=m: _by_sql(board_id, m)) for m in _members(turn, COUNTED)]  # type: ignore[misc]
    yield Row("leaderboard: own rank and neighbours among 1,000,000", median(ours) * 1000, "ms")
    yield Row("leaderboard: the same by counting in SQL", median(sql) * 1000, "ms")
    share = median(sql) / median(ours)
    yield at_least("leaderboard: own rank, SQL ÷ ours", share, "ratio", GOAL)


def _board() -> int:
    with transaction() as session:
        now = db_now(session)
        period = Period(now - timedelta(days=1), now + timedelta(days=1), now + timedelta(days=2))
        board_id = open_board(session, KIND, "bench", period)
    for statement in _FILL:
        given = {"board_id": board_id, "members": MEMBERS}
        used = {name: value for name, value in given.items() if f":{name}" in statement}
        with transaction() as session:
            session.execute(text("SET LOCAL statement_timeout = 0"))
            session.execute(text(statement), used)
    return board_id


def _agree(board_id: int) -> None:
    """Both ways tell the same rank."""
    for member_id in _members(0, 3):
        found = {row.member_id: row.rank for row in _by_sql(board_id, member_id)}
        ours = standing(db.session(), board_id, member_id, around=3).rank
        if ours != found[member_id]:
            raise RuntimeError(f"member {member_id}: rank {ours}, by SQL {found[member_id]}")


def _bare_zadd(board_id: int) -> float:
    """The floor of a rebuild: the places go into a sorted set, from memory, and nothing else is
    done. No scores are read, no versions kept."""
    places = [
        {sorted_bytes(row.reached_at, row.member_id): row.score for row in rows}
        for rows in batches(db.session(), board_id)
    ]
    db.session.rollback()
    client, key = redis_client(), "bench:bare"

    def add() -> None:
        for some in places:
            with client.pipeline(transaction=False) as pipeline:
                for member, score in some.items():
                    pipeline.zadd(key, {member: score})
                pipeline.execute()

    spent = _timed(add)
    client.unlink(key)
    return spent


def _members(turn: int, count: int) -> list[int]:
    """Spread over all, others in each turn."""
    step = MEMBERS // count
    return [1 + turn + step * place for place in range(count)]


def _own(board_id: int, member_id: int) -> object:
    found = standing(db.session(), board_id, member_id, around=3)
    db.session.rollback()
    return found


def _by_sql(board_id: int, member_id: int) -> list[Any]:
    found = db.session.execute(_COUNT, {"board_id": board_id, "member_id": member_id}).all()
    db.session.rollback()
    return list(found)


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
