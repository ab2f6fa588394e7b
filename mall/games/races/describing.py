"""A race as the rules of compliance see it: prizes by rank for what members did themselves."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from mall.compliance.campaigns import CHECKED_IN, Campaign, Reward
from mall.compliance.running import CampaignSource, Running
from mall.games.races.building import scores_in_races
from mall.games.races.models import Race
from mall.games.races.rules_text import rules_text
from mall.games.races.terms import CHECK_IN, MISSION, PURCHASE, Terms, read_terms
from mall.missions.board.models import Mission
from mall.missions.board.order_triggers import ORDER_SETTLED
from mall.missions.board.triggers import TRIGGERS

KIND = "race"
VERSION = 1
"""Published terms never change."""


def running(session: Session) -> Iterator[Running]:
    """Races that are published and not over."""
    rows = session.execute(
        select(Race.id, Race.terms)
        .where(
            Race.published_at.is_not(None),
            Race.ended_at.is_(None),
            Race.ends_at > func.clock_timestamp(),
        )
        .order_by(Race.id)
    ).all()
    for row in rows:
        yield describe(session, row.id, read_terms(row.terms)), VERSION


RACES = CampaignSource(
    KIND,
    running,
    f"""
    SELECT CAST(id AS text) AS ref, {VERSION} AS version FROM races
    WHERE published_at IS NOT NULL AND ended_at IS NULL AND ends_at > now()
    """,  # noqa: S608
)


def describe(session: Session, race_id: int, terms: Terms) -> Campaign:
    """The facts of a race. A prize is for each ground that scores."""
    grounds = _grounds(session, terms)
    return Campaign(
        kind=KIND,
        ref=str(race_id),
        name=terms.name,
        texts=(terms.text, *rules_text(terms)),
        starts_at=terms.starts_at,
        ends_at=terms.ends_at,
        quantity=sum(one.ranks for one in terms.prizes) * terms.team_size,
        mechanics=tuple(Reward(ground, prize.name) for prize in terms.prizes for ground in grounds),
    )


def _grounds(session: Session, terms: Terms) -> list[str]:
    kinds = {one.kind for one in terms.scores}
    found = {CHECKED_IN} if CHECK_IN in kinds else set()
    if PURCHASE in kinds:
        found.add(ORDER_SETTLED.ground)
    missions = [one.mission_id for one in terms.scores if one.mission_id is not None]
    names = session.scalars(select(Mission.trigger).where(Mission.id.in_(missions)).distinct())
    triggers = (TRIGGERS.get(name) for name in names)
    found |= {one.ground for one in triggers if one is not None}
    if any(one.kind == MISSION and one.mission_id is None for one in terms.scores):
        found |= {one.ground for name, one in TRIGGERS.items().items() if scores_in_races(name)}
    return sorted(found)
