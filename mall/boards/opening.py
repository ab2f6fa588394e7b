"""Opening a board: once for a kind and a ref; ending its period early."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy import insert as plain_insert
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from mall.boards.models import OPEN, Board, BoardPrize
from mall.rewards.granters import read_reward


@dataclass(frozen=True, slots=True)
class Prize:
    """What the ranks from `first_rank` to `last_rank` get, as a reward rule gives it now."""

    first_rank: int
    last_rank: int
    rule_id: int
    reward: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Period:
    """Facts count from `starts_at` until before `ends_at`; late ones come until `closes_at`."""

    starts_at: datetime
    ends_at: datetime
    closes_at: datetime


def open_board(
    session: Session, kind: str, ref: str, period: Period, prizes: Sequence[Prize] = ()
) -> int:
    """The board of a kind and a ref: its id. The first call makes it; what a later one says of
    its period and prizes changes nothing. Raises ValueError for prizes that overlap."""
    _check(prizes)
    board_id = session.scalar(
        insert(Board)
        .values(
            kind=kind,
            ref=ref,
            starts_at=period.starts_at,
            ends_at=period.ends_at,
            closes_at=period.closes_at,
        )
        .on_conflict_do_nothing(index_elements=["kind", "ref"])
        .returning(Board.id)
    )
    if board_id is None:
        return session.scalars(select(Board.id).where(Board.kind == kind, Board.ref == ref)).one()
    if prizes:
        session.execute(plain_insert(BoardPrize), [_row(board_id, prize) for prize in prizes])
    return int(board_id)


def end_now(session: Session, board_id: int, moment: datetime) -> None:
    """End the period of an open board at a moment that has come; the time for late facts stays as
    long as it was. One that hasn't begun gets no fact, one that is over stays as it is.

    Whoever counts facts of the kind must wait for this transaction, so that none is of later.
    """
    ends_at = func.greatest(moment, Board.starts_at + timedelta(microseconds=1))
    session.execute(
        update(Board)
        .where(Board.id == board_id, Board.status == OPEN, Board.ends_at > ends_at)
        .values(ends_at=ends_at, closes_at=ends_at + (Board.closes_at - Board.ends_at))
        .execution_options(synchronize_session=False)
    )


def _check(prizes: Sequence[Prize]) -> None:
    last = 0
    for prize in sorted(prizes, key=lambda one: one.first_rank):
        if not last < prize.first_rank <= prize.last_rank:
            raise ValueError(f"ranks overlap at {prize.first_rank}")
        if not read_reward(prize.reward):
            raise ValueError("a prize of nothing")
        last = prize.last_rank


def _row(board_id: int, prize: Prize) -> dict[str, Any]:
    return {
        "board_id": board_id,
        "first_rank": prize.first_rank,
        "last_rank": prize.last_rank,
        "rule_id": prize.rule_id,
        "reward": list(prize.reward),
    }
