"""A season as the rules of compliance see it."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import text
from sqlalchemy.orm import Session

from mall.compliance.campaigns import (
    CHECKED_IN,
    LIKED,
    Assistance,
    Campaign,
    CashForHelp,
    Mechanic,
    Reward,
)
from mall.compliance.running import CampaignSource, Running
from mall.games.pets.portions import FEED_KIND
from mall.games.pets.rules import Rules
from mall.games.pets.seasons import seasons_not_over
from mall.missions.board.triggers import TRIGGERS

KIND = "pet_season"
_CASH = "cash"
# Missions whose newest version gives feed of this season.
_TRIGGERS = text(
    """
    SELECT DISTINCT m.trigger FROM missions m
    JOIN mission_versions v ON v.mission_id = m.id AND v.version = m.version
    CROSS JOIN jsonb_array_elements(v.rewards) rule
    WHERE m.enabled AND rule -> 'reward' @> CAST(:part AS jsonb)
    ORDER BY m.trigger
    """
)


def running(session: Session) -> Iterator[Running]:
    """Seasons that are published and not over."""
    for season in seasons_not_over(session):
        grounds = grounds_of(session, season.id)
        yield describe(season.id, season.rules, grounds), season.version


PET_SEASONS = CampaignSource(
    KIND,
    running,
    "SELECT CAST(id AS text) AS ref, version FROM pet_seasons"
    " WHERE version > 0 AND ended_at IS NULL AND ends_at > now()",
)


def grounds_of(session: Session, season_id: int) -> tuple[str, ...]:
    """For what missions give feed of a season."""
    part = f'[{{"kind": "{FEED_KIND}", "what": "{season_id}"}}]'
    found = session.scalars(_TRIGGERS, {"part": part}).all()
    triggers = (TRIGGERS.get(name) for name in found)
    return tuple(sorted({one.ground for one in triggers if one is not None}))


def describe(season_id: int, rules: Rules, grounds: tuple[str, ...] = ()) -> Campaign:
    """The facts of a season. Its stages are rewarded for what missions give feed for, for the
    owner's own care, and for what friends do who opened the shared page: how often that counts on
    a day is said, and a result that needs none of it. Friends get nothing."""
    helped = rules.friend_waterings > 0
    own = {*grounds, CHECKED_IN, *((LIKED,) if helped else ())}
    mechanics: list[Mechanic] = [
        Reward(ground, stage.name)
        for ground in sorted(own)
        for stage in rules.stages
        if stage.rule_id is not None
    ]
    if helped:
        mechanics.append(Assistance(rules.friend_waterings, result_is_stated=True))
        mechanics += [
            CashForHelp(LIKED, helpers=None, amount_fen=part.count, is_stated=True)
            for stage in rules.stages
            for part in stage.reward
            if part.kind == _CASH
        ]
    return Campaign(
        kind=KIND,
        ref=str(season_id),
        name=rules.name,
        texts=(rules.text, *(stage.name for stage in rules.stages)),
        starts_at=rules.starts_at,
        ends_at=rules.ends_at,
        quantity=rules.places,
        mechanics=tuple(mechanics),
    )
