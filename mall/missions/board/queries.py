"""Reads of missions for staff."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import RowMapping, Select, func, select
from sqlalchemy.orm import Session

from mall.missions.board.errors import MissionNotFound, MissionProgressNotFound
from mall.missions.board.models import (
    Mission,
    MissionCode,
    MissionFact,
    MissionProgress,
    MissionUnlock,
    MissionVersion,
)
from mall.missions.board.triggers import TRIGGERS
from mall.users.figures import figure_names

Row = dict[str, Any]


def _as_written(row: RowMapping) -> Row:
    """A version with its filters as staff write them (ids as strings)."""
    trigger = TRIGGERS.get(row["trigger"])
    filters = row["filters"]
    known = [one for one in trigger.filters if one.name in filters] if trigger else []
    written = {one.name: one.field().serialize(one.name, filters) for one in known}
    return {**row, "filters": {**filters, **written}}


def _versions() -> Select[Any]:
    return select(
        Mission.id,
        Mission.trigger,
        Mission.period,
        Mission.hidden,
        Mission.enabled,
        *(column for column in MissionVersion.__table__.c if column.name != "mission_id"),
    ).join(MissionVersion, MissionVersion.mission_id == Mission.id)


def missions(session: Session, *, before: int | None, limit: int) -> Sequence[Row]:
    """Missions by their newest versions, newest first; one more than `limit`, for paging."""
    query = (
        _versions()
        .where(MissionVersion.version == Mission.version)
        .order_by(Mission.id.desc())
        .limit(limit + 1)
    )
    if before is not None:
        query = query.where(Mission.id < before)
    return [_as_written(row) for row in session.execute(query).mappings()]


def mission(session: Session, mission_id: int) -> Row:
    """A mission by its newest version. Raises MissionNotFound."""
    query = _versions().where(Mission.id == mission_id, MissionVersion.version == Mission.version)
    found = session.execute(query).mappings().one_or_none()
    if found is None:
        raise MissionNotFound
    return _as_written(found)


def versions(session: Session, mission_id: int, *, before: int | None, limit: int) -> Sequence[Row]:
    """The versions of a mission, newest first; one more than `limit`. Raises MissionNotFound."""
    mission(session, mission_id)
    query = (
        _versions()
        .where(Mission.id == mission_id)
        .order_by(MissionVersion.version.desc())
        .limit(limit + 1)
    )
    if before is not None:
        query = query.where(MissionVersion.version < before)
    return [_as_written(row) for row in session.execute(query).mappings()]


def progress(
    session: Session,
    *,
    user_id: int | None = None,
    mission_id: int | None = None,
    completed: bool | None = None,
    before: int | None,
    limit: int,
) -> Sequence[Any]:
    """Progress that all of these are true of, newest first; one more than `limit`."""
    query = (
        select(*MissionProgress.__table__.c).order_by(MissionProgress.id.desc()).limit(limit + 1)
    )
    if user_id is not None:
        query = query.where(MissionProgress.user_id == user_id)
    if mission_id is not None:
        query = query.where(MissionProgress.mission_id == mission_id)
    if completed is not None:
        reached = MissionProgress.completed_at.is_not(None)
        query = query.where(reached if completed else ~reached)
    if before is not None:
        query = query.where(MissionProgress.id < before)
    return session.execute(query).all()


def one_progress(session: Session, progress_id: int, limit: int) -> dict[str, Any]:
    """A progress with its newest facts. Raises MissionProgressNotFound."""
    found = session.execute(
        select(*MissionProgress.__table__.c).where(MissionProgress.id == progress_id)
    ).one_or_none()
    if found is None:
        raise MissionProgressNotFound
    facts = session.execute(
        select(*MissionFact.__table__.c)
        .where(MissionFact.progress_id == progress_id)
        .order_by(MissionFact.at.desc(), MissionFact.key)
        .limit(limit)
    ).all()
    return {**found._mapping, "facts": facts}


def figures(session: Session, mission_id: int) -> Mapping[str, int]:
    """How a mission does: a count over its progress. Raises MissionNotFound."""
    mission(session, mission_id)
    completed = MissionProgress.completed_at.is_not(None)
    rewarded = MissionProgress.rewarded_at.is_not(None)
    row = session.execute(
        select(
            func.count().label("begun"),
            func.count(MissionProgress.user_id.distinct()).label("shoppers"),
            func.count().filter(completed).label("completed"),
            func.count().filter(rewarded, ~MissionProgress.pending).label("rewarded"),
            func.count().filter(MissionProgress.pending).label("promised"),
            func.count().filter(completed, ~rewarded).label("unclaimed"),
            func.count().filter(MissionProgress.refusal.is_not(None)).label("refused"),
        ).where(MissionProgress.mission_id == mission_id)
    ).one()
    unlocks = session.scalar(select(func.count()).where(MissionUnlock.mission_id == mission_id))
    return {**row._mapping, "unlocks": unlocks or 0}


def codes(
    session: Session, mission_id: int, *, before: int | None, limit: int
) -> Sequence[MissionCode]:
    """The codes of a mission, newest first; one more than `limit`. Raises MissionNotFound."""
    mission(session, mission_id)
    query = (
        select(MissionCode)
        .where(MissionCode.mission_id == mission_id)
        .order_by(MissionCode.id.desc())
        .limit(limit + 1)
        .execution_options(populate_existing=True)
    )
    if before is not None:
        query = query.where(MissionCode.id < before)
    return session.scalars(query).all()


def vocabulary() -> dict[str, Any]:
    """What missions can be composed of in this mall: triggers, and figures for audiences."""
    return {"triggers": list(TRIGGERS.items().values()), "figures": figure_names()}
