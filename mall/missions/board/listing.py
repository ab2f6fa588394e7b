"""Missions as a shopper sees them: how far, what is missing, what it gives.

A handful of statements for all missions together. Missions in progress are shown by the version
that they began with, others by the newest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import or_, select, tuple_
from sqlalchemy.orm import Session

from mall.kernel.clock import shop_day
from mall.kernel.db import db_now
from mall.missions.board.audience import figures_reader, is_in
from mall.missions.board.counting import required_period, shown_counted
from mall.missions.board.definitions import (
    Definition,
    Definitions,
    MissionReward,
    Version,
    definitions,
    revision_now,
)
from mall.missions.board.errors import MissionNotFound
from mall.missions.board.models import MissionProgress, MissionUnlock
from mall.missions.board.periods import Period, noon_of
from mall.missions.board.triggers import Fact

LOCKED, OPEN, COMPLETED = "locked", "open", "completed"
PROMISED, REWARDED, REFUSED = "promised", "rewarded", "refused"
STATES = (LOCKED, OPEN, COMPLETED, PROMISED, REWARDED, REFUSED)
"""Another mission comes first; go on; complete, and to be claimed or about to be given; given once
the facts are final; given; given at once but refused, to be claimed."""


@dataclass(frozen=True, slots=True)
class MissionView:
    """One mission in one period. `missing` is what is left, `hint` says it in words."""

    id: int
    name: str
    text: str
    trigger: str
    measure: str
    target: int
    counted: int
    missing: int
    hint: str | None
    state: str
    at_once: bool
    requires_id: int | None
    requires_name: str | None
    rewards: tuple[MissionReward, ...]
    refusal: str | None
    period: str
    period_key: str
    period_ends_at: datetime | None
    ends_at: datetime | None


MAX_UNCLAIMED = 100
"""Rewards to be claimed that are listed at once, the oldest first: a mission of days leaves one
each day, for as long as the shopper claims none."""


@dataclass(frozen=True, slots=True)
class Board:
    """The missions of now, and those of earlier periods whose reward is still to be claimed."""

    items: list[MissionView]
    unclaimed: list[MissionView]


@dataclass(frozen=True, slots=True)
class _Shopper:
    """What is known of a shopper, read once for all missions."""

    missions: Definitions
    now: datetime
    progress: Mapping[tuple[int, str], Any]
    unclaimed: Sequence[Any]
    completed: Mapping[int, frozenset[str]]
    unlocked: frozenset[int]


def board(session: Session, user_id: int) -> Board:
    """All missions that are open to a shopper, in the order that staff gave them."""
    missions = definitions(session, revision_now(session))
    known = _read(session, user_id, missions)
    figures = figures_reader(session, user_id, {})
    looked = _looker(session, user_id)
    shown = []
    for mission in missions.missions.values():
        version, period = _current(known, mission)
        held = known.progress.get((mission.id, period.key)) if period else None
        if version is None or period is None or not mission.enabled:
            continue
        if not version.runs_at(known.now) or (mission.hidden and mission.id not in known.unlocked):
            continue
        if held is None and not is_in(version.audience, figures):
            continue
        counted = held.counted if held is not None else looked(version)
        shown.append((version.position, mission.id, _view(known, version, period, held, counted)))
    current = {(view.id, view.period_key) for _, _, view in shown}
    return Board(
        [view for _, _, view in sorted(shown, key=lambda one: one[:2])],
        [view for view in _unclaimed(known) if (view.id, view.period_key) not in current],
    )


def mission_view(session: Session, user_id: int, mission_id: int) -> MissionView:
    """One mission of `board`. Raises MissionNotFound."""
    found = board(session, user_id)
    for view in (*found.items, *found.unclaimed):
        if view.id == mission_id:
            return view
    raise MissionNotFound


def progress_view(session: Session, missions: Definitions, held: Any) -> MissionView:
    """A progress as its shopper sees it. Raises MissionNotFound when its trigger is gone."""
    version = missions.version(held.mission_id, held.version)
    if version is None:
        raise MissionNotFound
    known = _Shopper(missions, db_now(session), {}, [], {}, frozenset())
    period = version.period_at(noon_of(held.last_day))
    return _view(known, version, period, held, held.counted)


def _read(session: Session, user_id: int, missions: Definitions) -> _Shopper:
    now = db_now(session)
    keys = {
        (mission.id, version.period_at(now).key)
        for mission in missions.missions.values()
        if mission.enabled
        for version in mission.versions
    }
    before = {v.requires_id for m in missions.missions.values() for v in m.versions}
    own = select(*MissionProgress.__table__.c).where(MissionProgress.user_id == user_id)
    rows = session.execute(
        own.where(
            or_(
                tuple_(MissionProgress.mission_id, MissionProgress.period).in_(keys),
                MissionProgress.mission_id.in_(before - {None}),
            ),
        )
    ).all()
    unclaimed = session.execute(
        own.where(MissionProgress.completed_at.is_not(None), MissionProgress.rewarded_at.is_(None))
        .order_by(MissionProgress.id)
        .limit(MAX_UNCLAIMED)
    ).all()
    completed: dict[int, set[str]] = {}
    for row in rows:
        if row.completed_at is not None:
            completed.setdefault(row.mission_id, set()).add(row.period)
    unlocked = session.scalars(
        select(MissionUnlock.mission_id).where(MissionUnlock.user_id == user_id)
    )
    return _Shopper(
        missions,
        now,
        {(row.mission_id, row.period): row for row in rows},
        unclaimed,
        {mission_id: frozenset(periods) for mission_id, periods in completed.items()},
        frozenset(unlocked),
    )


def _current(known: _Shopper, mission: Definition) -> tuple[Version | None, Period | None]:
    """The version that is in progress in the present period, else the newest."""
    for version in mission.versions:
        period = version.period_at(known.now)
        held = known.progress.get((mission.id, period.key))
        if held is not None and held.version == version.version:
            return version, period
    if not mission.versions:
        return None, None
    newest = mission.versions[-1]
    return newest, newest.period_at(known.now)


def _looker(session: Session, user_id: int) -> Callable[[Version], int]:
    """Of a mission without progress, what stands without an event: shown, and counted by the
    claim. Each trigger looks once, for all of its missions."""
    known: dict[str, list[Fact]] = {}

    def looked(version: Version) -> int:
        trigger = version.trigger
        if trigger.look is None:
            return 0
        if trigger.name not in known:
            known[trigger.name] = list(trigger.look(session, user_id))
        return sum(map(version.worth, known[trigger.name]))

    return looked


def _unclaimed(known: _Shopper) -> Iterator[MissionView]:
    for held in known.unclaimed:
        version = known.missions.version(held.mission_id, held.version)
        if version is not None:
            period = version.period_at(noon_of(held.last_day))
            yield _view(known, version, period, held, held.counted)


def _view(
    known: _Shopper, version: Version, period: Period, held: Any, counted: int
) -> MissionView:
    lapsed = held is not None and held.last_day < shop_day(known.now) - timedelta(days=1)
    shown = shown_counted(version.measure.counting, counted, version.target, lapsed)
    missing = version.target - shown
    before = known.missions.missions.get(version.requires_id) if version.requires_id else None
    return MissionView(
        id=version.mission_id,
        name=version.name,
        text=version.text,
        trigger=version.trigger.name,
        measure=version.measure.name,
        target=version.target,
        counted=shown,
        missing=missing,
        hint=version.measure.hint.format(left=version.measure.shown(missing)) if missing else None,
        state=_state(known, version, period, held, missing),
        at_once=version.at_once,
        requires_id=version.requires_id,
        requires_name=before.versions[-1].name if before and before.versions else None,
        rewards=version.rewards,
        refusal=held.refusal if held is not None else None,
        period=version.period,
        period_key=period.key if held is None else held.period,
        period_ends_at=period.ends_at,
        ends_at=version.ends_at,
    )


def _state(known: _Shopper, version: Version, period: Period, held: Any, missing: int) -> str:
    if (held is None or held.rewarded_at is None) and _is_locked(known, version, period):
        return LOCKED
    if held is None or held.completed_at is None:
        return OPEN if missing else COMPLETED
    if held.rewarded_at is not None:
        return PROMISED if held.pending else REWARDED
    return REFUSED if held.refusal is not None else COMPLETED


def _is_locked(known: _Shopper, version: Version, period: Period) -> bool:
    if version.requires_id is None:
        return False
    completed = known.completed.get(version.requires_id, frozenset())
    wanted = required_period(version, period, known.missions)
    return not completed if wanted is None else wanted not in completed
