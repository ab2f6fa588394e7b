"""The ledger of a pet, and the state that is stored with it.

Lock order: the shopper's account of points (where a reward is given or taken back, see
`portions.py`), their feed, the pet. Who holds a pet locks nothing more.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from mall.games.pets import metrics
from mall.games.pets.growing import Entry, State, state
from mall.games.pets.models import Pet, PetEntry, PetFeed, PetStage
from mall.games.pets.rules import Rules
from mall.games.pets.seasons import Season
from mall.kernel.jobs import defer_many
from mall.rewards.models import RewardGrant
from mall.rewards.states import OPEN

SETTLE_JOB = "pets.settle_stage"


def lock_feed(session: Session, user_id: int, season_id: int) -> int:
    """Lock a shopper's feed in a season: how many portions are left."""
    query = (
        select(PetFeed.left_portions)
        .where(PetFeed.season_id == season_id, PetFeed.user_id == user_id)
        .with_for_update(key_share=True)
    )
    left = session.scalar(query)
    while left is None:
        values = {"season_id": season_id, "user_id": user_id}
        session.execute(insert(PetFeed).values(**values).on_conflict_do_nothing())
        left = session.scalar(query)
    return left


def move_feed(session: Session, user_id: int, season_id: int, portions: int) -> None:
    """Add portions to feed that is locked, or take some away."""
    session.execute(
        update(PetFeed)
        .where(PetFeed.season_id == season_id, PetFeed.user_id == user_id)
        .values(left_portions=PetFeed.left_portions + portions, moved_at=func.clock_timestamp())
        .execution_options(synchronize_session=False)
    )


def lock_pet(session: Session, *which: Any) -> Any | None:
    """A pet, locked: id, season_id, user_id, adopted_on, the highest stage that is stored."""
    return session.execute(
        select(Pet.id, Pet.season_id, Pet.user_id, Pet.adopted_on, Pet.reached)
        .where(*which)
        .with_for_update(key_share=True)
    ).one_or_none()


def write_entry(session: Session, pet_id: int, user_id: int, entry: Entry, source: str) -> bool:
    """Write a line; False when the (kind, source) has one. The pet is locked."""
    made = session.scalar(
        insert(PetEntry)
        .values(
            pet_id=pet_id,
            user_id=user_id,
            kind=entry.kind,
            source=source,
            day=entry.day,
            portions=entry.portions,
            lot_id=entry.lot,
        )
        .on_conflict_do_nothing()
        .returning(PetEntry.id)
    )
    if made is not None:
        metrics.CARE.labels(entry.kind).inc()
    return made is not None


def done_on(session: Session, pet_id: int, kind: str, day: date) -> int:
    """How many portions or waterings of a kind a pet had on a day."""
    done = select(func.coalesce(func.sum(PetEntry.portions), 0)).where(
        PetEntry.pet_id == pet_id, PetEntry.kind == kind, PetEntry.day == day
    )
    return int(session.scalar(done) or 0)


def entries_of(session: Session, pet_id: int) -> list[Entry]:
    """All lines of a pet."""
    rows = session.execute(
        select(PetEntry.kind, PetEntry.day, PetEntry.portions, PetEntry.lot_id).where(
            PetEntry.pet_id == pet_id
        )
    ).all()
    return [Entry(*row) for row in rows]


def state_of_pet(session: Session, season: Season, pet: Any) -> State:
    """How a pet stands now, from its ledger and the newest rules."""
    entries = entries_of(session, pet.id)
    return state(season.rules, entries, pet.adopted_on, season.day(session), season.excused)


def recompute(session: Session, season: Season, pet: Any) -> State:
    """Store how a locked pet stands now. The rewards of its stages follow by jobs, each in a
    transaction of its own, so that no two lock rules of rewards in different orders."""
    day = season.day(session)
    entries = entries_of(session, pet.id)
    found = state(season.rules, entries, pet.adopted_on, day, season.excused)
    session.execute(
        update(Pet)
        .where(Pet.id == pet.id)
        .values(
            version=season.version,
            as_of=day,
            growth=found.growth,
            stage=found.stage,
            reached=found.reached,
            changed_at=func.clock_timestamp(),
        )
        .execution_options(synchronize_session=False)
    )
    due = _misplaced(season.rules, pet.reached, found.reached, _stages(session, pet.id))
    defer_many(session, SETTLE_JOB, [{"pet_id": pet.id, "stage": at} for at in due])
    return found


def _stages(session: Session, pet_id: int) -> Sequence[Any]:
    return session.execute(
        select(PetStage.stage, PetStage.refusal, RewardGrant.status)
        .outerjoin(RewardGrant, RewardGrant.id == PetStage.grant_id)
        .where(PetStage.pet_id == pet_id)
    ).all()


def _misplaced(rules: Rules, was: int, now: int, stages: Sequence[Any]) -> Iterator[int]:
    """Stages whose rewards aren't where they should be: those between the stage that was reached
    and the one that is now, whatever is written of them (a job under way may be about to write
    something else), and those whose row is wrong. What was refused is tried again by the hourly
    job, not with each portion."""
    known = {row.stage: row for row in stages}
    for at, stage in enumerate(rules.stages):
        row = known.get(at)
        if (at <= was) != (at <= now):
            if stage.rule_id is not None or row is not None:
                yield at
        elif at > now:
            if row is not None and (row.status in OPEN or row.refusal is not None):
                yield at
        elif stage.rule_id is not None and row is None:
            yield at
