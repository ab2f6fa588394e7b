"""From what staff wrote to terms: missions and reward rules looked up, and checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from mall.compliance import campaigns
from mall.games.races.errors import (
    RaceMissionUnknown,
    RaceRuleBounded,
    RaceRuleUnknown,
    RaceTimesInvalid,
)
from mall.games.races.terms import PrizeTerm, ScoreTerm, Terms
from mall.missions.board.models import Mission, MissionVersion
from mall.missions.board.triggers import TRIGGERS
from mall.rewards.copying import copied_rules
from mall.rewards.granters import write_reward

Written = Mapping[str, Any]
"""By the fields of `RaceTerms`; times are moments."""
LONGEST = timedelta(days=366)
OF_OTHERS = frozenset(
    {
        *(campaigns.SHARED, campaigns.SHARE_OPENED, campaigns.FOLLOWED, campaigns.LIKED),
        *(campaigns.INVITEE_LOGGED_IN, campaigns.INVITEE_ORDERED),
    }
)
"""Grounds of missions that score nothing in a race: sharing, following, bringing people."""
_PLAIN = ("name", "text", "starts_at", "ends_at", "joins_until", "team_size", "wait_h")


def build_terms(session: Session, written: Written) -> Terms:
    """The terms that staff wrote, with what the rules give now.

    Raises RaceTimesInvalid, RaceMissionUnknown, RaceRuleUnknown, RaceRuleBounded.
    """
    _check_times(written)
    return Terms(
        **{name: written[name] for name in _PLAIN},
        scores=_scores(session, written["scores"]),
        prizes=_prizes(session, written["prizes"]),
    )


def again(session: Session, terms: Terms) -> Terms:
    """Saved terms once more, with what the rules give now. Raises as `build_terms`."""
    written = {
        **{name: getattr(terms, name) for name in _PLAIN},
        "scores": [_fields(one, "kind", "points", "mission_id") for one in terms.scores],
        "prizes": [_fields(one, "first_rank", "last_rank", "rule_id") for one in terms.prizes],
    }
    return build_terms(session, written)


def scores_in_races(trigger: str) -> bool:
    """Whether missions of a trigger may score: not those for sharing, following or bringing."""
    found = TRIGGERS.get(trigger)
    return found is not None and found.ground not in OF_OTHERS


def _check_times(written: Written) -> None:
    starts_at, ends_at = written["starts_at"], written["ends_at"]
    if not starts_at < ends_at <= starts_at + LONGEST:
        raise RaceTimesInvalid(param="ends_at")
    if written["joins_until"] > ends_at:
        raise RaceTimesInvalid(param="joins_until")


def _scores(session: Session, written: Sequence[Written]) -> tuple[ScoreTerm, ...]:
    wanted = {one["mission_id"] for one in written if one["mission_id"] is not None}
    newest = (MissionVersion.mission_id == Mission.id) & (MissionVersion.version == Mission.version)
    rows = session.execute(
        select(Mission.id, Mission.trigger, MissionVersion.name)
        .join(MissionVersion, newest)
        .where(Mission.id.in_(wanted))
    )
    names = {row.id: row.name for row in rows if scores_in_races(row.trigger)}
    if names.keys() != wanted:
        raise RaceMissionUnknown(param="scores")
    return tuple(
        ScoreTerm(**one, name="" if one["mission_id"] is None else names[one["mission_id"]])
        for one in written
    )


def _prizes(session: Session, written: Sequence[Written]) -> tuple[PrizeTerm, ...]:
    wanted = {one["rule_id"] for one in written}
    rules = copied_rules(session, wanted)
    if rules.keys() != wanted:
        raise RaceRuleUnknown(param="prizes")
    if any(one.is_bounded for one in rules.values()):
        raise RaceRuleBounded(param="prizes")
    prizes = [
        PrizeTerm(**one, name=rule.name, reward=write_reward(rule.reward))
        for one in written
        for rule in [rules[one["rule_id"]]]
    ]
    return tuple(sorted(prizes, key=lambda one: one.first_rank))


def _fields(one: Any, *names: str) -> dict[str, Any]:
    return {name: getattr(one, name) for name in names}
