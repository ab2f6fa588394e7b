"""Reads of leaderboards with their prizes: by id, or counting an invite of a moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from mall.boards.opening import Prize
from mall.referral.leaderboard.errors import LeaderboardNotFound
from mall.referral.leaderboard.models import Leaderboard, LeaderboardPrize
from mall.referral.leaderboard.periods import period_at
from mall.referral.leaderboard.rules_text import rules_text

PLANNED, RUNNING, OVER = "planned", "running", "over"
STATES = (PLANNED, RUNNING, OVER)


@dataclass(frozen=True, slots=True)
class PrizeView:
    """What the ranks from `first_rank` to `last_rank` of each period get."""

    first_rank: int
    last_rank: int
    rule_id: int
    name: str
    reward: Sequence[dict[str, Any]]

    def as_promised(self) -> Prize:
        return Prize(self.first_rank, self.last_rank, self.rule_id, self.reward)


@dataclass(frozen=True, slots=True)
class LeaderboardView:
    """The terms of a leaderboard, with its prizes."""

    id: int
    version: int
    name: str
    text: str
    period: str
    state: str
    starts_at: datetime
    ends_at: datetime
    wait_h: int
    stopped_at: datetime | None
    stop_reason: str | None
    created_at: datetime
    prizes: tuple[PrizeView, ...]

    @property
    def rules(self) -> tuple[str, ...]:
        """What shoppers read."""
        return rules_text(self.starts_at, self.ends_at, self.period, self.wait_h, self.prizes)

    @property
    def wait(self) -> timedelta:
        """How long after a period's end late invites are counted."""
        return timedelta(hours=self.wait_h)

    def counts(self, moment: datetime) -> tuple[datetime, datetime] | None:
        """The period that counts an invite of a moment; None when none does."""
        if self.stopped_at is not None and moment >= self.stopped_at:
            return None
        return period_at(self.period, self.starts_at, self.ends_at, moment)

    def prize_of(self, rank: int | None) -> PrizeView | None:
        """What a rank gets."""
        found = (one for one in self.prizes if rank and one.first_rank <= rank <= one.last_rank)
        return next(found, None)


def leaderboard(session: Session, leaderboard_id: int) -> LeaderboardView:
    """One leaderboard. Raises LeaderboardNotFound."""
    found = _read(session, select(Leaderboard).where(Leaderboard.id == leaderboard_id))
    if not found:
        raise LeaderboardNotFound
    return found[0]


def leaderboards(session: Session, *, before: int | None, limit: int) -> list[LeaderboardView]:
    """Newest first, older than id `before`; one more than `limit`, for paging."""
    query = select(Leaderboard).order_by(Leaderboard.id.desc()).limit(limit + 1)
    if before is not None:
        query = query.where(Leaderboard.id < before)
    return _read(session, query)


def not_over(session: Session) -> list[LeaderboardView]:
    """Those that run or wait for their start, the first to start first."""
    return _read(
        session,
        select(Leaderboard)
        .where(Leaderboard.stopped_at.is_(None), Leaderboard.ends_at > func.clock_timestamp())
        .order_by(Leaderboard.starts_at, Leaderboard.id),
    )


def counting_at(session: Session, moment: datetime) -> list[LeaderboardView]:
    """Those that count an invite of this moment."""
    return _read(
        session,
        select(Leaderboard)
        .where(
            Leaderboard.starts_at <= moment,
            Leaderboard.ends_at > moment,
            or_(Leaderboard.stopped_at.is_(None), Leaderboard.stopped_at > moment),
        )
        .order_by(Leaderboard.id),
    )


def _read(session: Session, query: Select[Any]) -> list[LeaderboardView]:
    rows = session.scalars(query.execution_options(populate_existing=True)).all()
    now = session.scalar(select(func.clock_timestamp()))
    prizes = _prizes(session, [row.id for row in rows])
    return [
        LeaderboardView(
            id=row.id,
            version=row.version,
            name=row.name,
            text=row.text,
            period=row.period,
            state=_state(row, now),
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            wait_h=row.wait_h,
            stopped_at=row.stopped_at,
            stop_reason=row.stop_reason,
            created_at=row.created_at,
            prizes=tuple(prizes.get(row.id, ())),
        )
        for row in rows
    ]


def _state(row: Any, now: Any) -> str:
    if row.stopped_at is not None or row.ends_at <= now:
        return OVER
    return PLANNED if row.starts_at > now else RUNNING


def _prizes(session: Session, ids: Sequence[int]) -> dict[int, list[PrizeView]]:
    found: dict[int, list[PrizeView]] = {}
    if not ids:
        return found
    rows = session.execute(
        select(*LeaderboardPrize.__table__.c)
        .where(LeaderboardPrize.leaderboard_id.in_(ids))
        .order_by(LeaderboardPrize.leaderboard_id, LeaderboardPrize.first_rank)
    )
    for row in rows:
        prize = PrizeView(row.first_rank, row.last_rank, row.rule_id, row.name, row.reward)
        found.setdefault(row.leaderboard_id, []).append(prize)
    return found
