"""A board of a toy kind for tests: members with any facts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import count

from flask import Flask
from sqlalchemy import text

from mall.boards.counting import Fact, put_fact
from mall.boards.kinds import BOARD_KINDS, BoardKind
from mall.boards.opening import Period, Prize, open_board
from mall.boards.ranking import Standing, places, standing
from mall.boards.tending import tend_views
from mall.kernel.db import db_now, transaction
from mall.kernel.redis import redis_client
from mall.rewards.models import RewardRule
from tests.support.features import installed

TOY = "toy"
HOUR = timedelta(hours=1)
_REFS = count(1)


@contextmanager
def toy_boards(app: Flask, kind: BoardKind | None = None) -> Iterator[None]:
    """The mall of the tests ranks toys for a while."""
    with installed(lambda mall: mall.add(BOARD_KINDS, kind or BoardKind(TOY)), app):
        yield


def now() -> datetime:
    with transaction() as session:
        return db_now(session)


def make_board(*prizes: tuple[int, int, int], starts_at: datetime | None = None) -> int:
    """A board that began an hour ago; prizes are (first rank, last rank, reward rule)."""
    began = starts_at or now() - HOUR
    with transaction() as session:
        kept = [
            Prize(first, last, rule_id, session.get_one(RewardRule, rule_id).reward)
            for first, last, rule_id in prizes
        ]
        period = Period(began, began + 2 * HOUR, began + 3 * HOUR)
        return open_board(session, TOY, str(next(_REFS)), period, kept)


def put(board_id: int, member_id: int, key: str, amount: int = 1, minute: float = 0) -> bool:
    """A fact, so many minutes after the board began."""
    with transaction() as session:
        began = session.scalar(
            text("SELECT starts_at FROM boards WHERE id = :id"), {"id": board_id}
        )
        at = began + timedelta(minutes=minute)
        return put_fact(session, board_id, member_id, Fact(key, amount, at))


def make_due(board_id: int) -> None:
    """As if the time for late facts were over: all of the board's times are four hours ago."""
    with transaction() as session:
        session.execute(
            text(
                "UPDATE boards SET starts_at = starts_at - interval '4 hours',"
                " ends_at = ends_at - interval '4 hours',"
                " closes_at = closes_at - interval '4 hours' WHERE id = :id"
            ),
            {"id": board_id},
        )
        for table, column in (("board_facts", "at"), ("board_scores", "reached_at")):
            session.execute(
                text(
                    f"UPDATE {table} SET {column} = {column} - interval '4 hours'"
                    " WHERE board_id = :id"
                ),
                {"id": board_id},
            )


def with_view() -> None:
    """Every live board has its view."""
    tend_views()


def lose_views() -> None:
    """Redis has lost everything."""
    redis_client().flushall()


def order(board_id: int, count: int = 100) -> list[int]:
    """The members in the order of their ranks."""
    with transaction() as session:
        return [one.member_id for one in places(session, board_id, count=count)]


def own(board_id: int, member_id: int, around: int = 2) -> Standing:
    with transaction() as session:
        return standing(session, board_id, member_id, around=around)


def around(found: Standing) -> Sequence[tuple[int | None, int]]:
    """Rank and member of those around somebody."""
    return [(one.rank, one.member_id) for one in found.around]


def ranked(board_id: int) -> None:
    """Members 1 to 6; 3 and 5 have one score, 5 was first."""
    for member, score, minute in ((1, 9, 5), (2, 7, 5), (3, 5, 8), (4, 2, 1), (5, 5, 7), (6, 1, 1)):
        put(board_id, member, f"fact:{member}", score, minute)


ORDER = [1, 2, 5, 3, 4, 6]
"""The members of `ranked`, the first rank first."""
