"""Bringing the reward of a stage to where it should be: given, or taken back.

What has to be done follows from the pet's ledger alone, read under the lock of the stage's ground.
So it may be done at any time and again; whoever comes later sees what came before. Each stage has
a transaction, and one reward rule, of its own.

A stage that is lost (portions were taken out of history) and reached again is rewarded anew, once
what was given before is gone: taken back or owed. What is still owed and nobody collects, such as a
coupon that was used, counts as given: it is left out, so that nothing is ever kept twice.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import structlog
from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from mall.games.pets import metrics
from mall.games.pets.errors import PetRewardNotRefused, PetStageNotFound
from mall.games.pets.ledger import state_of_pet
from mall.games.pets.models import PetStage
from mall.games.pets.rules import Stage
from mall.games.pets.seasons import season_of
from mall.kernel.db import db, transaction
from mall.kernel.errors import MallError
from mall.kernel.failpoints import around_commit
from mall.rewards.commands import BY_STAFF
from mall.rewards.granters import Part, Reward
from mall.rewards.granting import Source, grant
from mall.rewards.grounds import lock_ground
from mall.rewards.models import RewardGrant, RewardPart
from mall.rewards.reversing import reverse_for
from mall.rewards.states import GRANTED
from mall.staff.audit import record

COLLECTED = frozenset({"points", "cash"})
"""Kinds whose debts are paid by what the shopper gets next: of them all is given anew."""
OWED = "pet_reward_owed"
"""In the place of a refusal: all of the stage's reward is owed from the time before."""
_BATCH = 100
# `by_staff`: somebody took the newest reward back by hand; it isn't given anew.
_STAGE = text(
    """
    SELECT p.id, p.season_id, p.user_id, p.adopted_on, r.refusal,
           coalesce(r.attempts, 0) AS attempts, g.status, EXISTS (
               SELECT FROM reward_steps s WHERE s.grant_id = g.id AND s.cause = :by_staff
                 AND s.to_status = 'reversed'
           ) AS by_staff
    FROM pets p
    LEFT JOIN pet_stages r ON r.pet_id = p.id AND r.stage = :stage
    LEFT JOIN reward_grants g ON g.id = r.grant_id
    WHERE p.id = :pet_id
    """
)
# Of shoppers whose account is open: a closed one gets nothing any more.
_log = structlog.get_logger("mall.games.pets")
_REFUSED = text(
    """
    SELECT r.pet_id, r.stage FROM pet_stages r
    JOIN pets p ON p.id = r.pet_id JOIN users u ON u.id = p.user_id AND u.closed_at IS NULL
    WHERE r.refusal IS NOT NULL AND r.refusal <> :owed
      AND (r.pet_id, r.stage) > (:pet_id, :stage)
    ORDER BY r.pet_id, r.stage LIMIT :most
    """
)


def ground_of(pet_id: int, stage: int) -> str:
    """What the rewards of a stage stand on."""
    return f"pet:{pet_id}:{stage}"


def settle_stage(pet_id: int, stage: int) -> None:
    """Give or take back the reward of a stage, as the pet stands. A refusal is kept with its
    code."""
    with transaction() as session:
        around_commit(session, "pets.before_settle_commit", "pets.after_settle_commit")
        _settle(session, pet_id, stage)


def give_all_refused() -> int:
    """Try every reward again that was refused, each in a transaction of its own; how many are
    tried. One that fails keeps no other waiting. Safe to repeat."""
    tried, last = 0, (0, -1)
    while True:
        values = {"pet_id": last[0], "stage": last[1], "most": _BATCH, "owed": OWED}
        due = db.session.execute(_REFUSED, values).all()
        db.session.rollback()
        for row in due:
            try:
                settle_stage(row.pet_id, row.stage)
            except Exception:
                _log.exception("a stage isn't settled", pet_id=row.pet_id, stage=row.stage)
        tried += len(due)
        if len(due) < _BATCH:
            return tried
        last = (due[-1].pet_id, due[-1].stage)


def give_refused(pet_id: int, stage: int) -> None:
    """Try a reward again by hand that could not be given; it may be refused again.

    Raises PetStageNotFound, PetRewardNotRefused.
    """
    with transaction() as session:
        lock_ground(session, ground_of(pet_id, stage))
        row = session.execute(
            select(PetStage.refusal).where(PetStage.pet_id == pet_id, PetStage.stage == stage)
        ).one_or_none()
        if row is None:
            raise PetStageNotFound
        if row.refusal is None:
            raise PetRewardNotRefused
        _settle(session, pet_id, stage)
        record(
            session,
            action="pet.give_reward",
            target_type="pet_stage",
            target_id=f"{pet_id}:{stage}",
            after={"refusal": row.refusal},
        )


def _settle(session: Session, pet_id: int, at: int) -> None:
    lock_ground(session, ground_of(pet_id, at))
    values = {"pet_id": pet_id, "stage": at, "by_staff": BY_STAFF}
    row: Any = session.execute(_STAGE, values).one_or_none()
    if row is None or row.by_staff:
        return
    season = season_of(session, row.season_id)
    if at <= state_of_pet(session, season, row).reached:
        if row.status != GRANTED:
            _give(session, row, at, season.rules.stages[at])
    elif row.status == GRANTED:
        reverse_for(session, ground_of(pet_id, at), cause="pet_stage_lost")
        metrics.REWARDS.labels("taken_back").inc()
    elif row.refusal is not None:
        _set(session, pet_id, at, refusal=None)


def _give(session: Session, row: Any, at: int, stage: Stage) -> None:
    if stage.rule_id is None:
        return
    reward = _not_owed(session, ground_of(row.id, at), stage.reward)
    if not reward:
        _set(session, row.id, at, refusal=OWED)
        return
    attempt = row.attempts + 1
    source = Source(stage.rule_id, event_of(row.id, at, attempt), ground_of(row.id, at))
    try:
        with session.begin_nested():
            made = grant(session, row.user_id, source, reward)
    except MallError as refused:
        _set(session, row.id, at, refusal=refused.code)
        metrics.REWARDS.labels("refused").inc()
        return
    _set(session, row.id, at, grant_id=made.id, attempts=attempt, refusal=None)
    metrics.REWARDS.labels("given").inc()


def event_of(pet_id: int, stage: int, attempt: int) -> str:
    """What a reward is given for: the stage, and how often it was by now when that is more than
    once (the reward of the time before went back)."""
    event = f"pet:{pet_id}:{stage}"
    return event if attempt == 1 else f"{event}:again:{attempt}"


def _not_owed(session: Session, ground: str, reward: Reward) -> Reward:
    """A reward without what is owed from the times before and nobody collects."""
    owed: Counter[tuple[str, str]] = Counter()
    rows = session.execute(
        select(RewardPart.kind, RewardPart.what, RewardPart.debt)
        .join(RewardGrant, RewardGrant.id == RewardPart.grant_id)
        .where(RewardGrant.ground == ground, RewardPart.kind.not_in(COLLECTED))
    ).all()
    for row in rows:
        owed[row.kind, row.what] += row.debt
    return tuple(_less(part, owed) for part in reward if part.count > owed[part.kind, part.what])


def _less(part: Part, owed: Counter[tuple[str, str]]) -> Part:
    return replace(part, count=part.count - owed[part.kind, part.what])


def _set(session: Session, pet_id: int, stage: int, **values: Any) -> None:
    key = {"pet_id": pet_id, "stage": stage}
    session.execute(
        insert(PetStage)
        .values(**key, **values)
        .on_conflict_do_update(index_elements=list(key), set_=values)
    )
