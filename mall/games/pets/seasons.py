"""Published seasons as commands and queries need them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from mall.games.pets.errors import PetSeasonNotFound
from mall.games.pets.growing import Days
from mall.games.pets.models import PetSeason, PetSeasonPause, PetSeasonVersion
from mall.games.pets.rules import Rules, last_day, read_rules
from mall.kernel.clock import shop_day
from mall.kernel.db import db_now


@dataclass(frozen=True, slots=True)
class Season:
    """A published season: its newest rules, what each stage costs, and the days of its pauses."""

    id: int
    version: int
    rules: Rules
    costs_fen: Sequence[int]
    pictures: Sequence[str]
    starts_at: datetime
    ends_at: datetime
    ended_at: datetime | None
    end_reason: str
    paused: bool
    adopted: int
    excused: tuple[Days, ...]

    def day(self, session: Session) -> date:
        """The shop day that it is now, or the season's last one."""
        return min(shop_day(db_now(session)), last_day(self.ends_at, self.ended_at))


def season_of(session: Session, season_id: int) -> Season:
    """A published season, read afresh. Raises PetSeasonNotFound."""
    row = session.execute(_published().where(PetSeason.id == season_id)).one_or_none()
    if row is None:
        raise PetSeasonNotFound
    return _season(session, row)


def seasons_not_over(session: Session) -> list[Season]:
    """Seasons that are published and not over, by their newest rules."""
    now = db_now(session)
    query = _published().where(PetSeason.ended_at.is_(None), PetSeason.ends_at > now)
    return [_season(session, row) for row in session.execute(query.order_by(PetSeason.id)).all()]


def rules_of(session: Session, season_id: int, version: int) -> Rules:
    """The rules of a published version."""
    stored = session.scalars(
        select(PetSeasonVersion.rules).where(
            PetSeasonVersion.season_id == season_id, PetSeasonVersion.version == version
        )
    ).one()
    return read_rules(stored)


def pauses_of(session: Session, season_id: int) -> tuple[Days, ...]:
    """The shop days of a season's pauses."""
    rows = session.execute(
        select(PetSeasonPause.first_day, PetSeasonPause.last_day)
        .where(PetSeasonPause.season_id == season_id)
        .order_by(PetSeasonPause.id)
    ).all()
    return tuple((row.first_day, row.last_day) for row in rows)


def _published() -> Any:
    return select(*PetSeason.__table__.c, PetSeasonVersion.rules, PetSeasonVersion.costs_fen).join(
        PetSeasonVersion,
        (PetSeasonVersion.season_id == PetSeason.id)
        & (PetSeasonVersion.version == PetSeason.version),
    )


_PLAIN = (
    *("id", "version", "costs_fen", "pictures", "starts_at", "ends_at", "ended_at"),
    *("end_reason", "paused", "adopted"),
)


def _season(session: Session, row: Any) -> Season:
    return Season(
        **{name: getattr(row, name) for name in _PLAIN},
        rules=read_rules(row.rules),
        excused=pauses_of(session, row.id),
    )
