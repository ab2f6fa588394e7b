"""Counting facts: what each adds to a member's score, once, and takes off again.

Lock order: the board (shared with others who count; whoever freezes it waits for all), then the
member's score, then the fact. Several members in one transaction go in ascending order.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from mall.boards.errors import BoardFactOutside, BoardNotFound, BoardNotOpen
from mall.boards.models import OPEN
from mall.boards.view.pushing import push_later
from mall.kernel.prepared import PreparedStatement

_BOARD = PreparedStatement(
    "SELECT id, status, starts_at, ends_at FROM boards WHERE id = :board_id FOR KEY SHARE"
)
_MAKE_SCORE = PreparedStatement(
    """
    INSERT INTO board_scores (board_id, member_id, reached_at)
    VALUES (:board_id, :member_id, CAST(:at AS timestamptz))
    ON CONFLICT (board_id, member_id) DO NOTHING
    """
)
_LOCK_SCORE = PreparedStatement(
    """
    SELECT version FROM board_scores WHERE board_id = :board_id AND member_id = :member_id
    FOR UPDATE
    """
)
_FACT = PreparedStatement(
    "SELECT member_id, amount, at FROM board_facts"
    " WHERE key = CAST(:key AS text) AND board_id = :board_id"
)
_BOARDS_WITH = PreparedStatement(
    """
    SELECT f.board_id FROM board_facts f JOIN boards b ON b.id = f.board_id
    WHERE f.key = CAST(:key AS text) AND f.amount <> 0 AND b.kind = CAST(:kind AS text)
    """
)
_PUT = PreparedStatement(
    """
    INSERT INTO board_facts (key, board_id, member_id, amount, at)
    VALUES (CAST(:key AS text), :board_id, :member_id, :amount, CAST(:at AS timestamptz))
    ON CONFLICT (key, board_id) DO UPDATE SET amount = excluded.amount, at = excluded.at
    """
)
_MOVE = PreparedStatement(
    """
    UPDATE board_scores s SET
        score = s.score + :more, version = s.version + 1, changed_at = clock_timestamp(),
        reached_at = coalesce((
            SELECT max(f.at) FROM board_facts f
            WHERE f.board_id = s.board_id AND f.member_id = s.member_id AND f.amount <> 0
        ), s.reached_at)
    WHERE s.board_id = :board_id AND s.member_id = :member_id
    """
)


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that counts `amount`, and when it happened; `key` ("invite:17") names it."""

    key: str
    amount: int
    at: datetime


def put_fact(session: Session, board_id: int, member_id: int, fact: Fact) -> bool:
    """See that a fact counts for a member (an amount of 0: not any more); True when that changed
    something.

    Again changes nothing, so a handler reads how things are now and puts that. Raises
    BoardNotFound, BoardNotOpen, BoardFactOutside for an amount outside of the board's period,
    ValueError for a fact that is another member's.
    """
    board = hold_open(session, board_id)
    if fact.amount and not board.starts_at <= fact.at < board.ends_at:
        raise BoardFactOutside
    member = {"board_id": board_id, "member_id": member_id}
    _MAKE_SCORE.rows(session, **member, at=fact.at)
    _LOCK_SCORE.rows(session, **member)
    known = _FACT.first(session, key=fact.key, board_id=board_id)
    if known is not None and known.member_id != member_id:
        raise ValueError(f"fact {fact.key} is another member's")
    amount, at = (0, fact.at) if known is None else (known.amount, known.at)
    if (amount, at) == (fact.amount, fact.at) or not (amount or fact.amount):
        return False
    _PUT.rows(session, **member, key=fact.key, amount=fact.amount, at=fact.at)
    _MOVE.rows(session, **member, more=fact.amount - amount)
    push_later(session, board_id, member_id)
    return True


def boards_with(session: Session, kind: str, key: str) -> set[int]:
    """Ids of the boards of a kind that count a fact, whatever their status."""
    return {row.board_id for row in _BOARDS_WITH.rows(session, kind=kind, key=key)}


def hold_open(session: Session, board_id: int) -> Any:
    """The board; nobody freezes it before the commit. Raises BoardNotFound, BoardNotOpen."""
    board = _BOARD.first(session, board_id=board_id)
    if board is None:
        raise BoardNotFound
    if board.status != OPEN:
        raise BoardNotOpen
    return board
