"""All missions with their versions, in the memory of the process.

Each use asks the database for the board's revision (in a statement that it sends anyway) and
reads the missions again only when that is another one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from flask import current_app
from sqlalchemy import RowMapping, select
from sqlalchemy.orm import Session

from mall.missions.board.audience import Audience, read_audience
from mall.missions.board.models import Mission, MissionBoard, MissionVersion
from mall.missions.board.periods import CAMPAIGN, ONCE, Period, period_of
from mall.missions.board.triggers import TRIGGERS, Fact, Measure, Narrow, Trigger
from mall.rewards.granters import Reward, read_reward

_EXTENSION = "mall.missions.definitions"


@dataclass(frozen=True, slots=True)
class MissionReward:
    """What a rule gave when the version was made."""

    rule_id: int
    name: str
    reward: Reward


@dataclass(frozen=True, slots=True)
class Version:
    """One version, ready to be asked. In force from `created_at` until `replaced_at`."""

    mission_id: int
    version: int
    trigger: Trigger
    period: str
    hidden: bool
    name: str
    text: str
    measure: Measure
    narrows: tuple[Narrow, ...]
    target: int
    rewards: tuple[MissionReward, ...]
    at_once: bool
    audience: Audience
    requires_id: int | None
    starts_at: datetime | None
    ends_at: datetime | None
    position: int
    created_at: datetime
    replaced_at: datetime | None

    def runs_at(self, at: datetime) -> bool:
        """Whether a moment is between the mission's start and its end."""
        return (self.starts_at is None or self.starts_at <= at) and (
            self.ends_at is None or at < self.ends_at
        )

    def in_force_at(self, at: datetime) -> bool:
        """Whether this was the mission's newest version at that moment."""
        return self.created_at <= at and (self.replaced_at is None or at < self.replaced_at)

    def period_at(self, at: datetime) -> Period:
        """The period of a moment."""
        return period_of(self.period, at, self.starts_at, self.ends_at)

    def may_hold(self, period: Period) -> bool:
        """Whether progress in this period may have begun under this version."""
        return (
            self.replaced_at is None
            or self.period in (ONCE, CAMPAIGN)
            or period.starts_at is None
            or self.replaced_at > period.starts_at
        )

    def worth(self, fact: Fact) -> int:
        """What a fact is worth under the version's filters; 0 for nothing."""
        left: Fact | None = fact
        for narrow in self.narrows:
            left = narrow(left) if left is not None else None
        return max(0, self.measure.worth(left)) if left is not None else 0


@dataclass(frozen=True, slots=True)
class Definition:
    """A mission with its versions, the oldest first. One without any counts nothing: its trigger
    is no longer installed."""

    id: int
    trigger: str
    enabled: bool
    hidden: bool
    versions: tuple[Version, ...]


@dataclass(frozen=True, slots=True)
class Definitions:
    """All missions by id, and by trigger. `following` are those that a mission opens, directly or
    by others between them, where what completes it may go again."""

    missions: Mapping[int, Definition]
    by_trigger: Mapping[str, tuple[Definition, ...]]
    following: Mapping[int, frozenset[int]] = field(default_factory=dict)

    def version(self, mission_id: int, version: int) -> Version | None:
        """A version; None when its trigger is no longer installed."""
        found = self.missions.get(mission_id)
        wanted = (one for one in found.versions if one.version == version) if found else iter(())
        return next(wanted, None)


def revision_now(session: Session) -> int | None:
    """The board's revision; None before the first mission."""
    return session.scalar(select(MissionBoard.revision))


def definitions(session: Session, revision: int | None) -> Definitions:
    """All missions as of a revision that was just read."""
    declared = TRIGGERS.items()
    kept = cast("tuple[Any, ...] | None", current_app.extensions.get(_EXTENSION))
    if kept is not None and kept[0] == revision and kept[1] is declared:
        return cast("Definitions", kept[2])
    found = _read(session, declared) if revision is not None else Definitions({}, {})
    current_app.extensions[_EXTENSION] = revision, declared, found
    return found


def _read(session: Session, declared: Mapping[str, Trigger]) -> Definitions:
    versions = defaultdict(list)
    rows = session.execute(
        select(*MissionVersion.__table__.c).order_by(
            MissionVersion.mission_id, MissionVersion.version
        )
    )
    for row in rows.mappings():
        versions[row["mission_id"]].append(row)
    missions = {
        row.id: Definition(
            row.id,
            row.trigger,
            row.enabled,
            row.hidden,
            tuple(_versions(row, versions[row.id], declared.get(row.trigger))),
        )
        for row in session.execute(select(*Mission.__table__.c).order_by(Mission.id))
    }
    by_trigger: dict[str, list[Definition]] = defaultdict(list)
    for mission in missions.values():
        by_trigger[mission.trigger].append(mission)
    return Definitions(
        missions,
        {name: tuple(its) for name, its in by_trigger.items()},
        {one.id: _following(one.id, missions) for one in missions.values() if _may_go(one)},
    )


def _may_go(mission: Definition) -> bool:
    return any(version.trigger.revocable for version in mission.versions)


def _following(mission_id: int, missions: Mapping[int, Definition]) -> frozenset[int]:
    found: set[int] = set()
    newly = {mission_id}
    while newly:
        newly = {
            one.id
            for one in missions.values()
            if any(version.requires_id in newly for version in one.versions)
        } - found
        found |= newly
    return frozenset(found)


def _versions(mission: Any, rows: list[RowMapping], trigger: Trigger | None) -> Iterable[Version]:
    for row, following in zip(rows, [*rows[1:], None], strict=True):
        measure = trigger.measure(row["measure"]) if trigger else None
        if trigger is None or measure is None:
            continue
        yield Version(
            mission_id=mission.id,
            version=row["version"],
            trigger=trigger,
            period=mission.period,
            hidden=mission.hidden,
            name=row["name"],
            text=row["text"],
            measure=measure,
            narrows=tuple(
                one.read(row["filters"][one.name])
                for one in trigger.filters
                if one.name in row["filters"]
            ),
            target=row["target"],
            rewards=read_rewards(row["rewards"]),
            at_once=row["at_once"],
            audience=read_audience(row["audience"]),
            requires_id=row["requires_id"],
            starts_at=row["starts_at"],
            ends_at=row["ends_at"],
            position=row["position"],
            created_at=row["created_at"],
            replaced_at=following["created_at"] if following else None,
        )


def read_rewards(stored: Iterable[Mapping[str, Any]]) -> tuple[MissionReward, ...]:
    """Rewards from their JSON, by ascending rule: rules are locked in this order."""
    found = [
        MissionReward(int(one["rule_id"]), one["name"], read_reward(one["reward"]))
        for one in stored
    ]
    return tuple(sorted(found, key=lambda one: one.rule_id))
