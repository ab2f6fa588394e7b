"""What shoppers and staff see of the periods: boards, ranks with names, somebody's own rank."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from mall.boards.models import CLOSED, Board, BoardAward
from mall.boards.ranking import Standing, places, standing
from mall.boards.view.entries import Place
from mall.kernel.masking import mask_text
from mall.referral.leaderboard.errors import LeaderboardPeriodNotFound
from mall.referral.leaderboard.models import LeaderboardPeriod
from mall.referral.leaderboard.terms import LeaderboardView
from mall.users.models import User

NAMELESS = "好友"
RUNNING, COUNTING, FROZEN = "running", "counting", "frozen"
PERIOD_STATES = (RUNNING, COUNTING, FROZEN)
"""Of a period: invites come, late ones are counted, the ranks are for good."""


@dataclass(frozen=True, slots=True)
class PeriodView:
    """A period of a leaderboard. `digest` and `size` are of the frozen ranks."""

    board_id: int
    leaderboard_id: int
    state: str
    starts_at: datetime
    ends_at: datetime
    closes_at: datetime
    digest: str | None
    size: int | None
    awarded_at: datetime | None


@dataclass(frozen=True, slots=True)
class RankView:
    """One who has a rank, as other shoppers see it."""

    rank: int | None
    name: str
    score: int
    reached_at: datetime
    mine: bool
    prize: str | None


def periods(
    session: Session, leaderboard_id: int, *, before: int | None, limit: int
) -> list[PeriodView]:
    """The periods of a leaderboard that have begun, newest first; one more than `limit`."""
    query = _periods().where(LeaderboardPeriod.leaderboard_id == leaderboard_id)
    if before is not None:
        query = query.where(Board.id < before)
    return _read(session, query.order_by(Board.id.desc()).limit(limit + 1))


def period(session: Session, leaderboard_id: int, board_id: int | None = None) -> PeriodView:
    """A period by its board, or the newest. Raises LeaderboardPeriodNotFound."""
    query = _periods().where(LeaderboardPeriod.leaderboard_id == leaderboard_id)
    if board_id is not None:
        query = query.where(Board.id == board_id)
    found = _read(session, query.order_by(Board.id.desc()).limit(1))
    if not found:
        raise LeaderboardPeriodNotFound
    return found[0]


def ranks(
    session: Session,
    view: LeaderboardView,
    board_id: int,
    user_id: int,
    *,
    after: int,
    limit: int,
) -> list[RankView]:
    """Part of the list after a rank, with masked names; one more than `limit`."""
    found = places(session, board_id, first=after, count=limit + 1)
    return named(session, view, found, user_id)


def own(session: Session, board_id: int, user_id: int, around: int) -> Standing:
    """A shopper's rank, and so many on each side."""
    return standing(session, board_id, user_id, around=around)


def own_award(session: Session, board_id: int, user_id: int) -> str | None:
    """ "given" or "refused" when the prize of a shopper was due; None before, and without one."""
    query = select(BoardAward.grant_id.is_not(None)).where(
        BoardAward.board_id == board_id, BoardAward.user_id == user_id
    )
    given = session.scalar(query)
    return None if given is None else "given" if given else "refused"


def named(
    session: Session, view: LeaderboardView, found: Sequence[Place], user_id: int
) -> list[RankView]:
    """Places with masked names and prizes."""
    names = nicknames(session, {one.member_id for one in found})
    return [
        RankView(
            rank=one.rank,
            name=mask_text(names.get(one.member_id) or "") or NAMELESS,
            score=one.score,
            reached_at=one.reached_at,
            mine=one.member_id == user_id,
            prize=prize.name if (prize := view.prize_of(one.rank)) else None,
        )
        for one in found
    ]


def nicknames(session: Session, user_ids: Collection[int]) -> dict[int, str | None]:
    """What shoppers call themselves."""
    if not user_ids:
        return {}
    rows = session.execute(select(User.id, User.nickname).where(User.id.in_(user_ids)))
    return {row.id: row.nickname for row in rows}


def _periods() -> Select[*tuple[Any, ...]]:
    return select(
        Board.id,
        LeaderboardPeriod.leaderboard_id,
        Board.status,
        (Board.ends_at > func.clock_timestamp()).label("runs"),
        *(Board.starts_at, Board.ends_at, Board.closes_at),
        *(Board.digest, Board.size, Board.awarded_at),
    ).join(LeaderboardPeriod, LeaderboardPeriod.board_id == Board.id)


def _read(session: Session, query: Select[*tuple[Any, ...]]) -> list[PeriodView]:
    return [
        PeriodView(
            board_id=row.id,
            leaderboard_id=row.leaderboard_id,
            state=FROZEN if row.status == CLOSED else RUNNING if row.runs else COUNTING,
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            closes_at=row.closes_at,
            digest=row.digest,
            size=row.size,
            awarded_at=row.awarded_at,
        )
        for row in session.execute(query)
    ]
