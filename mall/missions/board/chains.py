"""What stands behind a mission that another one opened: its reward stands on that one, too."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from mall.missions.board.counting import required_period
from mall.missions.board.definitions import Definitions
from mall.missions.board.models import MissionProgress
from mall.missions.board.periods import Period


@dataclass(frozen=True, slots=True)
class Chain:
    """Whether all missions before one are complete, and whether none of them can fall back."""

    complete: bool = True
    firm: bool = True


def chain_before(session: Session, progress: MissionProgress, missions: Definitions) -> Chain:
    """The chain before a shopper's progress, as it stands now: a statement for each mission."""
    held: Any = progress
    firm, seen = True, {progress.mission_id}
    while (found := _before(session, progress.user_id, held, missions)) is not None:
        held = found[0]
        if held is None:
            return Chain(complete=False, firm=False)
        firm = firm and held.firm >= held.target
        if held.mission_id in seen:  # of older versions that staff have turned round
            break
        seen.add(held.mission_id)
    return Chain(firm=firm)


def _before(
    session: Session, user_id: int, held: Any, missions: Definitions
) -> tuple[Any | None] | None:
    """The completed progress that opened this one, the firmest of several; None when it needs
    none."""
    version = missions.version(held.mission_id, held.version)
    if version is None or version.requires_id is None:
        return None
    query = select(*MissionProgress.__table__.c).where(
        MissionProgress.user_id == user_id,
        MissionProgress.mission_id == version.requires_id,
        MissionProgress.completed_at.is_not(None),
    )
    period = required_period(version, Period(held.period), missions)
    if period is not None:
        query = query.where(MissionProgress.period == period)
    firmest = (MissionProgress.firm >= MissionProgress.target).desc()
    return (session.execute(query.order_by(firmest, MissionProgress.id).limit(1)).first(),)
