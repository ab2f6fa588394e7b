"""The prizes of a closed board, each rank in a transaction of its own, each shopper once.

Once are they by the key of `reward_grants` (rule, event, shopper); `board_awards` says how it
went. Lock order: as `grant` locks, of a team's shoppers in ascending order; then the award.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select, text, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from mall.boards import metrics
from mall.boards.kinds import BOARD_KINDS
from mall.boards.models import CLOSED, Board, BoardAward
from mall.kernel.db import db, transaction
from mall.kernel.errors import MallError
from mall.kernel.failpoints import around_commit
from mall.rewards.granters import read_reward
from mall.rewards.granting import Source, grant

_DUE = text(
    """
    SELECT r.rank, r.member_id, p.rule_id, p.reward, b.kind
    FROM boards b
    JOIN board_prizes p ON p.board_id = b.id
    JOIN board_results r ON r.board_id = b.id AND r.rank BETWEEN p.first_rank AND p.last_rank
    WHERE b.id = :board_id AND b.status = 'closed' AND r.rank > :after
      AND (NOT EXISTS (SELECT FROM board_awards a WHERE a.board_id = b.id AND a.rank = r.rank)
           OR CAST(:again AS boolean) AND EXISTS (
               SELECT FROM board_awards a
               WHERE a.board_id = b.id AND a.rank = r.rank AND a.refusal IS NOT NULL))
    ORDER BY r.rank LIMIT 200
    """
)


def award(board_id: int, *, again: bool = False) -> int:
    """Give the prizes that weren't given yet; `again`: also those that were refused. How many
    were given now. A rank that is refused holds up no other."""
    given, after = 0, 0
    while due := _due(board_id, after, again):
        for row in due:
            given += _award_rank(board_id, row)
        after = due[-1].rank
    with transaction() as session:
        session.execute(
            update(Board)
            .where(Board.id == board_id, Board.status == CLOSED, Board.awarded_at.is_(None))
            .values(awarded_at=func.clock_timestamp())
        )
    return given


def _due(board_id: int, after: int, again: bool) -> list[Any]:
    values = {"board_id": board_id, "after": after, "again": again}
    found = list(db.session.execute(_DUE, values))
    db.session.rollback()
    return found


def _award_rank(board_id: int, row: Any) -> int:
    kind = BOARD_KINDS.get(row.kind)
    if kind is None:  # its feature isn't installed any more
        return 0
    with transaction() as session:
        around_commit(session, "boards.before_award_commit", "boards.after_award_commit")
        shoppers = sorted(kind.winners(session, row.member_id))
        return sum(_award_shopper(session, board_id, row, user_id) for user_id in shoppers)


def _award_shopper(session: Session, board_id: int, row: Any, user_id: int) -> int:
    source = Source(row.rule_id, event_of(board_id), ground=event_of(board_id))
    values: dict[str, Any] = {"grant_id": None, "refusal": None}
    given = 0
    try:
        with session.begin_nested():
            made = grant(session, user_id, source, read_reward(row.reward))
        values["grant_id"], given = made.id, int(not made.repeated)
    except MallError as refused:
        values["refusal"] = refused.code
    metrics.AWARDS.labels("refused" if values["refusal"] else "given").inc()
    session.execute(
        insert(BoardAward)
        .values(board_id=board_id, rank=row.rank, user_id=user_id, **values)
        .on_conflict_do_update(
            index_elements=["board_id", "rank", "user_id"],
            set_=values,
            where=BoardAward.grant_id.is_(None),
        )
    )
    return given


def event_of(board_id: int) -> str:
    """What a prize is given for: a shopper has one rank of a board."""
    return f"board:{board_id}"


def awards(
    session: Session, board_id: int, *, after: tuple[int, int] = (0, 0), limit: int
) -> list[BoardAward]:
    """How the prizes of a board went, by rank and shopper, after such a pair; one more than
    `limit`."""
    query = (
        select(BoardAward)
        .where(
            BoardAward.board_id == board_id,
            tuple_(BoardAward.rank, BoardAward.user_id) > tuple_(*after),
        )
        .order_by(BoardAward.rank, BoardAward.user_id)
        .limit(limit + 1)
    )
    return list(session.scalars(query.execution_options(populate_existing=True)))
