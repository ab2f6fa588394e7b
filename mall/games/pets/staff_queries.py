"""What staff see of seasons."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import Session

from mall.games.pets.building import build_rules, costs_of, read_terms
from mall.games.pets.errors import PetSeasonNotFound
from mall.games.pets.growing import ENTRY_KINDS
from mall.games.pets.models import Pet, PetEntry, PetSeason, PetSeasonVersion, PetStage
from mall.games.pets.previewing import Habits, Preview, preview
from mall.games.pets.queries import Row
from mall.games.pets.rules import Rules, plain_rules
from mall.games.pets.seasons import rules_of, season_of
from mall.games.pets.settling import OWED
from mall.games.pets.states import state_of
from mall.kernel.db import db_now
from mall.rewards.models import RewardGrant
from mall.rewards.states import GRANTED, REVERSED

_GIVEN = ("given", "taken_back", "refused")


def seasons(session: Session, *, before: int | None, limit: int) -> list[Row]:
    """All seasons, newest first; one more than `limit`."""
    query = select(PetSeason).execution_options(populate_existing=True)
    if before is not None:
        query = query.where(PetSeason.id < before)
    now = db_now(session)
    found = session.scalars(query.order_by(PetSeason.id.desc()).limit(limit + 1))
    return [_line(one, state_of(one, now)) for one in found]


def one_season(session: Session, season_id: int) -> Row:
    """A season with its terms. Raises PetSeasonNotFound."""
    season = _season(session, season_id)
    names = ("paused", "published_at", "ended_at", "end_reason")
    versions = session.execute(
        select(PetSeasonVersion.version, PetSeasonVersion.costs_fen, PetSeasonVersion.created_at)
        .where(PetSeasonVersion.season_id == season_id)
        .order_by(PetSeasonVersion.version)
    ).mappings()
    return {
        **_line(season, state_of(season, db_now(session))),
        **{name: getattr(season, name) for name in names},
        "terms": _terms(session, season),
        "versions": [dict(row) for row in versions],
    }


def cost_preview(session: Session, season_id: int, shoppers: int, habits: Habits) -> Preview:
    """What so many shoppers may cost, by today's cost of the rewards.

    Raises PetSeasonNotFound, and as `build_rules` and `costs_of`.
    """
    rules = _rules(session, _season(session, season_id))
    return preview(rules, costs_of(session, rules), shoppers, habits)


def figures(session: Session, season_id: int) -> Row:
    """How a published season does: pets by the stage that they reached, what was done for them,
    and what the rewards cost. Raises PetSeasonNotFound."""
    season = season_of(session, season_id)
    reached, done = _reached(session, season_id), _done(session, season_id)
    by_stage = _given(session, season_id)
    stages = []
    for at, stage in enumerate(season.rules.stages):
        given = by_stage.get(at, dict.fromkeys(_GIVEN, 0))
        cost_fen = given["given"] * season.costs_fen[at]
        pets = reached.get(at, 0)
        stages.append(
            {"stage": at, "name": stage.name, "pets": pets, **given, "cost_fen": cost_fen}
        )
    return {
        "pets": season.adopted,
        **{f"{kind}s": done.get(kind, 0) for kind in ENTRY_KINDS},
        "stages": stages,
        "cost_fen": sum(one["cost_fen"] for one in stages),
    }


def _reached(session: Session, season_id: int) -> dict[int, int]:
    """How many pets reached a stage and no more."""
    rows = session.execute(
        select(Pet.reached, func.count().label("pets"))
        .where(Pet.season_id == season_id)
        .group_by(Pet.reached)
    ).all()
    return {row.reached: row.pets for row in rows}


def _done(session: Session, season_id: int) -> dict[str, int]:
    """Portions and waterings, by the kind of their entries."""
    rows = session.execute(
        select(PetEntry.kind, func.sum(PetEntry.portions).label("portions"))
        .join(Pet, Pet.id == PetEntry.pet_id)
        .where(Pet.season_id == season_id)
        .group_by(PetEntry.kind)
    ).all()
    return {row.kind: int(row.portions) for row in rows}


def _given(session: Session, season_id: int) -> dict[int, Row]:
    """How giving the rewards of each stage went; a stage without any is left out."""
    rows = session.execute(
        select(
            PetStage.stage,
            func.count().filter(RewardGrant.status == GRANTED).label("given"),
            func.count().filter(RewardGrant.status == REVERSED).label("taken_back"),
            func.count().filter(PetStage.refusal != OWED).label("refused"),
        )
        .select_from(PetStage)
        .join(Pet, Pet.id == PetStage.pet_id)
        .outerjoin(RewardGrant, RewardGrant.id == PetStage.grant_id)
        .where(Pet.season_id == season_id)
        .group_by(PetStage.stage)
    ).mappings()
    return {row["stage"]: {name: row[name] for name in _GIVEN} for row in rows}


def refused_stages(
    session: Session, season_id: int, *, before: Sequence[int] | None, limit: int
) -> list[Row]:
    """Rewards of a season's stages that could not be given, those of the newest pets first; one
    more than `limit`. `before` is the last pet and stage that were seen.

    Raises PetSeasonNotFound."""
    _season(session, season_id)
    query = (
        select(PetStage.pet_id, PetStage.stage, PetStage.refusal, PetStage.created_at, Pet.user_id)
        .join(Pet, Pet.id == PetStage.pet_id)
        .where(Pet.season_id == season_id, PetStage.refusal != OWED)
    )
    if before is not None:
        query = query.where(tuple_(PetStage.pet_id, PetStage.stage) < tuple_(*before))
    ordered = query.order_by(PetStage.pet_id.desc(), PetStage.stage.desc())
    return [dict(row) for row in session.execute(ordered.limit(limit + 1)).mappings()]


def _season(session: Session, season_id: int) -> PetSeason:
    found = session.scalar(
        select(PetSeason).where(PetSeason.id == season_id).execution_options(populate_existing=True)
    )
    if found is None:
        raise PetSeasonNotFound
    return found


def _rules(session: Session, season: PetSeason) -> Rules:
    if season.draft is None:
        return rules_of(session, season.id, season.version)
    return build_rules(session, read_terms(season.draft))


def _terms(session: Session, season: PetSeason) -> Row:
    plain: dict[str, Any] = read_terms(
        plain_rules(rules_of(session, season.id, season.version))
        if season.draft is None
        else season.draft
    )
    stages = [
        {**one, "picture": picture}
        for one, picture in zip(plain["stages"], season.pictures, strict=True)
    ]
    return {**plain, "stages": stages}


def _line(season: PetSeason, state: str) -> Row:
    times = (
        {"starts_at": season.starts_at, "ends_at": season.ends_at}
        if season.draft is None
        else {name: read_terms(season.draft)[name] for name in ("starts_at", "ends_at")}
    )
    names = ("id", "name", "version", "revision", "adopted")
    return {**{name: getattr(season, name) for name in names}, **times, "state": state}
