"""Composing seasons, publishing them, changing them in their shoppers' favour.

Every change locks the season's row. Each leaves an audit row and, of published rules, a verdict.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from mall.compliance.reviewing import review
from mall.games.pets.building import (
    Terms,
    build_rules,
    costs_of,
    pictures_of,
    plain_terms,
    read_terms,
)
from mall.games.pets.describing import describe, grounds_of
from mall.games.pets.errors import (
    PetRulesNotInFavour,
    PetSeasonChanged,
    PetSeasonNotFound,
    PetSeasonNotPublished,
    PetSeasonOver,
    PetSeasonPublished,
    PetTimesInvalid,
)
from mall.games.pets.favour import objections
from mall.games.pets.models import PetSeason, PetSeasonVersion
from mall.games.pets.rules import Rules, plain_rules
from mall.games.pets.seasons import rules_of
from mall.games.pets.states import is_over
from mall.kernel.db import db_now, transaction
from mall.staff.audit import record


def create_season(terms: Terms) -> int:
    """A new draft: its id. Raises what `build_rules` and `costs_of` raise, UploadGone."""
    with transaction() as session:
        _check(session, terms)
        draft = plain_terms(terms)
        season_id: int = session.execute(
            insert(PetSeason)
            .values(name=terms["name"], draft=draft, pictures=pictures_of(terms))
            .returning(PetSeason.id)
        ).scalar_one()
        audit(session, "create", season_id, draft)
        return season_id


def change_draft(season_id: int, replaces: int, terms: Terms) -> None:
    """Other terms for a draft. `replaces` is the revision that staff have seen.

    Raises PetSeasonNotFound, PetSeasonPublished, PetSeasonChanged, and as create_season.
    """
    with transaction() as session:
        season = lock_season(session, season_id)
        if season.version:
            raise PetSeasonPublished
        _must_be(season, replaces)
        _check(session, terms)
        draft = plain_terms(terms)
        values = {"name": terms["name"], "draft": draft, "pictures": pictures_of(terms)}
        set_season(session, season_id, **values, revision=season.revision + 1)
        audit(session, "update", season_id, draft)


def publish(season_id: int, replaces: int, *, accept_warnings: bool = False) -> None:
    """Make the draft the first version; its rules are public from now on, before the start.

    Raises PetSeasonNotFound, PetSeasonPublished, PetSeasonChanged, PetTimesInvalid,
    CampaignRefused, CampaignWarned, and as create_season.
    """
    with transaction() as session:
        season = lock_season(session, season_id)
        if season.draft is None:
            raise PetSeasonPublished
        _must_be(season, replaces)
        rules = build_rules(session, read_terms(season.draft))
        if rules.starts_at <= db_now(session):
            raise PetTimesInvalid(param="starts_at")
        first = {
            "draft": None,
            "starts_at": rules.starts_at,
            "published_at": func.clock_timestamp(),
        }
        _save(session, season, rules, accept_warnings, **first)
        audit(session, "publish", season_id, {"version": 1})


def change_published(
    season_id: int, replaces: int, terms: Terms, *, accept_warnings: bool = False
) -> None:
    """Better rules for a published season (`favour.objections`). All that was done so far is
    judged by them: a job brings the pets there and rewards what they reached.

    Raises PetSeasonNotFound, PetSeasonNotPublished, PetSeasonOver, PetSeasonChanged,
    PetRulesNotInFavour, CampaignRefused, CampaignWarned, and as create_season.
    """
    with transaction() as session:
        season = lock_season(session, season_id)
        if not season.version:
            raise PetSeasonNotPublished
        if is_over(season, db_now(session)):
            raise PetSeasonOver
        _must_be(season, replaces)
        rules = build_rules(session, terms)
        wrong = list(objections(rules_of(session, season_id, season.version), rules))
        if wrong:
            reasons = "；".join(dict.fromkeys(message for _, message in wrong))
            said = f"{PetRulesNotInFavour.message}：{reasons}"
            raise PetRulesNotInFavour(said, param=wrong[0][0])
        _save(session, season, rules, accept_warnings, pictures=pictures_of(terms))
        audit(session, "improve", season_id, plain_terms(terms))


def lock_season(session: Session, season_id: int) -> PetSeason:
    """A season, locked and read afresh. Raises PetSeasonNotFound."""
    found = session.scalar(
        select(PetSeason)
        .where(PetSeason.id == season_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise PetSeasonNotFound
    return found


def set_season(session: Session, season_id: int, **values: Any) -> None:
    """Write columns of a season that is locked."""
    session.execute(
        update(PetSeason)
        .where(PetSeason.id == season_id)
        .values(**values)
        .execution_options(synchronize_session=False)
    )


def audit(session: Session, verb: str, season_id: int, after: Terms) -> None:
    """The audit row of what staff did."""
    record(
        session,
        action=f"pet_season.{verb}",
        target_type="pet_season",
        target_id=season_id,
        after=after,
    )


def _check(session: Session, terms: Terms) -> None:
    costs_of(session, build_rules(session, terms))


def _must_be(season: PetSeason, replaces: int) -> None:
    if season.revision != replaces:
        raise PetSeasonChanged(param="replaces")


def _save(
    session: Session, season: PetSeason, rules: Rules, accept_warnings: bool, **more: Any
) -> None:
    """Write a version; `more` are columns that go with it."""
    version, costs = season.version + 1, costs_of(session, rules)
    set_season(
        session,
        season.id,
        **more,
        name=rules.name,
        version=version,
        revision=season.revision + 1,
        ends_at=rules.ends_at,
        places=rules.places,
    )
    session.execute(
        insert(PetSeasonVersion).values(
            season_id=season.id, version=version, rules=plain_rules(rules), costs_fen=costs
        )
    )
    campaign = describe(season.id, rules, grounds_of(session, season.id))
    review(session, campaign, version, accept_warnings=accept_warnings)
