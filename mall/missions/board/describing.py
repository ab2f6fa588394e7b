"""A mission as the rules of compliance see it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from mall.compliance.campaigns import Campaign, Reward
from mall.compliance.running import CampaignSource, Running
from mall.missions.board.models import Mission, MissionVersion, is_not_over
from mall.missions.board.triggers import TRIGGERS, Trigger
from mall.rewards.models import RewardRule

KIND = "mission"


def running(session: Session) -> Iterator[Running]:
    """Missions that are enabled and not over, by their newest version."""
    rows = session.execute(
        select(Mission.trigger, *MissionVersion.__table__.c)
        .join(
            MissionVersion,
            (MissionVersion.mission_id == Mission.id) & (MissionVersion.version == Mission.version),
        )
        .where(Mission.enabled, is_not_over())
    ).all()
    for row in rows:
        trigger = TRIGGERS.get(row.trigger)
        if trigger is not None:
            rule_ids = [int(one["rule_id"]) for one in row.rewards]
            quantity = quantity_of(session, rule_ids)
            yield describe(row.mission_id, trigger, row._asdict(), quantity), row.version


MISSIONS = CampaignSource(
    KIND,
    running,
    """
    SELECT CAST(m.id AS text) AS ref, m.version FROM missions m
    JOIN mission_versions v ON v.mission_id = m.id AND v.version = m.version
    WHERE m.enabled AND coalesce(v.ends_at, 'infinity') > now()
    """,
)


def quantity_of(session: Session, rule_ids: Sequence[int]) -> int | None:
    """How many may be had in all, where each rule has a budget."""
    budgets = session.scalars(select(RewardRule.budget).where(RewardRule.id.in_(rule_ids))).all()
    return None if None in budgets else min((one for one in budgets if one), default=None)


def describe(
    mission_id: int, trigger: Trigger, values: Mapping[str, Any], quantity: int | None
) -> Campaign:
    """The facts of a version: its rewards are for what its trigger counts."""
    rewards: Sequence[Mapping[str, Any]] = values["rewards"]
    return Campaign(
        kind=KIND,
        ref=str(mission_id),
        name=values["name"],
        texts=(values["text"],),
        starts_at=values["starts_at"],
        ends_at=values["ends_at"],
        quantity=quantity,
        mechanics=tuple(Reward(trigger.ground, one["name"]) for one in rewards),
    )
