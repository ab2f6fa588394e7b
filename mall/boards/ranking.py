"""Ranks: the list, and a member's own with neighbours. Live ones by the view, frozen by their rows.

Without the view PostgreSQL answers, with a bound: who has more than `COUNTED` ahead is told that,
not the rank. A rank that is told is right as of a moment ago, or of the moment of the freezing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from mall.boards import metrics
from mall.boards.errors import BoardNotFound
from mall.boards.models import CLOSED, RANKED, Board, BoardResult, BoardScore
from mall.boards.view.entries import Place
from mall.boards.view.reading import list_seen, member_seen
from mall.kernel.prepared import PreparedStatement

COUNTED = 1_000
"""So many who are ahead are counted at most, and so deep the list goes without the view."""
MAX_AROUND = 10
_LIST = PreparedStatement(
    f"""
    SELECT member_id, score, reached_at FROM board_scores
    WHERE board_id = :board_id AND {RANKED}
    ORDER BY (- score), reached_at, member_id OFFSET :first LIMIT :count
    """  # noqa: S608
)
_ASIDE = f"""
    SELECT member_id, score, reached_at FROM board_scores
    WHERE board_id = :board_id AND {RANKED} AND ((- score), reached_at, member_id)
        {{}} (- CAST(:score AS bigint), CAST(:reached_at AS timestamptz), :member_id)
"""  # noqa: S608
_AHEAD = PreparedStatement(
    _ASIDE.format("<") + " ORDER BY (- score) DESC, reached_at DESC, member_id DESC LIMIT :count"
)
_BEHIND = PreparedStatement(
    _ASIDE.format(">") + " ORDER BY (- score), reached_at, member_id LIMIT :count"
)
_COUNT_AHEAD = PreparedStatement(
    f"SELECT count(*) AS ahead FROM ({_ASIDE.format('<')} LIMIT :count) few"  # noqa: S608
)
_OWN = PreparedStatement(
    """
    SELECT member_id, score, reached_at, version, excluded_for FROM board_scores
    WHERE board_id = :board_id AND member_id = :member_id
    """
)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a member stands. `rank` is None for who has none, and beyond the counted: then
    `ahead_at_least` says how many are ahead. `excluded`: staff took the member off the ranks.
    `size` is how many have a rank, None where it wasn't counted."""

    member_id: int
    score: int
    rank: int | None
    excluded: bool
    size: int | None
    around: Sequence[Place] = ()
    ahead_at_least: int | None = None


def board(session: Session, board_id: int) -> Board:
    """A board, read afresh. Raises BoardNotFound."""
    found = session.get(Board, board_id, populate_existing=True)
    if found is None:
        raise BoardNotFound
    return found


def places(session: Session, board_id: int, *, first: int = 0, count: int) -> Sequence[Place]:
    """`count` places of the list, from `first` (0 is rank 1). Live ones beyond the first
    `COUNTED` are told only while the view can be read. Raises BoardNotFound."""
    if board(session, board_id).status == CLOSED:
        return _frozen(session, board_id, first + 1, first + count)
    seen = list_seen(board_id, first, count)
    metrics.READS.labels("database" if seen is None else "view").inc()
    if seen is not None:
        return seen.places
    count = min(count, COUNTED - first)
    if count <= 0:
        return ()
    rows = _LIST.rows(session, board_id=board_id, first=first, count=count)
    return _ranked(rows, first + 1)


def standing(session: Session, board_id: int, member_id: int, *, around: int = 3) -> Standing:
    """A member's rank with `around` (at most 10) on each side. Raises BoardNotFound."""
    around = min(around, MAX_AROUND)
    status = board(session, board_id)
    if status.status == CLOSED:
        return _frozen_standing(session, status, member_id, around)
    own = _OWN.first(session, board_id=board_id, member_id=member_id)
    if own is None or own.excluded_for is not None or own.score <= 0:
        return _without_rank(member_id, own)
    seen = member_seen(board_id, member_id, own.version, around)
    metrics.READS.labels("database" if seen is None else "view").inc()
    if seen is None:
        return _counted(session, board_id, own, around)
    score = next((one.score for one in seen.places if one.member_id == member_id), own.score)
    return Standing(member_id, score, seen.rank, False, seen.size, seen.places)


def _counted(session: Session, board_id: int, own: Any, around: int) -> Standing:
    """By PostgreSQL: as many index rows as are counted at most."""
    where = {
        "board_id": board_id,
        "score": own.score,
        "reached_at": own.reached_at,
        "member_id": own.member_id,
    }
    counted = _COUNT_AHEAD.first(session, **where, count=COUNTED + 1)
    ahead = int(counted.ahead) if counted is not None else 0
    before = list(reversed(_AHEAD.rows(session, **where, count=around)))
    after = _BEHIND.rows(session, **where, count=around)
    rows = [*before, own, *after]
    if ahead > COUNTED:
        found = [Place(None, row.member_id, row.score, row.reached_at) for row in rows]
        return Standing(own.member_id, own.score, None, False, None, found, COUNTED)
    rank = ahead + 1
    return Standing(own.member_id, own.score, rank, False, None, _ranked(rows, rank - len(before)))


def _without_rank(member_id: int, own: Any) -> Standing:
    if own is None:
        return Standing(member_id, 0, None, False, None)
    return Standing(member_id, own.score, None, own.excluded_for is not None, None)


def _frozen_standing(session: Session, closed: Board, member_id: int, around: int) -> Standing:
    rank = session.scalar(
        select(BoardResult.rank).where(
            BoardResult.board_id == closed.id, BoardResult.member_id == member_id
        )
    )
    if rank is None:
        own = _OWN.first(session, board_id=closed.id, member_id=member_id)
        return _without_rank(member_id, own)
    found = _frozen(session, closed.id, rank - around, rank + around)
    score = next(one.score for one in found if one.rank == rank)
    return Standing(member_id, score, rank, False, closed.size, found)


def _frozen(session: Session, board_id: int, first: int, last: int) -> Sequence[Place]:
    rows = session.execute(
        select(BoardResult.rank, BoardResult.member_id, BoardResult.score, BoardResult.reached_at)
        .where(BoardResult.board_id == board_id, BoardResult.rank.between(first, last))
        .order_by(BoardResult.rank)
    )
    return [Place(row.rank, row.member_id, row.score, row.reached_at) for row in rows]


def _ranked(rows: Sequence[Any], first: int) -> Sequence[Place]:
    return [
        Place(rank, row.member_id, row.score, row.reached_at)
        for rank, row in enumerate(rows, start=first)
    ]


def scores_of(session: Session, board_id: int, member_ids: Sequence[int]) -> Sequence[BoardScore]:
    """What staff see of members: their scores, and why one was excluded."""
    return session.scalars(
        select(BoardScore)
        .where(BoardScore.board_id == board_id, BoardScore.member_id.in_(member_ids))
        .execution_options(populate_existing=True)
    ).all()
